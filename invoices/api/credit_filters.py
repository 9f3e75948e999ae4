"""Filters of the list of credit notes."""

from django.db.models import F, QuerySet

from erp.api.filtering import DayFilter, FlagFilter, ListFilter, one_of, reference
from invoices.models import CreditNote
from invoices.status import CreditNoteStatus, InvoiceType


class CreditNoteFilter(ListFilter):
    party = reference("customer", "supplier")
    invoice = reference("invoice")
    invoice_type = one_of(InvoiceType, field_name="invoice__invoice_type")
    status = one_of(CreditNoteStatus)
    unapplied = FlagFilter(method="by_unapplied")
    start_date = DayFilter(field_name="credit_date", lookup_expr="gte")
    end_date = DayFilter(field_name="credit_date", lookup_expr="lte")

    def by_unapplied(self, rows: QuerySet[CreditNote], name: str, value: bool) -> QuerySet[CreditNote]:
        """Posted credit that settles nothing yet."""
        open_credit = {"status": CreditNoteStatus.POSTED.value, "amount_applied__lt": F("total_value")}
        return rows.filter(**open_credit) if value else rows.exclude(**open_credit)
