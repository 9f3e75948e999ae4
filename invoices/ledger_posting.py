"""Posting sales invoices inside somebody's transaction: voucher, ledger entries and stock movements, all or nothing.

It posts a list; one invoice is a list of one. The number of statements does not depend on how many lines there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from accounting.charts import accounts_by_role
from accounting.gst import Component, Tax
from accounting.kinds import AccountRole, VoucherKind
from accounting.models import FiscalYear
from accounting.vouchers import NewVoucher, PartyName, party_accounts, write_vouchers
from erp.access import Actor
from erp.locking import Locks
from erp.money import add
from erp.numbering import Series, take_numbers
from erp.problems import Conflict
from inventory.fifo import Layer, Taking
from inventory.kinds import IssueRule, MovementKind
from inventory.reservations import release, reserved_for
from inventory.stock import InsufficientStock, Issue, Place, lock_balances, usable_layers, write_issues
from invoices.events import SUBJECT
from invoices.posting_rows import InvoiceRow, LineRow
from invoices.posting_rules import (
    SALES_ROLES,
    PostingLine,
    ShortLine,
    allocate_layers,
    import_spread,
    sales_legs,
    settled_status,
)
from sales.orders import mark_invoiced

WRITE_POSTED = """
WITH line AS (
    UPDATE invoices_invoiceitem l
    SET item_id = p.item_id, import_discount = p.import_discount, posted_as_tracked = p.posted_as_tracked
    FROM jsonb_populate_recordset(NULL::invoices_invoiceitem, %(lines)s::jsonb) AS p
    WHERE l.company_id = %(company)s AND l.id = p.id
        AND (l.item_id, l.import_discount, l.posted_as_tracked)
            IS DISTINCT FROM (p.item_id, p.import_discount, p.posted_as_tracked)
)
UPDATE invoices_invoice i
SET status = p.status, voucher_id = p.voucher_id, subtotal = p.subtotal, due_date = p.due_date,
    currency_id = p.currency_id, warehouse_id = p.warehouse_id, version = p.version, updated_at = %(now)s
FROM jsonb_populate_recordset(NULL::invoices_invoice, %(invoices)s::jsonb) AS p
WHERE i.company_id = %(company)s AND i.id = p.id AND i.version = p.version - 1
"""


class NoExchangeRate(Conflict):
    """The document is in a foreign currency, and no exchange rates are kept yet. Only the company's own is booked."""

    code = "no-exchange-rate"
    message = "There is no exchange rate for this currency on this day."


@dataclass(frozen=True, slots=True)
class Posted:
    """An invoice with the voucher that stands for it in the books."""

    invoice_id: UUID
    voucher_id: UUID
    voucher_number: str


def post_documents(
    locks: Locks, invoices: Sequence[InvoiceRow], *, year: FiscalYear, posting_date: date, actor: Actor, now: datetime
) -> list[Posted]:
    """Write voucher, entries, movements and the new state of each invoice; they and their orders are locked.

    Takes ranks STOCK, ACCOUNT, SERIES. Raises InsufficientStock, naming every short line of all of them, and NoExchangeRate.
    """
    _refuse_foreign(invoices, posting_date, actor)
    lines = {invoice.id: _posting_lines(invoice) for invoice in invoices}
    takings = _take_stock(locks, invoices, lines, posting_date)
    receivables = party_accounts(
        locks,
        AccountRole.RECEIVABLE,
        [PartyName(one.customer_id, one.customer_code, one.customer_name) for one in invoices],
    )
    accounts = accounts_by_role(locks.company_id, SALES_ROLES)
    series = Series("JV", year.year)
    numbers = take_numbers(locks, {series: len(invoices)})[series]
    vouchers = [
        _voucher(
            invoice,
            lines[invoice.id],
            number=number,
            year=year,
            posting_date=posting_date,
            actor=actor,
            cost=_cost(lines[invoice.id], takings),
            receivable_id=receivables[invoice.customer_id],
            accounts=accounts,
        )
        for invoice, number in zip(invoices, numbers, strict=True)
    ]
    write_vouchers(locks, vouchers, now=now)
    by_invoice = {voucher.source_id: voucher for voucher in vouchers}
    _move_stock(locks, invoices, lines, takings, by_invoice, posting_date, now)
    _write_posted(locks, invoices, lines, by_invoice, now)
    return [Posted(invoice.id, by_invoice[invoice.id].id, by_invoice[invoice.id].number) for invoice in invoices]


def _refuse_foreign(invoices: Sequence[InvoiceRow], day: date, actor: Actor) -> None:
    """The books are in base currency, and no rates of others are kept yet: nothing is booked one to one by mistake."""
    foreign = {invoice.currency_id for invoice in invoices} - {actor.company.base_currency_id}
    if foreign:
        raise NoExchangeRate(data={"currency": sorted(foreign)[0], "date": day})


def _posting_lines(invoice: InvoiceRow) -> list[PostingLine]:
    spread = [Decimal("0.00")] * len(invoice.lines)
    if invoice.origin == "IMPORTED":
        spread = import_spread(invoice.items_total, invoice.given_total, [line.line_total for line in invoice.lines])
    return [
        PostingLine(
            id=line.id,
            line_no=line.line_no,
            quantity=line.quantity,
            net=line.line_total - discount,
            taxes=_taxes(line),
            tracked_item=line.item_id if line.tracked else None,
            sku=line.item_code,
            issue_rule=IssueRule(line.issue_rule or IssueRule.FIFO),
            batch_id=line.batch_id if line.batch_required and line.batch_no else None,
            order_line_id=line.order_line_id,
        )
        for line, discount in zip(invoice.lines, spread, strict=True)
    ]


def _taxes(line: LineRow) -> tuple[Tax, ...]:
    amounts = {
        Component.CGST: line.cgst,
        Component.SGST: line.sgst,
        Component.UTGST: line.utgst,
        Component.IGST: line.igst,
    }
    return tuple(Tax(component, line.gst_rate or Decimal(0), amount) for component, amount in amounts.items() if amount)


def _take_stock(
    locks: Locks, invoices: Sequence[InvoiceRow], lines: Mapping[UUID, list[PostingLine]], day: date
) -> dict[UUID, list[Taking]]:
    """Lock the places of all tracked lines, sorted, and allocate their layers in the order of the invoices."""
    places = {
        Place(line.tracked_item, invoice.warehouse_id)
        for invoice in invoices
        for line in lines[invoice.id]
        if line.tracked_item is not None and invoice.warehouse_id is not None
    }
    balances = lock_balances(locks, places)
    if not places:
        return {}
    left: Mapping[Place, Sequence[Layer]] = usable_layers(locks, places, day=day)
    own = reserved_for(locks, [line.order_line_id for one in lines.values() for line in one if line.order_line_id])
    reserved = {place: balances[place].reserved for place in places}
    taken: dict[UUID, list[Taking]] = {}
    short: list[ShortLine] = []
    for invoice in invoices:
        mine = _own_promises(invoice, lines[invoice.id], own)
        free = {
            place: sum((one.quantity_left for one in left[place]), Decimal(0))
            - reserved[place]
            + mine.get(place, Decimal(0))
            for place in places
        }
        more, missing, left = allocate_layers(lines[invoice.id], left, warehouse_id=invoice.warehouse_id, free=free)
        taken |= more
        short += missing
        for place, promised in mine.items():
            reserved[place] -= promised
    if short:
        raise InsufficientStock(
            data={
                "items": [
                    {
                        "item": one.item_id,
                        "item_sku": one.sku,
                        "warehouse": one.warehouse_id,
                        "wanted": f"{one.wanted:.3f}",
                        "available": f"{one.available:.3f}",
                        "reserved": f"{one.reserved:.3f}",
                    }
                    for one in short
                ]
            }
        )
    return taken


def _own_promises(
    invoice: InvoiceRow, lines: Sequence[PostingLine], reserved: Mapping[UUID, Decimal]
) -> dict[Place, Decimal]:
    """What this invoice's own order has reserved for its lines, by place: posting releases it."""
    found: dict[Place, Decimal] = {}
    for line in lines:
        if line.order_line_id is None or line.tracked_item is None or invoice.warehouse_id is None:
            continue
        place = Place(line.tracked_item, invoice.warehouse_id)
        promised = min(line.quantity, reserved.get(line.order_line_id, Decimal(0)))
        found[place] = found.get(place, Decimal(0)) + promised
    return found


def _cost(lines: Sequence[PostingLine], takings: Mapping[UUID, Sequence[Taking]]) -> Decimal:
    return add([taking.cost for line in lines for taking in takings.get(line.id, ())])


def _voucher(
    invoice: InvoiceRow,
    lines: Sequence[PostingLine],
    *,
    number: str,
    year: FiscalYear,
    posting_date: date,
    actor: Actor,
    cost: Decimal,
    receivable_id: UUID,
    accounts: Mapping[AccountRole, UUID],
) -> NewVoucher:
    return NewVoucher(
        kind=VoucherKind.SALES,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=posting_date,
        source_kind=SUBJECT,
        source_id=invoice.id,
        source_revision=invoice.revision,
        legs=sales_legs(
            lines,
            total_value=invoice.total_value,
            round_off=invoice.round_off,
            cost=cost,
            receivable_id=receivable_id,
            accounts=accounts,
        ),
        currency_id=invoice.currency_id,
        narration=f"{invoice.invoice_no} {invoice.customer_name}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )


def _move_stock(
    locks: Locks,
    invoices: Sequence[InvoiceRow],
    lines: Mapping[UUID, list[PostingLine]],
    takings: Mapping[UUID, list[Taking]],
    vouchers: Mapping[UUID, NewVoucher],
    day: date,
    now: datetime,
) -> None:
    """Reservations of what is posted go first, so that stock never falls below what is still promised."""
    release(
        locks,
        {line.order_line_id: line.quantity for one in lines.values() for line in one if line.order_line_id is not None},
    )
    issues = [
        Issue(
            place=Place(line.tracked_item, invoice.warehouse_id),
            kind=MovementKind.SALE,
            source_kind=SUBJECT,
            source_id=invoice.id,
            source_line_id=line.id,
            voucher_id=vouchers[invoice.id].id,
            takings=takings[line.id],
        )
        for invoice in invoices
        for line in lines[invoice.id]
        if line.tracked_item is not None and invoice.warehouse_id is not None
    ]
    write_issues(locks, issues, day=day, now=now)
    for invoice in invoices:
        if invoice.sales_order_id is not None:
            quantities = {line.order_line_id: line.quantity for line in lines[invoice.id] if line.order_line_id}
            mark_invoiced(locks, invoice.sales_order_id, quantities, now=now)


def _write_posted(
    locks: Locks,
    invoices: Sequence[InvoiceRow],
    lines: Mapping[UUID, list[PostingLine]],
    vouchers: Mapping[UUID, NewVoucher],
    now: datetime,
) -> None:
    headers: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for invoice in invoices:
        posting = lines[invoice.id]
        headers.append(
            {
                "id": invoice.id,
                "status": settled_status(Decimal("0.00"), invoice.total_value),
                "voucher_id": vouchers[invoice.id].id,
                "subtotal": add([line.net for line in posting]),
                "due_date": invoice.due_date or date.fromordinal(invoice.invoice_date.toordinal() + invoice.credit_days),
                "currency_id": invoice.currency_id,
                "warehouse_id": invoice.warehouse_id,
                "version": invoice.version + 1,
            }
        )
        rows += [
            {
                "id": line.id,
                "item_id": stored.item_id,
                "import_discount": stored.line_total - line.net,
                "posted_as_tracked": line.tracked_item is not None,
            }
            for line, stored in zip(posting, invoice.lines, strict=True)
        ]
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_POSTED,
            {
                "company": locks.company_id,
                "now": now,
                "invoices": msgspec.json.encode(headers).decode(),
                "lines": msgspec.json.encode(rows).decode(),
            },
        )
