"""GST registrations that end: documents of later days name another one; a used one is never removed."""

import pytest

from erp.rights import Role
from tests.builders import World
from tests.trade import GSTIN_KA, GSTIN_MH, Trade

PATH = "/api/companies/registrations/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def test_an_ended_registration_sells_until_its_last_day(trade: Trade) -> None:
    home, away = trade.registration(), trade.registration(state_code="KA", gstin=GSTIN_KA)
    assert trade.patch(f"{PATH}{away['id']}/", {"is_default": True}).body["is_default"] is True
    ended = trade.patch(f"{PATH}{home['id']}/", {"valid_to": "2025-12-26"}).body
    assert (ended["valid_to"], ended["is_default"]) == ("2025-12-26", False)
    item = trade.item()["id"]

    def seller(day: str, **options: str) -> str:
        invoice = trade.invoice(trade.confirmed([{"item_id": item, "quantity": 1}]), invoice_date=day, **options)
        return f"{invoice['company_state_code']} {invoice['company_gstin']}"

    assert seller("2025-12-26", company_state_code="MH") == f"27 {GSTIN_MH}"
    assert seller("2025-12-27") == f"29 {GSTIN_KA}"
    order = trade.confirmed([{"item_id": item, "quantity": 1}])
    refused = trade.post(
        f"/api/invoices/from_sales_order/{order['id']}/", {"invoice_date": "2025-12-27", "company_state_code": "MH"}
    )
    assert (refused.status, refused.body["code"]) == (400, "unknown-registration")


def test_a_state_is_registered_anew_after_an_end_and_not_twice_at_once(trade: Trade) -> None:
    first = trade.registration()
    trade.patch(f"{PATH}{first['id']}/", {"valid_to": "2025-12-31"})
    second = trade.registration()
    assert (second["is_default"], second["valid_to"]) == (True, None)
    assert trade.get(f"{PATH}{first['id']}/").body["is_default"] is False
    refused = trade.patch(f"{PATH}{first['id']}/", {"valid_to": None})
    assert (refused.status, refused.body["code"], list(refused.body["fields"])) == (409, "already-exists", ["state_code"])
    assert trade.invoice(invoice_date="2026-01-01")["company_state_code"] == "27"


def test_the_default_one_neither_ends_nor_goes_before_another_took_its_place(trade: Trade) -> None:
    home, away = trade.registration(), trade.registration(state_code="KA", gstin=GSTIN_KA)
    path = f"{PATH}{home['id']}/"
    for refused in (
        trade.patch(path, {"valid_to": "2025-12-31"}),
        trade.patch(path, {"is_default": False}),
        trade.delete(path),
    ):
        assert (refused.status, list(refused.body["fields"])) == (400, ["is_default"])
    trade.patch(f"{PATH}{away['id']}/", {"is_default": True})
    assert [(row["state"], row["is_default"]) for row in trade.get(PATH).body] == [("KA", True), ("MH", False)]
    assert trade.patch(path, {"valid_to": "2025-12-31"}).status == 200


def test_one_that_an_invoice_names_is_not_removed(trade: Trade) -> None:
    used, unused = trade.registration(), trade.registration(state_code="KA", gstin=GSTIN_KA)
    trade.invoice()
    trade.patch(f"{PATH}{unused['id']}/", {"is_default": True})
    refused = trade.delete(f"{PATH}{used['id']}/")
    assert (refused.status, refused.body["code"]) == (409, "registration-used")
    trade.patch(f"{PATH}{used['id']}/", {"is_default": True})
    assert trade.delete(f"{PATH}{unused['id']}/").status == 204
    assert trade.get(f"{PATH}{unused['id']}/").status == 404
    assert [row["id"] for row in trade.get(PATH, role=Role.VIEWER).body] == [used["id"]]


def test_a_company_may_give_up_its_only_registration(trade: Trade) -> None:
    only = trade.registration()
    assert trade.patch(f"{PATH}{only['id']}/", {"valid_to": "2025-12-26"}).status == 200
    item = trade.item()["id"]
    with_tax, without = (
        trade.invoice(trade.confirmed([{"item_id": item, "quantity": 1}]), invoice_date=day)
        for day in ("2025-12-26", "2025-12-27")
    )
    assert (with_tax["tax_amount"], without["tax_amount"]) == ("18.00", "0.00")
    assert [warning["code"] for warning in without["warnings"]] == ["no-registration"]
