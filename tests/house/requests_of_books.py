"""Requests of the books' surface whose round trips are counted, each on rows of its own."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounting.quoting import quote_rate
from erp.models import Currency
from erp.rights import Role
from inventory.models import Warehouse
from tests.books.scene import DAY, Scene
from tests.builders import Answer, World, invoice_body, item_body, new_world, send

Request = Callable[[], Answer]


def _accountant(scene: Scene, method: str, path: str, body: Any = None) -> Request:
    headers = {"Authorization": f"Bearer {scene.world.token(Role.ACCOUNTANT)}"}
    return lambda: send(method, path, body, **headers)


def _created(scene: Scene, *, lines: int) -> Request:
    line = {"item_id": scene.item().id, "quantity": "1"}
    body = {"customer_id": scene.customer.id, "order_date": DAY, "items": [line] * lines}
    return _accountant(scene, "POST", "/api/orders/sales/", body)


def _order(scene: Scene, *, lines: int) -> UUID:
    return UUID(_created(scene, lines=lines)().body["id"])


def _confirmed(scene: Scene, *, lines: int) -> UUID:
    order = _order(scene, lines=lines)
    assert _acted(scene, order, "confirm")().status == 200
    return order


def _acted(scene: Scene, order: UUID, act: str) -> Request:
    return _accountant(scene, "POST", f"/api/orders/sales/{order}/{act}/")


def _generated(scene: Scene, *, lines: int) -> Request:
    order = _confirmed(scene, lines=lines)
    return _accountant(scene, "POST", f"/api/invoices/from_sales_order/{order}/", {"invoice_date": DAY})


def _posted(scene: Scene, *, lines: int) -> Request:
    invoice = _generated(scene, lines=lines)().body["id"]
    return _accountant(scene, "POST", f"/api/invoices/{invoice}/post_voucher/")


def _revised(scene: Scene, *, lines: int) -> Request:
    """An imported invoice that is posted, sent again with one piece more of each line."""
    scene.item()

    def bill(quantity: str) -> Request:
        items = [item_body(item_code="SKU001", barcode=f"B{line}", quantity=quantity) for line in range(lines)]
        body = invoice_body(invoice_no="REVISED", invoice_date=DAY.isoformat(), items=items)
        return lambda: send("POST", "/api/sales/import/invoice/", body, **{"X-API-Key": scene.world.api_key})

    assert bill("0.1")().status == 201
    scene.post(scene.world.invoice("REVISED").id)
    return bill("0.2")


def _drawn_up(scene: Scene, *, lines: int) -> Request:
    line = {"item_id": scene.item().id, "quantity": "1", "unit_rate": "60"}
    body = {"invoice_type": "SALES", "party_id": scene.customer.id, "invoice_date": DAY, "lines": [line] * lines}
    return _accountant(scene, "POST", "/api/invoices/", body)


def _buyer(scene: Scene, method: str, path: str, body: Any = None) -> Request:
    headers = {"Authorization": f"Bearer {scene.world.token(Role.PURCHASE_MANAGER)}"}
    return lambda: send(method, path, body, **headers)


def _purchased(scene: Scene, *, lines: int) -> Request:
    line = {"item_id": scene.item().id, "quantity": "1", "unit_rate": "60"}
    body = {"supplier_id": scene.supplier.id, "order_date": DAY, "items": [line] * lines}
    return _buyer(scene, "POST", "/api/purchasing/orders/", body)


def _confirmed_purchase(scene: Scene) -> Request:
    return _buyer(scene, "POST", f"/api/purchasing/orders/{scene.draft_purchase().id}/confirm/")


def _came(scene: Scene, *, lines: int) -> Request:
    """All of a confirmed order with so many lines."""
    order = _purchased(scene, lines=lines)().body
    assert _buyer(scene, "POST", f"/api/purchasing/orders/{order['id']}/confirm/")().status == 200
    coming = [{"order_item": line["id"], "quantity": "1"} for line in order["items"]]
    body = {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": coming}
    return _buyer(scene, "POST", "/api/purchasing/receipts/", body)


def _billed(scene: Scene, *, lines: int) -> Request:
    """All of an order of which everything came."""
    order = _came(scene, lines=lines)().body["purchase_order"]
    body = {"supplier_invoice_number": "S", "invoice_date": DAY}
    return _buyer(scene, "POST", f"/api/invoices/from_purchase_order/{order}/", body)


def _bill_posted(scene: Scene, *, lines: int) -> Request:
    bill = _billed(scene, lines=lines)().body["id"]
    return _accountant(scene, "POST", f"/api/invoices/{bill}/post_voucher/")


def _paid_out(scene: Scene) -> Request:
    body = {"invoice_id": scene.posted_bill(), "amount": "1.00", "payment_date": DAY}
    return _accountant(scene, "POST", "/api/payments/", body)


def _received(scene: Scene, *, lines: int) -> Request:
    line = {"item_id": scene.item().id, "quantity": "1", "unit_cost": "60"}
    body = {"supplier_id": scene.supplier.id, "receipt_date": DAY, "lines": [line] * lines}
    return _buyer(scene, "POST", "/api/purchasing/receipts/", body)


def _taken_back(scene: Scene) -> Request:
    path = f"/api/purchasing/receipts/{scene.receipt().id}/reverse/"
    return _accountant(scene, "POST", path, {"reason": "r", "reversal_date": DAY})


def _paid(scene: Scene) -> Request:
    body = {"invoice_id": scene.posted_invoice(), "amount": "1.00", "payment_date": DAY}
    return _accountant(scene, "POST", "/api/payments/", body)


def _payment(scene: Scene) -> Request:
    return _accountant(scene, "GET", f"/api/payments/{_paid(scene)().body['id']}/")


def _credited(scene: Scene, *, lines: int) -> Request:
    """All of an invoice with this many lines is credited, and the goods come back."""
    invoice = _generated(scene, lines=lines)().body["id"]
    scene.post(UUID(invoice))
    body = {"credit_date": DAY, "reason": "SALES_RETURN"}
    return _accountant(scene, "POST", f"/api/invoices/{invoice}/credit_note/", body)


def _debited(scene: Scene, *, lines: int) -> Request:
    """All of a bill with this many lines is debited, and the goods, which came, go back."""
    bill = _billed(scene, lines=lines)().body["id"]
    scene.post(UUID(bill))
    body = {"credit_date": DAY, "reason": "DEFICIENT", "return_stock": True}
    return _accountant(scene, "POST", f"/api/invoices/{bill}/credit_note/", body)


def _credit_note(scene: Scene) -> Request:
    note = scene.credit_note(scene.posted_invoice())
    return _accountant(scene, "GET", f"/api/invoices/credit_notes/{note}/")


def _dollar(scene: Scene, day: date) -> None:
    """What a US dollar is worth on this day."""
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar"})
    quote_rate(currency="USD", rate_date=day, rate=Decimal("83.1"), actor=scene.actor, now=timezone.now())


def _abroad(scene: Scene) -> UUID:
    """A draft invoice in US dollars."""
    _dollar(scene, DAY)
    line = {"item_id": scene.item().id, "quantity": "1", "unit_rate": "10"}
    body = {"customer_id": scene.customer.id, "order_date": DAY, "currency_id": "USD", "items": [line]}
    order = _accountant(scene, "POST", "/api/orders/sales/", body)().body["id"]
    assert _acted(scene, order, "confirm")().status == 200
    path = f"/api/invoices/from_sales_order/{order}/"
    return UUID(_accountant(scene, "POST", path, {"invoice_date": DAY})().body["id"])


def _posted_abroad(scene: Scene) -> Request:
    return _accountant(scene, "POST", f"/api/invoices/{_abroad(scene)}/post_voucher/")


def _paid_abroad(scene: Scene) -> Request:
    body = {"invoice_id": scene.post(_abroad(scene)), "amount": "1.00", "payment_date": DAY}
    return _accountant(scene, "POST", "/api/payments/", body)


@cache
def _trade(rows: int) -> Scene:
    """A company with so many items, customers, suppliers, receipts, orders, invoices, payments and credit notes to show.

    Its lists are only read, so that all of them share it.
    """
    scene = Scene(new_world())
    for row in range(rows):
        invoice = scene.posted_invoice(quantity=2, sku=f"SKU{row}")
        scene.payment(invoice, Decimal(1))
        scene.credit_note(invoice)
        for parties in ("/api/orders/customers/", "/api/purchasing/suppliers/"):
            assert _accountant(scene, "POST", parties, {"name": f"Party {row}"})().status == 201
        scene.receipt()
        scene.draft_purchase()
        scene.transfer()
        _dollar(day=DAY + timedelta(days=row), scene=scene)
    return scene


def _listed(_: World, path: str, *, rows: int) -> Request:
    return _accountant(_trade(rows), "GET", path)


def _transferred(scene: Scene, *, lines: int) -> Request:
    main = Warehouse.objects.of(scene.actor).get(is_default=True)
    line = {"item_id": scene.item().id, "quantity": "1"}
    body = {"from_warehouse_id": main.id, "to_warehouse_id": scene.side.id, "date": DAY, "lines": [line] * lines}
    headers = {"Authorization": f"Bearer {scene.world.token(Role.STOCK_KEEPER)}"}
    return lambda: send("POST", "/api/inventory/transfers/", body, **headers)


def _revalued(scene: Scene, *, lines: int) -> Request:
    """As many layers, received in one receipt."""
    layers = [line["layer"] for line in _received(scene, lines=lines)().body["lines"]]
    body = {"date": DAY, "reason": "Freight", "lines": [{"layer": layer, "difference": "1"} for layer in layers]}
    return _accountant(scene, "POST", "/api/inventory/revaluations/", body)


JOURNAL = {
    "voucher_date": DAY,
    "lines": [{"account_code": "5100", "debit": "1"}, {"account_code": "1010", "credit": "1"}],
}
LISTS = [
    "/api/orders/sales/",
    "/api/orders/customers/",
    "/api/purchasing/suppliers/",
    "/api/purchasing/orders/",
    "/api/purchasing/receipts/",
    "/api/inventory/items/",
    "/api/inventory/stock/",
    "/api/inventory/valuation/",
    "/api/inventory/movements/",
    "/api/inventory/transfers/",
    "/api/invoices/",
    "/api/invoices/outstanding/",
    "/api/invoices/ageing/",
    "/api/invoices/gst_summary/",
    "/api/invoices/credit_notes/",
    "/api/payments/",
    "/api/accounting/accounts/",
    "/api/accounting/vouchers/",
    "/api/accounting/exchange_rates/",
    "/api/accounting/trial_balance/",
]
_OF_SCENES: dict[str, Callable[[Scene], Request]] = {
    "order: create, 1 line": lambda scene: _created(scene, lines=1),
    "order: create, 20 lines": lambda scene: _created(scene, lines=20),
    "order: confirm, 1 line": lambda scene: _acted(scene, _order(scene, lines=1), "confirm"),
    "order: confirm, 20 lines": lambda scene: _acted(scene, _order(scene, lines=20), "confirm"),
    "order: detail": lambda scene: _accountant(scene, "GET", f"/api/orders/sales/{_order(scene, lines=3)}/"),
    "invoice: generate, 1 line": lambda scene: _generated(scene, lines=1),
    "invoice: generate, 20 lines": lambda scene: _generated(scene, lines=20),
    "invoice: draw up, 1 line": lambda scene: _drawn_up(scene, lines=1),
    "invoice: draw up, 20 lines": lambda scene: _drawn_up(scene, lines=20),
    "invoice: post, 1 line": lambda scene: _posted(scene, lines=1),
    "invoice: post, 20 lines": lambda scene: _posted(scene, lines=20),
    "invoice: revise, 1 line": lambda scene: _revised(scene, lines=1),
    "invoice: revise, 20 lines": lambda scene: _revised(scene, lines=20),
    "invoice: detail": lambda scene: _accountant(scene, "GET", f"/api/invoices/{scene.posted_invoice()}/"),
    "credit note: create, 1 line": lambda scene: _credited(scene, lines=1),
    "credit note: create, 20 lines": lambda scene: _credited(scene, lines=20),
    "credit note: detail": _credit_note,
    "debit note: create, 1 line": lambda scene: _debited(scene, lines=1),
    "debit note: create, 20 lines": lambda scene: _debited(scene, lines=20),
    "purchase order: create, 1 line": lambda scene: _purchased(scene, lines=1),
    "purchase order: create, 20 lines": lambda scene: _purchased(scene, lines=20),
    "purchase order: confirm": _confirmed_purchase,
    "purchase order: detail": lambda scene: _accountant(
        scene, "GET", f"/api/purchasing/orders/{scene.draft_purchase().id}/"
    ),
    "purchase order: receive, 1 line": lambda scene: _came(scene, lines=1),
    "purchase order: receive, 20 lines": lambda scene: _came(scene, lines=20),
    "purchase invoice: enter, 1 line": lambda scene: _billed(scene, lines=1),
    "purchase invoice: enter, 20 lines": lambda scene: _billed(scene, lines=20),
    "purchase invoice: post, 1 line": lambda scene: _bill_posted(scene, lines=1),
    "purchase invoice: post, 20 lines": lambda scene: _bill_posted(scene, lines=20),
    "receipt: receive, 1 line": lambda scene: _received(scene, lines=1),
    "receipt: receive, 20 lines": lambda scene: _received(scene, lines=20),
    "receipt: detail": lambda scene: _accountant(scene, "GET", f"/api/purchasing/receipts/{scene.receipt().id}/"),
    "receipt: reverse": _taken_back,
    "transfer: move, 1 line": lambda scene: _transferred(scene, lines=1),
    "transfer: move, 20 lines": lambda scene: _transferred(scene, lines=20),
    "transfer: detail": lambda scene: _accountant(scene, "GET", f"/api/inventory/transfers/{scene.transfer().id}/"),
    "transfer: reverse": lambda scene: _accountant(
        scene, "POST", f"/api/inventory/transfers/{scene.transfer().id}/reverse/", {"reason": "r", "reversal_date": DAY}
    ),
    "revaluation: revalue, 1 line": lambda scene: _revalued(scene, lines=1),
    "revaluation: revalue, 20 lines": lambda scene: _revalued(scene, lines=20),
    "revaluation: reverse": lambda scene: _accountant(
        scene,
        "POST",
        f"/api/inventory/revaluations/{scene.revaluation().id}/reverse/",
        {"reason": "r", "reversal_date": DAY},
    ),
    "journal: book": lambda scene: _accountant(scene, "POST", "/api/accounting/vouchers/", JOURNAL),
    "payment: receive": _paid,
    "invoice: post, in another currency": _posted_abroad,
    "payment: receive, in another currency": _paid_abroad,
    "payment: make": _paid_out,
    "payment: detail": _payment,
}


def _in_scene(world: World, request: Callable[[Scene], Request]) -> Request:
    return request(Scene(world))


REQUESTS: dict[str, Callable[[World], Request]] = {
    **{name: partial(_in_scene, request=request) for name, request in _OF_SCENES.items()},
    **{f"list: {path}": partial(_listed, path=path, rows=1) for path in LISTS},
    **{f"list: {path}, 10 rows": partial(_listed, path=path, rows=10) for path in LISTS},
}
