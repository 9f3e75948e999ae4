"""Corruptions of the purchases: receipts, their lines, and what they owe to GRNI."""

from tests.invariants.corrupt_books import TAKE_JV, entries, voucher
from tests.invariants.corrupt_stock import layer, movement
from tests.invariants.planting import Corruption, plant

_RECEIPT = "UPDATE purchasing_goodsreceipt SET {} WHERE id = %(receipt)s"
_LINE = "UPDATE purchasing_goodsreceiptline SET {} WHERE receipt_id = %(receipt)s"
_SOURCE = "'goods_receipt', {}, 1"
_OWED = (("cash", "CASH", "10", "0"), ("grni", "GRNI", "0", "10"))
_SETTLED = (("inventory", "INVENTORY", "0", "600"), ("grni", "GRNI", "600", "0"))

_TAKE_GRN = "UPDATE erp_numberseries SET last_number = last_number + 1 WHERE company_id = %(company)s AND series = 'GRN'"
_CAME = (("inventory", "INVENTORY", "10", "0"), ("grni", "GRNI", "0", "10"))


def _line(order_line: str) -> str:
    return (
        "INSERT INTO purchasing_goodsreceiptline (id, company_id, receipt_id, line_no, item_id, order_line_id, quantity,"
        f" unit_cost, cost, layer_id) VALUES (%(new2)s, %(company)s, %(new9)s, 1, %(item)s, {order_line}, 1, 10, 10,"
        " %(new5)s)"
    )


def receipt(*lines: str) -> tuple[str, ...]:
    """One piece for 10.00, received without an order."""
    source = _SOURCE.format("%(new9)s")
    return (
        TAKE_JV,
        voucher(kind="GOODS_RECEIPT", source=source),
        entries(*_CAME),
        f"{movement('1', '10', kind='RECEIPT', source='%(new9)s', line='%(new2)s')} {layer('1', '10')}",
        _TAKE_GRN,
        "INSERT INTO purchasing_goodsreceipt (id, company_id, receipt_number, receipt_date, supplier_id, warehouse_id,"
        " supplier_reference, status, voucher_id, total_cost, version, created_at, updated_at) SELECT %(new9)s, company_id,"
        " erp_spelled_number('GRN', 2025, last_number), '2025-12-28', %(supplier)s, %(main)s, '', 'POSTED', %(new1)s, 10, 1,"
        " now(), now() FROM erp_numberseries WHERE company_id = %(company)s AND series = 'GRN'",
        *lines,
    )


RECEIPT = receipt(_line("NULL"))
"""A receipt that nothing is wrong with."""

PURCHASES: list[Corruption] = [
    plant("I43", "a receipt that costs more", _RECEIPT.format("total_cost = total_cost + 1"), by="receipt_stays"),
    plant("I43", "a receipt of another voucher", _RECEIPT.format("voucher_id = %(voucher)s"), by="receipt_stays"),
    plant("I43", "a receipt that is gone", "DELETE FROM purchasing_goodsreceiptline WHERE receipt_id = %(receipt)s",
          "DELETE FROM purchasing_goodsreceipt WHERE id = %(receipt)s", by="append_only never_deleted"),
    plant("I43", "a receipt reversed in name only", _RECEIPT.format("status = 'REVERSED'"),
          by="receipt_is_booked received_adds_up"),
    plant("I43", "a reversed receipt that stands again",
          "UPDATE purchasing_goodsreceipt SET status = 'POSTED' WHERE id = %(receipt_undone)s", by="receipt_stays"),
    plant("I43", "a line's cost changed", _LINE.format("cost = cost + 1"), by="append_only"),
    plant("I43", "a line's quantity changed", _LINE.format("quantity = quantity + 1"), by="append_only"),
    plant("I43", "a line taken away", "DELETE FROM purchasing_goodsreceiptline WHERE receipt_id = %(receipt)s",
          by="append_only"),
    plant("I43", "a line of a layer that came otherwise",
          "INSERT INTO purchasing_goodsreceiptline (id, company_id, receipt_id, line_no, item_id, quantity, unit_cost, cost,"
          " layer_id) VALUES (%(new2)s, %(company)s, %(receipt)s, 2, %(item)s, 10, 0, 0, %(first_layer)s)",
          by="receipt_is_its_layers"),
    plant("I43", "a receipt without lines", *receipt(), by="receipt_adds_up"),
    plant("I30", "goods of an order on a receipt without one", *receipt(_line("%(purchase_line)s")), by="line_of_order"),
    plant("I43", "GRNI owed without a receipt", TAKE_JV,
          voucher(kind="GOODS_RECEIPT", source=_SOURCE.format("gen_random_uuid()")), entries(*_OWED),
          by="receipt_is_booked"),
    plant("I43", "a receipt's voucher reversed without it", TAKE_JV,
          voucher("600", kind="REVERSAL", source=_SOURCE.format("%(receipt)s"), reverses="%(receipt_voucher)s"),
          entries(*_SETTLED), by="receipt_is_booked stock_is_booked"),
    plant("I30", "more received than came", "UPDATE purchasing_purchaseorderline SET received_qty = received_qty + 1"
          " WHERE order_id = %(purchase)s", by="received_adds_up"),
    plant("I30", "more received than ordered", "UPDATE purchasing_purchaseorderline SET received_qty = quantity + 1"
          " WHERE order_id = %(purchase)s", by="purchaseorderline_received_within"),
    plant("I30", "an order of which something came confirmed anew",
          "UPDATE purchasing_purchaseorder SET status = 'CONFIRMED' WHERE id = %(purchase)s", by="order_follows_receipts"),
    plant("I30", "a received line of another item", "UPDATE purchasing_purchaseorderline SET item_id = %(service)s"
          " WHERE order_id = %(purchase)s", by="received_line_stays"),
    plant("I30", "a receipt of another order", _RECEIPT.format("purchase_order_id = NULL"), by="receipt_stays"),
    plant("I30", "an order of another supplier", "UPDATE purchasing_purchaseorder SET supplier_id = (SELECT s.id"
          " FROM purchasing_supplier s WHERE s.company_id = %(company)s AND s.id <> supplier_id LIMIT 1)"
          " WHERE id = %(purchase)s", by="order_follows_receipts"),
    plant("I28", "a purchase order's number skipped", "UPDATE erp_numberseries SET last_number = last_number + 1"
          " WHERE company_id = %(company)s AND series = 'PO'", by="numbers_are_used"),
    plant("I28", "a receipt's number skipped", "UPDATE erp_numberseries SET last_number = last_number + 1"
          " WHERE company_id = %(company)s AND series = 'GRN'", by="numbers_are_used"),
]  # fmt: skip
