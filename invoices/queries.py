"""Reading invoices."""

from uuid import UUID

from django.db.models import QuerySet

from erp.access import Actor
from erp.models.scoped import HasCompany
from invoices.content import InvoiceContent
from invoices.documents import read_documents
from invoices.models import Invoice
from invoices.status import InvoiceType, Origin


def sales_invoices(actor: Actor) -> QuerySet[Invoice]:
    """Sales documents of the actor's company; purchases never show under ``/api/sales/``."""
    return Invoice.objects.of(actor).filter(invoice_type=InvoiceType.SALES.value)


def find_sales_invoice(actor: Actor, invoice_id: str) -> InvoiceContent | None:
    """The whole invoice by serial or UUID; None for what does not exist, is malformed, or belongs to others."""
    found = sales_invoice_id(actor, invoice_id)
    if found is None:
        return None
    return read_documents(actor.company_id, [found]).get(found)


def sales_invoice_id(actor: Actor, invoice_id: str) -> UUID | None:
    """The UUID of the invoice that is named by serial or UUID; None as `find_sales_invoice`."""
    return _by_id(sales_invoices(actor), invoice_id)


def find_invoice_numbered(asking: HasCompany, number: str) -> InvoiceContent | None:
    """The whole sales invoice with this number that was imported or issued here; None when there is none."""
    rows = Invoice.objects.of(asking).filter(invoice_type=InvoiceType.SALES.value, invoice_no=number)
    found = rows.exclude(origin=Origin.HISTORY.value).values_list("id", flat=True).first()
    return None if found is None else read_documents(asking.company_id, [found]).get(found)


def _by_id(rows: QuerySet[Invoice], invoice_id: str) -> UUID | None:
    if invoice_id.isascii() and invoice_id.isdigit():
        if len(invoice_id) > 18:
            return None
        return rows.filter(serial=int(invoice_id)).values_list("id", flat=True).first()
    try:
        wanted = UUID(invoice_id)
    except ValueError:
        return None
    if str(wanted) != invoice_id.lower():  # `UUID` reads braces, underscores and other scripts' digits, too
        return None
    return rows.filter(id=wanted).values_list("id", flat=True).first()
