"""Posting many invoices: set-based, a hundred to a transaction; a group that is refused is posted one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from accounting.periods import booking_year
from erp.access import Actor
from erp.cautions import Caution
from erp.idempotency import Answer, answer_once, recall
from erp.locking import Locks, Raced, one_transaction, run_use_case
from erp.performing import Terms
from erp.problems import NotFound, Problem, Unavailable
from erp.sizes import learn_sizes
from invoices.inclusive_tax import with_tax_inside
from invoices.ledger_posting import post_documents
from invoices.models import Invoice
from invoices.posting import post_bill, posted_already
from invoices.posting_rows import InvoiceRow, lock_for_posting, read_for_posting
from invoices.status import BooksStatus, InvoiceType

GROUP = 100
_MANY = 500
"""So many postings may have made large what was empty."""
MOST_AT_ONCE = 500
"""Invoices that one request may ask for; the command takes any number."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Of one invoice: the voucher that stands for it, perhaps `already` before, or the refusal. A dry run leaves none."""

    invoice_id: UUID
    voucher_id: UUID | None = None
    voucher_number: str | None = None
    already: bool = False
    problem: Problem | None = None
    warnings: Sequence[Caution] = ()


class _Group(NamedTuple):
    """Sales of a day are posted together; a purchase, which takes no stock, by itself."""

    day: date
    ids: list[UUID]
    purchase: bool = False


class _Moved(Exception):
    """An import has given a member of the group another date meanwhile."""


def drafts_to_post(actor: Actor) -> QuerySet[Invoice]:
    """The invoices that wait to be posted, sold and bought."""
    return Invoice.objects.of(actor).filter(status=BooksStatus.DRAFT.value)


def answer_batch(
    terms: Terms[list[BatchResult]], *, choose: Callable[[], Sequence[UUID]], actor: Actor, now: datetime
) -> Answer:
    """`post_invoices` as a request asks for it; `choose` says which, unless the key is known already.

    The work is many transactions, and each part of it is safe to repeat. So the key is kept with the answer after the last
    one: a repeat of what broke off does what is left, and tells the same vouchers. An answer that tells of a busy database
    is not kept, so that the same key may try again. Raises what `choose` and `answer_once` raise.
    """
    known = terms.repeat
    if known is None or terms.dry_run:
        return terms.show(post_invoices(invoice_ids=choose(), actor=actor, now=now, dry_run=terms.dry_run))
    with one_transaction(company_id=actor.company_id) as locks:
        earlier = recall(locks, known, actor=actor)
    if earlier is not None:
        return earlier
    results = post_invoices(invoice_ids=choose(), actor=actor, now=now)
    answer = terms.show(results)
    if any(isinstance(one.problem, Unavailable) for one in results):
        return answer

    def keep(_careful: bool) -> Answer:
        with one_transaction(company_id=actor.company_id) as locks:
            return answer_once(locks, known, actor=actor, now=now, dry_run=False, work=lambda: answer)

    return run_use_case(keep)


def post_invoices(
    *,
    invoice_ids: Sequence[UUID],
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[BatchResult]:
    """Post each invoice on its own date; answers in the order asked. Safe to repeat: what is posted answers its voucher.

    Invoices of one date share a transaction, at most 100 of them, oldest first; when the group is refused, each is tried on
    its own, so one short line stops nobody else. Purchases are posted one by one. A group that finds
    the database busy is told so, and the next one is tried.
    A dry run rolls each group back, so that it holds no locks for long: groups do not see what others would take from stock.
    Locks and events as `post_invoice`. `on_progress` hears (done, total).
    """
    ids = list(dict.fromkeys(invoice_ids))
    results: dict[UUID, BatchResult] = {}
    uncounted = 0
    for group in _groups(actor, ids):
        for result in _post_group(group, actor, now, dry_run=dry_run):
            results[result.invoice_id] = result
        on_progress(len(results), len(ids))
        uncounted += len(group.ids)
        if uncounted >= _MANY and not dry_run:
            learn_sizes(actor.company_id)
            uncounted = 0
    return [results.get(one) or BatchResult(one, problem=NotFound("Invoice not found")) for one in ids]


def _groups(actor: Actor, ids: Sequence[UUID]) -> list[_Group]:
    with one_transaction(company_id=actor.company_id):
        rows = Invoice.objects.of(actor).filter(id__in=ids).order_by("invoice_date", "-invoice_type", "id")
        dated = list(rows.values_list("invoice_date", "invoice_type", "id"))
    groups = []
    for (day, kind), members in groupby(dated, key=lambda row: row[:2]):
        of_day, purchase = [row[2] for row in members], kind == InvoiceType.PURCHASE
        size = 1 if purchase else GROUP
        groups += [_Group(day, of_day[first : first + size], purchase) for first in range(0, len(of_day), size)]
    return groups


def _post_group(group: _Group, actor: Actor, now: datetime, *, dry_run: bool) -> list[BatchResult]:
    """Together, else one by one."""

    def attempt(_careful: bool) -> list[BatchResult]:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return _post_together(locks, group, actor, now)

    try:
        results = run_use_case(attempt)
    except Unavailable as problem:
        return [BatchResult(one, problem=problem) for one in group.ids]
    except (Problem, _Moved) as refused:
        if group.purchase and isinstance(refused, Problem):
            return [BatchResult(one, problem=refused) for one in group.ids]
        return [_post_alone(one, actor, now, dry_run=dry_run) for one in group.ids]
    return [_not_kept(one) for one in results] if dry_run else results


def _post_together(locks: Locks, group: _Group, actor: Actor, now: datetime) -> list[BatchResult]:
    lock_for_posting(locks, group.ids)
    if group.purchase:
        return [_bill_posted(locks, one, actor, now) for one in group.ids]
    found = read_for_posting(locks, actor, group.ids, day=group.day)
    results = {one: known for one, row in found.invoices.items() if (known := _known_before(row, actor)) is not None}
    waiting = [with_tax_inside(found.invoices[one]) for one in group.ids if one not in results]
    if any(invoice.invoice_date != group.day for invoice in waiting):
        raise _Moved
    if waiting:
        taxed = any(invoice.tax_amount for invoice in waiting)
        year = booking_year(locks, waiting[0].period, group.day, actor=actor, has_tax=taxed)
        posted = post_documents(
            locks, waiting, accounts=found.accounts, year=year, posting_date=group.day, actor=actor, now=now
        )
        results |= {
            one.invoice.id: BatchResult(one.invoice.id, one.voucher.id, one.voucher.number, warnings=one.cautions)
            for one in posted
        }
    return [results[one] for one in group.ids]


def _bill_posted(locks: Locks, invoice_id: UUID, actor: Actor, now: datetime) -> BatchResult:
    done = post_bill(locks, invoice_id=invoice_id, actor=actor, posting_date=None, now=now)
    return BatchResult(invoice_id, done.voucher_id, done.voucher_number, already=done.already)


def _known_before(row: InvoiceRow, actor: Actor) -> BatchResult | None:
    """What is told of a member that is not to be posted: one that is cancelled or in review does not break up its group."""
    try:
        earlier = posted_already(row, actor)
    except Problem as problem:
        return BatchResult(row.id, problem=problem)
    if earlier is None:
        return None
    return BatchResult(row.id, earlier.voucher_id, earlier.voucher_number, already=True)


def _post_alone(invoice_id: UUID, actor: Actor, now: datetime, *, dry_run: bool) -> BatchResult:
    """On the date that it has now; refused for a reason of its own."""

    def attempt(_careful: bool) -> BatchResult:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            day: date = Invoice.objects.of(actor).values_list("invoice_date", flat=True).get(id=invoice_id)
            try:
                (result,) = _post_together(locks, _Group(day, [invoice_id]), actor, now)
            except _Moved as moved:
                raise Raced("an import has moved the invoice to another date in this moment") from moved
            return result

    try:
        result = run_use_case(attempt)
    except Problem as problem:
        return BatchResult(invoice_id, problem=problem)
    return _not_kept(result) if dry_run else result


def _not_kept(result: BatchResult) -> BatchResult:
    """Of a dry run: a voucher that was rolled back is none."""
    return result if result.already else replace(result, voucher_id=None, voucher_number=None)
