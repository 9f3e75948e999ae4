"""Customers and salesmen over HTTP: ``/api/orders/customers/`` and ``/api/orders/salesmen/``."""

from typing import Any
from uuid import UUID

import pytest

from erp.rights import Role
from invoices.models import Invoice
from tests.builders import World
from tests.trade import DAY, GSTIN_KA, GSTIN_MH, Trade

PATH = "/api/orders/customers/"
PARTY_KEYS = {
    "id", "code", "name", "gstin", "gst_treatment", "state_code", "state", "email", "phone", "billing_address",
    "shipping_address", "currency_code", "credit_limit", "credit_hold", "credit_days", "price_list", "salesman", "is_active",
    "balance", "version", "created_at",
}  # fmt: skip


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def test_a_customer_is_a_party(trade: Trade) -> None:
    body = {
        "code": "LC-1",
        "name": "LifeCare Pharmacy",
        "gstin": GSTIN_MH,
        "email": "a@example.com",
        "phone": "98200",
        "billing_address": "123 Main St\nMumbai",
        "credit_limit": "5000",
        "credit_days": 45,
    }
    answer = trade.post(PATH, body)
    assert answer.status == 201, answer.raw
    party = answer.body
    assert party.keys() == PARTY_KEYS
    assert answer.headers["Location"] == f"{PATH}{party['id']}/"
    assert {name: party[name] for name in body} == body | {"credit_limit": "5000.00"}
    assert (party["gst_treatment"], party["state_code"], party["state"]) == ("REGISTERED", "27", "MH")
    assert (party["currency_code"], party["balance"], party["is_active"]) == ("INR", "0.00", True)
    assert trade.get(f"{PATH}{party['id']}/").body == party


def test_a_name_is_enough_and_codes_pass_over_what_imports_brought(trade: Trade) -> None:
    assert trade.customer()["code"] == "C-00001"
    for number in (2, 3):
        trade.world.import_invoice(customer={"code": f"C-0000{number}", "name": "Imported"})
    assert trade.customer()["code"] == "C-00004"
    assert trade.customer(gstin="")["gst_treatment"] == "UNREGISTERED"


def test_an_imported_customer_is_the_same_row_and_shows_its_address(trade: Trade) -> None:
    sent = {"code": "X", "name": "N", "address1": "12 Road", "area": "Fort", "pincode": "400001", "phone1": "1"}
    trade.world.import_invoice(customer=sent)
    (party,) = trade.get(f"{PATH}?code=X").body
    assert (party["billing_address"], party["phone"]) == ("12 Road, Fort, 400001", "1")
    changed = trade.patch(f"{PATH}{party['id']}/", {"billing_address": "Tower", "phone": "2"}).body
    assert (changed["billing_address"], changed["phone"], changed["version"]) == ("Tower", "2", 2)
    trade.world.import_invoice(customer={"code": "X", "name": "N2"})
    kept = trade.get(f"{PATH}{party['id']}/").body
    assert (kept["name"], kept["billing_address"], kept["phone"]) == ("N2", "Tower", "2")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"gstin": "27AAPFU0939F1ZX"}, "bad-gstin"),
        ({"gstin": "x"}, "bad-gstin"),
        ({"gst_treatment": "REGISTERED"}, "bad-gstin"),
        ({"gst_treatment": "FRIEND"}, "validation"),
        ({"state_code": "ZZ"}, "validation"),
        ({"email": "nobody"}, "validation"),
        ({"name": ""}, "validation"),
        ({"credit_days": -1}, "validation"),
        ({"credit_limit": "-1"}, "validation"),
        ({"phone": "1" * 31}, "validation"),
    ],
)
def test_what_is_no_party_is_refused(trade: Trade, changes: dict[str, Any], code: str) -> None:
    answer = trade.post(PATH, {"name": "N"} | changes)
    assert (answer.status, answer.body["code"]) == (400, code)
    assert trade.get(PATH).body == []


def test_a_code_is_taken_once(trade: Trade) -> None:
    trade.customer(code="A")
    second = trade.customer(code="B")
    for answer in (trade.post(PATH, {"name": "N", "code": "A"}), trade.patch(f"{PATH}{second['id']}/", {"code": "A"})):
        assert (answer.status, answer.body["code"], list(answer.body["fields"])) == (409, "already-exists", ["code"])


def test_a_customer_changes_and_leaves_without_being_deleted(trade: Trade) -> None:
    party = trade.customer(gstin=GSTIN_MH)
    path = f"{PATH}{party['id']}/"
    changed = trade.patch(path, {"gstin": GSTIN_KA, "state_code": "KA", "credit_hold": True, "email": None}).body
    assert (changed["state_code"], changed["credit_hold"], changed["version"]) == ("29", True, 2)
    assert trade.patch(path, {"is_active": False}).body["is_active"] is False
    assert trade.delete(path).status == 405
    refused = trade.post("/api/orders/sales/", {"customer_id": party["id"]})
    assert (refused.status, refused.body["error"]) == (404, "Customer not found")


def test_every_filter_of_the_list_works(trade: Trade) -> None:
    trade.customer(code="A-1", name="Alpha", phone="98200")
    trade.customer(code="B-1", name="Beta", gstin=GSTIN_MH, is_active=False)

    def codes(query: str) -> list[str]:
        return [row["code"] for row in trade.get(f"{PATH}?{query}").body]

    assert codes("") == ["B-1", "A-1"]
    assert codes("search=alp") == ["A-1"]
    assert codes("search=982") == ["A-1"]
    assert codes("code=B-1") == ["B-1"]
    assert codes(f"gstin={GSTIN_MH}") == ["B-1"]
    assert codes("is_active=true") == ["A-1"]
    assert codes("is_active=false") == ["B-1"]


def test_salesmen_are_named_once_and_may_be_users(trade: Trade) -> None:
    user = trade.world.user(Role.SALES_MANAGER)
    path = "/api/orders/salesmen/"
    made = trade.made(path, {"name": "Ajay", "phone": "1", "user_id": str(user.id)})
    said = {"name": "Ajay", "code": "", "phone": "1", "user": str(user.id), "is_active": True, "version": 1}
    assert made == {"id": made["id"]} | said
    assert trade.get(f"{path}{made['id']}/").body == made
    assert trade.post(path, {"name": "Ajay"}).body["code"] == "already-exists"
    changed = trade.patch(f"{path}{made['id']}/", {"name": "Ajay K", "user_id": None}).body
    assert (changed["name"], changed["user"]) == ("Ajay K", None)
    stranger = trade.patch(f"{path}{made['id']}/", {"user_id": made["id"]})
    assert (stranger.status, stranger.body["error"]) == (404, "User not found")
    assert [row["name"] for row in trade.get(f"{path}?search=ajay").body] == ["Ajay K"]
    coded = trade.made(path, {"name": "Binu", "code": "S-2"})
    assert [row["name"] for row in trade.get(f"{path}?search=s-2").body] == ["Binu"]
    for answer in (trade.post(path, {"name": "C", "code": "S-2"}), trade.patch(f"{path}{made['id']}/", {"code": "S-2"})):
        assert (answer.status, answer.body["code"], list(answer.body["fields"])) == (409, "already-exists", ["code"])
    assert trade.patch(f"{path}{coded['id']}/", {"is_active": False}).body["is_active"] is False
    assert [row["name"] for row in trade.get(f"{path}?is_active=true").body] == ["Ajay K"]


def test_a_customers_salesman_is_that_of_his_orders_and_invoices_until_they_say_another(trade: Trade) -> None:
    his, other = (trade.made("/api/orders/salesmen/", {"name": name})["id"] for name in ("His", "Other"))
    party = trade.customer(salesman_id=his)
    assert party["salesman"] == his
    of_nobody = trade.patch(f"{PATH}{party['id']}/", {"salesman_id": None}).body
    assert of_nobody["salesman"] is None
    assert trade.patch(f"{PATH}{party['id']}/", {"salesman_id": his}).body["version"] == 3
    assert trade.order([], customer_id=party["id"])["salesman"] == his
    assert trade.order([], customer_id=party["id"], salesman_id=other)["salesman"] == other
    lines = [{"description": "Advice", "quantity": "1", "unit_rate": "10"}]
    body = {"invoice_type": "SALES", "party_id": party["id"], "apply_gst": False, "invoice_date": DAY, "lines": lines}
    trade.made("/api/invoices/", body)
    assert Invoice.objects.of(trade.world.actor(Role.OWNER)).get().salesman_id == UUID(his)
    trade.patch(f"/api/orders/salesmen/{his}/", {"is_active": False})
    assert trade.order([], customer_id=party["id"])["salesman"] is None
    for refused in (
        trade.post(PATH, {"name": "N", "salesman_id": his}),
        trade.post("/api/orders/sales/", {"customer_id": party["id"], "salesman_id": his}),
    ):
        assert (refused.status, refused.body["fields"]) == (404, {"salesman_id": ["Salesman not found"]})
