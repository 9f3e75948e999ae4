"""What is counted in packs comes out in the item's own unit, exactly; what bears no GST is billed without it."""

from typing import Any

import pytest

from tests.builders import Answer, World
from tests.trade import DAY, Trade

ITEMS = "/api/inventory/items/"


@pytest.fixture
def trade(world: World) -> Trade:
    trade = Trade(world)
    trade.registration()
    for code, decimals in (("BOX", 0), ("KG", 3)):
        trade.made("/api/inventory/uoms/", {"code": code, "name": code, "decimals": decimals})
    return trade


def packed(trade: Trade, *packs: tuple[str, str], **changes: Any) -> Any:
    sent = [{"uom_code": code, "factor": factor} for code, factor in packs]
    return trade.item(packs=sent, stock="0", **changes)


def by_hand(trade: Trade, *lines: Any) -> Answer:
    body = {"invoice_type": "SALES", "party_id": trade.customer()["id"], "invoice_date": DAY, "lines": list(lines)}
    return trade.post("/api/invoices/", body)


def test_an_item_is_described_and_has_packs_that_are_replaced_together(trade: Trade) -> None:
    item = packed(trade, ("KG", "0.250"), ("BOX", "10"), description="Two\nlines")
    assert item["description"] == "Two\nlines"
    assert item["packs"] == [{"uom_code": "BOX", "factor": "10"}, {"uom_code": "KG", "factor": "0.25"}]
    path = f"{ITEMS}{item['id']}/"
    assert trade.patch(path, {"description": None, "packs": item["packs"]}).body["version"] == 2
    same = trade.patch(path, {"packs": item["packs"][::-1]}).body
    assert (same["version"], same["packs"], same["description"]) == (2, item["packs"], "")
    changed = trade.patch(path, {"packs": [{"uom_code": "BOX", "factor": "12"}]}).body
    assert (changed["version"], changed["packs"]) == (3, [{"uom_code": "BOX", "factor": "12"}])
    assert trade.get(ITEMS).body[0]["packs"] == changed["packs"]


def test_packs_that_mean_nothing_are_refused_by_name_and_nothing_is_stored(trade: Trade) -> None:
    item = packed(trade, ("BOX", "10"))
    for packs, status, fields in (
        ([{"uom_code": "NONE", "factor": "1"}], 404, {"packs": [{"uom_code": ["Unit of measure not found"]}]}),
        ([{"uom_code": "PCS", "factor": "1"}], 400, None),
        ([{"uom_code": "KG", "factor": "1"}, {"uom_code": "KG", "factor": "2"}], 400, None),
        ([{"uom_code": "KG", "factor": "0"}], 400, None),
        ([{"uom_code": "KG", "factor": "0.0001"}], 400, None),
        ([{"uom_code": "KG"}], 400, None),
    ):
        for refused in (
            trade.patch(f"{ITEMS}{item['id']}/", {"packs": packs}),
            trade.post(ITEMS, {"sku": "NEW", "name": "New", "packs": packs}),
        ):
            assert refused.status == status, refused.raw
            assert "packs" in next(iter(refused.body["fields"])), refused.raw
            assert fields is None or refused.body["fields"] == fields
    own = trade.patch(f"{ITEMS}{item['id']}/", {"uom_id": "BOX"})
    assert (own.status, list(own.body["fields"])) == (400, ["uom_id"])
    assert [row["version"] for row in trade.get(ITEMS).body] == [1]


def test_a_line_in_packs_is_its_quantity_times_the_factor_at_the_rate_of_a_base_unit(trade: Trade) -> None:
    item = packed(trade, ("BOX", "10"))
    line = {"item_id": item["id"], "quantity": "3", "uom_code": "BOX", "unit_rate": "7"}
    sold = trade.order([line])["items"][0]
    bought = trade.purchase([line])["items"][0]
    drawn = by_hand(trade, line).body["lines"][0]
    assert [(one["quantity"], one["unit_rate"], one["line_total"]) for one in (sold, bought, drawn)] == [
        ("30.000", "7.00", "210.00")
    ] * 3
    assert (sold["uom_name"], bought["uom"]) == ("Piece", item["uom"])
    own = trade.order([line | {"uom_code": "PCS"}])["items"][0]
    assert own["quantity"] == "3.000"


def test_a_pack_whose_contents_fit_no_quantity_is_refused(trade: Trade) -> None:
    item = packed(trade, ("KG", "0.125"), ("BOX", "999999999"))
    weighed = packed(trade, ("BOX", "0.125"), sku="WEIGHED", uom_id="KG")
    line = {"item_id": item["id"], "unit_rate": "1"}
    for sent, field, text in (
        (line | {"quantity": "1", "uom_code": "DOZEN"}, "uom_code", "counted in PCS or BOX or KG"),
        (line | {"quantity": "0.001", "uom_code": "KG"}, "quantity", "more than 3 decimal places"),
        (line | {"quantity": "1", "uom_code": "KG"}, "quantity", "whole ones only"),
        (line | {"quantity": "2", "uom_code": "BOX"}, "quantity", "too many"),
        (line | {"item_id": weighed["id"], "quantity": "0.5", "uom_code": "BOX"}, "quantity", "whole ones only"),
    ):
        answers = (
            trade.post("/api/orders/sales/", {"customer_id": trade.customer()["id"], "items": [sent]}),
            by_hand(trade, sent),
        )
        for member, refused in zip(("items", "lines"), answers, strict=True):
            assert refused.status == 400, refused.raw
            (fault,) = refused.body["fields"][member]
            assert list(fault) == [field]
            assert text in fault[field][0], fault
    served = trade.order([{"item_id": weighed["id"], "quantity": "3", "uom_code": "BOX"}])
    assert served["items"][0]["quantity"] == "0.375"
    words = by_hand(trade, {"description": "Advice", "quantity": "1", "unit_rate": "1", "uom_code": "BOX"})
    assert (words.status, list(words.body["fields"]["lines"][0])) == (400, ["uom_code"])


@pytest.mark.parametrize("category", ["NIL", "EXEMPT", "NON_GST", "ZERO_RATED"])
def test_what_bears_no_gst_is_billed_without_it_and_still_in_the_summary(trade: Trade, category: str) -> None:
    item = trade.item(tax_category=category, hsn_code="8471")
    assert (item["tax_category"], item["gst_rate"]) == (category, "18.00")
    trade.hsn_rate("8471", "28")
    invoice = trade.posted(trade.confirmed([{"item_id": item["id"], "quantity": "2"}]))
    (line,) = invoice["lines"]
    assert (line["gst_rate"], line["tax_amount"], invoice["total_value"]) == ("0.00", "0.00", "200.00")
    (row,) = trade.get("/api/invoices/gst_summary/?from=2025-12-01&to=2025-12-31").body["rows"]
    assert (row["gst_rate"], row["taxable_value"]) == ("0.00", "200.00")
    said = by_hand(trade, {"item_id": item["id"], "quantity": "1", "unit_rate": "1", "gst_rate": "18"})
    assert said.body["fields"] == {"lines": [{"gst_rate": [f"SKU001 is {category}: it bears no GST."]}]}
    assert trade.post(ITEMS, {"sku": "X", "name": "X", "tax_category": "FREE"}).status == 400
    taxable = trade.patch(f"{ITEMS}{item['id']}/", {"tax_category": "TAXABLE"}).body
    assert taxable["tax_category"] == "TAXABLE"
    assert trade.order([{"item_id": item["id"], "quantity": "1"}])["items"][0]["gst_rate"] == "18.00"
    trade.holds_the_law()
