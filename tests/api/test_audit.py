"""Who did what, over HTTP: ``/api/companies/audit/``."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from erp.rights import Role
from tests.audit.sealed import head_of, seal_everything
from tests.builders import World, invoice_body

PATH = "/api/companies/audit/"

pytestmark = pytest.mark.db_heavy


def asked(world: World, query: str = "") -> list[dict[str, Any]]:
    answer = world.get(f"{PATH}{query}", role=Role.OWNER)
    assert answer.status == 200, answer.body
    rows: list[dict[str, Any]] = answer.body
    return rows


def test_an_entry_says_who_did_what_in_which_request_and_its_seal_follows(world: World) -> None:
    by_key = {"X-API-Key": world.api_key, "X-Request-ID": "by-key"}
    body = invoice_body()
    assert world.send("POST", "/api/sales/import/invoice/", body, role=None, **by_key).status == 201
    invoice = str(world.invoice(body["invoice_no"]).id)
    changed = {"total_mismatch": "reject"}
    assert (
        world.send("PATCH", "/api/companies/policies/", changed, role=Role.ADMIN, **{"X-Request-ID": "by-admin"}).status
        == 200
    )
    (by_admin,), (by_key_,) = asked(world, "?request_id=by-admin"), asked(world, "?request_id=by-key")
    assert (by_admin["actor_kind"], by_admin["actor"], by_admin["actor_name"], by_admin["key_prefix"]) == (
        "user", str(world.user(Role.ADMIN).id), world.user(Role.ADMIN).email, ""
    )  # fmt: skip
    assert (by_admin["action"], by_admin["changes"]) == ("set_policies", {"total_mismatch": ["accept", "reject"]})
    assert (by_key_["actor_kind"], by_key_["key_prefix"]) == ("api_key", world.api_key.partition(".")[0])
    assert (by_key_["subject_id"], by_key_["address"], by_key_["changes"]) == (invoice, "127.0.0.1", {})
    assert (by_key_["number"], by_key_["hash"]) == (None, None)
    seal_everything()
    detail = world.get(f"{PATH}{by_admin['id']}/", role=Role.OWNER).body
    number, hash_ = head_of(world)
    assert detail == by_admin | {"number": number, "hash": hash_.hex()}


def test_the_list_is_filtered_and_paged_newest_first(world: World) -> None:
    invoices = [str(world.invoice(world.import_invoice().data["invoice_no"]).id) for _ in range(3)]
    world.post("/api/orders/customers/", {"name": "New"}, role=Role.OWNER)
    every = asked(world)
    assert [row["id"] for row in every] == sorted((row["id"] for row in every), reverse=True)
    person = world.user(Role.OWNER)
    found = {
        f"?subject_id={invoices[1]}": [invoices[1]],
        "?subject_kind=invoice": invoices[::-1],
        "?action=create_customer": [every[0]["subject_id"]],
        f"?actor={person.id}": [every[0]["subject_id"]],
        f"?actor_name={person.email.upper()}": [every[0]["subject_id"]],
        f"?subject_kind=invoice&actor={person.id}": [],
        "?request_id=nobodys": [],
        "?start_date=2199-01-01": [],
        "?end_date=2001-01-01": [],
        "?start_date=2001-01-01&end_date=2199-01-01&subject_kind=invoice": invoices[::-1],
    }
    assert {query: [row["subject_id"] for row in asked(world, query)] for query in found} == found
    page = world.get(f"{PATH}?page_size=2", role=Role.OWNER).body
    assert (page["results"], page["previous"]) == (every[:2], None)
    after = page["next"].partition("/api/companies/audit/")[2]
    assert world.get(f"{PATH}{after}", role=Role.OWNER).body["results"] == every[2:4]
    for bad in ("?subject_id=x", "?start_date=yesterday", "?colour=red", f"?action={'x' * 61}"):
        assert world.get(f"{PATH}{bad}", role=Role.OWNER).status == 400, bad


def test_a_day_is_the_companys(world: World) -> None:
    """In Kolkata a day begins at half past six in the evening before."""
    world.import_invoice()
    instant = str(asked(world)[0]["at"])
    day = datetime.fromisoformat(instant).astimezone(ZoneInfo(world.company.timezone)).date()
    assert len(asked(world, f"?start_date={day}&end_date={day}")) == len(asked(world))
    assert (
        asked(world, f"?end_date={day - timedelta(days=1)}") == asked(world, f"?start_date={day + timedelta(days=1)}") == []
    )


def test_only_who_administers_reads_it_and_only_his_companys(world: World, other_world: World) -> None:
    world.import_invoice()
    entry = asked(world)[0]["id"]
    assert world.get(PATH, role=Role.ACCOUNTANT).status == 403
    assert asked(other_world, "?subject_kind=invoice") == []
    unknown = [other_world.get(f"{PATH}{one}/", role=Role.OWNER).status for one in (entry, 2**62, "x", "1" * 30, "-1")]
    assert unknown == [404] * 5
