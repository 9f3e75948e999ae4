"""The invoice with its lines, and the payments and credit notes that settle it."""

from invoices.models.credits import CreditNote, CreditNoteAllocation, CreditNoteLine
from invoices.models.invoices import Invoice
from invoices.models.lines import ContentSeal, InvoiceItem
from invoices.models.payments import Payment, PaymentAllocation

__all__ = [
    "ContentSeal",
    "CreditNote",
    "CreditNoteAllocation",
    "CreditNoteLine",
    "Invoice",
    "InvoiceItem",
    "Payment",
    "PaymentAllocation",
]
