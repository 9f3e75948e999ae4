"""The invoice with its lines and revisions, and the payments and credit notes that settle it."""

from invoices.models.credits import CreditNote, CreditNoteAllocation, CreditNoteLine
from invoices.models.invoices import Invoice
from invoices.models.lines import ContentSeal, InvoiceItem
from invoices.models.payments import Payment, PaymentAllocation
from invoices.models.revisions import InvoiceRevision

__all__ = [
    "ContentSeal",
    "CreditNote",
    "CreditNoteAllocation",
    "CreditNoteLine",
    "Invoice",
    "InvoiceItem",
    "InvoiceRevision",
    "Payment",
    "PaymentAllocation",
]
