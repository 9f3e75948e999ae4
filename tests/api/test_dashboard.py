"""The dashboard's figures, reckoned of the rows."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from erp.locking import one_transaction
from erp.rights import Role
from fulfilment.models import PickingSession
from tests.builders import World
from tests.warehouse import Warehouse

STATS, BREAKDOWN = "/api/analytics/dashboard-stats/", "/api/analytics/status-breakdown/"


def stats(world: World) -> dict[str, int]:
    answer = world.get(STATS)
    assert (answer.status, answer.body.keys()) == (200, {"success", "date", "stats"})
    found: dict[str, int] = answer.body["stats"]
    return found


def breakdown(world: World) -> Any:
    answer = world.get(BREAKDOWN)
    assert (answer.status, answer.body.keys()) == (200, {"success", "date", "breakdown"})
    return answer.body["breakdown"]


def test_today_counts_what_was_made_and_finished_today(world: World, other_world: World) -> None:
    warehouse = Warehouse(world)
    assert set(stats(world).values()) == {0}
    warehouse.imported()
    warehouse.picked()
    warehouse.packed()
    warehouse.left("DIRECT")
    assert stats(world) == {
        "totalInvoices": 4,
        "completedPicking": 3,
        "completedPacking": 2,
        "completedDelivery": 1,
        "holdInvoices": 0,
        "completedHoldInvoices": 0,
        "pendingInvoices": 0,
    }
    assert set(stats(other_world).values()) == {0}
    number = warehouse.picked()
    put_session(world, number, ended_at=timezone.now() - timedelta(days=2))
    assert stats(world)["completedPicking"] == 3, "finished on another day"
    put_session(world, number, ended_at=timezone.now(), source="ADMIN")
    assert stats(world)["completedPicking"] == 3, "finished by nobody"


def test_what_was_made_earlier_is_held_until_it_was_picked(world: World) -> None:
    warehouse = Warehouse(world)
    earlier = timezone.now() - timedelta(days=2)

    def held() -> tuple[int, int, int]:
        found = stats(world)
        return found["holdInvoices"], found["completedHoldInvoices"], found["pendingInvoices"]

    waiting, in_hand, cancelled = warehouse.imported(), warehouse.picking(), warehouse.imported()
    for number in (waiting, in_hand, cancelled):
        world.put_invoice(number, created_at=earlier)
    world.put_invoice(cancelled, status="CANCELLED")
    assert held() == (2, 0, 2)
    warehouse.done("picking/complete/", in_hand, role=Role.PICKER)
    assert held() == (2, 1, 1)
    put_session(world, in_hand, started_at=earlier, ended_at=earlier)
    assert held() == (1, 0, 1), "picked before today, it is held no more"
    warehouse.done("picking/start/", waiting, role=Role.PICKER)
    warehouse.done("billing/return/", waiting, role=Role.PICKER, return_reason="One is missing")
    assert held() == (1, 0, 1), "sent back out of picking, it still waits"


def test_the_breakdown_tells_what_is_done_in_hand_and_waiting(world: World) -> None:
    warehouse = Warehouse(world)
    for _ in range(3):
        warehouse.imported()
    warehouse.picked()
    warehouse.picked()
    warehouse.packed()
    warehouse.left("INTERNAL")
    warehouse.left("DIRECT")
    warehouse.picking()
    found = breakdown(world)
    assert found == {
        "picking": {"completed": 5, "preparing": 1, "pending": 3},
        "packing": {"completed": 3, "preparing": 0, "pending": 2},
        "delivery": {"completed": 1, "preparing": 1, "pending": 1},
    }


def test_today_is_the_companys_day(world: World) -> None:
    """At 20:00 UTC it is tomorrow in India; in Los Angeles it is still the day before."""
    warehouse = Warehouse(world)
    number = warehouse.imported()
    now = timezone.now()
    for zone, hours in (("Pacific/Kiritimati", 14), ("Pacific/Pago_Pago", -11)):
        world.decide(timezone=zone)
        local = now + timedelta(hours=hours)
        midnight = now - timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        assert world.get(STATS).body["date"] == local.date().isoformat()
        world.put_invoice(number, created_at=midnight + timedelta(seconds=5))
        assert stats(world)["totalInvoices"] == 1
        world.put_invoice(number, created_at=midnight - timedelta(seconds=5))
        assert (stats(world)["totalInvoices"], stats(world)["pendingInvoices"]) == (0, 1)


def put_session(world: World, invoice_no: str, **columns: Any) -> None:
    with one_transaction(company_id=world.company.id):
        rows = PickingSession.unscoped.filter(company=world.company, invoice=world.invoice(invoice_no))
        assert rows.update(**columns) == 1
