"""Couriers as others name them, inside a use case."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from erp.access import Actor
from erp.locking import Locks
from erp.problems import NotFound, ValidationFailed
from fulfilment.models import Courier, CourierChange, DeliverySession
from fulfilment.status import CourierStatus


class CourierNotFound(NotFound):
    """No courier of the company has this id. Choose another."""

    message = "Courier not found"


def active_courier(locks: Locks, courier_id: UUID) -> Courier:
    """The courier, who may carry something. Raises CourierNotFound, ValidationFailed for one who is not active."""
    courier = Courier.objects.of(locks).filter(id=courier_id).first()
    if courier is None:
        raise CourierNotFound
    if courier.status != CourierStatus.ACTIVE:
        raise ValidationFailed(errors={"courier_id": ["This courier is not active."]})
    return courier


def give_to_courier(
    locks: Locks, sessions: Sequence[DeliverySession], courier: Courier, *, reason: str, actor: Actor, now: datetime
) -> list[CourierChange]:
    """Let this courier carry the parcels from now on; the rows that say so. The sessions are saved by the step."""
    changes = [
        CourierChange(
            company_id=locks.company_id,
            session=session,
            courier=courier,
            old_courier_name=session.courier_name,
            new_courier_name=courier.courier_name,
            reason=reason,
            changed_by_id=actor.id,
            changed_by_name=actor.name,
            changed_at=now,
        )
        for session in sessions
    ]
    for session in sessions:
        session.courier, session.courier_name = courier, courier.courier_name
    return CourierChange.objects.of(locks).bulk_create(changes)
