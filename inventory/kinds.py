"""The words of the stock: kinds of items and movements, rules of issue. Pure."""

from enum import StrEnum


class ItemKind(StrEnum):
    GOODS = "GOODS"
    SERVICE = "SERVICE"


class IssueRule(StrEnum):
    """Which layer is taken first: the oldest, or the one that expires first."""

    FIFO = "FIFO"
    FEFO = "FEFO"


class TaxCategory(StrEnum):
    """Whether GST is charged on an item; on all but TAXABLE there is none, whatever the rate, yet returns name them."""

    TAXABLE = "TAXABLE"
    NIL = "NIL"
    EXEMPT = "EXEMPT"
    NON_GST = "NON_GST"
    ZERO_RATED = "ZERO_RATED"


class PriceKind(StrEnum):
    """What the prices of a list are for: to sell at, or to buy at."""

    SALES = "SALES"
    PURCHASE = "PURCHASE"


class MovementKind(StrEnum):
    OPENING = "OPENING"
    RECEIPT = "RECEIPT"
    SALE = "SALE"
    RETURN = "RETURN"
    ADJUSTMENT = "ADJUSTMENT"
    TRANSFER = "TRANSFER"
    REVALUATION = "REVALUATION"
    REVERSAL = "REVERSAL"


class StockDocumentKind(StrEnum):
    OPENING = "OPENING"
    COUNT = "COUNT"
    DAMAGE = "DAMAGE"
    EXPIRY = "EXPIRY"
    TRANSFER = "TRANSFER"
    REVALUATION = "REVALUATION"


class StockDocumentStatus(StrEnum):
    POSTED = "POSTED"
    REVERSED = "REVERSED"


class AdjustmentKind(StrEnum):
    """The kinds of stock documents that bring goods in or take them out for good."""

    OPENING = "OPENING"
    COUNT = "COUNT"
    DAMAGE = "DAMAGE"
    EXPIRY = "EXPIRY"


class WriteOffKind(StrEnum):
    """Why goods are written off: the kinds of stock documents that only take out."""

    DAMAGE = "DAMAGE"
    EXPIRY = "EXPIRY"
