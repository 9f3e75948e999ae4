"""Suppliers' bills over HTTP: made of purchase orders, posted against what was received, taken back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from erp.models import OutboxEvent
from erp.rights import Role
from tests.builders import Answer, World
from tests.trade import DAY, GSTIN_KA, GSTIN_MH, Trade

ORDERS = "/api/purchasing/orders/"
PATH = "/api/invoices/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def enter(trade: Trade, order: Any, number: str = "S/77", *, role: Role | None = None, **options: Any) -> Answer:
    sent = {"supplier_invoice_number": number, "invoice_date": DAY} | options
    return trade.post(f"{PATH}from_purchase_order/{order['id']}/", sent, role=role)


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def show(trade: Trade, order: Any) -> Any:
    return trade.get(f"{ORDERS}{order['id']}/").body


def counted(trade: Trade, order: Any, line: int = 0) -> tuple[str, str, str, str]:
    """State of the order, and received, invoiced and posted quantity of a line."""
    shown = show(trade, order)
    row = shown["items"][line]
    return shown["status"], row["received_qty"], row["invoiced_qty"], row["posted_qty"]


def legs(trade: Trade, invoice: Any) -> dict[str, Decimal]:
    """Role → debit less credit of the voucher that stands for it."""
    shown = trade.get(f"{PATH}{invoice['id']}/?expand=voucher").body
    return {row["role"]: Decimal(row["debit"]) - Decimal(row["credit"]) for row in shown["entries"]}


def amounts(**roles: str) -> Mapping[str, Decimal]:
    return {role: Decimal(amount) for role, amount in roles.items()}


def lines_of(order: Any, *quantities: str) -> list[Any]:
    return [{"order_item": line["id"], "quantity": part} for line, part in zip(order["items"], quantities, strict=False)]


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bill_is_entered_with_our_number_and_the_suppliers(trade: Trade) -> None:
    trade.registration()
    supplier = trade.supplier(gstin=GSTIN_MH, state_code="MH", credit_days=15)
    order = trade.confirmed_purchase(supplier_id=supplier["id"])
    answer = enter(trade, order, role=Role.PURCHASE_MANAGER, supplier_invoice_date="2025-12-20")
    assert answer.status == 201, answer.raw
    bill = answer.body
    assert answer.headers["Location"] == f"{PATH}{bill['id']}/"
    assert (bill["invoice_number"], bill["invoice_type"], bill["status"]) == ("PINV-2025-00001", "PURCHASE", "DRAFT")
    assert (bill["supplier_invoice_number"], bill["supplier_invoice_date"]) == ("S/77", "2025-12-20")
    assert (bill["party"], bill["party_name"], bill["due_date"]) == (supplier["id"], "Supplier Name", "2026-01-10")
    assert (bill["purchase_order"], bill["purchase_order_number"]) == (order["id"], "PO-00001")
    assert (bill["sales_order"], bill["fulfilment_status"], bill["billing_status"]) == (None, None, None)
    assert (bill["subtotal"], bill["tax_amount"], bill["total_value"]) == ("600.00", "108.00", "708.00")
    assert bill["lines"][0]["order_item"] == order["items"][0]["id"]
    assert counted(trade, order) == ("IN_PROGRESS", "0.000", "10.000", "0.000")
    event = OutboxEvent.unscoped.filter(subject_id=bill["id"]).get()
    assert (event.type, '"supplier_invoice_number":"S/77"' in event.payload) == ("invoice_created", True)
    trade.holds_the_law()


@pytest.mark.parametrize(
    ("supplier", "taxes"),
    [
        ({"gstin": GSTIN_MH, "state_code": "MH"}, {"CGST": "54.00", "SGST": "54.00"}),
        ({"gstin": GSTIN_KA, "state_code": "KA"}, {"IGST": "108.00"}),
        ({"state_code": "MH"}, {}),
        ({"gstin": GSTIN_MH, "state_code": "MH", "gst_treatment": "COMPOSITION"}, {}),
        ({"gst_treatment": "OVERSEAS"}, {}),
    ],
)
def test_the_supplier_charges_tax_as_he_is_registered(trade: Trade, supplier: dict[str, str], taxes: dict[str, str]) -> None:
    trade.registration()
    order = trade.confirmed_purchase(supplier_id=trade.supplier(**supplier)["id"])
    line = enter(trade, order).body["lines"][0]
    assert {tax["component"]: tax["amount"] for tax in line["taxes"]} == taxes


def test_a_suppliers_number_is_entered_once_a_year(trade: Trade) -> None:
    supplier, item = trade.supplier()["id"], trade.item("A", stock="0")["id"]
    items = [{"item_id": item, "quantity": "10", "unit_rate": "60"}]
    order = trade.confirmed_purchase(items, supplier_id=supplier)
    part: dict[str, Any] = {"lines": lines_of(order, "2"), "partial_allowed": True}
    first = enter(trade, order, "A-1", **part).body
    again = enter(trade, order, " A-1 ", **part)
    assert (refused(again), list(again.body["fields"])) == ((409, "number-taken"), ["supplier_invoice_number"])
    assert enter(trade, order, "A-1", supplier_invoice_date="2025-03-31", **part).status == 201
    other = trade.confirmed_purchase(items, supplier_id=trade.supplier(name="Other")["id"])
    assert enter(trade, other, "A-1").body["invoice_number"] == "PINV-2025-00003"
    trade.done(f"{PATH}{first['id']}/cancel/")
    assert enter(trade, order, "A-1", **part).status == 201
    trade.holds_the_law()


@pytest.mark.parametrize("number", [None, "", "  ", "x" * 65, 7])
def test_a_bill_without_the_suppliers_number_is_refused(trade: Trade, number: Any) -> None:
    order = trade.confirmed_purchase()
    answer = trade.post(f"{PATH}from_purchase_order/{order['id']}/", {"supplier_invoice_number": number})
    assert (answer.status, list(answer.body["fields"])) == (400, ["supplier_invoice_number"])


def test_what_cannot_be_billed_is_refused(trade: Trade) -> None:
    draft = trade.purchase()
    assert refused(enter(trade, draft)) == (400, "order-not-invoiceable")
    order = trade.confirmed_purchase([{"item_id": draft["items"][0]["item"], "quantity": "10", "unit_rate": "60"}])
    assert refused(enter(trade, order, lines=lines_of(order, "11"), partial_allowed=True)) == (409, "quantity-exceeds-order")
    assert refused(enter(trade, order, lines=lines_of(order, "9"))) == (400, "partial-not-allowed")
    assert refused(enter(trade, order, partial_allowed=True)) == (409, "wrong-state")
    assert refused(enter(trade, order, company_state_code="GA")) == (400, "unknown-registration")
    assert enter(trade, order).status == 201
    assert refused(enter(trade, order, "S/78")) == (400, "nothing-to-invoice")


def test_a_part_is_what_came_and_is_not_billed(trade: Trade) -> None:
    service = trade.item("SERVICE", stock="0", kind="SERVICE", tracked=False)["id"]
    goods = trade.item("GOODS", stock="0")["id"]
    items = [{"item_id": one, "quantity": "10", "unit_rate": "60"} for one in (goods, service)]
    order = trade.confirmed_purchase(items)
    trade.received(order, "4")
    first = enter(trade, order, "1", partial_allowed=True).body
    assert [line["quantity"] for line in first["lines"]] == ["4.000", "10.000"]
    trade.received(order, "3")
    second = enter(trade, order, "2", partial_allowed=True).body
    assert [line["quantity"] for line in second["lines"]] == ["3.000"]


def test_a_company_that_matches_receipts_bills_what_has_come_and_no_more(trade: Trade) -> None:
    ahead = trade.bill(trade.confirmed_purchase())
    trade.patch("/api/companies/policies/", {"purchase_match": "receipt"})
    refused = trade.post(f"/api/invoices/{ahead['id']}/post_voucher/")
    assert (refused.status, refused.body["code"]) == (409, "quantity-exceeds-receipt")
    service = trade.item("SERVICE", kind="SERVICE", stock="0")
    goods = trade.item("GOODS", stock="0")
    lines = [{"item_id": one["id"], "quantity": "10", "unit_rate": "60"} for one in (goods, service)]
    order = trade.confirmed_purchase(lines)
    path, number = f"/api/invoices/from_purchase_order/{order['id']}/", {"supplier_invoice_number": "S-99"}
    refused = trade.post(path, number)
    (over,) = refused.body["lines"]
    assert (refused.status, refused.body["code"]) == (409, "quantity-exceeds-receipt")
    assert over == {"order_item": order["items"][0]["id"], "line_no": 1, "wanted": "10.000", "left": "0.000"}
    trade.received(order, "4")
    part = trade.bill(order, partial_allowed=True)
    assert [line["quantity"] for line in part["lines"]] == ["4.000", "10.000"]
    one_more = [{"order_item": order["items"][0]["id"], "quantity": "1"}]
    over_again = trade.post(path, number | {"partial_allowed": True, "lines": one_more})
    assert over_again.body["lines"][0]["left"] == "0.000"
    trade.done(f"/api/invoices/{part['id']}/post_voucher/")
    trade.received(trade.get(f"/api/purchasing/orders/{order['id']}/").body, "6")
    assert trade.posted_bill(order)["lines"][0]["quantity"] == "6.000"
    trade.patch("/api/companies/policies/", {"purchase_match": "order"})
    trade.done(f"/api/invoices/{ahead['id']}/post_voucher/")
    trade.holds_the_law()


def test_cancelling_a_draft_gives_the_quantities_back(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    bill = enter(trade, order).body
    assert refused(trade.post(f"{ORDERS}{order['id']}/cancel/", {})) == (409, "has-invoices")
    assert refused(trade.post(f"{ORDERS}{order['id']}/close/", {})) == (409, "has-invoices")
    cancelled = trade.done(f"{PATH}{bill['id']}/cancel/", {"reason": "typed wrong"})
    assert (cancelled["status"], cancelled["cancel_reason"]) == ("CANCELLED", "typed wrong")
    assert counted(trade, order) == ("CONFIRMED", "0.000", "0.000", "0.000")
    assert trade.done(f"{ORDERS}{order['id']}/cancel/", {})["order"]["status"] == "CANCELLED"
    trade.holds_the_law()


# ── Posting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def post(trade: Trade, bill: Any, **body: Any) -> Any:
    return trade.done(f"{PATH}{bill['id']}/post_voucher/", body)


def test_a_bill_of_goods_received_takes_them_out_of_grni(trade: Trade) -> None:
    trade.registration()
    supplier = trade.supplier(gstin=GSTIN_MH, state_code="MH")
    order = trade.confirmed_purchase(supplier_id=supplier["id"])
    trade.received(order, "10")
    bill = enter(trade, order).body
    answer = post(trade, bill)
    assert (answer["status"], answer["message"]) == ("POSTED", "Invoice posted successfully")
    expected = amounts(GRNI="600", INPUT_CGST="54", INPUT_SGST="54", PAYABLE="-708")
    assert legs(trade, bill) == expected
    again = post(trade, bill)
    assert (again["voucher_id"], again["message"]) == (answer["voucher_id"], "Invoice already posted")
    assert counted(trade, order) == ("INVOICED", "10.000", "10.000", "10.000")
    assert show(trade, order)["invoiced_at"]
    accounts = {row["code"] for row in trade.get("/api/accounting/accounts/").body}
    assert "2000-S-00001" in accounts
    assert trade.get(f"/api/purchasing/suppliers/{supplier['id']}/").body["balance"] == "708.00"
    kinds = OutboxEvent.unscoped.filter(subject_id=bill["id"]).order_by("id").values_list("type", flat=True)
    assert list(kinds) == ["invoice_created", "invoice_posted"]
    trade.holds_the_law()


@pytest.mark.parametrize(("cost", "variance"), [("55", "50"), ("66", "-60")])
def test_what_a_bill_differs_from_the_receipt_is_a_price_difference(trade: Trade, cost: str, variance: str) -> None:
    order = trade.confirmed_purchase()
    line = {"order_item": order["items"][0]["id"], "quantity": "10", "unit_cost": cost}
    trade.made("/api/purchasing/receipts/", {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": [line]})
    bill = enter(trade, order).body
    post(trade, bill)
    assert legs(trade, bill) == amounts(GRNI=f"{cost}0", PRICE_VARIANCE=variance, PAYABLE="-600")
    trade.holds_the_law()


def test_bills_of_parts_share_what_came_to_the_paisa(trade: Trade) -> None:
    """`share_of_left`: 100.00 over 3 pieces goes out as 33.33, 33.34, 33.33."""
    item = trade.item("A", stock="0")["id"]
    order = trade.confirmed_purchase([{"item_id": item, "quantity": "3", "unit_rate": "33.3333"}])
    assert trade.received(order, "3")["total_cost"] == "100.00"
    taken = []
    for number in ("1", "2", "3"):
        bill = enter(trade, order, number, lines=lines_of(order, "1"), partial_allowed=True).body
        post(trade, bill)
        taken.append(legs(trade, bill)["GRNI"])
    assert taken == [Decimal("33.33"), Decimal("33.34"), Decimal("33.33")]
    trade.holds_the_law()


def test_goods_that_were_billed_ahead_enter_stock_at_the_bills_value(trade: Trade) -> None:
    item = trade.item("A", stock="0")["id"]
    order = trade.confirmed_purchase([{"item_id": item, "quantity": "10", "unit_rate": "60"}], discount_amount="6.00")
    trade.received(order, "4", lines=[{"order_item": order["items"][0]["id"], "quantity": "4", "unit_cost": "50"}])
    bill = enter(trade, order, lines=lines_of(order, "7"), partial_allowed=True).body
    post(trade, bill)
    # 4 came for 200.00; 3 are still to come, at their part of 415.80.
    assert (bill["subtotal"], legs(trade, bill)) == (
        "415.80",
        amounts(GRNI="378.20", PRICE_VARIANCE="37.60", PAYABLE="-415.80"),
    )
    two, rest = trade.received(order, "2"), trade.received(order, "4")
    # Of the rest one was billed ahead, three are at the order's rate.
    assert (two["total_cost"], rest["total_cost"]) == ("118.80", "237.60")
    assert counted(trade, order) == ("IN_PROGRESS", "10.000", "7.000", "7.000")
    trade.holds_the_law()


def test_what_is_no_stock_is_an_expense(trade: Trade) -> None:
    service = trade.item("SERVICE", stock="0", kind="SERVICE", tracked=False)["id"]
    order = trade.confirmed_purchase([{"item_id": service, "quantity": "2", "unit_rate": "50"}])
    bill = enter(trade, order).body
    post(trade, bill)
    assert legs(trade, bill) == amounts(PURCHASES="100", PAYABLE="-100")
    assert counted(trade, order) == ("INVOICED", "0.000", "2.000", "2.000")
    trade.holds_the_law()


def test_an_order_that_was_billed_whole_still_receives_its_goods(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    post(trade, enter(trade, order).body)
    assert counted(trade, order) == ("INVOICED", "0.000", "10.000", "10.000")
    assert trade.received(order, "10")["total_cost"] == "600.00"
    assert counted(trade, order) == ("INVOICED", "10.000", "10.000", "10.000")
    more = {"order_item": order["items"][0]["id"], "quantity": "1"}
    answer = trade.post(
        "/api/purchasing/receipts/", {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": [more]}
    )
    assert refused(answer) == (409, "quantity-exceeds-order")
    trade.holds_the_law()


def test_a_bill_is_booked_on_its_day_or_later_and_in_an_open_period(trade: Trade) -> None:
    bill = enter(trade, trade.confirmed_purchase()).body
    path = f"{PATH}{bill['id']}/post_voucher/"
    assert refused(trade.post(path, {"posting_date": "2025-12-25"})) == (400, "validation")
    trade.patch("/api/accounting/locks/", {"hard_lock_date": "2025-12-31"})
    assert refused(trade.post(path, {})) == (409, "period-closed")
    assert post(trade, bill, posting_date="2026-01-01")["status"] == "POSTED"


def _more(bill: Any) -> list[Any]:
    return [{"item_id": bill["lines"][0]["item"], "quantity": "1", "unit_rate": "60"}]


def test_many_are_posted_at_once_sold_and_bought(trade: Trade) -> None:
    sold = trade.invoice()
    bought = enter(trade, trade.confirmed_purchase()).body
    trade.done(f"{PATH}{enter(trade, trade.confirmed_purchase(_more(bought)), 'S/78').body['id']}/cancel/")
    answer = trade.done(f"{PATH}post_vouchers/", {"filter": {"status": "DRAFT"}})
    assert {row["id"] for row in answer["results"]} == {sold["id"], bought["id"]}
    assert (answer["posted"], answer["refused"]) == (2, 0)
    again = trade.done(f"{PATH}post_vouchers/", {"invoice_ids": [bought["id"], sold["id"]]})
    assert (again["already_posted"], [row["id"] for row in again["results"]]) == (2, [bought["id"], sold["id"]])
    trade.holds_the_law()


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def reverse(trade: Trade, bill: Any) -> Answer:
    return trade.post(f"{PATH}{bill['id']}/reverse/", {"reason": "not ours"})


def test_a_reversed_bill_leaves_the_goods_to_be_billed_again(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    receipt = trade.received(order, "10")
    bill = enter(trade, order).body
    post(trade, bill)
    undo = f"/api/purchasing/receipts/{receipt['id']}/reverse/"
    assert refused(trade.post(undo, {"reason": "r"})) == (409, "has-invoices")
    answer = reverse(trade, bill)
    assert (answer.status, answer.body["status"]) == (200, "CANCELLED")
    assert reverse(trade, bill).body["reversed_voucher"] == answer.body["reversed_voucher"]
    assert counted(trade, order) == ("IN_PROGRESS", "10.000", "0.000", "0.000")
    trade.holds_the_law()
    post(trade, enter(trade, order).body)
    assert counted(trade, order) == ("INVOICED", "10.000", "10.000", "10.000")
    trade.holds_the_law()


def test_a_receipt_is_reversed_as_far_as_it_is_not_billed(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    trade.received(order, "6")
    post(trade, enter(trade, order, partial_allowed=True).body)
    late = trade.received(order, "4")
    trade.done(f"/api/purchasing/receipts/{late['id']}/reverse/", {"reason": "never came"})
    assert counted(trade, order) == ("IN_PROGRESS", "6.000", "6.000", "6.000")
    trade.holds_the_law()


def test_a_bill_is_not_taken_out_from_under_goods_that_came_at_the_value_of_several(trade: Trade) -> None:
    """Of bills for 10.00, 10.00 and 50.02 two pieces came, at 20.01 of the 70.02: less the last, 20.00 are billed."""
    item = trade.item("A", stock="0")["id"]
    order = trade.confirmed_purchase([{"item_id": item, "quantity": "7", "unit_rate": "10.004"}])
    bills = []
    for number, quantity in enumerate(("1", "1", "5")):
        bills.append(enter(trade, order, f"{number}", lines=lines_of(order, quantity), partial_allowed=True).body)
        post(trade, bills[-1])
    assert trade.received(order, "2")["total_cost"] == "20.01"
    assert refused(reverse(trade, bills[2])) == (409, "has-receipts")
    assert reverse(trade, bills[1]).status == reverse(trade, bills[2]).status == 200
    trade.holds_the_law()


def test_an_order_is_closed_once_all_that_came_is_billed(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    close = f"{ORDERS}{order['id']}/close/"
    assert refused(trade.post(close, {})) == (409, "wrong-state")
    trade.received(order, "4")
    assert refused(trade.post(close, {})) == (409, "wrong-state")
    bill = enter(trade, order, partial_allowed=True).body
    post(trade, bill)
    assert trade.done(close, {"reason": "no more comes"})["order"]["status"] == "INVOICED"
    more = {"order_item": order["items"][0]["id"], "quantity": "1"}
    sent = {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": [more]}
    assert refused(trade.post("/api/purchasing/receipts/", sent)) == (409, "quantity-exceeds-order")
    assert refused(enter(trade, order, "2")) == (400, "order-not-invoiceable")
    trade.holds_the_law()
    assert reverse(trade, bill).status == 200
    assert counted(trade, order) == ("IN_PROGRESS", "4.000", "0.000", "0.000")
    trade.holds_the_law()


def test_lists_tell_sold_from_bought(trade: Trade) -> None:
    sold = trade.posted()
    bill = enter(trade, trade.confirmed_purchase()).body
    post(trade, bill)

    def found(query: str, path: str = PATH) -> list[str]:
        return [row["id"] for row in trade.get(f"{path}?{query}").body]

    for path in (PATH, f"{PATH}outstanding/"):
        assert found("invoice_type=PURCHASE", path) == found(f"party={bill['party']}", path) == [bill["id"]]
        assert found("invoice_type=SALES", path) == [sold["id"]]
    assert found("search=S/77") == found(f"order={bill['purchase_order']}") == [bill["id"]]
    assert trade.get(f"{PATH}outstanding/?invoice_type=PURCHASE&as_of={DAY}").body[0]["outstanding_amount"] == "600.00"
    assert [row["uuid"] for row in trade.get("/api/sales/invoices/").body["results"]] == [sold["id"]]


# ── Money out ────────────────────────────────────────────────────────────────────────────────────────────────────────
PAYMENTS = "/api/payments/"


def posted(trade: Trade, order: Any = None, number: str = "S/77") -> Any:
    """A posted bill of 600.00."""
    bill = enter(trade, order or trade.confirmed_purchase(), number).body
    post(trade, bill)
    return trade.get(f"{PATH}{bill['id']}/").body


def test_a_bill_is_paid_in_one_call(trade: Trade) -> None:
    bill = posted(trade)
    part = trade.pay(bill, "100.00")
    assert (part["payment_number"], part["kind"], part["status"]) == ("PAY-2025-00001", "PAYMENT", "POSTED")
    assert (part["party"], part["party_name"], part["allocated_amount"]) == (bill["party"], "Supplier Name", "100.00")
    entries = trade.get(f"{PAYMENTS}{part['id']}/?expand=voucher").body["entries"]
    assert [(row["role"], row["debit"], row["credit"]) for row in entries] == [
        ("PAYABLE", "100.00", "0.00"),
        ("BANK", "0.00", "100.00"),
    ]
    assert trade.get(f"{PATH}{bill['id']}/").body["status"] == "PARTIALLY_PAID"
    assert refused(trade.post(PAYMENTS, {"invoice_id": bill["id"], "amount": "500.01", "payment_date": DAY})) == (
        409,
        "allocation-exceeds-outstanding",
    )
    rest = trade.pay(bill, "550.00", excess="advance", mode="CASH")
    assert (rest["payment_number"], rest["unallocated_amount"]) == ("PAY-2025-00002", "50.00")
    assert trade.get(f"{PATH}{bill['id']}/").body["status"] == "PAID"
    assert trade.get(f"/api/purchasing/suppliers/{bill['party']}/").body["balance"] == "-50.00"
    kinds = OutboxEvent.unscoped.filter(company=trade.world.company).order_by("id").values_list("type", flat=True)
    assert list(kinds)[-4:] == ["payment_made", "invoice_updated", "payment_made", "invoice_paid"]
    trade.holds_the_law()


def test_a_payment_to_a_supplier_is_prepared_allocated_released_and_reversed(trade: Trade) -> None:
    bill = posted(trade)
    body = {"party_id": bill["party"], "kind": "PAYMENT", "amount": "1000.00", "payment_date": DAY}
    draft = trade.made(PAYMENTS, body | {"allocations": [{"invoice_id": bill["id"], "amount": "600.00"}]})
    assert (draft["status"], draft["payment_number"]) == ("DRAFT", "PAY-2025-00001")
    one = f"{PAYMENTS}{draft['id']}/"
    trade.done(f"{one}post_voucher/")
    (allocation,) = trade.get(one).body["allocations"]
    assert trade.get(f"{PATH}{bill['id']}/").body["status"] == "PAID"
    trade.made(f"{one}allocations/{allocation['id']}/release/", {"reason": "another bill"})
    assert trade.get(f"{PATH}{bill['id']}/").body["status"] == "POSTED"
    trade.holds_the_law()
    trade.made(f"{one}allocate/", {"invoice_id": bill["id"], "amount": "250.00"})
    assert refused(reverse(trade, bill)) == (409, "has-settlements")
    undone = trade.done(f"{one}reverse/", {"reason": "bounced"})
    assert undone["status"] == "REVERSED"
    assert trade.get(f"{PATH}{bill['id']}/").body["status"] == "POSTED"
    trade.holds_the_law()
    cancelled = trade.made(PAYMENTS, body)
    assert trade.done(f"{PAYMENTS}{cancelled['id']}/cancel/")["status"] == "CANCELLED"
    advance = trade.made(PAYMENTS, body | {"post": True})
    assert (advance["status"], advance["unallocated_amount"]) == ("POSTED", "1000.00")
    assert [row["id"] for row in trade.get(f"{PAYMENTS}?kind=PAYMENT&unallocated=true").body] == [advance["id"]]
    assert len(trade.get(f"{PAYMENTS}?party={bill['party']}").body) == 3
    trade.holds_the_law()


def test_money_goes_in_its_own_direction(trade: Trade) -> None:
    bill, sold = posted(trade), trade.posted()

    def refusal(kind: str, party: str, invoice: Any) -> tuple[int, list[str]]:
        sent = {"party_id": party, "kind": kind, "amount": "10", "payment_date": DAY}
        answer = trade.post(PAYMENTS, sent | {"allocations": [{"invoice_id": invoice["id"], "amount": "1"}]})
        return answer.status, list(answer.body["fields"])

    assert refusal("PAYMENT", sold["party"], bill) == (404, ["party_id"])
    assert refusal("RECEIPT", bill["party"], sold) == (404, ["party_id"])
    assert refusal("PAYMENT", bill["party"], sold) == (404, ["invoice_id"])
    assert refusal("RECEIPT", sold["party"], bill) == (404, ["invoice_id"])
    other = posted(trade, trade.confirmed_purchase(_more(bill), supplier_id=trade.supplier(name="Other")["id"]), "S/1")
    assert refusal("PAYMENT", other["party"], bill) == (400, ["invoice_id"])
    answer = trade.post(PAYMENTS, {"party_id": bill["party"], "kind": "GIFT", "amount": "10", "payment_date": DAY})
    assert (answer.status, list(answer.body["fields"])) == (400, ["kind"])


def test_the_statement_of_a_supplier_tells_bills_and_money(trade: Trade) -> None:
    bill = posted(trade)
    trade.pay(bill, "100.00", payment_date=DAY)
    account = next(row for row in trade.get("/api/accounting/accounts/").body if row["code"] == "2000-S-00001")
    statement = f"/api/accounting/accounts/{account['id']}/statement/?from={DAY}&to={DAY}"
    shown = trade.get(statement, role=Role.PURCHASE_MANAGER).body
    told = [(row["kind"], row["debit"], row["credit"]) for row in shown["entries"]]
    assert told == [("PURCHASE", "0.00", "600.00"), ("PAYMENT", "100.00", "0.00")]
    assert shown["closing"] == "-500.00"
    assert trade.get(statement, role=Role.SALES_MANAGER).status == 404
