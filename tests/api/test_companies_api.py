"""Companies over HTTP: ``/api/companies/``."""

import secrets
from typing import Any

import pytest

from companies.founding import Person, take_in
from erp.models import Company, User
from erp.rights import Role
from erp.verifying import verify
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


# ── Founding, and what a company says of itself ─────────────────────────────────────────────────────────────────────
def founder(world: World) -> Trade:
    """The owner of a company, who may found others."""
    User.objects.filter(id=world.user(Role.OWNER).id).update(is_superuser=True)
    return Trade(world)


def code() -> str:
    return f"N-{secrets.token_hex(5)}"


def test_who_founds_a_company_owns_it_and_may_begin_at_once(world: World) -> None:
    ours = founder(world)
    body: dict[str, Any] = {"code": code(), "name": "Second", "state_code": "MH", "gstin": GSTIN_MH, "fiscal_year_start": 1}
    answer = ours.post("/api/companies/", body)
    assert (answer.status, answer.headers["Location"]) == (201, f"/api/companies/{answer.body['id']}/"), answer.body
    assert answer.body | {"id": "", "created_at": ""} == {
        "id": "", "code": body["code"], "name": "Second", "legal_name": "", "address": "", "phone": "", "email": "",
        "base_currency": "INR", "timezone": "Asia/Kolkata", "fiscal_year_start": 1, "books_start_date": None, "version": 1,
        "created_at": "",
    }  # fmt: skip
    there = {"X-Company-ID": answer.body["id"]}
    rows = {row["code"]: row["role"] for row in ours.get("/api/companies/").body}
    assert rows == {world.company.code: "OWNER", body["code"]: "OWNER"}
    assert [row["gstin"] for row in ours.get("/api/companies/registrations/", headers=there).body] == [GSTIN_MH]
    assert [row["code"] for row in ours.get("/api/inventory/warehouses/", headers=there).body] == ["MAIN"]
    customer = ours.post("/api/orders/customers/", {"name": "N", "state_code": "MH"}, headers=there)
    line = {"description": "Advice", "quantity": "1", "unit_rate": "100", "gst_rate": "18"}
    sale = {"invoice_type": "SALES", "party_id": customer.body["id"], "invoice_date": "2025-12-26", "lines": [line]}
    drafted = ours.post("/api/invoices/", sale, headers=there).body
    posted = ours.post(f"/api/invoices/{drafted['id']}/post_voucher/", headers=there)
    assert (posted.status, posted.body["voucher_number"]) == (200, "JV-2025-00001"), posted.body
    ours.holds_the_law()
    assert verify(company_code=body["code"]).broken == []


def test_founding_is_for_superusers_unless_the_installation_lets_everybody(world: World, settings: Any) -> None:
    viewer = Trade(world, role=Role.VIEWER)
    refused = viewer.post("/api/companies/", {"code": code(), "name": "N"})
    assert (refused.status, refused.body["code"]) == (403, "permission-denied")
    settings.ALLOW_COMPANY_SIGNUP = True
    assert viewer.post("/api/companies/", {"code": code(), "name": "N"}).status == 201


def test_a_company_that_cannot_be_leaves_nothing(world: World) -> None:
    ours = founder(world)
    before = Company.objects.count()
    for wrong, status, field in (
        ({"code": world.company.code}, 409, "code"),
        ({"timezone": "Mars/Olympus"}, 400, "timezone"),
        ({"base_currency": "ZZZ"}, 404, "base_currency"),
        ({"base_currency": "rupee"}, 400, "base_currency"),
        ({"fiscal_year_start": 13}, 400, "fiscal_year_start"),
        ({"state_code": "MH", "gstin": GSTIN_KA}, 400, "gstin"),
        ({"state_code": "MH"}, 400, "gstin"),
        ({"colour": "red"}, 400, "colour"),
    ):
        answer = ours.post("/api/companies/", {"code": code(), "name": "N"} | wrong)
        assert (answer.status, list(answer.body["fields"])) == (status, [field]), answer.body
    assert ours.post("/api/companies/?dry_run=true", {"code": code(), "name": "N"}).body["dry_run"] is True
    assert Company.objects.count() == before


def test_a_company_sent_twice_is_founded_once(world: World) -> None:
    ours, body = founder(world), {"code": code(), "name": "N"}
    first, again = (ours.post("/api/companies/", body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status, again.status, again.body) == (201, 201, first.body)


def test_a_company_changes_what_it_says_of_itself_until_its_books_have_begun(trade: Trade, other_world: World) -> None:
    path = f"/api/companies/{trade.world.company.id}/"
    tag = trade.get(path).headers["ETag"]
    changes = {
        "legal_name": "Acme Traders Private Limited",
        "address": "1 Long Street\nPune",
        "books_start_date": "2025-04-01",
    }
    changed = trade.patch(path, changes | {"fiscal_year_start": 1}, headers={"If-Match": tag})
    assert (changed.status, changed.body | changes) == (200, changed.body)
    assert trade.patch(path, {"name": "Other"}, headers={"If-Match": tag}).status == 412
    assert trade.patch(path, {"fiscal_year_start": 4, "base_currency": "INR"}).status == 200
    trade.posted()
    for begun in ({"fiscal_year_start": 1}, {"books_start_date": "2025-05-01"}, {"books_start_date": None}):
        refused = trade.patch(path, begun | {"name": "Changed"})
        assert (refused.status, refused.body["code"], refused.body["fields"]) == (409, "wrong-state", list(begun)), (
            refused.body
        )
    assert trade.get(path).body["name"] != "Changed"
    assert trade.patch(path, {"phone": "+91 20 1234"}).status == 200
    theirs = f"/api/companies/{other_world.company.id}/"
    assert (trade.get(theirs).status, trade.patch(theirs, {"name": "Ours"}).status) == (404, 404)
    assert Trade(trade.world, role=Role.ACCOUNTANT).patch(path, {"name": "Mine"}).status == 403


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
