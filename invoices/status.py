"""The three states of an invoice: three columns that are never mixed."""

from enum import StrEnum


class FulfilmentStatus(StrEnum):
    """Where the goods are. Shown as `status` under ``/api/sales/``."""

    INVOICED = "INVOICED"
    PICKING = "PICKING"
    PICKED = "PICKED"
    PACKING = "PACKING"
    BOXING = "BOXING"
    PACKED = "PACKED"
    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    REVIEW = "REVIEW"


class BillingStatus(StrEnum):
    """Whether billing has to look at it again."""

    BILLED = "BILLED"
    REVIEW = "REVIEW"
    RE_INVOICED = "RE_INVOICED"


class BooksStatus(StrEnum):
    """Where the money is. Shown as `status` under ``/api/invoices/``. OVERDUE and POSTING are never stored."""

    DRAFT = "DRAFT"
    POSTED = "POSTED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


class DeliveryStatus(StrEnum):
    """Of the current delivery, as the invoice's read copy names it; PENDING is only asked for, never found."""

    PENDING = "PENDING"
    TO_CONSIDER = "TO_CONSIDER"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    REVIEW = "REVIEW"
    CANCELLED = "CANCELLED"


class Priority(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class InvoiceType(StrEnum):
    SALES = "SALES"
    PURCHASE = "PURCHASE"


class Origin(StrEnum):
    """Who made the document: an outside billing system, we ourselves, or a migration that copied old history."""

    IMPORTED = "IMPORTED"
    ISSUED = "ISSUED"
    HISTORY = "HISTORY"


class PaymentKind(StrEnum):
    """Money in, or money out."""

    RECEIPT = "RECEIPT"
    PAYMENT = "PAYMENT"


class PaymentStatus(StrEnum):
    DRAFT = "DRAFT"
    POSTED = "POSTED"
    REVERSED = "REVERSED"
    CANCELLED = "CANCELLED"


class PaymentMode(StrEnum):
    CASH = "CASH"
    CHEQUE = "CHEQUE"
    BANK_TRANSFER = "BANK_TRANSFER"
    UPI = "UPI"
    CARD = "CARD"
    OTHER = "OTHER"


class CreditNoteStatus(StrEnum):
    DRAFT = "DRAFT"
    POSTED = "POSTED"
    CANCELLED = "CANCELLED"


class CreditReason(StrEnum):
    """Why less is owed than was invoiced, as the GST return asks for it."""

    SALES_RETURN = "SALES_RETURN"
    PRICE_REDUCTION = "PRICE_REDUCTION"
    DEFICIENT = "DEFICIENT"
    TAX_CORRECTION = "TAX_CORRECTION"
    OTHER = "OTHER"
