"""Corruptions of debit notes: whose account they are booked on, which layers their goods leave, what they settle."""

from tests.invariants.corrupt_books import TAKE_JV, entries, voucher
from tests.invariants.corrupt_credits import another_note, apply, invoice, line, note
from tests.invariants.corrupt_stock import movement, take
from tests.invariants.planting import Corruption, plant

Leg = tuple[str, str, str, str]

TAKE_DN = TAKE_JV.replace("'JV'", "'DN'")
PAYABLE: Leg = ("debited_account", "PAYABLE", "120", "0")
GOODS: Leg = ("inventory", "INVENTORY", "0", "120")
GRNI: tuple[Leg, ...] = (("grni", "GRNI", "0", "20"), ("variance", "PRICE_VARIANCE", "20", "0"))
TAX: tuple[Leg, ...] = (("input_cgst", "INPUT_CGST", "0", "9"), ("purchases", "PURCHASES", "9", "0"))
OUTPUT: tuple[Leg, ...] = (("cgst", "OUTPUT_CGST", "0", "9"), ("purchases", "PURCHASES", "9", "0"))


def gone(quantity: str = "-2", cost: str = "120", *, of: str = "debited") -> str:
    """So many pieces out of the layer of this order's receipt, for the line that is debited."""
    moved = movement(quantity, f"-{cost}", kind="RETURN", item=f"{of}_item", line="%(debited_line)s")
    return f"{moved} {take(f'{of}_layer', quantity[1:], cost)}"


def debiting(*legs: Leg, goods: str | None = None, kind: str = "DEBIT_NOTE", total: str = "120") -> list[str]:
    """The draft of two pieces posted by hand, with these legs."""
    return [
        TAKE_JV,
        voucher(total, len(legs), kind=kind, source="'credit_note', %(draft_debit)s, 1"),
        entries(*legs),
        *([gone()] if goods is None else [goods] if goods else []),
        note("status = 'POSTED', voucher_id = %(new1)s", "draft_debit"),
    ]


def draft_of(invoice_id: str, supplier: str) -> tuple[str, str]:
    """A debit note of 60.00, without its line."""
    return TAKE_DN, another_note(invoice_id, "60", "0", party=supplier, series="DN")


DEBIT_LEGS = (PAYABLE, GOODS)
_UNCOUNTED = (
    "UPDATE purchasing_purchaseorderline SET invoiced_qty = 0, posted_qty = 0, billed_value = 0"
    " WHERE order_id = %(returned)s"
)
DEBITS: list[Corruption] = [
    plant("I09", "a posted debit note made a draft",
          note("status = 'DRAFT', voucher_id = NULL, amount_applied = 0", "debit_note"), by="credit_note_stays"),
    plant("I09", "a debited bill reversed", _UNCOUNTED,
          invoice("status = 'CANCELLED', amount_received = 0", "debited"), TAKE_JV,
          voucher("0", 0, kind="REVERSAL", source="'invoice', %(debited)s, 1",
                  reverses="(SELECT voucher_id FROM invoices_invoice WHERE id = %(debited)s)"),
          by="credited_invoice_stands"),
    plant("I10", "a debit note on a customer's account", *debiting(("near_account", "RECEIVABLE", "120", "0"), GOODS),
          by="voucher_is_the_document"),
    plant("I10", "a debit note on another supplier's account", *debiting(("bill_account", "PAYABLE", "120", "0"), GOODS),
          by="voucher_is_the_document"),
    plant("I11", "tax taken back that the lines do not say", *debiting(PAYABLE, GOODS, *TAX, total="129"),
          by="voucher_is_the_document"),
    plant("I11", "a supplier's tax taken back from what we owe", *debiting(PAYABLE, GOODS, *OUTPUT, total="129"),
          by="voucher_is_the_document"),
    plant("I13", "a debit note without lines", *draft_of("debited", "debited_supplier"), by="credit_note_adds_up"),
    plant("I16", "more of a debit note applied than it is worth", note("amount_applied = total_value + 1", "debit_note"),
          by="creditnote_applied_within_total"),
    plant("I18", "one supplier's credit for another's bill", note("amount_applied = amount_applied + 5", "debit_note"),
          invoice("amount_received = amount_received + 5", "bill"), apply("debit_note", "bill", "5"),
          by="allocation_joins_alike"),
    plant("I18", "a supplier's credit for a customer's invoice", note("amount_applied = amount_applied + 5", "debit_note"),
          invoice("amount_received = amount_received + 5", "credited"), apply("debit_note", "credited", "5"),
          by="allocation_joins_alike"),
    plant("I18", "a debit note of another supplier's bill", *draft_of("bill", "debited_supplier"),
          line("new5", "bill_line", "1", "60"), by="credit_of_posted_invoice"),
    plant("I27", "goods that never went back", *debiting(PAYABLE, ("variance", "PRICE_VARIANCE", "0", "120"), goods=""),
          by="returned_goods_move"),
    plant("I27", "fewer goods went back than the note says", *debiting(
          PAYABLE, ("inventory", "INVENTORY", "0", "60"), ("variance", "PRICE_VARIANCE", "0", "60"),
          goods=gone("-1", "60")), by="returned_goods_move"),
    plant("I28", "a debit note's number taken and not used", TAKE_DN, by="numbers_are_used"),
    plant("I32", "a debit note against another company's supplier", *draft_of("debited", "their_debited_supplier"),
          by="invoices_creditnote_supplier_id_company_fk"),
    plant("I38", "a cancelled debit note's credit", note("status = 'CANCELLED', voucher_id = NULL", "debit_note"),
          by="credit_note_stays creditnote_posted_has_voucher"),
    plant("I39", "goods gone back in the books only", *debiting(PAYABLE, GOODS, goods=""),
          by="stock_is_booked returned_goods_move"),
    plant("I42", "goods went back out of another order's layer", *debiting(*DEBIT_LEGS, goods=gone(of="billed")),
          by="returned_from_receipts"),
    plant("I42", "more debited than was billed", *draft_of("debited", "debited_supplier"),
          line("new5", "debited_line", "1.001", "60"), by="credit_within_invoice"),
    plant("I43", "a debit note that changes what is received and not billed", *debiting(*DEBIT_LEGS, *GRNI, total="140"),
          by="voucher_is_the_document"),
]  # fmt: skip
