"""Companies over HTTP: ``/api/companies/``."""

from typing import Any

import pytest

from companies.founding import Person, take_in
from erp.models import User
from erp.rights import Role
from tests.api.routes import NOBODY
from tests.builders import World, invoice_body, send
from tests.cluster import owner_connection
from tests.trade import GSTIN_KA, GSTIN_MH, Trade


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def join(world: World, other: World, role: Role) -> User:
    """The OWNER of one company becomes a member of the other."""
    user = world.user(Role.OWNER)
    return take_in(company=other.company, person=Person(user.email, user.name, "", role))


def test_one_sees_ones_own_companies_and_which_is_active(world: World, other_world: World) -> None:
    join(world, other_world, Role.VIEWER)
    answer = Trade(world).get("/api/companies/")
    rows = {row["name"]: (row["code"], row["role"], row["is_active_company"]) for row in answer.body}
    assert rows == {
        world.company.name: (world.company.code, "OWNER", True),
        other_world.company.name: (other_world.company.code, "VIEWER", False),
    }
    assert answer.body[0].keys() == {"id", "code", "name", "role", "is_active_company"}
    assert len(Trade(other_world).get("/api/companies/").body) == 1


def test_switching_takes_effect_on_the_next_request(world: World, other_world: World) -> None:
    join(world, other_world, Role.VIEWER)
    ours = Trade(world)
    ours.customer(name="Of the first")
    answer = ours.post("/api/companies/switch/", {"company_id": str(other_world.company.id)})
    company = other_world.company
    assert answer.status == 200
    assert answer.body == {
        "detail": f"Active company is now {company.name}",
        "active_company": {"id": str(company.id), "name": company.name, "code": company.code},
    }
    assert ours.get("/api/orders/customers/").body == []
    assert ours.post("/api/orders/customers/", {"name": "N"}).status == 403
    back = ours.get("/api/orders/customers/", headers={"X-Company-ID": str(world.company.id)})
    assert [row["name"] for row in back.body] == ["Of the first"]


def test_nobody_switches_to_a_company_that_is_not_his(trade: Trade, other_world: World) -> None:
    other_world.user(Role.OWNER)
    for company in (str(other_world.company.id), NOBODY):
        answer = trade.post("/api/companies/switch/", {"company_id": company})
        assert (answer.status, answer.body["error"], answer.body["code"]) == (404, "Company not found", "not-found")
    assert trade.get("/api/companies/").body[0]["is_active_company"] is True


def test_registrations_are_one_per_state_and_one_of_them_the_default(trade: Trade) -> None:
    first = trade.registration(state_code="27")
    assert {name: value for name, value in first.items() if name != "id"} == {
        "state_code": "27",
        "state": "MH",
        "gstin": GSTIN_MH,
        "is_default": True,
        "valid_to": None,
        "version": 1,
    }
    second = trade.registration(state_code="KA", gstin=GSTIN_KA)
    assert (second["state_code"], second["is_default"]) == ("29", False)
    again = trade.post("/api/companies/registrations/", {"state_code": "KA", "gstin": GSTIN_KA})
    assert (again.status, again.body["code"], list(again.body["fields"])) == (409, "already-exists", ["state_code"])
    rows = trade.get("/api/companies/registrations/", role=Role.PICKER).body
    assert rows == [second, first]


@pytest.mark.parametrize(
    ("state", "gstin", "code"),
    [
        ("KA", GSTIN_MH, "bad-gstin"),
        ("MH", GSTIN_MH[:-1] + "A", "bad-gstin"),
        ("MH", "x", "bad-gstin"),
        ("ZZ", GSTIN_MH, "validation"),
        ("M", GSTIN_MH, "validation"),
        ("MH", "", "validation"),
    ],
)
def test_a_registration_is_a_gstin_of_its_state(trade: Trade, state: str, gstin: str, code: str) -> None:
    answer = trade.post("/api/companies/registrations/", {"state_code": state, "gstin": gstin})
    assert (answer.status, answer.body["code"]) == (400, code)


def test_currencies_are_listed_for_everybody(trade: Trade) -> None:
    rupee = next(row for row in trade.get("/api/companies/currencies/", role=Role.PICKER).body if row["code"] == "INR")
    assert rupee.keys() == {"id", "code", "name", "symbol", "decimal_places"}
    assert (rupee["name"], rupee["decimal_places"]) == ("Indian rupee", 2)


POLICIES = "/api/companies/policies/"


def test_a_company_begins_with_the_policies_of_the_contract(trade: Trade) -> None:
    policies = trade.get(POLICIES).body
    assert "VIEWER" not in policies.pop("jwt_import_roles")
    assert policies == {
        "total_mismatch": "accept",
        "on_conflict": "update",
        "reimport_in_progress": "accept",
        "confirm_requires_stock": False,
        "invoice_requires_stock": False,
        "credit_check": "refuse",
        "shared_terminal": False,
        "courier_handover": "dispatched",
        "session_lease_minutes": 240,
        "packing_quantity_check": "refuse",
        "enable_bulk_picking": False,
        "enable_manual_picking_completion": False,
        "number_date_order": "warn",
        "round_total_to_rupee": False,
        "rate_max_age_days": 7,
        "batch_mismatch": "refuse",
        "sell_expired": "refuse",
        "import_creates_items": "untracked",
        "import_tax": "none",
        "post_requires": "none",
        "purchase_match": "order",
        "version": 1,
    }


def test_what_is_named_changes_and_the_rest_stays(trade: Trade) -> None:
    before = trade.get(POLICIES).body
    after = trade.patch(POLICIES, {"credit_check": "off", "jwt_import_roles": ["BILLER"]})
    assert (after.status, after.body) == (
        200,
        before | {"credit_check": "off", "jwt_import_roles": ["BILLER"], "version": 2},
    )
    assert trade.get(POLICIES).body == after.body
    with owner_connection() as owner:
        rows = owner.execute(
            "SELECT changes::jsonb FROM erp_auditentry WHERE company_id = %s AND action = 'set_policies'",
            [trade.world.company.id],
        ).fetchall()
    assert rows == [({"credit_check": ["refuse", "off"], "jwt_import_roles": [before["jwt_import_roles"], ["BILLER"]]},)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"credit_check": "maybe"}, "credit_check"),
        ({"credit_check": None}, "credit_check"),
        ({"confirm_requires_stock": "yes"}, "confirm_requires_stock"),
        ({"courier_handover": "lost"}, "courier_handover"),
        ({"session_lease_minutes": -1}, "session_lease_minutes"),
        ({"session_lease_minutes": 10_081}, "session_lease_minutes"),
        ({"jwt_import_roles": ["VIEWER"]}, "jwt_import_roles"),
        ({"jwt_import_roles": ["KING"]}, "jwt_import_roles"),
        ({"total_mismatch": "reject", "colour": "red"}, "colour"),
    ],
)
def test_a_policy_that_there_is_not_is_refused_by_name(trade: Trade, body: dict[str, Any], field: str) -> None:
    before = trade.get(POLICIES).body
    answer = trade.patch(POLICIES, body)
    assert answer.status == 400
    assert field in answer.body["fields"]
    assert trade.get(POLICIES).body == before


def test_an_import_by_a_login_is_a_matter_of_policy(trade: Trade) -> None:
    body, token = invoice_body(), {"Authorization": f"Bearer {trade.world.token(Role.BILLER)}"}
    trade.patch(POLICIES, {"jwt_import_roles": ["OWNER"]})
    assert send("POST", "/api/sales/import/invoice/", body, **token).status == 403
    trade.patch(POLICIES, {"jwt_import_roles": ["BILLER"]})
    assert send("POST", "/api/sales/import/invoice/", body, **token).status == 201
