"""The two policies that the published web client keeps by itself."""

from erp.models import Company
from erp.rights import Role
from tests.api.test_people import ask, done
from tests.builders import World

PATH = "/api/common/developer-settings/"
BOTH_OFF = {"enable_manual_picking_completion": False, "enable_bulk_picking": False}


def test_either_is_changed_alone_and_tells_who_changed_it_last(world: World, other_world: World) -> None:
    shown = ask(world, "GET", PATH, role=Role.VIEWER)
    assert shown.body.keys() == {"success", "message", "data"}
    assert shown.data == BOTH_OFF | {"updated_at": None, "updated_by": None}
    changed = done(world, "PUT", PATH, {"enable_bulk_picking": True}, role=Role.ADMIN)
    assert (changed["enable_bulk_picking"], changed["enable_manual_picking_completion"]) == (True, False)
    assert (changed["updated_by"], changed["updated_at"] is None) == (world.user(Role.ADMIN).email, False)
    again = ask(world, "PUT", PATH, changed | {"colour": "red"}, role=Role.OWNER)
    assert (again.data, [warning["field"] for warning in again.body["warnings"]]) == (changed, ["colour"])
    # Another policy is another decision.
    world.send("PATCH", "/api/companies/policies/", {"credit_check": "warn"}, role=Role.OWNER)
    assert done(world, "GET", PATH) == changed
    assert done(other_world, "GET", PATH) == BOTH_OFF | {"updated_at": None, "updated_by": None}


def test_it_is_refused_dried_and_repeated_like_every_write(world: World) -> None:
    assert ask(world, "PUT", PATH, {"enable_bulk_picking": True}, role=Role.STOCK_KEEPER).status == 403
    refused = ask(world, "PUT", PATH, {"enable_bulk_picking": "yes"})
    assert (refused.status, list(refused.body["errors"])) == (400, ["enable_bulk_picking"])
    tried = ask(world, "PUT", f"{PATH}?dry_run=true", {"enable_bulk_picking": True})
    assert (tried.data["enable_bulk_picking"], tried.body["dry_run"]) == (True, True)
    assert not Company.objects.get(id=world.company.id).enable_bulk_picking
    first = ask(world, "PUT", PATH, {"enable_bulk_picking": True}, key="k")
    done(world, "PUT", PATH, {"enable_bulk_picking": False})
    again = ask(world, "PUT", PATH, {"enable_bulk_picking": True}, key="k")
    assert (again.body, again.headers["Idempotent-Replayed"]) == (first.body, "true")
    assert not Company.objects.get(id=world.company.id).enable_bulk_picking
