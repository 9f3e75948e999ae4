"""The order of dates in our own series: a number that follows another is not dated before it."""

from datetime import date

from django.db.models import Max

from erp.access import Actor
from erp.cautions import Caution
from erp.problems import Conflict
from invoices.models import Invoice
from invoices.status import InvoiceType, Origin


class NumberDateOrder(Conflict):
    """An invoice with a lower number is dated later: `data.invoice_date`. Date this one on that day or after it."""

    code = "number-date-order"


def dated_later(invoice: Invoice) -> date | None:
    """The latest date of our sales invoices with a lower number of the same year; None when it is not after this one's."""
    series, _, _ = invoice.invoice_no.rpartition("-")
    rows = Invoice.objects.of(invoice).filter(
        invoice_type=InvoiceType.SALES.value,
        origin=Origin.ISSUED.value,
        invoice_no__startswith=f"{series}-",
        invoice_no__lt=invoice.invoice_no,
        invoice_date__gt=invoice.invoice_date,
    )
    latest: date | None = rows.aggregate(latest=Max("invoice_date"))["latest"]
    return latest


def judge_date(invoice: Invoice, actor: Actor) -> list[Caution]:
    """By the company's `number_date_order`, warn of an invoice that is out of order, or raise NumberDateOrder (409).

    The series is locked, so no lower number is still to come.
    """
    later = dated_later(invoice)
    if later is None:
        return []
    text = f"{invoice.invoice_no} is dated {invoice.invoice_date}; a lower number is dated {later}."
    if actor.company.number_date_order == "refuse":
        raise NumberDateOrder(text, data={"invoice_date": later})
    return [Caution(code=NumberDateOrder.code, message=text, field="invoice_date")]
