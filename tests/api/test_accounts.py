"""A company's own accounts over HTTP: added, renamed, hung elsewhere, closed to new entries; what is booked stays."""

from typing import Any

import pytest

from accounting.models import LedgerAccount
from erp.rights import Role
from tests.api.routes import NOBODY
from tests.builders import World
from tests.trade import DAY, Trade

PATH = "/api/accounting/accounts/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def account(trade: Trade, **changes: Any) -> Any:
    return trade.made(PATH, {"code": "5400", "name": "Freight inwards", "type": "EXPENSE"} | changes)


def of_role(trade: Trade, role: str) -> LedgerAccount:
    return LedgerAccount.unscoped.get(company=trade.world.company, role=role, owner_id=None)


def test_an_account_is_added_and_journals_and_bills_name_it(trade: Trade) -> None:
    made = account(trade)
    assert made | {"id": ""} == {
        "id": "", "code": "5400", "name": "Freight inwards", "type": "EXPENSE", "role": None, "parent": None,
        "currency_code": None, "is_group": False, "is_control": False, "is_active": True,
    }  # fmt: skip
    assert trade.get(f"{PATH}{made['id']}/").body == made
    legs = [{"account_code": "5400", "debit": "90.00"}, {"account_code": "1010", "credit": "90.00"}]
    journal = trade.post("/api/accounting/vouchers/", {"voucher_date": DAY, "lines": legs})
    assert journal.status == 201, journal.body
    line = {"description": "Freight", "quantity": "1", "unit_rate": "90", "account_code": "5400"}
    bill = {"invoice_type": "PURCHASE", "party_id": trade.supplier()["id"], "invoice_date": DAY, "lines": [line]}
    drafted = trade.made("/api/invoices/", bill | {"supplier_invoice_number": "F-1"})
    trade.done(f"/api/invoices/{drafted['id']}/post_voucher/")
    rows = {
        row["code"]: row["closing_debit"] for row in trade.get(f"/api/accounting/trial_balance/?as_of={DAY}").body["rows"]
    }
    assert rows["5400"] == "180.00"
    trade.holds_the_law()


def test_an_account_is_renamed_hung_in_a_group_and_closed(trade: Trade) -> None:
    group = account(trade, code="5", name="Expenses", is_group=True)
    made = account(trade)
    path = f"{PATH}{made['id']}/"
    changed = trade.patch(path, {"name": "Freight", "parent_id": group["id"], "is_active": False})
    assert (changed.status, changed.body) == (
        200, made | {"name": "Freight", "parent": group["id"], "is_active": False}
    )  # fmt: skip
    legs = [{"account_code": "5400", "debit": "1"}, {"account_code": "1010", "credit": "1"}]
    refused = trade.post("/api/accounting/vouchers/", {"voucher_date": DAY, "lines": legs})
    assert (refused.status, list(refused.body["fields"])) == (400, ["lines"])
    assert trade.patch(path, {"parent_id": None, "is_active": True}).body["parent"] is None
    inner = account(trade, code="5-1", name="Transport", is_group=True, parent_id=group["id"])
    below = trade.patch(f"{PATH}{group['id']}/", {"parent_id": inner["id"]})
    assert (below.status, below.body["fields"]) == (400, {"parent_id": ["A group is not below itself."]})
    trade.holds_the_law()


def test_what_postings_need_stays_active(trade: Trade) -> None:
    sold = trade.posted()
    for needed in (of_role(trade, "SALES"), LedgerAccount.unscoped.get(owner_id=sold["party"])):
        refused = trade.patch(f"{PATH}{needed.id}/", {"is_active": False, "name": "Gone"})
        assert (refused.status, refused.body["code"]) == (409, "wrong-state")
        needed.refresh_from_db()
        assert (needed.is_active, needed.name != "Gone") == (True, True)
    assert trade.patch(f"{PATH}{of_role(trade, 'SALES').id}/", {"name": "Sales of goods"}).status == 200


def test_nonsense_is_refused_by_name_and_nothing_is_stored(trade: Trade, other_world: World) -> None:
    income = account(trade, code="4", name="Income", type="INCOME", is_group=True)["id"]
    plain = account(trade, code="5500", name="Plain")["id"]
    theirs = account(Trade(other_world), code="5", is_group=True)["id"]
    receivables = str(of_role(trade, "RECEIVABLE").id)
    before = LedgerAccount.unscoped.filter(company=trade.world.company).count()
    for wrong, status, field in (
        ({"code": "1010"}, 409, "code"),
        ({"code": "1100-C-00001"}, 400, "code"),
        ({"code": ""}, 400, "code"),
        ({"type": "MONEY"}, 400, "type"),
        ({"parent_id": income}, 400, "parent_id"),
        ({"parent_id": plain}, 400, "parent_id"),
        ({"parent_id": receivables, "type": "ASSET"}, 400, "parent_id"),
        ({"parent_id": theirs}, 404, "parent_id"),
        ({"parent_id": NOBODY}, 404, "parent_id"),
        ({"currency_id": "ZZZ"}, 404, "currency_id"),
        ({"role": "SALES"}, 400, "role"),
    ):
        answer = trade.post(PATH, {"code": "5600", "name": "N", "type": "EXPENSE"} | wrong)
        assert (answer.status, list(answer.body.get("fields", ()))) == (status, [field]), (wrong, answer.body)
    assert trade.patch(f"{PATH}{theirs}/", {"name": "Ours"}).status == 404
    assert trade.patch(f"{PATH}{plain}/", {"code": "1"}).status == 400
    assert Trade(trade.world, role=Role.VIEWER).post(PATH, {"code": "9", "name": "N", "type": "ASSET"}).status == 403
    assert LedgerAccount.unscoped.filter(company=trade.world.company).count() == before
