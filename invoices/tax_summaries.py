"""The GST of a period: taxable value and tax of what was booked in it, by rate or by HSN code."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import connection

from erp.access import Actor
from erp.money import add
from invoices.report_statements import tax_of_period
from invoices.status import InvoiceType

TaxGroup = Literal["rate", "hsn"]


@dataclass(frozen=True, slots=True)
class TaxedSupplies:
    """Supplies of one rate, and of one HSN code and unit: to (or from) the registered, or all others. In base currency."""

    registered: bool
    hsn_code: str | None
    gst_rate: Decimal | None
    unit: str | None
    quantity: Decimal | None
    taxable_value: Decimal
    cgst: Decimal
    sgst: Decimal
    utgst: Decimal
    igst: Decimal

    @property
    def tax(self) -> Decimal:
        return add([self.cgst, self.sgst, self.utgst, self.igst])

    @property
    def total(self) -> Decimal:
        return self.taxable_value + self.tax


def summarise_tax(
    actor: Actor, invoice_type: InvoiceType, *, first: date, last: date, by: TaxGroup, registration: str | None
) -> list[TaxedSupplies]:
    """Supplies booked from `first` to `last`: reversals and notes subtracted on the day that they were booked.

    `registration` is the state code of one of ours. The sums are what the tax accounts moved by documents in the period.
    """
    values: dict[str, date | str | UUID | None] = {
        "company": actor.company_id,
        "first": first,
        "last": last,
        "invoice_type": invoice_type.value,
        "registration": registration,
    }
    with connection.cursor() as cursor:
        cursor.execute(tax_of_period(by), values)
        return [TaxedSupplies(*row) for row in cursor.fetchall()]
