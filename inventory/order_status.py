"""The states of an order, sold or bought. Pure."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """IN_PROGRESS: something of it is on an invoice, or has come. INVOICED: all is posted, or the rest was given up."""

    DRAFT = "DRAFT"
    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    INVOICED = "INVOICED"
    CANCELLED = "CANCELLED"
