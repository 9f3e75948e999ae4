"""Every write of the books' surface: a repeat does nothing more, a dry run nothing at all, a stale one is refused."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from erp.models import Currency, IdempotencyKey
from erp.rights import Role
from tests.builders import Answer, World, new_world
from tests.house.registry import company_models
from tests.slicing import thirds
from tests.trade import DAY, GSTIN_MH, Trade


class Write(NamedTuple):
    """A request that succeeds, another body for its path, and the row whose version it may name."""

    method: str
    path: str
    body: Any
    other: Any
    versioned: str = ""


def _one_line(trade: Trade) -> list[Any]:
    return [{"item_id": trade.item()["id"], "quantity": 1}]


def create_order(trade: Trade) -> Write:
    customer = trade.customer()["id"]
    return Write(
        "POST", "/api/orders/sales/", {"customer_id": customer, "items": _one_line(trade)}, {"customer_id": customer}
    )


def change_order(trade: Trade) -> Write:
    path = f"/api/orders/sales/{trade.order()['id']}/"
    return Write("PATCH", path, {"notes": "n"}, {"notes": "m"}, path)


def add_item(trade: Trade) -> Write:
    path = f"/api/orders/sales/{trade.order([])['id']}/"
    (line,) = _one_line(trade)
    return Write("POST", f"{path}add_item/", line, line | {"quantity": 2}, path)


def change_line(trade: Trade) -> Write:
    order = trade.order()
    path = f"/api/orders/sales/{order['id']}/"
    return Write("PATCH", f"{path}items/{order['items'][0]['id']}/", {"quantity": 2}, {"quantity": 3}, path)


def remove_line(trade: Trade) -> Write:
    order = trade.order()
    path = f"/api/orders/sales/{order['id']}/"
    return Write("DELETE", f"{path}items/{order['items'][0]['id']}/", None, None, path)


def confirm_order(trade: Trade) -> Write:
    path = f"/api/orders/sales/{trade.order()['id']}/"
    return Write("POST", f"{path}confirm/", None, None, path)


def reserve_order(trade: Trade) -> Write:
    item = trade.item(stock="0")["id"]
    path = f"/api/orders/sales/{trade.confirmed([{'item_id': item, 'quantity': 5}])['id']}/"
    trade.opening(item, "5", "1")
    return Write("POST", f"{path}reserve/", None, None, path)


def cancel_order(trade: Trade) -> Write:
    path = f"/api/orders/sales/{trade.confirmed()['id']}/"
    return Write("POST", f"{path}cancel/", {"reason": "a"}, {"reason": "b"}, path)


def close_order(trade: Trade) -> Write:
    order = trade.confirmed()
    trade.posted(order, partial_allowed=True, lines=[{"order_item": order["items"][0]["id"], "quantity": 1}])
    path = f"/api/orders/sales/{order['id']}/"
    return Write("POST", f"{path}close/", {"reason": "a"}, {"reason": "b"}, path)


def create_customer(_: Trade) -> Write:
    return Write("POST", "/api/orders/customers/", {"name": "A"}, {"name": "B"})


def change_customer(trade: Trade) -> Write:
    path = f"/api/orders/customers/{trade.customer()['id']}/"
    return Write("PATCH", path, {"phone": "1"}, {"phone": "2"}, path)


def create_supplier(_: Trade) -> Write:
    return Write("POST", "/api/purchasing/suppliers/", {"name": "A"}, {"name": "B"})


def change_supplier(trade: Trade) -> Write:
    path = f"/api/purchasing/suppliers/{trade.supplier()['id']}/"
    return Write("PATCH", path, {"phone": "1"}, {"phone": "2"}, path)


def create_purchase(trade: Trade) -> Write:
    body = {"supplier_id": trade.supplier()["id"], "items": [_one_line(trade)[0] | {"unit_rate": 1}]}
    return Write("POST", "/api/purchasing/orders/", body, body | {"notes": "other"})


def change_purchase(trade: Trade) -> Write:
    path = f"/api/purchasing/orders/{trade.purchase()['id']}/"
    return Write("PATCH", path, {"notes": "n"}, {"notes": "m"}, path)


def add_purchase_item(trade: Trade) -> Write:
    path = f"/api/purchasing/orders/{trade.purchase([])['id']}/"
    line = _one_line(trade)[0] | {"unit_rate": 1}
    return Write("POST", f"{path}add_item/", line, line | {"quantity": 2}, path)


def change_purchase_line(trade: Trade) -> Write:
    order = trade.purchase()
    path = f"/api/purchasing/orders/{order['id']}/"
    return Write("PATCH", f"{path}items/{order['items'][0]['id']}/", {"quantity": 2}, {"quantity": 3}, path)


def remove_purchase_line(trade: Trade) -> Write:
    order = trade.purchase()
    path = f"/api/purchasing/orders/{order['id']}/"
    return Write("DELETE", f"{path}items/{order['items'][0]['id']}/", None, None, path)


def confirm_purchase(trade: Trade) -> Write:
    path = f"/api/purchasing/orders/{trade.purchase()['id']}/"
    return Write("POST", f"{path}confirm/", None, None, path)


def cancel_purchase(trade: Trade) -> Write:
    path = f"/api/purchasing/orders/{trade.confirmed_purchase()['id']}/"
    return Write("POST", f"{path}cancel/", {"reason": "a"}, {"reason": "b"}, path)


def receive_goods(trade: Trade) -> Write:
    order = trade.confirmed_purchase()
    lines = [{"order_item": order["items"][0]["id"], "quantity": 4, "batch_no": "B"}]
    body = {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": lines}
    return Write("POST", "/api/purchasing/receipts/", body, body | {"supplier_reference": "other"})


def reverse_receipt(trade: Trade) -> Write:
    path = f"/api/purchasing/receipts/{trade.received(trade.confirmed_purchase(), '4')['id']}/"
    return Write("POST", f"{path}reverse/", {"reason": "a"}, {"reason": "b"}, path)


def create_salesman(_: Trade) -> Write:
    return Write("POST", "/api/orders/salesmen/", {"name": "A"}, {"name": "B"})


def change_salesman(trade: Trade) -> Write:
    path = f"/api/orders/salesmen/{trade.made('/api/orders/salesmen/', {'name': 'Ajay'})['id']}/"
    return Write("PATCH", path, {"phone": "1"}, {"phone": "2"})


def create_item(_: Trade) -> Write:
    return Write("POST", "/api/inventory/items/", {"sku": "A", "name": "A"}, {"sku": "B", "name": "B"})


def change_item(trade: Trade) -> Write:
    path = f"/api/inventory/items/{trade.item()['id']}/"
    return Write("PATCH", path, {"sale_rate": "1"}, {"sale_rate": "2"}, path)


def create_hsn_rate(_: Trade) -> Write:
    body = {"hsn_code": "8471", "gst_rate": "18", "valid_from": DAY}
    return Write("POST", "/api/inventory/hsn_rates/", body, body | {"hsn_code": "8472"})


def change_hsn_rate(trade: Trade) -> Write:
    path = f"/api/inventory/hsn_rates/{trade.hsn_rate('8471', '18')['id']}/"
    return Write("PATCH", path, {"gst_rate": "5"}, {"gst_rate": "12"}, path)


def create_price_list(_: Trade) -> Write:
    body = {"name": "A", "kind": "SALES"}
    return Write("POST", "/api/inventory/price_lists/", body, body | {"name": "B"})


def change_price_list(trade: Trade) -> Write:
    path = f"/api/inventory/price_lists/{trade.price_list()['id']}/"
    return Write("PATCH", path, {"name": "A"}, {"name": "B"}, path)


def set_prices(trade: Trade) -> Write:
    path = f"/api/inventory/price_lists/{trade.price_list()['id']}/"
    price = {"item_id": trade.item()["id"], "unit_rate": "90"}
    return Write("POST", f"{path}prices/", [price], [price | {"unit_rate": "80"}], path)


def create_uom(_: Trade) -> Write:
    return Write("POST", "/api/inventory/uoms/", {"code": "BOX", "name": "Box"}, {"code": "KG", "name": "Kilogram"})


def change_uom(trade: Trade) -> Write:
    path = f"/api/inventory/uoms/{trade.get('/api/inventory/uoms/').body[0]['id']}/"
    return Write("PATCH", path, {"name": "A"}, {"name": "B"})


def create_warehouse(_: Trade) -> Write:
    return Write("POST", "/api/inventory/warehouses/", {"code": "A", "name": "A"}, {"code": "B", "name": "B"})


def change_warehouse(trade: Trade) -> Write:
    path = f"/api/inventory/warehouses/{trade.get('/api/inventory/warehouses/').body[0]['id']}/"
    return Write("PATCH", path, {"name": "A"}, {"name": "B"})


def open_stock(trade: Trade) -> Write:
    line = {"item_id": trade.item(stock="0")["id"], "quantity": 1, "unit_cost": 1}
    body = {"kind": "OPENING", "date": DAY, "lines": [line]}
    return Write("POST", "/api/inventory/adjustments/", body, body | {"reason": "other"})


def write_off_stock(trade: Trade) -> Write:
    body = {"kind": "DAMAGE", "date": DAY, "lines": _one_line(trade)}
    return Write("POST", "/api/inventory/adjustments/", body, body | {"reason": "other"})


def count_stock(trade: Trade) -> Write:
    body = {"kind": "COUNT", "date": DAY, "lines": [{"item_id": trade.item()["id"], "counted": 21, "batch_no": "NEW"}]}
    return Write("POST", "/api/inventory/adjustments/", body, body | {"reason": "other"})


def transfer_stock(trade: Trade) -> Write:
    main, side = trade.get("/api/inventory/warehouses/").body[0]["id"], trade.side()["id"]
    body = {"from_warehouse_id": main, "to_warehouse_id": side, "date": DAY, "lines": _one_line(trade)}
    return Write("POST", "/api/inventory/transfers/", body, body | {"reason": "other"})


def reverse_adjustment(trade: Trade) -> Write:
    body = {"kind": "DAMAGE", "date": DAY, "lines": _one_line(trade)}
    path = f"/api/inventory/adjustments/{trade.made('/api/inventory/adjustments/', body)['id']}/"
    return Write("POST", f"{path}reverse/", {"reason": "a"}, {"reason": "b"}, path)


def reverse_transfer(trade: Trade) -> Write:
    path = f"/api/inventory/transfers/{trade.transfer(trade.item()['id'], '1')['id']}/"
    return Write("POST", f"{path}reverse/", {"reason": "a"}, {"reason": "b"}, path)


def revalue_stock(trade: Trade) -> Write:
    body = {"date": DAY, "reason": "a", "lines": [{"layer": trade.layer(), "difference": "1"}]}
    return Write("POST", "/api/inventory/revaluations/", body, body | {"reason": "b"})


def reverse_revaluation(trade: Trade) -> Write:
    path = f"/api/inventory/revaluations/{trade.revaluation(trade.layer(), '1')['id']}/"
    return Write("POST", f"{path}reverse/", {"reason": "a"}, {"reason": "b"}, path)


def block_batch(trade: Trade) -> Write:
    path = f"/api/inventory/batches/{trade.batch()['id']}/block/"
    return Write("POST", path, {"reason": "a"}, {"reason": "b"})


def unblock_batch(trade: Trade) -> Write:
    path = f"/api/inventory/batches/{trade.batch()['id']}/"
    trade.done(f"{path}block/", {"reason": "r"})
    return Write("POST", f"{path}unblock/", {"reason": "a"}, {"reason": "b"})


def generate_invoice(trade: Trade) -> Write:
    order = f"{trade.confirmed()['id']}/"
    path = f"/api/invoices/from_sales_order/{order}"
    return Write("POST", path, {"apply_gst": False}, {"apply_gst": True}, f"/api/orders/sales/{order}")


def close_purchase(trade: Trade) -> Write:
    order = trade.confirmed_purchase()
    bill = trade.bill(order, lines=[{"order_item": order["items"][0]["id"], "quantity": "4"}], partial_allowed=True)
    trade.done(f"/api/invoices/{bill['id']}/post_voucher/")
    path = f"/api/purchasing/orders/{order['id']}/"
    return Write("POST", f"{path}close/", {"reason": "a"}, {"reason": "b"}, path)


def bill_purchase(trade: Trade) -> Write:
    order = f"{trade.confirmed_purchase()['id']}/"
    body = {"supplier_invoice_number": "S"}
    path = f"/api/invoices/from_purchase_order/{order}"
    return Write("POST", path, body, body | {"notes": "other"}, f"/api/purchasing/orders/{order}")


def post_bill(trade: Trade) -> Write:
    path = f"/api/invoices/{trade.bill()['id']}/"
    return Write("POST", f"{path}post_voucher/", {"posting_date": DAY}, {"posting_date": "2025-12-31"}, path)


def make_payment(trade: Trade) -> Write:
    body = {"invoice_id": trade.posted_bill()["id"], "amount": "1.00", "payment_date": DAY}
    return Write("POST", "/api/payments/", body, body | {"amount": "2.00"})


def draft_invoice(trade: Trade) -> Write:
    line = {"description": "Freight", "quantity": "1", "unit_rate": "90", "gst_rate": "18"}
    body = {"invoice_type": "SALES", "party_id": trade.customer()["id"], "lines": [line]}
    return Write("POST", "/api/invoices/", body, body | {"notes": "other"})


def post_invoice(trade: Trade) -> Write:
    path = f"/api/invoices/{trade.invoice()['id']}/"
    return Write("POST", f"{path}post_voucher/", {"posting_date": DAY}, {"posting_date": "2025-12-31"}, path)


def post_invoices(trade: Trade) -> Write:
    body = {"invoice_ids": [trade.invoice()["id"]]}
    return Write("POST", "/api/invoices/post_vouchers/", body, {"filter": {}})


def change_invoice(trade: Trade) -> Write:
    path = f"/api/invoices/{trade.invoice()['id']}/"
    return Write("PATCH", path, {"notes": "n"}, {"notes": "m"}, path)


def cancel_invoice(trade: Trade) -> Write:
    path = f"/api/invoices/{trade.invoice()['id']}/"
    return Write("POST", f"{path}cancel/", {"reason": "a"}, {"reason": "b"}, path)


def receive_payment(trade: Trade) -> Write:
    body = {"invoice_id": trade.posted()["id"], "amount": "1.00", "payment_date": DAY}
    return Write("POST", "/api/payments/", body, body | {"amount": "2.00"})


def _drafted(trade: Trade) -> tuple[str, Any, Any]:
    """A draft with a part of it planned: its path, itself, its invoice."""
    invoice = trade.posted()
    plan = [{"invoice_id": invoice["id"], "amount": "1.00"}]
    body = {"party_id": invoice["party"], "amount": "3.00", "payment_date": DAY, "allocations": plan}
    draft = trade.made("/api/payments/", body)
    return f"/api/payments/{draft['id']}/", draft, invoice


def draft_payment(trade: Trade) -> Write:
    body = {"party_id": trade.customer()["id"], "amount": "3.00", "payment_date": DAY}
    return Write("POST", "/api/payments/", body, body | {"amount": "2.00"})


def change_payment(trade: Trade) -> Write:
    path, _, _ = _drafted(trade)
    return Write("PATCH", path, {"notes": "n"}, {"notes": "m"}, path)


def post_payment(trade: Trade) -> Write:
    path, _, _ = _drafted(trade)
    return Write("POST", f"{path}post_voucher/", {"posting_date": DAY}, {"posting_date": "2025-12-31"}, path)


def cancel_payment(trade: Trade) -> Write:
    path, _, _ = _drafted(trade)
    return Write("POST", f"{path}cancel/", {"reason": "a"}, {"reason": "b"}, path)


def allocate_payment(trade: Trade) -> Write:
    path, _, invoice = _drafted(trade)
    body = {"invoice_id": invoice["id"], "amount": "1.00"}
    return Write("POST", f"{path}allocate/", body, body | {"amount": "2.00"}, path)


def remove_allocation(trade: Trade) -> Write:
    path, draft, _ = _drafted(trade)
    return Write("DELETE", f"{path}allocations/{draft['allocations'][0]['id']}/", None, None, path)


def release_allocation(trade: Trade) -> Write:
    payment = trade.pay(trade.posted(), "1.00")
    path = f"/api/payments/{payment['id']}/"
    release = f"{path}allocations/{payment['allocations'][0]['id']}/release/"
    return Write("POST", release, {"reason": "a"}, {"reason": "b"}, path)


def reverse_invoice(trade: Trade) -> Write:
    path = f"/api/invoices/{trade.posted()['id']}/"
    return Write("POST", f"{path}reverse/", {"reason": "a"}, {"reason": "b"}, path)


def reverse_payment(trade: Trade) -> Write:
    path = f"/api/payments/{trade.pay(trade.posted(), '1.00')['id']}/"
    return Write("POST", f"{path}reverse/", {"reason": "a"}, {"reason": "b"}, path)


def add_registration(_: Trade) -> Write:
    body = {"state_code": "MH", "gstin": GSTIN_MH}
    return Write("POST", "/api/companies/registrations/", body, body | {"is_default": True})


def quote_rate(_: Trade) -> Write:
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar"})
    body = {"currency_id": "USD", "rate_date": "2025-12-26", "rate": "83.4567"}
    return Write("POST", "/api/accounting/exchange_rates/", body, body | {"rate": "83.5"})


def revalue_currencies(_: Trade) -> Write:
    return Write("POST", "/api/accounting/currency_revaluation/", {"as_of": "2025-12-31"}, {"as_of": "2025-11-30"})


def change_registration(trade: Trade) -> Write:
    path = f"/api/companies/registrations/{trade.registration()['id']}/"
    return Write("PATCH", path, {"valid_to": "2026-03-31"}, {"valid_to": "2026-04-30"})


def remove_registration(trade: Trade) -> Write:
    return Write("DELETE", f"/api/companies/registrations/{trade.registration()['id']}/", None, None)


def add_member(trade: Trade) -> Write:
    guests = [Trade(new_world()).world.user(Role.OWNER).email for _ in range(2)]
    body = {"user_email": guests[0], "role": "VIEWER"}
    return Write("POST", "/api/companies/memberships/", body, body | {"user_email": guests[1]})


def change_member(trade: Trade) -> Write:
    path = f"/api/companies/memberships/{trade.member(Role.VIEWER)['id']}/"
    return Write("PATCH", path, {"role": "PICKER"}, {"role": "PACKER"})


def revoke_key(trade: Trade) -> Write:
    return Write("POST", f"/api/companies/api_keys/{trade.api_key()['id']}/revoke/", None, None)


def _webhook(trade: Trade) -> str:
    return f"/api/companies/webhooks/{trade.webhook()['id']}/"


def change_webhook(trade: Trade) -> Write:
    path = _webhook(trade)
    return Write("PATCH", path, {"types": ["all"]}, {"types": ["invoice_paid"]}, path)


def remove_webhook(trade: Trade) -> Write:
    path = _webhook(trade)
    return Write("DELETE", path, None, None, path)


def replay_events(trade: Trade) -> Write:
    path = f"{_webhook(trade)}replay/"
    first = f"invoices-{trade.world.company.id}:"
    return Write("POST", path, {"after": f"{first}0"}, {"after": f"{first}1"})


def set_policies(_: Trade) -> Write:
    return Write(
        "PATCH", "/api/companies/policies/", {"credit_check": "warn"}, {"credit_check": "off"}, "/api/companies/policies/"
    )


def switch_company(trade: Trade) -> Write:
    body = {"company_id": str(trade.world.company.id)}
    return Write("POST", "/api/companies/switch/", body, {"company_id": "01a215a0-0000-7000-8000-000000000000"})


WRITES = [
    create_order, change_order, add_item, change_line, remove_line, confirm_order, reserve_order, cancel_order, close_order,
    create_customer, change_customer, create_salesman, change_salesman, create_item, change_item, create_uom, change_uom,
    create_hsn_rate, change_hsn_rate, create_price_list, change_price_list, set_prices,
    create_supplier, change_supplier, create_purchase, change_purchase, add_purchase_item, change_purchase_line,
    remove_purchase_line, confirm_purchase, cancel_purchase, receive_goods, reverse_receipt,
    close_purchase, bill_purchase, post_bill, make_payment,
    create_warehouse, change_warehouse, open_stock, write_off_stock, count_stock, transfer_stock,
    reverse_adjustment, reverse_transfer, revalue_stock, reverse_revaluation,
    block_batch, unblock_batch, generate_invoice, draft_invoice,
    post_invoice, post_invoices, change_invoice,
    cancel_invoice, receive_payment, draft_payment, change_payment, post_payment, cancel_payment, allocate_payment,
    remove_allocation, release_allocation, reverse_invoice, reverse_payment, add_registration, set_policies, quote_rate,
    revalue_currencies,
        remove_allocation, release_allocation, reverse_invoice, reverse_payment, add_registration, set_policies,
    switch_company, add_member, change_member, revoke_key,
    change_registration, remove_registration,
    change_webhook, remove_webhook, replay_events,
]  # fmt: skip
OF_A_VERSION = [
    change_order, add_item, change_line, remove_line, confirm_order, reserve_order, cancel_order, close_order,
    change_supplier, change_purchase, add_purchase_item, change_purchase_line, remove_purchase_line, confirm_purchase,
    cancel_purchase, reverse_receipt, close_purchase, bill_purchase, post_bill,
    reverse_adjustment, reverse_transfer, reverse_revaluation,
    change_customer, change_item, change_hsn_rate, change_price_list, set_prices,
    generate_invoice, post_invoice, change_invoice, cancel_invoice,
    change_payment, post_payment, cancel_payment, allocate_payment, remove_allocation, release_allocation,
    reverse_invoice, reverse_payment,
    change_webhook, remove_webhook,
]  # fmt: skip
"""Writes to a row that has a version; the others make one, or change one that has none."""
each = pytest.mark.parametrize("make", thirds(WRITES), ids=lambda make: make.__name__)
Make = Callable[[Trade], Write]


@pytest.fixture
def trade(world: World) -> Trade:
    """The company and its OWNER, who is there before anything is counted."""
    world.user(Role.OWNER)
    return Trade(world)


def stored(world: World) -> dict[str, Any]:
    """Every row of the company."""
    return {
        model._meta.label: list(model._base_manager.filter(company_id=world.company.id).order_by("pk").values())
        for model in company_models()
    }


def send(trade: Trade, write: Write, body: Any = None, *, query: str = "", **headers: str) -> Answer:
    body = write.body if body is None else body
    return trade.world.send(write.method, write.path + query, body, role=Role.OWNER, **headers)


def told(answer: Answer) -> tuple[Any, ...]:
    headers = {name: answer.headers.get(name) for name in ("ETag", "Location", "Content-Type")}
    return answer.status, answer.raw, headers


@each
def test_a_repeat_with_the_same_key_gets_the_same_answer_and_does_nothing(trade: Trade, make: Make) -> None:
    write = make(trade)
    first = send(trade, write, **{"Idempotency-Key": "once"})
    assert first.status in {200, 201, 204}, first.raw
    assert "Idempotent-Replayed" not in first.headers
    before = stored(trade.world)
    again = send(trade, write, **{"X-Idempotency-Key": "once"})
    assert told(again) == told(first)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert stored(trade.world) == before
    if write.other is not None:
        other = send(trade, write, write.other, **{"Idempotency-Key": "once"})
        assert (other.status, other.body["code"]) == (422, "idempotency-mismatch")
        assert stored(trade.world) == before


@each
def test_a_dry_run_answers_alike_and_keeps_nothing(trade: Trade, make: Make) -> None:
    write = make(trade)
    before = stored(trade.world)
    dry = send(trade, write, query="?dry_run=true", **{"Idempotency-Key": "once"})
    assert dry.status in {200, 201, 204}, dry.raw
    assert stored(trade.world) == before
    real = send(trade, write)
    assert real.status == dry.status
    if dry.status != 204:
        assert dry.body["dry_run"] is True
        assert dry.body.keys() - {"dry_run"} == real.body.keys()
        assert not {"ETag", "Location"} & set(dry.headers)


@pytest.mark.parametrize("make", thirds(OF_A_VERSION), ids=lambda make: make.__name__)
def test_a_stale_write_is_refused_and_a_current_one_is_not(trade: Trade, make: Make) -> None:
    write = make(trade)
    tag = trade.get(write.versioned).headers["ETag"]
    before = stored(trade.world)
    for stale in ('"999"', 'W/"1"', '"x"', "no tag"):
        answer = send(trade, write, **{"If-Match": stale})
        assert (answer.status, answer.body["code"]) == (412, "stale"), stale
    assert stored(trade.world) == before
    assert send(trade, write, **{"If-Match": tag}).status in {200, 201, 204}


def test_a_refusal_is_not_remembered(trade: Trade) -> None:
    order = trade.order([])
    path = f"/api/orders/sales/{order['id']}/confirm/"
    assert trade.post(path, headers={"Idempotency-Key": "k"}).status == 400
    assert not IdempotencyKey.unscoped.filter(company=trade.world.company).exists()
    trade.made(f"/api/orders/sales/{order['id']}/add_item/", _one_line(trade)[0])
    assert trade.post(path, headers={"Idempotency-Key": "k"}).status == 200


def test_a_key_belongs_to_who_sent_it_and_to_its_route(trade: Trade) -> None:
    order = trade.order()
    path, key = f"/api/orders/sales/{order['id']}/", {"Idempotency-Key": "k"}
    assert trade.patch(path, {"notes": "a"}, headers=key).body["version"] == 2
    assert trade.patch(path, {"notes": "b"}, role=Role.ADMIN, headers=key).body["version"] == 3
    assert trade.post(f"{path}confirm/", headers=key).status == 200


def test_an_empty_body_equals_an_empty_object(trade: Trade) -> None:
    path, key = f"/api/orders/sales/{trade.order()['id']}/confirm/", {"Idempotency-Key": "k"}
    assert trade.post(path, None, headers=key).status == 200
    again = trade.post(path, {}, headers=key)
    assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")


def test_a_key_too_long_or_odd_is_refused(trade: Trade) -> None:
    for key in ("k" * 256, "a\u200bb".encode().decode("latin-1")):
        answer = trade.post("/api/orders/salesmen/", {"name": "A"}, headers={"Idempotency-Key": key})
        assert (answer.status, list(answer.body["fields"])) == (400, ["Idempotency-Key"])
