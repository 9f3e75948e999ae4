"""The invoice with its lines, and the payments that settle it."""

from invoices.models.invoices import Invoice
from invoices.models.lines import ContentSeal, InvoiceItem
from invoices.models.payments import Payment, PaymentAllocation

__all__ = ["ContentSeal", "Invoice", "InvoiceItem", "Payment", "PaymentAllocation"]
