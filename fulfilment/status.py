"""The words of picking, packing and delivery. Pure."""

from enum import StrEnum

from invoices.status import DeliveryStatus


class Section(StrEnum):
    """Where an invoice's goods are worked on, in their order."""

    PICKING = "PICKING"
    PACKING = "PACKING"
    DELIVERY = "DELIVERY"


class PickingStatus(StrEnum):
    """VERIFIED is only asked for, never found."""

    PREPARING = "PREPARING"
    PICKED = "PICKED"
    REVIEW = "REVIEW"
    CANCELLED = "CANCELLED"
    VERIFIED = "VERIFIED"


class PackingStatus(StrEnum):
    """CHECKING_DONE is held, PACKING waits for boxing; PENDING is only asked for, never found."""

    IN_PROGRESS = "IN_PROGRESS"
    CHECKING = "CHECKING"
    CHECKING_DONE = "CHECKING_DONE"
    PACKING = "PACKING"
    PACKED = "PACKED"
    REVIEW = "REVIEW"
    CANCELLED = "CANCELLED"
    PENDING = "PENDING"


class DeliveryType(StrEnum):
    """Over the counter, by somebody else's courier, by one of our own people."""

    DIRECT = "DIRECT"
    COURIER = "COURIER"
    INTERNAL = "INTERNAL"


class CounterSubMode(StrEnum):
    """Who stands at the counter; published clients say it in lower case."""

    PATIENT = "patient"
    COMPANY = "company"


class CourierType(StrEnum):
    EXTERNAL = "EXTERNAL"
    INTERNAL = "INTERNAL"


class CourierStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class TrayStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class SessionSource(StrEnum):
    """How a session came to be, where nobody simply started it."""

    EXPRESS_BILLING = "EXPRESS_BILLING"
    BULK = "BULK"
    ADMIN = "ADMIN"


ONLY_ASKED_FOR = frozenset({PickingStatus.VERIFIED, PackingStatus.PENDING, DeliveryStatus.PENDING})

UNENDED: dict[Section, tuple[str, ...]] = {
    Section.PICKING: (PickingStatus.PREPARING.value,),
    Section.PACKING: (
        PackingStatus.IN_PROGRESS.value,
        PackingStatus.CHECKING.value,
        PackingStatus.CHECKING_DONE.value,
        PackingStatus.PACKING.value,
    ),
    Section.DELIVERY: (DeliveryStatus.TO_CONSIDER.value, DeliveryStatus.IN_TRANSIT.value),
}
"""Statuses of sessions that have no end yet."""

OPEN: dict[Section, tuple[str, ...]] = {
    Section.PICKING: (PickingStatus.PREPARING.value,),
    Section.PACKING: (PackingStatus.IN_PROGRESS.value, PackingStatus.CHECKING.value),
}
"""Statuses in which a session keeps its worker from starting another one."""
