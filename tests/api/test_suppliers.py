"""Suppliers over HTTP: ``/api/purchasing/suppliers/``."""

from typing import Any

import pytest

from erp.rights import Role
from tests.api.test_parties import PARTY_KEYS
from tests.builders import World
from tests.trade import GSTIN_KA, GSTIN_MH, Trade

PATH = "/api/purchasing/suppliers/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def test_a_supplier_is_a_party_like_a_customer(trade: Trade) -> None:
    body = {
        "code": "MAKER-1",
        "name": "Maker Limited",
        "gstin": GSTIN_MH,
        "email": "a@example.com",
        "phone": "98200",
        "billing_address": "1 Mill Road\nMumbai",
        "shipping_address": "Gate 4",
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
    shown = trade.get(f"{PATH}{party['id']}/")
    assert (shown.body, shown.headers["ETag"][:3]) == (party, '"1-')
    trade.holds_the_law()


def test_codes_pass_over_what_somebody_chose_and_are_not_burnt_by_a_dry_run(trade: Trade) -> None:
    assert trade.supplier()["code"] == "S-00001"
    trade.supplier(code="S-00002")
    tried = trade.post(f"{PATH}?dry_run=true", {"name": "N"})
    assert (tried.status, tried.body["code"]) == (201, "S-00003")
    assert trade.supplier()["code"] == "S-00003"
    assert trade.customer()["code"] == "C-00001"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"gstin": "27AAPFU0939F1ZX"}, "bad-gstin"),
        ({"gst_treatment": "REGISTERED"}, "bad-gstin"),
        ({"gst_treatment": "FRIEND"}, "validation"),
        ({"state_code": "ZZ"}, "validation"),
        ({"email": "nobody"}, "validation"),
        ({"name": ""}, "validation"),
        ({"credit_days": -1}, "validation"),
        ({"credit_limit": "-1"}, "validation"),
        ({"phone": "1" * 31}, "validation"),
        ({"salesman": "Ajay"}, "unknown-field"),
    ],
)
def test_what_is_no_supplier_is_refused(trade: Trade, changes: dict[str, Any], code: str) -> None:
    answer = trade.post(PATH, {"name": "N"} | changes)
    assert (answer.status, answer.body["code"]) == (400, code)
    assert trade.get(PATH).body == []


def test_a_code_is_taken_once(trade: Trade) -> None:
    trade.supplier(code="A")
    second = trade.supplier(code="B")
    for answer in (trade.post(PATH, {"name": "N", "code": "A"}), trade.patch(f"{PATH}{second['id']}/", {"code": "A"})):
        assert (answer.status, answer.body["code"], list(answer.body["fields"])) == (409, "already-exists", ["code"])


def test_a_supplier_sent_twice_with_one_key_is_one(trade: Trade) -> None:
    first, again = (trade.post(PATH, {"name": "N"}, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status, again.status, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.body == again.body
    assert len(trade.get(PATH).body) == 1


def test_a_supplier_changes_unless_somebody_was_faster_and_leaves_without_being_deleted(trade: Trade) -> None:
    party = trade.supplier(gstin=GSTIN_MH)
    path = f"{PATH}{party['id']}/"
    changed = trade.patch(path, {"gstin": GSTIN_KA, "state_code": "KA", "credit_hold": True, "email": None}).body
    assert (changed["state_code"], changed["credit_hold"], changed["version"]) == ("29", True, 2)
    stale = trade.patch(path, {"name": "Other"}, headers={"If-Match": '"1"'})
    assert (stale.status, stale.body["code"]) == (412, "stale")
    assert trade.patch(path, {"is_active": False}, role=Role.PURCHASE_MANAGER).body["is_active"] is False
    assert trade.delete(path).status == 405
    trade.holds_the_law()


def test_every_filter_of_the_list_works(trade: Trade) -> None:
    trade.supplier(code="A-1", name="Alpha", phone="98200")
    trade.supplier(code="B-1", name="Beta", gstin=GSTIN_MH, is_active=False)

    def codes(query: str) -> list[str]:
        return [row["code"] for row in trade.get(f"{PATH}?{query}").body]

    assert codes("") == ["B-1", "A-1"]
    assert codes("search=alp") == ["A-1"]
    assert codes("search=982") == ["A-1"]
    assert codes("code=B-1") == ["B-1"]
    assert codes(f"gstin={GSTIN_MH}") == ["B-1"]
    assert codes("is_active=true") == ["A-1"]
    assert codes("is_active=false") == ["B-1"]
    page = trade.get(f"{PATH}?page_size=1").body
    assert ([row["code"] for row in page["results"]], page["next"] is None) == (["B-1"], False)
