"""The words of selling: order states. Pure."""

from enum import StrEnum


class OrderStatus(StrEnum):
    DRAFT = "DRAFT"
    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    INVOICED = "INVOICED"
    CANCELLED = "CANCELLED"
