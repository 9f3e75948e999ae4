"""Which sessions an invoice has in each status: what every step leaves behind. Pure.

Source: the invariant of the chapter "Statuses" of the sales contract. The database holds the same table in
`fulfilment_agree`, by which it judges sessions at commit, and `manage.py verify` every invoice.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import product

from fulfilment.status import ONLY_ASKED_FOR, DeliveryType, PackingStatus, PickingStatus, Section
from fulfilment.workflow import Session, State
from invoices.status import DeliveryStatus
from invoices.status import FulfilmentStatus as Status

Delivery = tuple[Session, DeliveryType | None]
_COURIER, _INTERNAL = DeliveryType.COURIER, DeliveryType.INTERNAL
_NONE: frozenset[Session] = frozenset({None})
_PICKED: frozenset[Session] = frozenset({PickingStatus.PICKED})
_PACKED: frozenset[Session] = frozenset({PackingStatus.PACKED})
_UNPACKED: frozenset[Session] = frozenset({PackingStatus.IN_PROGRESS, PackingStatus.CHECKING, PackingStatus.CHECKING_DONE})
_HERE: Delivery = (None, None)


def _row(
    status: Status, picking: frozenset[Session], packing: frozenset[Session], *deliveries: Delivery
) -> tuple[Status, frozenset[Session], frozenset[Session], frozenset[Delivery]]:
    return status, picking, packing, frozenset(deliveries)


AGREEMENTS = (
    _row(Status.INVOICED, _NONE, _NONE, _HERE),
    _row(Status.PICKING, frozenset({PickingStatus.PREPARING}), _NONE, _HERE),
    _row(Status.PICKED, _PICKED, _NONE, _HERE),
    _row(Status.PACKING, _PICKED, _UNPACKED, _HERE),
    _row(Status.BOXING, _PICKED, frozenset({PackingStatus.PACKING}), _HERE),
    _row(Status.PACKED, _PICKED, _PACKED, _HERE, (DeliveryStatus.TO_CONSIDER, _INTERNAL)),
    _row(
        Status.DISPATCHED,
        _PICKED,
        _PACKED,
        (DeliveryStatus.TO_CONSIDER, _COURIER),
        (DeliveryStatus.IN_TRANSIT, _COURIER),
        (DeliveryStatus.IN_TRANSIT, _INTERNAL),
    ),
    _row(Status.DELIVERED, _PICKED, _PACKED, *((DeliveryStatus.DELIVERED, kind) for kind in DeliveryType)),
    _row(Status.REVIEW, frozenset({PickingStatus.REVIEW}), _NONE, _HERE),
    _row(Status.REVIEW, _PICKED, frozenset({PackingStatus.REVIEW}), _HERE),
    _row(Status.REVIEW, _PICKED, _PACKED, _HERE, (DeliveryStatus.REVIEW, _COURIER), (DeliveryStatus.REVIEW, _INTERNAL)),
)
"""Status, the picking and packing sessions it may have, the deliveries with their type."""


def sections_at(status: Status) -> frozenset[Section]:
    """The sections that may have a session in this status; the others need not be asked."""
    rows = [row for row in AGREEMENTS if row[0] is status]
    found = {Section.PICKING for _, picking, _, _ in rows if picking != _NONE}
    found |= {Section.PACKING for _, _, packing, _ in rows if packing != _NONE}
    return frozenset(found | {Section.DELIVERY for *_, deliveries in rows if deliveries != {_HERE}})


def agrees(state: State) -> bool:
    return any(
        state.status is status
        and state.picking in picking
        and state.packing in packing
        and (state.delivery, state.delivery_type) in delivery
        for status, picking, packing, delivery in AGREEMENTS
    )


def every_state() -> Iterator[State]:
    """All that can be written down, whether it agrees or not."""
    deliveries = [(None, None), *product(_found(DeliveryStatus), DeliveryType)]
    for status, picking, packing, (delivery, kind) in product(
        Status, [None, *_found(PickingStatus)], [None, *_found(PackingStatus)], deliveries
    ):
        yield State(status, picking, packing, delivery, kind)


def _found(kind: type[StrEnum]) -> list[str]:
    """Statuses of a current session."""
    return [one.value for one in kind if one not in ONLY_ASKED_FOR and one.value != "CANCELLED"]
