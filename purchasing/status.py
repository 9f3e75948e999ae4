"""The words of buying: states of a receipt. Pure."""

from enum import StrEnum


class ReceiptStatus(StrEnum):
    POSTED = "POSTED"
    REVERSED = "REVERSED"
