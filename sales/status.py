"""The words of selling: order states, GST treatment of a party. Pure."""

from enum import StrEnum


class OrderStatus(StrEnum):
    DRAFT = "DRAFT"
    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    INVOICED = "INVOICED"
    CANCELLED = "CANCELLED"


class GstTreatment(StrEnum):
    REGISTERED = "REGISTERED"
    UNREGISTERED = "UNREGISTERED"
    COMPOSITION = "COMPOSITION"
    SEZ = "SEZ"
    OVERSEAS = "OVERSEAS"
