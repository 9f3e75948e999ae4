"""Writing history, inside somebody's transaction: documents, their vouchers, what settled them; set-based.

A building block for migrations: what is given has been judged, and the database judges it again. Nothing is announced, row
by row: 64,000 events would drown every listener (ADR 0058).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import BookingYear, fiscal_year_start, year_of
from accounting.vouchers import NewVoucher, PartyName, party_accounts, write_vouchers
from erp.access import Actor
from erp.audit import Audit, audit_rows
from erp.identifiers import new_id
from erp.locking import Locks, Raced, constraint_of
from erp.logging import current_request_id
from erp.money import add
from erp.numbering import Series, take_numbers
from erp.rows import as_json
from invoices.history import HISTORY_ROLES, HistoryInvoice, HistoryLine, HistoryPayment, invoice_legs, payment_legs
from invoices.history_statements import INSERT_ALLOCATIONS, INSERT_INVOICES, INSERT_PAYMENTS, RECEIVE
from invoices.posting_rules import settled_status


@dataclass(frozen=True, slots=True)
class History:
    """What is written together. `parties` are all customers that it names; `items` our items by the code of a line.

    `older` are the dates of invoices that were written before and get money now.
    """

    invoices: Sequence[HistoryInvoice]
    payments: Sequence[HistoryPayment]
    parties: Mapping[UUID, PartyName]
    items: Mapping[str, UUID]
    older: Mapping[UUID, date]


def write_history(locks: Locks, history: History, *, actor: Actor, now: datetime) -> None:
    """Write invoices in the order given, then payments, with a voucher each, on their own dates.

    The company is locked (`hold_periods`), and so are the older invoices. Locks ACCOUNT, then SERIES: numbers (JV, RCT) are
    taken in one block. Raises PeriodClosed and BeforeBooksStart for the earliest date of a year, and `Raced` for a number
    that somebody took meanwhile.
    """
    booked = [one for one in history.invoices if one.is_booked]
    years = _years(locks, [one.invoice_date for one in booked] + [one.payment_date for one in history.payments], actor)
    receivables = party_accounts(locks, AccountRole.RECEIVABLE, list(history.parties.values())) if history.parties else {}
    accounts = accounts_by_role(locks.company_id, HISTORY_ROLES)
    numbers = _Numbers(locks, years, booked, history.payments)
    writer = _Writer(locks, history, years, numbers, receivables, accounts, actor, now)
    writer.write()


class _Writer:
    """The statements, in the order in which one row needs another."""

    def __init__(
        self,
        locks: Locks,
        history: History,
        years: "_Years",
        numbers: "_Numbers",
        receivables: Mapping[UUID, UUID],
        accounts: Mapping[AccountRole, UUID],
        actor: Actor,
        now: datetime,
    ) -> None:
        self._locks, self._history, self._years, self._numbers = locks, history, years, numbers
        self._receivables, self._accounts = receivables, accounts
        self._actor, self._now = actor, now
        self._signature = actor.signature(current_request_id.get())
        self._currency = actor.company.base_currency_id

    def write(self) -> None:
        history = self._history
        vouchers = {one.id: self._invoice_voucher(one) for one in history.invoices if one.is_booked}
        payment_numbers = {one.id: self._numbers.receipt(self._years.of(one.payment_date)) for one in history.payments}
        vouchers |= {one.id: self._payment_voucher(one, payment_numbers[one.id]) for one in history.payments}
        if vouchers:
            write_vouchers(self._locks, list(vouchers.values()), now=self._now)
        if history.invoices:
            self._execute(
                INSERT_INVOICES,
                invoices=as_json(_header(one, vouchers.get(one.id)) for one in history.invoices),
                lines=as_json(row for one in history.invoices for row in self._lines(one)),
                audit=self._audit("migrate_invoice", "invoice", [one.id for one in history.invoices]),
            )
        if history.payments:
            self._execute(
                INSERT_PAYMENTS,
                payments=as_json(_money(one, payment_numbers[one.id], vouchers[one.id]) for one in history.payments),
                audit=self._audit("migrate_payment", "payment", [one.id for one in history.payments]),
            )
        self._allocate()

    def _allocate(self) -> None:
        dates = {one.id: one.invoice_date for one in self._history.invoices} | dict(self._history.older)
        rows, received = [], defaultdict[UUID, Decimal](Decimal)
        for payment in self._history.payments:
            for share in payment.shares:
                day = max(payment.payment_date, dates[share.invoice_id])
                rows.append(
                    {"id": new_id(), "payment_id": payment.id, "invoice_id": share.invoice_id, "amount": share.amount}
                    | {"allocation_date": day}
                )
                if share.invoice_id in self._history.older:
                    received[share.invoice_id] += share.amount
        if received:
            self._execute(RECEIVE, received=as_json({"invoice_id": one, "amount": sum_} for one, sum_ in received.items()))
        if rows:
            self._execute(INSERT_ALLOCATIONS, allocations=as_json(rows))

    def _execute(self, statement: str, **parameters: Any) -> None:
        fixed: dict[str, Any] = {"company": self._locks.company_id, "currency": self._currency, "now": self._now}
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, fixed | parameters)
        except IntegrityError as problem:
            if constraint_of(problem) == "invoice_sales_number":
                raise Raced("a number was taken by somebody else in this moment") from problem
            raise

    def _audit(self, action: str, subject: str, ids: Sequence[UUID]) -> str:
        return audit_rows([Audit(action, subject, one) for one in ids], self._signature)

    def _invoice_voucher(self, invoice: HistoryInvoice) -> NewVoucher:
        party = self._history.parties[invoice.customer_id]
        legs = invoice_legs(invoice, receivable_id=self._receivables[party.id], accounts=self._accounts)
        return self._voucher(
            VoucherKind.SALES, "invoice", invoice.id, invoice.invoice_date, legs, f"{invoice.number} {party.name}"
        )

    def _payment_voucher(self, payment: HistoryPayment, number: str) -> NewVoucher:
        party = self._history.parties[payment.customer_id] if payment.customer_id else None
        receivable = self._receivables[party.id] if party else None
        legs = payment_legs(payment, receivable_id=receivable, accounts=self._accounts)
        text = f"{number} {party.name if party else ''}".rstrip()
        return self._voucher(VoucherKind.RECEIPT, "payment", payment.id, payment.payment_date, legs, text)

    def _voucher(
        self, kind: VoucherKind, source: str, source_id: UUID, day: date, legs: Sequence[Any], narration: str
    ) -> NewVoucher:
        year = self._years.of(day)
        return NewVoucher(
            kind=kind,
            number=self._numbers.voucher(year),
            fiscal_year_id=year.id,
            voucher_date=day,
            source_kind=source,
            source_id=source_id,
            legs=legs,
            currency_id=self._currency,
            narration=narration[:500],
            posted_by_id=self._actor.id if self._actor.kind == "user" else None,
        )

    def _lines(self, invoice: HistoryInvoice) -> list[dict[str, Any]]:
        return [self._line(invoice.id, number, line) for number, line in enumerate(invoice.lines, start=1)]

    def _line(self, invoice_id: UUID, number: int, line: HistoryLine) -> dict[str, Any]:
        return {
            "id": new_id(),
            "invoice_id": invoice_id,
            "line_no": number,
            "name": line.name,
            "item_code": line.code,
            "quantity": line.quantity,
            "mrp": line.rate,
            "line_total": line.line_total,
            "item_id": None if line.is_tax else self._history.items.get(line.code),
            "account_id": self._accounts[AccountRole.OUTPUT_OTHER] if line.is_tax else None,
            "discount_pct": line.discount_pct,
            "remarks": line.remarks,
        }


class _Years:
    """The fiscal years of a batch, by the calendar year in which they start."""

    def __init__(self, years: Mapping[int, BookingYear], first_month: int) -> None:
        self._years, self._first_month = years, first_month

    def of(self, day: date) -> BookingYear:
        return self._years[fiscal_year_start(day, self._first_month)]


def _years(locks: Locks, days: Sequence[date], actor: Actor) -> _Years:
    """Locks end at a date, so a year that takes its earliest day takes them all."""
    first_month = actor.company.fiscal_year_start
    earliest: dict[int, date] = {}
    for day in days:
        start = fiscal_year_start(day, first_month)
        earliest[start] = min(day, earliest.get(start, day))
    return _Years({start: year_of(locks, day, actor=actor) for start, day in sorted(earliest.items())}, first_month)


class _Numbers:
    """Numbers of vouchers and receipts, taken in one block and given out in order."""

    def __init__(
        self, locks: Locks, years: _Years, invoices: Sequence[HistoryInvoice], payments: Sequence[HistoryPayment]
    ) -> None:
        wanted: defaultdict[Series, int] = defaultdict(int)
        for invoice in invoices:
            wanted[Series("JV", years.of(invoice.invoice_date).year)] += 1
        for payment in payments:
            year = years.of(payment.payment_date).year
            wanted[Series("JV", year)] += 1
            wanted[Series("RCT", year)] += 1
        taken = take_numbers(locks, wanted) if wanted else {}
        self._left = {series: iter(numbers) for series, numbers in taken.items()}

    def voucher(self, year: BookingYear) -> str:
        return next(self._left[Series("JV", year.year)])

    def receipt(self, year: BookingYear) -> str:
        return next(self._left[Series("RCT", year.year)])


def _header(invoice: HistoryInvoice, voucher: NewVoucher | None) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "invoice_no": invoice.number,
        "invoice_date": invoice.invoice_date,
        "due_date": invoice.due_date,
        "customer_id": invoice.customer_id,
        "given_total": invoice.total,
        "items_total": add([line.line_total for line in invoice.lines]),
        "total_value": invoice.total,
        "round_off": invoice.round_off,
        "amount_received": invoice.received,
        "remarks": invoice.remarks,
        "notes": invoice.notes,
        "status": settled_status(invoice.received, invoice.total) if invoice.is_booked else invoice.status.value,
        "voucher_id": voucher.id if voucher else None,
    }


def _money(payment: HistoryPayment, number: str, voucher: NewVoucher) -> dict[str, Any]:
    return {
        "id": payment.id,
        "payment_number": number,
        "customer_id": payment.customer_id,
        "payment_date": payment.payment_date,
        "mode": payment.mode.value,
        "account_id": payment.account_id,
        "amount": payment.amount,
        "allocated_amount": payment.allocated,
        "reference_number": payment.reference,
        "notes": payment.notes,
        "voucher_id": voucher.id,
    }
