"""Corruptions of documents in another currency: their rates, and what they settle in base."""

from tests.invariants.corrupt_books import TAKE_JV, entries, voucher
from tests.invariants.corrupt_credits import TAKE_CN, another_note, line, note
from tests.invariants.corrupt_documents import invoice, payment
from tests.invariants.planting import Corruption, plant

_ALLOCATION = "UPDATE invoices_paymentallocation SET {} WHERE payment_id = %({})s"


def settled(
    of: str, to: str, amount: str, base: str, paid: str = "", *, releases: str = "NULL", new: str = "%(new7)s"
) -> str:
    return (
        "INSERT INTO invoices_paymentallocation (id, company_id, payment_id, invoice_id, amount, settled_base, paid_base,"
        f" releases_id, allocation_date, created_at) VALUES ({new}, %(company)s, %({of})s, %({to})s, {amount}, {base},"
        f" {paid or base}, {releases}, '2025-12-28', now())"
    )


def credited(of: str, to: str, amount: str, base: str = "NULL", paid: str = "", *, releases: str = "NULL") -> str:
    return (
        "INSERT INTO invoices_creditnoteallocation (id, company_id, credit_note_id, invoice_id, amount, settled_base,"
        f" paid_base, releases_id, allocation_date, created_at) VALUES (%(new7)s, %(company)s, %({of})s, %({to})s, {amount},"
        f" {base}, {paid or base}, {releases}, '2025-12-28', now())"
    )


def carried(by: str) -> tuple[str, str]:
    """So much more, or less, of the note settles the other invoice, as both say."""
    return note(f"amount_applied = amount_applied + {by}", "abroad_note"), invoice(
        f"amount_received = amount_received + {by}, status = CASE amount_received + {by} WHEN 0 THEN 'POSTED'"
        " ELSE 'PARTIALLY_PAID' END",
        "farther",
    )


_CREDIT = "UPDATE invoices_creditnoteallocation SET {} WHERE id = %(carried_over)s"
CURRENCIES: list[Corruption] = [
    plant("I45", "an invoice's rate changed", invoice("exchange_rate = 84", "abroad"), by="posted_content_stays"),
    plant("I10", "a booked invoice's rate changed", invoice("exchange_rate = 84", "abroad"), by="posted_content_stays"),
    plant("I45", "a payment's rate changed", payment("exchange_rate = 83", "wired"), by="posted_content_stays"),
    plant("I45", "a rate in our own currency", invoice("exchange_rate = 2"), by="posted_content_stays"),
    plant("I45", "less of the base settled", _ALLOCATION.format("settled_base = settled_base - 1", "wired"),
          by="append_only"),
    plant("I38", "less of the payment used", _ALLOCATION.format("paid_base = paid_base - 1", "wired"),
          by="append_only"),
    plant("I45", "an allocation that says nothing in base",
          _ALLOCATION.format("settled_base = NULL, paid_base = NULL", "wired"), by="append_only"),
    plant("I45", "a release in our own currency that says something in base",
          invoice("amount_received = 0, status = 'POSTED'", "partial"), payment("allocated_amount = 0"),
          settled("partly", "partial", "-100", "-100", releases="%(allocation)s"), by="settled_in_base"),
    plant("I45", "a release that takes back another base",
          invoice("amount_received = 0, status = 'POSTED'", "abroad"), payment("allocated_amount = 0", "wired"),
          settled("wired", "abroad", "-1000", "-83100", releases="%(wire)s"), by="settled_in_base"),
    plant("I45", "paid, and part of its base open",
          invoice("amount_received = 0, status = 'POSTED'", "abroad"), payment("allocated_amount = 0", "wired"),
          settled("wired", "abroad", "-1000", "-83100", "-84000", releases="%(wire)s"),
          invoice("amount_received = 1000, status = 'PAID'", "abroad"), payment("allocated_amount = 1000", "wired"),
          settled("wired", "abroad", "1000", "83099", "84000", new="%(new8)s"), by="settled_in_base"),
    plant("I38", "an exchange difference of nothing", TAKE_JV,
          voucher(kind="FX", source="'payment_allocation', gen_random_uuid(), 1"),
          entries(("near_account", "RECEIVABLE", "10", "0"), ("fx", "FX_REALISED", "0", "10")),
          by="difference_of_allocation"),
    plant("I38", "an exchange difference of an allocation that has another", TAKE_JV,
          voucher(kind="FX", source="'payment_allocation', %(wire)s, 1"),
          entries(("abroad_account", "RECEIVABLE", "10", "0"), ("fx", "FX_REALISED", "0", "10")),
          by="difference_of_allocation"),
    plant("I45", "a note's rate changed", note("exchange_rate = 84", "abroad_note"), by="credit_note_stays"),
    plant("I45", "a note at another rate than its invoice", TAKE_CN, another_note("abroad", "10", "0")
          .replace("%(near)s", "(SELECT customer_id FROM invoices_invoice"
          " WHERE id = %(abroad)s)").replace("%(currency)s", "(SELECT currency_id FROM invoices_invoice"
          " WHERE id = %(abroad)s)"), line("new5", "abroad_line", "1", "10"), by="credit_of_posted_invoice"),
    plant("I45", "less of the base settled by credit", _CREDIT.format("settled_base = settled_base - 4201"),
          by="append_only"),
    plant("I38", "less of the note used", _CREDIT.format("paid_base = paid_base - 1"), by="append_only"),
    plant("I45", "credit that says nothing in base", *carried("10"), credited("abroad_note", "farther", "10"),
          by="settled_in_base"),
    plant("I45", "credit in our own currency that says something in base",
          note("amount_applied = amount_applied + 5", "open_note"),
          invoice("amount_received = amount_received + 5", "credited"), credited("open_note", "credited", "5", "5"),
          by="settled_in_base"),
    plant("I45", "a release that takes back another base of credit", *carried("-50"),
          credited("abroad_note", "farther", "-50", "-4100", "-4155", releases="%(carried_over)s"), by="settled_in_base"),
    plant("I45", "all of a note applied, and part of its base open", *carried("50"),
          credited("abroad_note", "farther", "50", "4154"), by="settled_in_base"),
    plant("I38", "a difference of credit that nobody books", *carried("10"),
          credited("abroad_note", "farther", "10", "840", "831"), by="voucher_is_the_document"),
    plant("I38", "an exchange difference of credit that has none", TAKE_JV,
          voucher(kind="FX", source="'credit_allocation', %(carried_over)s, 2"),
          entries(("abroad_account", "RECEIVABLE", "10", "0"), ("fx", "FX_REALISED", "0", "10")),
          by="difference_of_allocation"),
    plant("I38", "an exchange difference of credit undone", TAKE_JV,
          voucher("45", kind="REVERSAL", source="'credit_allocation', %(carried_over)s, 1", reverses="(SELECT id"
                  " FROM accounting_voucher WHERE source_id = %(carried_over)s)"),
          entries(("abroad_account", "RECEIVABLE", "45", "0"), ("fx", "FX_REALISED", "0", "45")),
          by="difference_of_allocation reversal_mirrors"),
]  # fmt: skip
