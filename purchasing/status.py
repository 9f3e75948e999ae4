"""The words of buying: states of an order and of a receipt. Pure."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """IN_PROGRESS: something of it has come."""

    DRAFT = "DRAFT"
    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    CANCELLED = "CANCELLED"


class ReceiptStatus(StrEnum):
    POSTED = "POSTED"
    REVERSED = "REVERSED"
