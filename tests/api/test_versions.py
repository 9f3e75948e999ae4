"""Whatever shows a version changes only for who has seen the last one, if he says which (`If-Match`)."""

from typing import Any

import pytest

from erp.rights import Role
from tests.builders import World
from tests.trade import DAY, GSTIN_KA, Trade

Row = tuple[str, str, str, Any]
"""Where it is read, and a write of it: method, path, body."""


@pytest.fixture
def trade(world: World) -> Trade:
    world.user(Role.OWNER)
    trade = Trade(world)
    trade.registration()
    return trade


def patched(path: str, body: Any) -> Row:
    return path, "PATCH", path, body


def rows(trade: Trade) -> list[Row]:
    """One of each kind, none of which the others' writes touch."""
    unit = trade.made("/api/inventory/uoms/", {"code": "BOX", "name": "Box"})
    salesman = trade.made("/api/orders/salesmen/", {"name": "Ajay"})
    second = trade.registration(state_code="KA", gstin=GSTIN_KA)
    batch = f"/api/inventory/batches/{trade.batch()['id']}/"
    key = f"/api/companies/api_keys/{trade.api_key()['id']}/"
    rotated = f"/api/companies/api_keys/{trade.api_key(name='Other')['id']}/"
    return [
        patched(f"/api/inventory/uoms/{unit['id']}/", {"name": "Carton"}),
        patched(f"/api/inventory/warehouses/{trade.side()['id']}/", {"name": "Yard"}),
        patched(f"/api/inventory/items/{trade.item(stock='0')['id']}/", {"name": "Other"}),
        patched(f"/api/orders/salesmen/{salesman['id']}/", {"phone": "1"}),
        patched(f"/api/orders/customers/{trade.customer()['id']}/", {"name": "Other"}),
        patched(f"/api/purchasing/suppliers/{trade.supplier()['id']}/", {"name": "Other"}),
        patched(f"/api/companies/registrations/{second['id']}/", {"valid_to": DAY}),
        patched(f"/api/companies/memberships/{trade.member(Role.PICKER)['id']}/", {"role": "PACKER"}),
        patched("/api/companies/policies/", {"rate_max_age_days": 9}),
        patched("/api/accounting/locks/", {"soft_lock_date": "2025-01-31"}),
        (batch, "POST", f"{batch}block/", {"reason": "Recalled"}),
        (key, "POST", f"{key}revoke/", {}),
        (rotated, "POST", f"{rotated}rotate/", {"overlap_hours": 1}),
    ]


def test_a_write_of_a_stale_row_is_refused_and_one_of_the_present_makes_the_next_version(trade: Trade) -> None:
    trade.world.user(Role.PICKER)
    for path, method, write, body in rows(trade):
        before = trade.get(path)
        tag = before.headers["ETag"]
        assert tag.startswith(f'"{before.body["version"]}-'), path
        for stale in ('"999"', '"nonsense"', "0"):
            refused = trade.world.send(method, write, body, role=trade.role, **{"If-Match": stale})
            assert (refused.status, refused.body["code"]) == (412, "stale"), (write, refused.raw)
        assert trade.get(path).body == before.body, write
        done = trade.world.send(method, write, body, role=trade.role, **{"If-Match": tag})
        assert done.status in {200, 201}, (write, done.raw)
        after = trade.get(path)
        assert after.body["version"] == before.body["version"] + 1, write
        again = trade.world.send(method, path, body, role=trade.role, **{"If-Match": tag})
        assert again.status in {412, 405}, write


def test_what_another_row_takes_the_default_from_is_another_version(trade: Trade) -> None:
    (first,) = trade.get("/api/companies/registrations/").body
    (main,) = trade.get("/api/inventory/warehouses/").body
    trade.registration(state_code="KA", gstin=GSTIN_KA, is_default=True)
    trade.patch(f"/api/inventory/warehouses/{trade.side()['id']}/", {"is_default": True})
    for path, row in (("/api/companies/registrations/", first), ("/api/inventory/warehouses/", main)):
        shown = trade.get(f"{path}{row['id']}/").body
        assert (shown["is_default"], shown["version"]) == (False, row["version"] + 1)
    removed = trade.delete(f"/api/companies/registrations/{first['id']}/", headers={"If-Match": '"1"'})
    assert removed.status == 412
