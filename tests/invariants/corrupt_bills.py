"""Corruptions of suppliers' bills and of money out: what is billed of an order, what left GRNI, whom the money reached."""

from tests.invariants.corrupt_books import TAKE_JV, entries, voucher
from tests.invariants.planting import Corruption, plant

Leg = tuple[str, str, str, str]

_ORDERED = "UPDATE purchasing_purchaseorderline SET {} WHERE id = %(billed_line)s"
_GRNI: Leg = ("grni", "GRNI", "300", "0")
_PAYABLE: Leg = ("bill_account", "PAYABLE", "0", "300")
BILL_LEGS = (_GRNI, _PAYABLE)


def bill(changes: str, which: str = "draft_bill") -> str:
    return f"UPDATE invoices_invoice SET {changes} WHERE id = %({which})s"


def line(changes: str, which: str = "draft_bill_line") -> str:
    return f"UPDATE invoices_invoiceitem SET {changes} WHERE id = %({which})s"


def posting_a_bill(*legs: Leg, taken: str = "300", counted: str = "300") -> list[str]:
    """The draft bill posted by hand: five pieces that came, for 300.00, with these legs."""
    return [
        TAKE_JV,
        voucher("300", len(legs), kind="PURCHASE", day="2025-12-26", source="'invoice', %(draft_bill)s, 1"),
        entries(*legs, day="2025-12-26"),
        _ORDERED.format(f"posted_qty = posted_qty + 5, billed_value = billed_value + {counted}"),
        line(f"grni_value = {taken}"),
        bill("status = 'POSTED', voucher_id = %(new1)s, version = version + 1"),
        "INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)"
        " VALUES (%(company)s, 'invoice_posted', 'invoice', %(draft_bill)s, '{}', now())",
    ]


BILLS: list[Corruption] = [
    plant("I30", "more billed than the bills say", _ORDERED.format("invoiced_qty = invoiced_qty + 1"),
          by="purchase_line_adds_up"),
    plant("I30", "more of an order posted than billed", _ORDERED.format("posted_qty = invoiced_qty + 1"),
          by="purchaseorderline_posted_within_invoiced"),
    plant("I30", "another quantity billed", line("quantity = 10, mrp = 30"), by="purchase_line_adds_up"),
    plant("I30", "a line of another order", line("purchase_line_id = %(purchase_line)s"), by="purchase_is_of_its_order"),
    plant("I30", "a line of no order", line("purchase_line_id = NULL"), by="purchase_is_of_its_order"),
    plant("I30", "a line of an order on a bill of none", line("purchase_line_id = %(billed_line)s, account_id = NULL",
          "by_hand_line"), by="line_account_stays purchase_is_of_its_order"),
    plant("I30", "a bill of no order that gets one", bill("purchase_order_id = %(billed)s", "by_hand"),
          by="purchase_is_of_its_order posted_content_stays"),
    plant("I13", "a line on another account than its voucher's", line("account_id = %(purchases)s", "by_hand_line"),
          by="line_account_stays"),
    plant("I13", "a line that no longer names its account", line("account_id = NULL", "by_hand_line"),
          by="line_account_stays"),
    plant("I32", "another company's account on a line", line("account_id = %(their_purchases)s", "by_hand_line"),
          by="line_account_stays invoices_invoiceitem_account_id_company_fk"),
    plant("I30", "a sale with a line of a purchase order", line("purchase_line_id = %(billed_line)s, order_line_id = NULL",
          "draft_line"), by="purchase_is_of_its_order"),
    plant("I30", "a bill of another order", bill("purchase_order_id = %(purchase)s"), by="purchase_is_of_its_order"),
    plant("I30", "an order that is done and is not", "UPDATE purchasing_purchaseorder SET status = 'INVOICED',"
          " invoiced_at = now() WHERE id = %(billed)s", by="order_follows_receipts"),
    plant("I43", "less left GRNI than the bills took", _ORDERED.format("billed_value = billed_value - 1"),
          by="purchase_line_adds_up"),
    plant("I43", "more billed than came, of as much", _ORDERED.format("billed_value = received_value + 1"),
          by="purchaseorderline_received_meets_billed"),
    plant("I30", "more came than receipts say", _ORDERED.format("received_value = received_value + 1"),
          by="received_adds_up"),
    plant("I43", "a posted line that took more", line("grni_value = grni_value + 1", "bill_line"),
          by="posted_content_stays"),
    plant("I43", "a voucher that takes less than its lines", *posting_a_bill(
        ("grni", "GRNI", "299", "0"), ("variance", "PRICE_VARIANCE", "1", "0"), _PAYABLE), by="grni_of_its_lines"),
    plant("I43", "lines that take less than the order counts", *posting_a_bill(
        ("grni", "GRNI", "299", "0"), ("variance", "PRICE_VARIANCE", "1", "0"), _PAYABLE, taken="299"),
        by="purchase_line_adds_up"),
    plant("I30", "more billed than came without an order", line("quantity = 6, mrp = 50", "unordered_line"),
          by="billed_within_receipt"),
    plant("I30", "a line of what another supplier sent", line("receipt_line_id = %(came_elsewhere)s", "unordered_line"),
          by="bill_is_of_its_receipt"),
    plant("I30", "a line of no order of what came for one", line("receipt_line_id = %(came_ordered)s", "unordered_line"),
          by="bill_is_of_its_receipt"),
    plant("I30", "a line of a receipt and of an order", line("purchase_line_id = %(purchase_line)s", "unordered_line"),
          by="invoiceitem_of_one_order"),
    plant("I43", "a posted line that took more of a receipt", line("grni_value = grni_value + 1", "posted_unordered"),
          by="posted_content_stays billed_within_receipt"),
    plant("I30", "a receipt taken back from under its bill", "UPDATE purchasing_goodsreceipt SET status = 'REVERSED',"
          " version = version + 1 WHERE id = %(came_unordered)s", by="receipt_is_not_billed"),
    plant("I10", "a bill owed to another account", *posting_a_bill(_GRNI, ("near_account", "RECEIVABLE", "0", "300")),
          by="voucher_is_the_document"),
    plant("I29", "a supplier's number twice", bill("supplier_invoice_number = (SELECT b.supplier_invoice_number"
          " FROM invoices_invoice b WHERE b.id = %(bill)s)"), by="invoice_supplier_number"),
    plant("I29", "a supplier's number of another year", bill("supplier_invoice_year = 2019")),
    plant("I28", "a bill's number skipped", "UPDATE erp_numberseries SET last_number = last_number + 1"
          " WHERE company_id = %(company)s AND series = 'PINV'", by="numbers_are_used"),
    plant("I47", "a posted bill of another number", bill("supplier_invoice_number = 'FORGED'", "bill"),
          by="posted_content_stays"),
    plant("I38", "a bill paid by nobody", "UPDATE invoices_invoice SET amount_received = total_value, status = 'PAID'"
          " WHERE id = %(bill)s", by="allocation_adds_up"),
    plant("I18", "money out that settles a sale",
          "UPDATE invoices_payment SET allocated_amount = allocated_amount + 1 WHERE id = %(paid_out)s",
          "UPDATE invoices_invoice SET amount_received = amount_received + 1 WHERE id = %(partial)s",
          "INSERT INTO invoices_paymentallocation (id, company_id, payment_id, invoice_id, amount, allocation_date,"
          " created_at) VALUES (%(new1)s, %(company)s, %(paid_out)s, %(partial)s, 1, '2025-12-28', now())",
          by="allocation_joins_alike"),
    plant("I32", "a bill of another company's supplier", bill("supplier_id = (SELECT o.supplier_id FROM invoices_invoice o"
          " WHERE o.id = %(their_bill)s)"), by="invoices_invoice_supplier_id_company_fk purchase_is_of_its_order"),
]  # fmt: skip
