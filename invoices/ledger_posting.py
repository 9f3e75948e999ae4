"""Posting sales invoices inside somebody's transaction: what each takes from stock and what it means in the books.

`invoices.posting_writing` writes it. It posts a list; one invoice is a list of one. The number of statements does not
depend on how many lines there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.gst import Component, Tax
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import BookingYear
from accounting.rates import no_rate
from accounting.vouchers import NewVoucher, PartyName, party_accounts
from erp.access import Actor
from erp.locking import Locks
from erp.money import add
from erp.numbering import Series, take_numbers
from inventory.fifo import Layer, Taking
from inventory.kinds import IssueRule
from inventory.reservations import usable_stock
from inventory.stock import Balance, Place, lock_balances
from invoices.document_legs import InCurrency
from invoices.events import SUBJECT
from invoices.posting_batches import Allocated, judge_batches, refuse_lines
from invoices.posting_items import meet_items
from invoices.posting_rows import InvoiceRow, LineRow
from invoices.posting_rules import PostingLine, ShortLine, allocate_layers, import_spread, sales_legs
from invoices.posting_writing import Posted, write_posted


def post_documents(
    locks: Locks,
    invoices: Sequence[InvoiceRow],
    *,
    accounts: Mapping[AccountRole, UUID],
    year: BookingYear,
    posting_date: date,
    actor: Actor,
    now: datetime,
) -> list[Posted]:
    """Write voucher, entries, movements, events and the new state of each invoice; they and their orders are locked.

    Makes the items that imported lines lack, by policy. Takes ranks STOCK, ACCOUNT, SERIES.
    Raises NoExchangeRate and what `take_layers` raises.
    """
    _refuse_without_rate(invoices, posting_date)
    invoices = meet_items(locks, invoices, actor=actor, now=now)
    lines = {invoice.id: posting_lines(invoice) for invoice in invoices}
    wanted = wanted_of(invoices, lines)
    allocated = take_layers(locks, invoices, lines, wanted, lock_balances(locks, wanted), day=posting_date, actor=actor)
    receivables = receivables_of(locks, invoices)
    series = Series("JV", year.year)
    posted = [
        Posted(
            invoice,
            lines[invoice.id],
            allocated.takings,
            voucher_of(
                invoice,
                lines[invoice.id],
                year=year,
                posting_date=posting_date,
                actor=actor,
                takings=allocated.takings,
                receivable_id=receivables[invoice.customer_id],
                accounts=accounts,
            ),
            cautions=allocated.cautions.get(invoice.id, ()),
        )
        for invoice in invoices
    ]
    return write_posted(
        locks,
        posted,
        take_numbers=lambda: take_numbers(locks, {series: len(posted)})[series],
        day=posting_date,
        actor=actor,
        now=now,
    )


def receivables_of(locks: Locks, invoices: Sequence[InvoiceRow]) -> dict[UUID, UUID]:
    """Customer → the account of what he owes; made for those who are booked for the first time, which takes rank ACCOUNT."""
    new = [one for one in invoices if one.receivable_id is None]
    made = (
        party_accounts(
            locks, AccountRole.RECEIVABLE, [PartyName(one.customer_id, one.customer_code, one.customer_name) for one in new]
        )
        if new
        else {}
    )
    return {one.customer_id: one.receivable_id or made[one.customer_id] for one in invoices}


def _refuse_without_rate(invoices: Sequence[InvoiceRow], day: date) -> None:
    """Nothing is booked one to one by mistake."""
    for invoice in invoices:
        if invoice.exchange_rate is None:
            raise no_rate(invoice.currency_code, day)


def _in_currency(invoice: InvoiceRow, actor: Actor) -> InCurrency | None:
    """None for the company's own currency."""
    if invoice.currency_id == actor.company.base_currency_id:
        return None
    assert invoice.exchange_rate is not None, "what has no rate is refused before it is booked"
    return InCurrency(invoice.currency_id, invoice.exchange_rate)


def posting_lines(invoice: InvoiceRow) -> list[PostingLine]:
    """Its lines as they are booked, net of what a given total takes off them and of the tax that their prices include."""
    spread = [Decimal("0.00")] * len(invoice.lines)
    if invoice.origin == "IMPORTED":
        spread = import_spread(invoice.items_total, invoice.given_total, [line.line_total for line in invoice.lines])
    return [
        PostingLine(
            id=line.id,
            line_no=line.line_no,
            quantity=line.quantity,
            net=line.line_total - discount - line.tax_inside,
            taxes=_taxes(line),
            tracked_item=line.item_id if line.tracked else None,
            sku=line.item_code,
            issue_rule=IssueRule(line.issue_rule or IssueRule.FIFO),
            batch_id=line.batch_id if line.batch_required else None,
            order_line_id=line.order_line_id,
            batch_no=line.batch_no if line.batch_required else "",
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


def wanted_of(invoices: Sequence[InvoiceRow], lines: Mapping[UUID, list[PostingLine]]) -> dict[Place, Decimal]:
    """What all tracked lines take from stock, by place."""
    wanted: dict[Place, Decimal] = {}
    for invoice in invoices:
        for place, line in _places(invoice, lines[invoice.id]):
            wanted[place] = wanted.get(place, Decimal(0)) + line.quantity
    return wanted


def take_layers(
    locks: Locks,
    invoices: Sequence[InvoiceRow],
    lines: Mapping[UUID, list[PostingLine]],
    wanted: Mapping[Place, Decimal],
    balances: Mapping[Place, Balance],
    *,
    day: date,
    actor: Actor,
) -> Allocated:
    """Allocate layers to all tracked lines, in the order of the invoices; their places are locked, with these balances.

    Raises InsufficientStock, naming every short line of all of them; BatchShort, BatchExpired, BatchBlocked where a line
    names a batch and that is what lacks.
    """
    if not wanted:
        return Allocated({}, {})
    every = [line for one in lines.values() for line in one]
    stock = usable_stock(
        locks,
        wanted,
        day=day,
        sources=[line.order_line_id for line in every if line.order_line_id],
        wanted=wanted,
        batches=[line.batch_id for line in every if line.batch_id],
    )
    left: Mapping[Place, Sequence[Layer]] = stock.layers
    usable = dict(stock.quantity)
    reserved = {place: balances[place].reserved for place in wanted}
    taken: dict[UUID, list[Taking]] = {}
    short: list[ShortLine] = []
    for invoice in invoices:
        for place, promised in _own_promises(invoice, lines[invoice.id], stock.reserved).items():
            reserved[place] -= promised
        free = {place: usable[place] - reserved[place] for place in wanted}
        more, missing, left = allocate_layers(
            lines[invoice.id],
            left,
            warehouse_id=invoice.warehouse_id,
            free=free,
            reserved=reserved,
            any_batch=actor.company.batch_mismatch == "any_batch",
        )
        for place, line in _places(invoice, lines[invoice.id]):
            usable[place] -= line.quantity if line.id in more else 0
        taken |= more
        short += missing
    if short:
        refuse_lines(locks, short, day=day, actor=actor)
    cautions = judge_batches(locks, lines, taken, stock.layers, day=day, actor=actor)
    return Allocated(taken, cautions)


def _places(invoice: InvoiceRow, lines: Sequence[PostingLine]) -> Iterator[tuple[Place, PostingLine]]:
    """The lines that take from stock, and from where."""
    for line in lines:
        if line.tracked_item is not None and invoice.warehouse_id is not None:
            yield Place(line.tracked_item, invoice.warehouse_id), line


def _own_promises(
    invoice: InvoiceRow, lines: Sequence[PostingLine], reserved: Mapping[UUID, Decimal]
) -> dict[Place, Decimal]:
    """What this invoice's own order has reserved for its lines, by place: posting releases it."""
    found: dict[Place, Decimal] = {}
    for place, line in _places(invoice, lines):
        if line.order_line_id is not None:
            promised = min(line.quantity, reserved.get(line.order_line_id, Decimal(0)))
            found[place] = found.get(place, Decimal(0)) + promised
    return found


def _cost(lines: Sequence[PostingLine], takings: Mapping[UUID, Sequence[Taking]]) -> Decimal:
    return add([taking.cost for line in lines for taking in takings.get(line.id, ())])


def voucher_of(
    invoice: InvoiceRow,
    lines: Sequence[PostingLine],
    *,
    year: BookingYear,
    posting_date: date,
    actor: Actor,
    takings: Mapping[UUID, Sequence[Taking]],
    receivable_id: UUID,
    accounts: Mapping[AccountRole, UUID],
) -> NewVoucher:
    """The voucher that stands for the invoice in its present revision (J3, J4); it gets its number when it is written."""
    return NewVoucher(
        kind=VoucherKind.SALES,
        number="",
        fiscal_year_id=year.id,
        voucher_date=posting_date,
        source_kind=SUBJECT,
        source_id=invoice.id,
        source_revision=invoice.revision,
        legs=sales_legs(
            lines,
            total_value=invoice.total_value,
            round_off=invoice.round_off,
            cost=_cost(lines, takings),
            receivable_id=receivable_id,
            accounts=accounts,
            rate=_in_currency(invoice, actor),
        ),
        currency_id=actor.company.base_currency_id,
        narration=f"{invoice.invoice_no} {invoice.customer_name}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
