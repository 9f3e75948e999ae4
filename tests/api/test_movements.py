"""What came and went, over HTTP: ``/api/inventory/movements/``."""

import pytest

from erp.rights import Role
from tests.builders import World
from tests.trade import DAY, OPENED, Trade

PATH = "/api/inventory/movements/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def test_movements_are_listed_newest_first_with_their_batches_and_what_they_are_worth(trade: Trade) -> None:
    batch = trade.batch()
    invoice = trade.posted(trade.confirmed([{"item_id": batch["item"], "quantity": "2"}]))
    sold, opened = trade.get(PATH, role=Role.ACCOUNTANT).body
    assert sold.pop("recorded_at") >= opened["recorded_at"]
    assert sold == {
        "id": sold["id"], "date": DAY, "kind": "SALE", "item": batch["item"], "item_sku": "OF-B1",
        "item_name": "Product OF-B1", "warehouse": opened["warehouse"], "warehouse_code": "MAIN", "quantity": "-2.000",
        "batches": [{"batch": batch["id"], "batch_no": "B1", "quantity": "-2.000"}],
        "source": {"kind": "invoice", "id": invoice["id"]}, "voucher": invoice["voucher"], "value": "-20.00",
    }  # fmt: skip
    assert (opened["date"], opened["quantity"], opened["batches"][0]["quantity"]) == (OPENED, "5.000", "5.000")
    assert all("value" not in row for row in trade.get(PATH, role=Role.STOCK_KEEPER).body)


def test_every_filter_of_movements_works(trade: Trade) -> None:
    batch, item = trade.batch(), trade.item()["id"]
    moved = trade.transfer(item, "1")
    lost = {"kind": "DAMAGE", "date": DAY, "lines": [{"item_id": batch["item"], "quantity": "1"}]}
    trade.made("/api/inventory/adjustments/", lost)
    for query, found in {
        "": ["ADJUSTMENT", "TRANSFER", "TRANSFER", "OPENING", "OPENING"], f"batch={batch['id']}": ["ADJUSTMENT", "OPENING"],
        f"item={item}": ["TRANSFER", "TRANSFER", "OPENING"], f"source={moved['id']}": ["TRANSFER", "TRANSFER"],
        f"warehouse={moved['destination']}": ["TRANSFER"], f"start_date={DAY}": ["ADJUSTMENT", "TRANSFER", "TRANSFER"],
        "end_date=2025-12-25": ["OPENING", "OPENING"], "kind=OPENING": ["OPENING", "OPENING"],
    }.items():  # fmt: skip
        assert [row["kind"] for row in trade.get(f"{PATH}?{query}").body] == found, query
    assert trade.get(f"{PATH}?kind=MAGIC").status == 400
    assert trade.get(f"{PATH}?colour=red").body["code"] == "unknown-parameter"


def test_pages_of_movements_lead_both_ways(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    for day in (1, 2, 3):
        trade.opening(item, str(day), "10", date=f"2025-12-0{day}")
    first = trade.get(f"{PATH}?page_size=2").body
    assert [row["quantity"] for row in first["results"]] == ["3.000", "2.000"]
    path = first["next"].split("testserver")[-1]
    second = trade.get(path[path.index("/api/") :]).body
    assert [row["quantity"] for row in second["results"]] == ["1.000"]
    back = second["previous"]
    assert trade.get(back[back.index("/api/") :]).body["results"] == first["results"]
    for bad in ("WyJkIiwiMjAyNS0xMi0wMSIsIngiXQ", "WyJkIiwiMjAyNS0xMi0wMSIsIjk5OTk5OTk5OTk5OTk5OTk5OTk5Il0"):
        assert trade.get(f"{PATH}?cursor={bad}").status == 400
