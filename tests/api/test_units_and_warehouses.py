"""Units count as finely as they say, in every document; warehouses serve while they are active."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.routes import NOBODY
from tests.builders import Answer, World
from tests.trade import DAY, OPENED, Trade

UOMS = "/api/inventory/uoms/"
PLACES = "/api/inventory/warehouses/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


# ── Units ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_says_what_gst_returns_call_it_and_how_finely_it_counts(trade: Trade) -> None:
    (piece,) = trade.get(UOMS).body
    assert (piece["code"], piece["uqc"], piece["decimals"]) == ("PCS", "PCS", 0)
    made = trade.made(UOMS, {"code": "KG", "name": "Kilogram", "uqc": "KGS", "decimals": 2})
    assert (made["uqc"], made["decimals"]) == ("KGS", 2)
    changed = trade.patch(f"{UOMS}{made['id']}/", {"uqc": "QTL", "decimals": 3}).body
    assert (changed["uqc"], changed["decimals"]) == ("QTL", 3)
    assert trade.patch(f"{UOMS}{made['id']}/", {"uqc": None}).body["uqc"] == ""
    for method, path, body in (("POST", UOMS, {"code": "X", "name": "X"}), ("PATCH", f"{UOMS}{made['id']}/", {})):
        for uqc in ("XYZ", "kgs", "KILO"):
            refused = trade.world.send(method, path, body | {"uqc": uqc}, role=trade.role)
            assert (refused.status, list(refused.body["fields"])) == (400, ["uqc"])


def _order(trade: Trade, item: str, quantity: str) -> Answer:
    body = {"customer_id": trade.customer()["id"], "items": [{"item_id": item, "quantity": quantity}]}
    return trade.post("/api/orders/sales/", body)


def _added(trade: Trade, item: str, quantity: str) -> Answer:
    return trade.post(f"/api/orders/sales/{trade.order([])['id']}/add_item/", {"item_id": item, "quantity": quantity})


def _changed(trade: Trade, item: str, quantity: str) -> Answer:
    order = trade.order([{"item_id": item, "quantity": "3"}])
    return trade.patch(f"/api/orders/sales/{order['id']}/items/{order['items'][0]['id']}/", {"quantity": quantity})


def _bought(trade: Trade, item: str, quantity: str) -> Answer:
    line = {"item_id": item, "quantity": quantity, "unit_rate": "1"}
    return trade.post("/api/purchasing/orders/", {"supplier_id": trade.supplier()["id"], "items": [line]})


def _bought_otherwise(trade: Trade, item: str, quantity: str) -> Answer:
    order = trade.purchase([{"item_id": item, "quantity": "3", "unit_rate": "1"}])
    return trade.patch(f"/api/purchasing/orders/{order['id']}/items/{order['items'][0]['id']}/", {"quantity": quantity})


def _received(trade: Trade, item: str, quantity: str) -> Answer:
    line = {"item_id": item, "quantity": quantity, "unit_cost": "1"}
    body = {"supplier_id": trade.supplier()["id"], "receipt_date": DAY, "lines": [line]}
    return trade.post("/api/purchasing/receipts/", body)


def _received_of_order(trade: Trade, item: str, quantity: str) -> Answer:
    order = trade.confirmed_purchase([{"item_id": item, "quantity": "3", "unit_rate": "1"}])
    lines = [{"order_item": order["items"][0]["id"], "quantity": quantity}]
    return trade.post("/api/purchasing/receipts/", {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": lines})


def _adjusted(kind: str, member: str = "quantity", **more: str) -> Callable[[Trade, str, str], Answer]:
    def adjust(trade: Trade, item: str, quantity: str) -> Answer:
        line = {"item_id": item, member: quantity} | more
        return trade.post("/api/inventory/adjustments/", {"kind": kind, "date": DAY, "lines": [line]})

    return adjust


def _transferred(trade: Trade, item: str, quantity: str) -> Answer:
    main, side = trade.get(PLACES).body[0]["id"], trade.side()["id"]
    lines = [{"item_id": item, "quantity": quantity}]
    body = {"from_warehouse_id": main, "to_warehouse_id": side, "date": DAY, "lines": lines}
    return trade.post("/api/inventory/transfers/", body)


def _invoiced(trade: Trade, item: str, quantity: str) -> Answer:
    order = trade.confirmed([{"item_id": item, "quantity": "3"}])
    lines = [{"order_item": order["items"][0]["id"], "quantity": quantity}]
    body = {"partial_allowed": True, "lines": lines, "invoice_date": DAY}
    return trade.post(f"/api/invoices/from_sales_order/{order['id']}/", body)


def _credited(trade: Trade, item: str, quantity: str) -> Answer:
    invoice = trade.posted(trade.confirmed([{"item_id": item, "quantity": "3"}]))
    lines = [{"line": invoice["lines"][0]["id"], "quantity": quantity}]
    body = {"credit_date": DAY, "reason": "SALES_RETURN", "lines": lines}
    return trade.post(f"/api/invoices/{invoice['id']}/credit_note/", body)


DOCUMENTS: dict[str, tuple[Callable[[Trade, str, str], Answer], str, str]] = {
    "sales order": (_order, "items", "quantity"),
    "line added": (_added, "", "quantity"),
    "line changed": (_changed, "", "quantity"),
    "purchase order": (_bought, "items", "quantity"),
    "purchase line changed": (_bought_otherwise, "", "quantity"),
    "receipt": (_received, "lines", "quantity"),
    "receipt of an order": (_received_of_order, "lines", "quantity"),
    "opening": (_adjusted("OPENING", unit_cost="1"), "lines", "quantity"),
    "count": (_adjusted("COUNT", "counted"), "lines", "counted"),
    "damage": (_adjusted("DAMAGE"), "lines", "quantity"),
    "transfer": (_transferred, "lines", "quantity"),
    "invoice of an order": (_invoiced, "lines", "quantity"),
    "credit note": (_credited, "lines", "quantity"),
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_counts_more_finely_than_the_unit(trade: Trade, document: str) -> None:
    trade.registration()
    ask, lines, member = DOCUMENTS[document]
    unit = trade.made(UOMS, {"code": "M", "name": "Metre", "decimals": 1})
    item = trade.item(uom_id=unit["id"])["id"]
    refused = ask(trade, item, "1.25")
    text = {member: ["M is counted with no more than 1 decimal places."]}
    assert (refused.status, refused.body["fields"]) == (400, {lines: [text]} if lines else text)


@pytest.mark.parametrize("document", ["sales order", "receipt", "count", "transfer", "credit note"])
def test_every_document_counts_as_finely_as_the_unit(trade: Trade, document: str) -> None:
    trade.registration()
    ask, _, _ = DOCUMENTS[document]
    unit = trade.made(UOMS, {"code": "M", "name": "Metre", "decimals": 1})
    done = ask(trade, trade.item(uom_id=unit["id"])["id"], "1.50")
    assert done.status == 201, done.raw


def test_pieces_are_whole_and_the_rest_of_an_order_goes_as_it_was_ordered(trade: Trade) -> None:
    trade.registration()
    refused = _order(trade, trade.item()["id"], "1.5")
    assert refused.body["fields"] == {"items": [{"quantity": ["PCS is counted with whole ones only."]}]}
    unit = trade.made(UOMS, {"code": "M", "name": "Metre", "decimals": 1})
    order = trade.confirmed([{"item_id": trade.item("CLOTH", uom_id=unit["id"])["id"], "quantity": "2.5"}])
    trade.patch(f"{UOMS}{unit['id']}/", {"decimals": 0})
    line = order["items"][0]["id"]
    path = f"/api/invoices/from_sales_order/{order['id']}/"
    part = {"partial_allowed": True, "invoice_date": DAY, "lines": [{"order_item": line, "quantity": "1.5"}]}
    assert trade.post(path, part).status == 400
    trade.made(path, part | {"lines": [{"order_item": line, "quantity": "2"}]})
    trade.made(path, part | {"lines": [{"order_item": line, "quantity": "0.5"}]})


# ── Warehouses ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_warehouse_shows_where_it_is_and_whether_it_serves(trade: Trade) -> None:
    body = {"code": "W", "name": "Side", "address": "Plot 9\nMIDC", "state_code": "MH", "is_quarantine": True}
    made = trade.made(PLACES, body)
    assert {name: made[name] for name in body} == body | {"state_code": "27"}
    assert (made["is_active"], made["is_default"]) == (True, False)
    changed = trade.patch(f"{PLACES}{made['id']}/", {"address": None, "is_active": False}).body
    assert (changed["address"], changed["is_active"]) == ("", False)
    assert [row["code"] for row in trade.get(f"{PLACES}?is_active=false").body] == ["W"]
    assert [row["code"] for row in trade.get(f"{PLACES}?is_quarantine=true").body] == ["W"]
    assert [row["code"] for row in trade.get(f"{PLACES}?is_active=true").body] == ["MAIN"]


def test_the_default_warehouse_is_active_and_another_takes_its_place(trade: Trade) -> None:
    (main,) = trade.get(PLACES).body
    refused = trade.patch(f"{PLACES}{main['id']}/", {"is_active": False})
    assert (refused.status, list(refused.body["fields"])) == (400, ["is_active"])
    for flags in ({"is_active": False}, {"is_quarantine": True}):
        refused = trade.post(PLACES, {"code": "W", "name": "N", "is_default": True} | flags)
        assert (refused.status, list(refused.body["fields"])) == (400, list(flags))
    side = trade.side()
    assert trade.patch(f"{PLACES}{side['id']}/", {"is_default": True}).body["is_default"] is True
    shown = {row["code"]: (row["is_default"], row["is_active"]) for row in trade.get(PLACES).body}
    assert shown == {"MAIN": (False, True), "SIDE": (True, True)}
    assert trade.patch(f"{PLACES}{main['id']}/", {"is_active": False}).body["is_active"] is False


def test_an_inactive_warehouse_is_named_by_no_new_document_and_what_there_is_goes_on(trade: Trade) -> None:
    trade.registration()
    item, customer, supplier = trade.item()["id"], trade.customer()["id"], trade.supplier()["id"]
    side, main = trade.side()["id"], next(row["id"] for row in trade.get(PLACES).body if row["is_default"])
    trade.transfer(item, "5", to_warehouse_id=side)
    confirmed = trade.confirmed([{"item_id": item, "quantity": "2"}], warehouse_id=side)
    draft, purchase = trade.order([]), trade.purchase([])
    coming = trade.confirmed_purchase([{"item_id": item, "quantity": 1, "unit_rate": 1}], warehouse_id=side)
    trade.patch(f"{PLACES}{side}/", {"is_active": False})
    goods = {"item_id": item, "quantity": "1"}
    refusals = [
        ("POST", "/api/orders/sales/", {"customer_id": customer, "warehouse_id": side}, "warehouse_id"),
        ("PATCH", f"/api/orders/sales/{draft['id']}/", {"warehouse_id": side}, "warehouse_id"),
        ("POST", "/api/purchasing/orders/", {"supplier_id": supplier, "warehouse_id": side}, "warehouse_id"),
        ("PATCH", f"/api/purchasing/orders/{purchase['id']}/", {"warehouse_id": side}, "warehouse_id"),
        (
            "POST",
            "/api/purchasing/receipts/",
            {
                "purchase_order_id": coming["id"],
                "receipt_date": DAY,
                "lines": [{"order_item": coming["items"][0]["id"], "quantity": 1}],
            },
            "warehouse_id",
        ),
        (
            "POST",
            "/api/inventory/adjustments/",
            {"kind": "OPENING", "date": OPENED, "warehouse_id": side, "lines": [goods | {"unit_cost": "1"}]},
            "warehouse_id",
        ),
        (
            "POST",
            "/api/inventory/adjustments/",
            {"kind": "COUNT", "date": DAY, "warehouse_id": side, "lines": [{"item_id": item, "counted": "1"}]},
            "warehouse_id",
        ),
        (
            "POST",
            "/api/inventory/transfers/",
            {"from_warehouse_id": side, "to_warehouse_id": main, "date": DAY, "lines": [goods]},
            "from_warehouse_id",
        ),
        (
            "POST",
            "/api/inventory/transfers/",
            {"from_warehouse_id": main, "to_warehouse_id": side, "date": DAY, "lines": [goods]},
            "to_warehouse_id",
        ),
    ]
    for method, path, body, member in refusals:
        refused = trade.world.send(method, path, body, role=trade.role)
        assert (refused.status, refused.body["code"]) == (409, "warehouse-inactive"), (path, refused.raw)
        assert refused.body["fields"] == {member: ["The warehouse SIDE is inactive."]}
    trade.posted(confirmed)
    trade.holds_the_law()


def test_an_unknown_warehouse_is_not_there(trade: Trade) -> None:
    refused = trade.post("/api/orders/sales/", {"customer_id": trade.customer()["id"], "warehouse_id": NOBODY})
    body: Any = refused.body
    assert (refused.status, body["error"]) == (404, "Warehouse not found")
