"""Couriers as others name them, inside a use case."""

from uuid import UUID

from erp.locking import Locks
from erp.problems import NotFound, ValidationFailed
from fulfilment.models import Courier
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
