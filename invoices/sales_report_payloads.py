"""How the reports under ``/api/sales/`` are shown; amounts and quantities as JSON numbers. Pure."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from erp.clock import instant_text
from erp.money import plain
from invoices.number_gaps import Gap
from invoices.sales_report_queries import BilledInAll, BilledItem, NumberedBill, Numbering, SalesmansBills


class SalesmanRow(Struct, kw_only=True):
    """What a salesman billed; id and name are null for bills without one."""

    salesman_id: UUID | None
    salesman_name: str | None
    bill_count: int
    item_count: int
    total_amount: Decimal
    first_invoice_date: str
    last_invoice_date: str


class SalesmenAnswer(Struct, kw_only=True):
    success: Literal[True]
    count: int
    data: list[SalesmanRow]
    filters: dict[str, str | None]


class BilledItemRow(Struct, kw_only=True):
    bill_no: str
    invoice_date: str
    item_name: str
    item_code: str
    customer_name: str
    customer_location: str
    temp_name: str
    company_name: str
    quantity: Decimal | int
    rate: Decimal | int
    invoiceTotal: Decimal
    packing: str
    barcode: str
    shelf_location: str


class BilledSummary(Struct, kw_only=True):
    """`total_revenue` counts each bill once, in base currency."""

    total_line_items: int
    total_quantity: Decimal | int
    total_revenue: Decimal
    total_bills: int


class BilledItemsAnswer(Struct, kw_only=True):
    data: list[BilledItemRow]
    summary: BilledSummary


class NumberedBillRow(Struct, kw_only=True):
    invoice_no: str
    invoice_date: str
    customer_name: str
    total_amount: Decimal
    status: str
    priority: str


class MissingRow(Struct, kw_only=True):
    invoice_no: str
    number: int
    status: Literal["MISSING"]


class NumberingPayload(Struct, kw_only=True):
    invoices: list[NumberedBillRow]
    missing_invoices: list[MissingRow]
    total_invoices: int
    missing_count: int
    series: str
    from_date: str
    to_date: str


class NumberingAnswer(Struct, kw_only=True):
    success: Literal[True]
    message: str
    data: NumberingPayload


class ExportedRow(Struct, kw_only=True):
    """`created_by` is the salesman's name."""

    invoice_no: str
    created_by: str
    created_at: str
    customer_name: str
    area: str
    amount: Decimal
    status: str


class ExportAnswer(Struct, kw_only=True):
    success: Literal[True]
    count: int
    data: list[ExportedRow]


EXPORTED = (
    "invoice_no",
    "salesman__name",
    "created_at",
    "customer__name",
    "customer__area",
    "total_value",
    "fulfilment_status",
)
"""Columns of an exported row, in the order in which `exported_row` takes them."""


def exported_row(row: tuple[Any, ...]) -> ExportedRow:
    number, salesman, created_at, customer, area, amount, status = row
    return ExportedRow(
        invoice_no=number,
        created_by=salesman or "",
        created_at=instant_text(created_at),
        customer_name=customer,
        area=area,
        amount=amount,
        status=status,
    )


def salesmen_answer(rows: Iterable[SalesmansBills], *, filters: dict[str, str | None]) -> SalesmenAnswer:
    data = [
        SalesmanRow(
            salesman_id=row.id,
            salesman_name=row.name,
            bill_count=row.bill_count,
            item_count=row.item_count,
            total_amount=row.total_amount,
            first_invoice_date=row.first_invoice_date.isoformat(),
            last_invoice_date=row.last_invoice_date.isoformat(),
        )
        for row in rows
    ]
    return SalesmenAnswer(success=True, count=len(data), data=data, filters=filters)


def billed_items_answer(items: Iterable[BilledItem], total: BilledInAll) -> BilledItemsAnswer:
    summary = BilledSummary(
        total_line_items=total.total_line_items,
        total_quantity=plain(total.total_quantity),
        total_revenue=total.total_revenue,
        total_bills=total.total_bills,
    )
    return BilledItemsAnswer(data=[_billed_item(item) for item in items], summary=summary)


def _billed_item(item: BilledItem) -> BilledItemRow:
    return BilledItemRow(
        bill_no=item.bill_no,
        invoice_date=item.invoice_date.isoformat(),
        item_name=item.item_name,
        item_code=item.item_code,
        customer_name=item.customer_name,
        customer_location=item.customer_location,
        temp_name=item.temp_name,
        company_name=item.company_name,
        quantity=plain(item.quantity),
        rate=plain(item.rate),
        invoiceTotal=item.total_value,
        packing=item.packing,
        barcode=item.barcode,
        shelf_location=item.shelf_location,
    )


def numbering_payload(found: Numbering, *, series: str, first: date, last: date) -> NumberingPayload:
    return NumberingPayload(
        invoices=[_numbered_bill(bill) for bill in found.bills],
        missing_invoices=[_missing(gap) for gap in found.missing],
        total_invoices=len(found.bills),
        missing_count=len(found.missing),
        series=series,
        from_date=first.isoformat(),
        to_date=last.isoformat(),
    )


def _numbered_bill(bill: NumberedBill) -> NumberedBillRow:
    return NumberedBillRow(
        invoice_no=bill.invoice_no,
        invoice_date=bill.invoice_date.isoformat(),
        customer_name=bill.customer_name,
        total_amount=bill.total_value,
        status=bill.fulfilment_status,
        priority=bill.priority,
    )


def _missing(gap: Gap) -> MissingRow:
    return MissingRow(invoice_no=gap.invoice_no, number=gap.number, status="MISSING")
