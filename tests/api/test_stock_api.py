"""Items, units, warehouses and stock over HTTP: ``/api/inventory/``."""

from decimal import Decimal
from typing import Any

import pytest

from accounting.models import LedgerEntry
from erp.models import OutboxEvent
from erp.rights import Role
from inventory.models import Batch
from tests.api.routes import NOBODY
from tests.builders import World
from tests.trade import OPENED, Trade

ITEMS = "/api/inventory/items/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


# ── Items ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_item_shows_what_is_there_of_it(trade: Trade) -> None:
    body = {
        "sku": "SKU001",
        "name": "Product A",
        "hsn_code": "847130",
        "gst_rate": "18",
        "sale_rate": "100",
        "purchase_rate": "60.5",
        "mrp": "120.1234",
        "reorder_level": "20",
    }
    answer = trade.post(ITEMS, body)
    assert answer.status == 201, answer.raw
    item = answer.body
    assert {name: item[name] for name in body} == body | {
        "gst_rate": "18.00",
        "sale_rate": "100.00",
        "purchase_rate": "60.50",
        "reorder_level": "20.000",
    }
    assert (item["kind"], item["tracked"], item["issue_rule"], item["uom_name"]) == ("GOODS", True, "FIFO", "Piece")
    trade.opening(item["id"], "10", "60")
    trade.confirmed([{"item_id": item["id"], "quantity": 4}])
    shown = trade.get(f"{ITEMS}{item['id']}/").body
    assert (shown["on_hand"], shown["reserved"], shown["available"]) == ("10.000", "4.000", "6.000")


def test_a_service_is_never_tracked(trade: Trade) -> None:
    assert trade.item("S", kind="SERVICE", stock="0")["tracked"] is False
    for changes in ({"kind": "SERVICE", "tracked": True}, {"tracked": False, "batch_required": True}):
        answer = trade.post(ITEMS, {"sku": "T", "name": "T"} | changes)
        assert (answer.status, answer.body["code"]) == (400, "validation")


def test_what_stock_rests_on_is_frozen_once_it_has_moved(trade: Trade) -> None:
    fresh, moved = trade.item("A", stock="0"), trade.item("B")
    unit = trade.made("/api/inventory/uoms/", {"code": "KG", "name": "Kilogram", "decimals": 3})
    for changes in ({"tracked": False}, {"batch_required": True}, {"uom_id": "KG"}, {"uom_id": unit["id"]}):
        refused = trade.patch(f"{ITEMS}{moved['id']}/", changes)
        assert (refused.status, refused.body["code"]) == (409, "stock-has-moved")
    assert trade.patch(f"{ITEMS}{fresh['id']}/", {"uom_id": "KG"}).body["uom_name"] == "Kilogram"
    changed = trade.patch(f"{ITEMS}{moved['id']}/", {"name": "New name", "sale_rate": None, "issue_rule": "FEFO"}).body
    assert (changed["name"], changed["sale_rate"], changed["issue_rule"], changed["version"]) == (
        "New name",
        None,
        "FEFO",
        2,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sku", ""),
        ("hsn_code", "84"),
        ("hsn_code", "8471x0"),
        ("gst_rate", "100"),
        ("gst_rate", "-1"),
        ("sale_rate", "1.00001"),
        ("mrp", "10000000000"),
        ("kind", "IDEA"),
        ("tracked", "yes"),
    ],
)
def test_a_bad_value_of_an_item_is_named(trade: Trade, name: str, value: Any) -> None:
    answer = trade.post(ITEMS, {"sku": "A", "name": "A"} | {name: value})
    assert (answer.status, list(answer.body["fields"])) == (400, [name])


def test_every_filter_of_items_works(trade: Trade) -> None:
    trade.item("A", reorder_level="20.001")
    trade.item("B", name="Other", hsn_code="3004", stock="0", reorder_level="0")
    trade.item("C", kind="SERVICE", stock="0", is_active=False, hsn_code="")

    def skus(query: str) -> list[str]:
        answer = trade.get(f"{ITEMS}?{query}")
        assert answer.status == 200, answer.raw
        return [row["sku"] for row in answer.body]

    assert skus("") == ["C", "B", "A"]
    assert skus("search=oth") == ["B"]
    assert skus("sku=A") == ["A"]
    assert skus("hsn_code=3004") == ["B"]
    assert skus("tracked=false") == ["C"]
    assert skus("is_active=false") == ["C"]
    assert skus("below_reorder=true") == ["A"]
    assert skus("below_reorder=false") == ["C", "B"]


def test_skus_codes_of_units_and_of_warehouses_are_taken_once(trade: Trade) -> None:
    trade.item("A", stock="0")
    for path, body in (
        (ITEMS, {"sku": "A", "name": "A"}),
        ("/api/inventory/uoms/", {"code": "PCS", "name": "Piece"}),
        ("/api/inventory/warehouses/", {"code": "MAIN", "name": "Main"}),
    ):
        answer = trade.post(path, body)
        assert (answer.status, answer.body["code"]) == (409, "already-exists"), path
    unknown = trade.post(ITEMS, {"sku": "B", "name": "B", "uom_id": "KG"})
    assert (unknown.status, unknown.body["error"]) == (404, "Unit of measure not found")


# ── Warehouses ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_there_is_always_one_default_warehouse(trade: Trade) -> None:
    path = "/api/inventory/warehouses/"
    (main,) = trade.get(path).body
    assert (main["code"], main["is_default"]) == ("MAIN", True)
    second = trade.made(path, {"code": "W2", "name": "Second", "state_code": "KA", "is_default": True})
    assert (second["state_code"], second["is_default"]) == ("29", True)
    assert trade.get(f"{path}{main['id']}/").body["is_default"] is False
    refused = trade.patch(f"{path}{second['id']}/", {"is_default": False})
    assert (refused.status, list(refused.body["fields"])) == (400, ["is_default"])
    assert trade.patch(f"{path}{second['id']}/", {"is_quarantine": True}).status == 400
    assert trade.patch(f"{path}{main['id']}/", {"is_default": True}).body["is_default"] is True
    assert [row["is_default"] for row in trade.get(path).body] == [False, True]


# ── Opening stock ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_opening_stock_makes_layers_and_a_voucher(trade: Trade) -> None:
    item = trade.item(stock="0", uom_id=trade.kilogram())["id"]
    lines = [
        {"item_id": item, "quantity": "3", "unit_cost": "33.3333", "batch_no": "B1", "expiry_date": "2027-06-30"},
        {"item_id": item, "quantity": "2.5", "unit_cost": "0"},
    ]
    body = {"kind": "OPENING", "date": OPENED, "reason": "As counted", "lines": lines}
    answer = trade.post("/api/inventory/adjustments/", body, role=Role.ACCOUNTANT)
    assert answer.status == 201, answer.raw
    document = answer.body
    assert (document["number"], document["kind"], document["date"]) == ("STK-2025-00001", "OPENING", OPENED)
    assert (document["voucher_number"], document["reason"]) == ("JV-2025-00001", "As counted")
    assert [(line["quantity"], line["batch_no"], line["value"]) for line in document["lines"]] == [
        ("3.000", "B1", "100.00"),
        ("2.500", "", "0.00"),
    ]
    legs = LedgerEntry.unscoped.filter(company=trade.world.company).order_by("line_no")
    assert [(leg.role, leg.debit - leg.credit) for leg in legs] == [
        ("INVENTORY", Decimal("100.00")),
        ("OPENING_BALANCE", Decimal("-100.00")),
    ]
    (event,) = OutboxEvent.unscoped.filter(company=trade.world.company)
    assert event.type == "stock_adjusted"
    assert '"value"' not in event.payload


def test_what_is_wrong_with_opening_stock_is_told_line_by_line(trade: Trade) -> None:
    item, batched = trade.item("A", stock="0")["id"], trade.item("B", stock="0", batch_required=True)["id"]
    service = trade.item("S", kind="SERVICE", stock="0")["id"]

    def refusal(*lines: dict[str, Any], **changes: Any) -> tuple[int, Any]:
        body = {"kind": "OPENING", "date": OPENED, "lines": list(lines)} | changes
        answer = trade.post("/api/inventory/adjustments/", body)
        return answer.status, answer.body.get("fields")

    good = {"item_id": item, "quantity": "1", "unit_cost": "1"}
    assert refusal() == (400, {"lines": ["At least one item is required."]})
    required = {"unit_cost": ["This field is required."]}
    assert refusal(good, {"item_id": item, "quantity": "1"}) == (400, {"lines": [{}, required]})
    assert refusal(good | {"item_id": service}) == (400, {"lines": [{"item_id": ["S is not tracked; it has no stock."]}]})
    assert refusal(good | {"item_id": batched}) == (400, {"lines": [{"batch_no": ["B needs a batch."]}]})
    assert refusal(good, good | {"item_id": NOBODY}) == (404, {"lines": [{}, {"item_id": ["Item not found"]}]})
    assert refusal(good, warehouse_id=NOBODY) == (404, {"warehouse_id": ["Warehouse not found"]})
    huge = {"quantity": "999999999", "unit_cost": "9999999999"}
    assert refusal(good | huge) == (400, {"lines": [{"unit_cost": ["quantity × cost is too large."]}]})
    assert refusal(good, kind="COUNT")[0] == 400
    trade.world.decide(hard_lock_date="2025-12-31")
    assert refusal(good)[0] == 409


# ── Stock ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_stock_tells_what_lies_where_and_what_of_it_can_be_sold(trade: Trade) -> None:
    item = trade.item("A", stock="0", reorder_level="100")["id"]
    trade.item("B", stock="7")
    quarantine = trade.made("/api/inventory/warehouses/", {"code": "Q", "name": "Q", "is_quarantine": True})["id"]
    for batch, expiry, quantity in (("B0", "2025-12-31", "2"), ("B1", "2099-12-31", "5"), ("B2", "2099-12-31", "9")):
        line = {"item_id": item, "quantity": quantity, "unit_cost": "1", "batch_no": batch, "expiry_date": expiry}
        trade.made("/api/inventory/adjustments/", {"kind": "OPENING", "date": OPENED, "lines": [line]})
    trade.opening(item, "4", "1", warehouse_id=quarantine)
    Batch.unscoped.filter(company=trade.world.company, batch_no="B2").update(is_blocked=True)
    trade.confirmed([{"item_id": item, "quantity": 3}])

    def rows(query: str = "") -> list[tuple[Any, ...]]:
        answer = trade.get(f"/api/inventory/stock/?{query}")
        assert answer.status == 200, answer.raw
        names = ("item_sku", "warehouse_code", "on_hand", "reserved", "blocked", "expired", "available")
        return [tuple(row[name] for name in names) for row in answer.body["rows"]]

    a_main = ("A", "MAIN", "16.000", "3.000", "9.000", "2.000", "2.000")
    a_quarantine = ("A", "Q", "4.000", "0.000", "0.000", "0.000", "0.000")
    b_main = ("B", "MAIN", "7.000", "0.000", "0.000", "0.000", "7.000")
    assert rows() == [a_main, a_quarantine, b_main]
    assert rows(f"item={item}") == [a_main, a_quarantine]
    assert rows(f"warehouse={quarantine}") == [a_quarantine]
    assert rows("below_reorder=true") == [a_main, a_quarantine]
    then = ("A", "MAIN", "16.000", None, "9.000", "0.000", "7.000")
    assert rows(f"as_of={OPENED}&item={item}")[0] == then
    assert rows("as_of=2025-11-30") == []
    told = trade.get(f"/api/inventory/stock/?as_of={OPENED}").body
    assert (told["as_of"], told["currency_code"]) == (OPENED, "INR")
    bad = trade.get("/api/inventory/stock/?item=x&as_of=y&below_reorder=true")
    assert (bad.status, sorted(bad.body["fields"])) == (400, ["as_of", "item"])


def test_stock_as_of_a_day_is_what_lay_there_then(trade: Trade) -> None:
    trade.posted()
    rows = {
        day: trade.get(f"/api/inventory/stock/?as_of={day}").body["rows"][0]["on_hand"] for day in (OPENED, "2025-12-26")
    }
    assert rows == {OPENED: "20.000", "2025-12-26": "10.000"}


def test_the_valuation_is_what_the_inventory_account_says(trade: Trade) -> None:
    item = trade.item(stock="3", unit_cost="33.3333")["id"]
    trade.opening(item, "5", "70", date="2025-12-02")
    side = trade.transfer(item, "4")["destination"]
    answer = trade.get("/api/inventory/valuation/?expand=layers", role=Role.ACCOUNTANT).body
    assert (answer["total"], answer["currency_code"]) == ("450.00", "INR")
    assert [(row["warehouse"] == side, row["quantity"], row["value"]) for row in answer["rows"]] == [
        (False, "4.000", "280.00"), (True, "4.000", "170.00")
    ]  # fmt: skip
    assert [(one["received_on"], one["quantity"], one["value"]) for one in answer["rows"][1]["layers"]] == [
        ("2025-12-01", "3.000", "100.00"), ("2025-12-02", "1.000", "70.00")
    ]  # fmt: skip
    early = trade.get("/api/inventory/valuation/?as_of=2025-12-01", role=Role.VIEWER).body
    assert (early["as_of"], early["total"], "layers" in early["rows"][0]) == ("2025-12-01", "100.00", False)
    accounts = trade.get("/api/accounting/trial_balance/?as_of=2025-12-01").body["rows"]
    assert [row["closing_debit"] for row in accounts if row["code"] == "1200"] == [early["total"]]
    assert trade.get("/api/inventory/valuation/?as_of=x").status == 400
    assert trade.get("/api/inventory/valuation/?expand=costs").status == 400
    assert trade.get("/api/inventory/valuation/", role=Role.STOCK_KEEPER).status == 403
