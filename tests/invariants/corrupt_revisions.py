"""Corruptions of revisions: what was kept, what was undone, what was released."""

from tests.invariants.planting import Corruption, plant


def kept(invoice: str, voucher: str, revision: int) -> str:
    return (
        "INSERT INTO invoices_invoicerevision (id, company_id, invoice_id, revision, voucher_id, content, created_at)"
        f" VALUES (%(new1)s, %(company)s, %({invoice})s, {revision}, %({voucher})s, '{{}}', now())"
    )


def release(amount: str, releases: str) -> str:
    return (
        "INSERT INTO invoices_creditnoteallocation (id, company_id, credit_note_id, invoice_id, amount, allocation_date,"
        f" releases_id, created_at) VALUES (%(new1)s, %(company)s, %(open_credit)s, %(revised)s, {amount}, '2025-12-28',"
        f" {releases}, now())"
    )


REVISIONS: list[Corruption] = [
    plant("I47", "an earlier revision forgotten", "DELETE FROM invoices_invoicerevision WHERE id = %(earlier)s",
          by="append_only"),
    plant("I47", "an earlier revision given another voucher",
          "UPDATE invoices_invoicerevision SET voucher_id = %(voucher)s WHERE id = %(earlier)s", by="append_only"),
    plant("I47", "a revision that nothing was kept of", "UPDATE invoices_invoice SET revision = revision + 1"
          " WHERE id = %(draft)s", by="revision_is_kept"),
    plant("I47", "an earlier revision that still stands", kept("posted", "voucher", 1), by="revision_was_undone"),
    plant("I47", "an earlier revision of another invoice's voucher", kept("posted", "undone_voucher", 1),
          by="revision_was_undone"),
    plant("I44", "credit released twice", release("-50", "%(released_credit)s"), by="creditnoteallocation_released_once"),
    plant("I44", "negative credit that releases nothing", release("-5", "NULL"), by="creditnoteallocation_sign"),
    plant("I32", "an earlier revision of another company's invoice", kept("their_posted", "voucher", 1),
          by="invoices_invoicerevision_invoice_id_company_fk"),
    plant("I32", "an earlier revision with another company's voucher", kept("revised", "their_voucher", 2),
          by="invoices_invoicerevision_voucher_id_company_fk"),
    plant("I32", "a release of another company's credit", release("-5", "%(their_released_credit)s"),
          by="invoices_creditnoteallocation_releases_id_company_fk"),
]  # fmt: skip
