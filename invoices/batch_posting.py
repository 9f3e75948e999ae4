"""Posting many invoices: set-based, a hundred to a transaction; a group that is refused is posted one by one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from accounting.periods import booking_year
from erp.access import Actor
from erp.locking import Locks, Raced, one_transaction, run_use_case
from erp.problems import NotFound, Problem, Unavailable
from invoices.ledger_posting import post_documents
from invoices.models import Invoice
from invoices.posting import post_invoice, posted_already
from invoices.posting_rows import lock_for_posting, read_for_posting

LARGEST_GROUP = 100


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Of one invoice: the voucher that stands for it, or the refusal."""

    invoice_id: UUID
    voucher_id: UUID | None = None
    voucher_number: str | None = None
    problem: Problem | None = None


def post_invoices(
    *,
    invoice_ids: Sequence[UUID],
    actor: Actor,
    now: datetime,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[BatchResult]:
    """Post each invoice on its own date; answers in the order asked. Safe to repeat: what is posted answers its voucher.

    Invoices of one date share a transaction, at most 100 of them, oldest first; when the group is refused, each is tried on
    its own, so one short line stops nobody else. Locks and events as `post_invoice`. `on_progress` hears (done, total).
    """
    ids = list(dict.fromkeys(invoice_ids))
    results: dict[UUID, BatchResult] = {}
    for group in _groups(actor, ids):
        for result in _post_group(group, actor, now):
            results[result.invoice_id] = result
        on_progress(len(results), len(ids))
    return [results.get(one) or BatchResult(one, problem=NotFound("Invoice not found")) for one in ids]


class Group(NamedTuple):
    """Invoices of one date."""

    day: date
    ids: Sequence[UUID]


def _groups(actor: Actor, ids: Sequence[UUID]) -> Iterator[Group]:
    rows = Invoice.objects.of(actor).filter(id__in=ids, invoice_type="SALES").order_by("invoice_date", "id")
    for day, members in groupby(rows.values_list("invoice_date", "id"), key=lambda row: row[0]):
        dated = [one for _, one in members]
        for first in range(0, len(dated), LARGEST_GROUP):
            yield Group(day, dated[first : first + LARGEST_GROUP])


def _post_group(group: Group, actor: Actor, now: datetime) -> list[BatchResult]:
    def attempt(_careful: bool) -> list[BatchResult]:
        with one_transaction(company_id=actor.company_id) as locks:
            return _post_together(locks, group, actor, now)

    try:
        return run_use_case(attempt)
    except Unavailable:
        raise
    except Problem:
        return [_post_alone(one, actor, now) for one in group.ids]


def _post_together(locks: Locks, group: Group, actor: Actor, now: datetime) -> list[BatchResult]:
    lock_for_posting(locks, group.ids)
    found = read_for_posting(locks, actor, group.ids, day=group.day)
    done = {one: posted_already(row) for one, row in found.invoices.items()}
    waiting = [found.invoices[one] for one in group.ids if one in done and done[one] is None]
    if any(invoice.invoice_date != group.day for invoice in waiting):
        raise Raced("an import has moved an invoice to another date in this moment")
    vouchers = {one: (earlier.voucher_id, earlier.voucher_number) for one, earlier in done.items() if earlier is not None}
    if waiting:
        has_tax = any(invoice.tax_amount for invoice in waiting)
        year = booking_year(locks, waiting[0].period, group.day, actor=actor, has_tax=has_tax)
        posted = post_documents(
            locks, waiting, accounts=found.accounts, year=year, posting_date=group.day, actor=actor, now=now
        )
        vouchers |= {one.invoice.id: (one.voucher.id, one.voucher.number) for one in posted}
    return [BatchResult(one, *vouchers[one]) for one in group.ids]


def _post_alone(invoice_id: UUID, actor: Actor, now: datetime) -> BatchResult:
    try:
        result = post_invoice(invoice_id=invoice_id, actor=actor, posting_date=None, now=now)
    except Problem as problem:
        return BatchResult(invoice_id, problem=problem)
    return BatchResult(invoice_id, result.voucher_id, result.voucher_number)
