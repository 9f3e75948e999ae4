"""A detail that the client has is not sent again; one that has changed is."""

from typing import Any

import pytest

from erp.rights import Role
from tests.builders import World, invoice_body, send
from tests.trade import Trade


@pytest.fixture
def trade(world: World) -> Trade:
    world.user(Role.OWNER)
    return Trade(world)


def details(trade: Trade) -> dict[str, Any]:
    """Path of a row with a version, and what changes it."""
    order = trade.order()
    return {
        f"/api/orders/sales/{order['id']}/": {"notes": "n"},
        f"/api/orders/customers/{order['customer']}/": {"name": "Other"},
        f"/api/inventory/items/{order['items'][0]['item']}/": {"name": "Other"},
        f"/api/companies/webhooks/{trade.webhook()['id']}/": {"is_active": False},
    }


def test_who_has_the_version_gets_304_until_it_changes(trade: Trade) -> None:
    for path, change in details(trade).items():
        tag = trade.get(path).headers["ETag"]
        for said in (tag, f"W/{tag}", f'"0", {tag}', "*"):
            same = trade.get(path, headers={"If-None-Match": said})
            assert (same.status, same.raw, same.headers["ETag"]) == (304, b"", tag), (path, said)
        for said in ('"0"', tag.strip('"'), f'"{tag}"', "", "nonsense"):
            assert trade.get(path, headers={"If-None-Match": said}).status == 200, (path, said)
        assert trade.patch(path, change).status == 200
        changed = trade.get(path, headers={"If-None-Match": tag})
        assert (changed.status, changed.headers["ETag"] != tag) == (200, True), path


def test_who_has_an_invoice_as_it_is_shown_gets_304_until_any_of_it_changes(trade: Trade) -> None:
    """Its customer among it, whose name is in another row than its version."""
    body = invoice_body()
    path = f"/api/sales/invoices/{trade.world.import_invoice(body).data['id']}/"
    tag = trade.get(path).headers["ETag"]
    for said, status in ((tag, 304), (f"W/{tag}", 304), ("*", 304), ('"0"', 200), ("", 200)):
        answer = trade.get(path, headers={"If-None-Match": said})
        assert (answer.status, answer.headers["ETag"], answer.raw == b"") == (status, tag, status == 304), said
    assert trade.world.import_invoice(customer=body["customer"] | {"name": "Another name"}).status == 201
    renamed = trade.get(path, headers={"If-None-Match": tag})
    assert (renamed.status, renamed.headers["ETag"] != tag) == (200, True)


def test_what_changes_beside_the_row_is_sent_again(trade: Trade) -> None:
    """The goods on hand and what a customer owes are no change of his row, and a write still names its version."""
    order = trade.confirmed()
    paths = (f"/api/inventory/items/{order['items'][0]['item']}/", f"/api/orders/customers/{order['customer']}/")
    shown = {path: trade.get(path) for path in paths}
    trade.posted(order)
    for path, before in shown.items():
        tag = before.headers["ETag"]
        after = trade.get(path, headers={"If-None-Match": tag})
        assert (after.status, after.body["version"]) == (200, before.body["version"]), path
        assert after.body != before.body, path
        assert trade.patch(path, {"name": "Other"}, headers={"If-Match": tag}).status == 200, "the version is the same"
        assert trade.patch(path, {"name": "Third"}, headers={"If-Match": tag}).status == 412
        assert trade.patch(path, {"name": "Third"}, headers={"If-Match": f'"{before.body["version"] + 1}"'}).status == 200


def test_a_payment_and_the_use_of_a_key_are_shown_to_who_had_what_was_before(trade: Trade) -> None:
    order, key = trade.confirmed(), trade.api_key(scopes=["events:read"])
    invoice = trade.posted(order)
    customer, shown_key = f"/api/orders/customers/{order['customer']}/", f"/api/companies/api_keys/{key['id']}/"
    before = {path: trade.get(path) for path in (customer, shown_key)}
    trade.pay(invoice, "10.00")
    assert send("GET", "/api/sales/events/", None, **{"X-API-Key": key["key"]}).status == 200
    changed = {customer: "balance", shown_key: "last_used_at"}
    for path, member in changed.items():
        after = trade.get(path, headers={"If-None-Match": before[path].headers["ETag"]})
        assert (after.status, after.body["version"]) == (200, before[path].body["version"]), path
        assert after.body[member] != before[path].body[member]
        assert trade.get(path, headers={"If-None-Match": after.headers["ETag"]}).status == 304, path


def test_what_is_not_there_is_not_unchanged(trade: Trade, other_world: World) -> None:
    theirs = Trade(other_world).customer()["id"]
    answer = trade.get(f"/api/orders/customers/{theirs}/", headers={"If-None-Match": "*"})
    assert answer.status == 404
