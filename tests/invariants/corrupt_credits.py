"""Corruptions of credit notes: what they credit, how they are booked, what they settle."""

from tests.invariants.corrupt_books import TAKE_JV, entries, voucher
from tests.invariants.planting import Corruption, plant

Leg = tuple[str, str, str, str]

TAKE_CN = TAKE_JV.replace("'JV'", "'CN'")
RETURNS: Leg = ("sales_returns", "SALES_RETURNS", "200", "0")
PARTY: Leg = ("near_account", "RECEIVABLE", "0", "236")
TAX: tuple[Leg, ...] = (("cgst", "OUTPUT_CGST", "18", "0"), ("sgst", "OUTPUT_SGST", "18", "0"))


def note(changes: str, which: str = "note") -> str:
    return f"UPDATE invoices_creditnote SET {changes} WHERE id = %({which})s"


def invoice(changes: str, which: str) -> str:
    return f"UPDATE invoices_invoice SET {changes} WHERE id = %({which})s"


def another_note(invoice_id: str, net: str, tax: str, *, party: str = "near", series: str = "CN") -> str:
    """A draft with the number that was just taken."""
    column = "supplier_id" if series == "DN" else "customer_id"
    return (
        f"INSERT INTO invoices_creditnote (id, company_id, credit_note_number, invoice_id, {column}, status, credit_date,"
        " reason, return_stock, currency_id, subtotal, tax_amount, round_off, total_value, amount_applied, version,"
        f" created_at, updated_at) SELECT %(new5)s, company_id, erp_spelled_number('{series}', 2025, last_number),"
        f" %({invoice_id})s, %({party})s, 'DRAFT', '2025-12-28', 'OTHER', false, %(currency)s, {net}, {tax}, 0,"
        f" {net} + {tax}, 0, 1, now(), now() FROM erp_numberseries WHERE company_id = %(company)s AND series = '{series}'"
        " AND year = 2025"
    )


def line(of: str, item: str, quantity: str, net: str, tax: str = "0", *, line_no: int = 1) -> str:
    return (
        "INSERT INTO invoices_creditnoteline (id, company_id, credit_note_id, line_no, invoice_item_id, quantity,"
        " line_total, cgst, sgst, utgst, igst, returned_qty)"
        f" VALUES (%(new6)s, %(company)s, %({of})s, {line_no}, %({item})s, {quantity}, {net},"
        f" {tax} / 2.0, {tax} / 2.0, 0, 0, 0)"
    )


def apply(of: str, to: str, amount: str) -> str:
    return (
        "INSERT INTO invoices_creditnoteallocation (id, company_id, credit_note_id, invoice_id, amount, allocation_date,"
        f" created_at) VALUES (%(new7)s, %(company)s, %({of})s, %({to})s, {amount}, '2025-12-28', now())"
    )


def booking(*legs: Leg) -> list[str]:
    """The draft posted by hand, with these legs, and no goods."""
    return [
        TAKE_JV,
        voucher("236", len(legs), kind="CREDIT_NOTE", source="'credit_note', %(draft_note)s, 1"),
        entries(*legs),
        note("status = 'POSTED', voucher_id = %(new1)s", "draft_note"),
    ]


CREDITS: list[Corruption] = [
    plant("I09", "a posted note made a draft", note("status = 'DRAFT', voucher_id = NULL, amount_applied = 0"),
          by="credit_note_stays"),
    plant("I09", "a draft note posted without a voucher", note("status = 'POSTED'", "draft_note"),
          by="creditnote_posted_has_voucher"),
    plant("I09", "a voucher for a draft note", TAKE_JV,
          voucher("10", kind="CREDIT_NOTE", source="'credit_note', %(draft_note)s, 1"),
          entries(("cash", "CASH", "10", "0"), ("capital", "CAPITAL", "0", "10")), by="posted_has_voucher"),
    plant("I09", "a note that names another voucher", *booking(RETURNS, *TAX, PARTY)[:3],
          note("status = 'POSTED', voucher_id = %(payment_voucher)s", "draft_note"), by="posted_has_voucher"),
    plant("I09", "a credited invoice reversed", invoice("status = 'CANCELLED', amount_received = 0", "credited"), TAKE_JV,
          voucher("0", 0, kind="REVERSAL", source="'invoice', %(credited)s, 1", reverses="%(credited_voucher)s"),
          by="credited_invoice_stands"),
    plant("I10", "a note worth more than booked", note("subtotal = subtotal + 1, total_value = total_value + 1"),
          by="credit_note_stays"),
    plant("I10", "a note booked for less", *booking(("sales_returns", "SALES_RETURNS", "199", "0"), *TAX,
          ("near_account", "RECEIVABLE", "0", "235")), by="voucher_is_the_document voucher_balances"),
    plant("I11", "a note's tax booked as another tax", *booking(RETURNS, ("igst", "OUTPUT_IGST", "36", "0"), PARTY),
          by="voucher_is_the_document"),
    plant("I13", "a line added to a posted note", line("note", "line", "1", "5", line_no=2),
          by="credit_note_adds_up credit_of_its_invoice"),
    plant("I13", "a note's line changed", "UPDATE invoices_creditnoteline SET line_total = line_total - 1"
          " WHERE credit_note_id = %(draft_note)s", by="append_only"),
    plant("I13", "a note without lines", TAKE_CN, another_note("credited", "10", "0"), by="credit_note_adds_up"),
    plant("I15", "credit the invoice does not know", note("amount_applied = amount_applied + 5", "open_note"),
          apply("open_note", "credited", "5"), by="allocation_adds_up"),
    plant("I15", "a draft note's credit", invoice("amount_received = amount_received + 5", "credited"),
          apply("draft_note", "credited", "5"), by="allocation_adds_up"),
    plant("I15", "applied credit deleted", "DELETE FROM invoices_creditnoteallocation WHERE credit_note_id = %(note)s",
          by="append_only"),
    plant("I16", "more applied than the note is worth", note("amount_applied = total_value + 1", "open_note"),
          by="creditnote_applied_within_total"),
    plant("I16", "less applied by hand", note("amount_applied = amount_applied - 1"), by="allocation_adds_up"),
    plant("I18", "one customer's credit for another's invoice", note("amount_applied = amount_applied + 5", "open_note"),
          invoice("amount_received = amount_received + 5", "partial"), apply("open_note", "partial", "5"),
          by="allocation_joins_alike"),
    plant("I18", "a note given to another customer", note("customer_id = %(far)s"), by="credit_note_stays"),
    plant("I18", "a note of another customer's invoice", TAKE_CN, another_note("partial", "10", "0"),
          line("new5", "(SELECT 1)", "1", "10").replace("%((SELECT 1))s", "(SELECT id FROM invoices_invoiceitem"
          " WHERE invoice_id = %(partial)s)"), by="credit_of_posted_invoice"),
    plant("I27", "goods that never came back", *booking(RETURNS, *TAX, PARTY), by="returned_goods_move"),
    plant("I27", "returned goods elsewhere than the note says", note("warehouse_id = %(main)s", "moved_note"),
          by="credit_note_stays"),
    plant("I27", "another transfer named", note("transfer_id = %(transfer)s", "moved_note"), by="credit_note_stays"),
    plant("I27", "goods of a note moved back", "UPDATE inventory_stockmovement SET quantity = quantity + 1"
          " WHERE source_id = %(moved_on)s AND quantity > 0", by="append_only"),
    plant("I32", "another company's warehouse for a note", note("warehouse_id = %(their_side)s", "moved_note"),
          by="invoices_creditnote_warehouse_id_company_fk credit_note_stays"),
    plant("I32", "another company's transfer for a note", note("transfer_id = %(their_moved_on)s", "moved_note"),
          by="invoices_creditnote_transfer_id_company_fk credit_note_stays"),
    plant("I28", "a credit note's number taken and not used", TAKE_CN, by="numbers_are_used"),
    plant("I28", "a credit note deleted", "DELETE FROM invoices_creditnoteline WHERE credit_note_id = %(draft_note)s",
          "DELETE FROM invoices_creditnote WHERE id = %(draft_note)s", by="append_only never_deleted"),
    plant("I42", "more credited than was invoiced", TAKE_CN, another_note("credited", "100", "18"),
          line("new5", "credited_line", "1.001", "100", "18"), by="credit_within_invoice"),
    plant("I42", "more of the net than is left", TAKE_CN, another_note("credited", "100.01", "18"),
          line("new5", "credited_line", "1", "100.01", "18"), by="credit_within_invoice"),
    plant("I42", "another invoice's line credited", TAKE_CN, another_note("credited", "10", "0"),
          line("new5", "line", "1", "10"), by="credit_of_its_invoice"),
    plant("I48", "a note's number of another year", note("credit_note_number = 'CN-2024-00001'"), by="credit_note_stays"),
    plant("I38", "a cancelled note's credit", note("status = 'CANCELLED', voucher_id = NULL", "open_note"),
          by="credit_note_stays creditnote_posted_has_voucher"),
    plant("I32", "credit for another company's invoice", apply("open_note", "their_credited", "5"),
          by="invoices_creditnoteallocation_invoice_id_company_fk"),
]  # fmt: skip
