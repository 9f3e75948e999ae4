"""The rows of the warehouse: couriers, trays, sessions and what was sent back."""

from fulfilment.models.couriers import Courier
from fulfilment.models.records import CourierChange, StatusRun
from fulfilment.models.sessions import (
    MOST_METRES,
    BillingReturn,
    DeliverySession,
    PackingSession,
    PickingSession,
    Session,
)
from fulfilment.models.trays import Box, BoxItem, Tray

__all__ = [
    "MOST_METRES",
    "BillingReturn",
    "Box",
    "BoxItem",
    "Courier",
    "CourierChange",
    "DeliverySession",
    "PackingSession",
    "PickingSession",
    "Session",
    "StatusRun",
    "Tray",
]
