"""Importing an invoice from an outside billing system: stored once and whole, whatever is repeated or raced."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from accounting.periods import hold_periods
from erp.access import Actor
from erp.audit import Audit
from erp.idempotency import Answer, RepeatKey, answer_once
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced, one_transaction, run_use_case
from erp.problems import Conflict, PermissionDenied, ValidationFailed
from invoices.content import InvoiceContent, SalesmanContent, UserContent
from invoices.documents import Batch, Present, insert_documents, lock_present, read_present, update_documents
from invoices.drafts import InvoiceDraft
from invoices.events import SUBJECT, invoice_event
from invoices.models import Invoice
from invoices.revision import Masters, books_of, import_warnings, merge_customer, new_content, revised_content
from invoices.revisions import revise_posted
from invoices.settlements import SETTLEABLE
from invoices.status import BooksStatus, FulfilmentStatus, Origin
from invoices.totals import TotalTooLarge
from invoices.warnings import WarningEntry

OnConflict = Literal["update", "reject"]


class InvoiceExists(Conflict):
    """The number is known, and the mode is reject. `data` names the invoice."""

    code = "invoice-exists"
    message = "Invoice with this invoice_no already exists."


class NumberTaken(Conflict):
    """An import uses a number of ours or of migrated history, or has used the next of our series. Use another number."""

    code = "number-taken"
    message = "This number belongs to an invoice issued or migrated here; an import overwrites only what it brought."


class CancelledInBooks(Conflict):
    """The invoice is cancelled in the books."""

    code = "cancelled-in-books"
    message = "This invoice is cancelled in the books."


class ImportInProgress(Conflict):
    """Picking has begun, and the company takes no changes meanwhile."""

    code = "in-progress"
    message = "The warehouse is working on this invoice, and the company does not take changes meanwhile."


@dataclass(frozen=True, slots=True)
class Imported:
    """`content` as it now is; `kept` is False for a dry run, which stored nothing."""

    content: InvoiceContent
    result: Literal["created", "updated", "unchanged"]
    warnings: list[WarningEntry]
    kept: bool


def refuse_role_that_may_not_import(actor: Actor) -> None:
    """The company's own choice among the roles that have the right."""
    if actor.role is not None and actor.role not in actor.company.jwt_import_roles:
        raise PermissionDenied("This company does not let your role import invoices.")


def import_invoice(
    *,
    draft: InvoiceDraft,
    actor: Actor,
    now: datetime,
    answer: Callable[[Imported], Answer],
    on_conflict: OnConflict | None = None,
    repeat: RepeatKey | None = None,
    dry_run: bool = False,
) -> Answer:
    """Create the invoice, or revise the one with this number; one transaction, one event unless nothing changed.

    Customer (by code) and salesman (by name) are made or updated on the way. The given ``Total`` rules, else the sum of
    quantity × mrp, each line rounded once to two places. `on_conflict` outranks the key's default, which outranks the
    company's. Locks PARTY, then INVOICE. Records `invoice_created` or `invoice_updated`.

    A posted invoice of which more than header texts would change is reversed and posted anew, see `revise_posted`: then
    COMPANY (share) is locked before the parties. Raises ValidationFailed, InvoiceExists, NumberTaken, CancelledInBooks,
    ImportInProgress (409), and what `revise_posted` and `answer_once` raise. Source: decision 0008, which settles where the
    published documents contradict each other.
    """
    mode = mode_of(on_conflict, actor)

    def attempt(careful: bool) -> Answer:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return answer_once(
                locks,
                repeat,
                actor=actor,
                now=now,
                dry_run=dry_run,
                work=lambda: answer(_import(locks, draft, actor, now, mode=mode, careful=careful, kept=not dry_run)),
            )

    return run_use_case(attempt)


@dataclass(slots=True)
class Plan:
    """What an import would make of what is there: the same `after` as `before` when nothing would change."""

    before: InvoiceContent | None
    after: InvoiceContent
    batch: Batch
    warnings: list[WarningEntry]

    @property
    def revises(self) -> bool:
        """The invoice stands in the books, and what they rest on would change."""
        return (
            self.before is not None
            and self.before.status in SETTLEABLE
            and self.before is not self.after
            and books_of(self.before) != books_of(self.after)
        )

    @property
    def result(self) -> Literal["created", "updated", "unchanged"]:
        if self.before is None:
            return "created"
        return "unchanged" if self.before is self.after else "updated"


def mode_of(on_conflict: OnConflict | None, actor: Actor) -> str:
    """What a known number does: as asked, else as the key, else as the company decides."""
    return on_conflict or actor.on_conflict or actor.company.on_conflict


def _import(
    locks: Locks, draft: InvoiceDraft, actor: Actor, now: datetime, *, mode: str, careful: bool, kept: bool
) -> Imported:
    held = careful and _stands(draft.invoice_no, actor)
    if held:
        hold_periods(locks)
    if careful:
        _lock(locks, draft, actor, now)
    plan = _plan(locks, draft, actor, now, mode=mode)
    if plan.revises and not held:
        if careful:
            raise Raced("the invoice was posted by somebody else in this moment")
        # The periods come before the parties, so that nobody locks them the other way round; then all is read again.
        hold_periods(locks)
        _lock(locks, draft, actor, now)
        careful = True
        plan = _plan(locks, draft, actor, now, mode=mode)
    before, after = plan.before, plan.after
    if before is after:
        return Imported(after, plan.result, plan.warnings, kept)
    if plan.revises and before is not None:
        return _revise(locks, plan, before, actor, now, kept=kept)
    _write(locks, plan.batch, before, after, actor, now, careful=careful)
    return Imported(after, plan.result, plan.warnings, kept)


def _stands(invoice_no: str, actor: Actor) -> bool:
    """Whether a careful attempt needs the periods: who posts the invoice after this makes it start again."""
    rows = Invoice.objects.of(actor).filter(invoice_no=invoice_no, invoice_type="SALES", status__in=SETTLEABLE)
    return rows.exclude(origin=Origin.HISTORY.value).exists()


def _lock(locks: Locks, draft: InvoiceDraft, actor: Actor, now: datetime) -> None:
    lock_present(
        locks,
        actor,
        numbers=[draft.invoice_no],
        customers=[merge_customer(draft.customer, None, new_id=new_id)],
        salesmen=[_new_salesman(draft)],
        now=now,
    )


def _plan(locks: Locks, draft: InvoiceDraft, actor: Actor, now: datetime, *, mode: str) -> Plan:
    """Read what is there, in one round trip, and compute what shall be."""
    present = read_present(
        locks, numbers=[draft.invoice_no], customer_codes=[draft.customer.code], salesman_names=[draft.salesman]
    )
    return plan_import(draft, present, actor, now, mode=mode)


def plan_import(draft: InvoiceDraft, present: Present, actor: Actor, now: datetime, *, mode: str) -> Plan:
    """What the import makes of what is present, without asking the database; a new invoice takes the first serial.

    Raises every refusal that needs no lock.
    """
    before = present.invoices.get(draft.invoice_no)
    if before is not None:
        _refuse_what_may_not_change(before, mode=mode)
    batch = Batch()
    masters = masters_of(draft, present, batch)
    creator = UserContent(id=actor.id, email=actor.email, name=actor.name) if actor.kind == "user" else None
    try:
        if before is None:
            after = new_content(draft, masters, serial=present.serials[0], created_user=creator, new_id=new_id, now=now)
        else:
            after = revised_content(draft, before, masters, created_user=creator, new_id=new_id, now=now)
    except TotalTooLarge as problem:
        raise too_large(problem, len(draft.items)) from problem
    judge_total(draft, after, actor)
    if before is not None and before is not after:
        _refuse_what_is_guarded(before, actor)
    return Plan(before, after, batch, import_warnings(draft, before, after))


def _revise(locks: Locks, plan: Plan, before: InvoiceContent, actor: Actor, now: datetime, *, kept: bool) -> Imported:
    changes = changes_between(before, plan.after)
    reposted = revise_posted(
        locks, plan.batch, before, plan.after, changes=changes, deed="import_invoice", actor=actor, now=now
    )
    return Imported(reposted.content, "updated", [*plan.warnings, *reposted.told], kept)


def masters_of(draft: InvoiceDraft, present: Present, batch: Batch) -> Masters:
    """The parties as the draft leaves them; what is new or different goes into the batch."""
    known = present.customers.get(draft.customer.code)
    customer = merge_customer(draft.customer, known, new_id=new_id)
    if known is None:
        batch.new_customers.append(customer)
    elif customer is not known:
        batch.changed_customers.append(customer)
    salesman = present.salesmen.get(draft.salesman)
    if salesman is None:
        salesman = _new_salesman(draft)
        batch.new_salesmen.append(salesman)
    return Masters(customer, salesman)


def _new_salesman(draft: InvoiceDraft) -> SalesmanContent:
    return SalesmanContent(id=new_id(), name=draft.salesman)


def _refuse_what_may_not_change(before: InvoiceContent, *, mode: str) -> None:
    data = {"id": before.serial, "invoice_no": before.invoice_no}
    if before.origin != Origin.IMPORTED:
        raise NumberTaken(data=data)
    if mode == "reject":
        raise InvoiceExists(data=data)
    if before.status == BooksStatus.CANCELLED:
        raise CancelledInBooks(data=data)


def _refuse_what_is_guarded(before: InvoiceContent, actor: Actor) -> None:
    """Refuse, by policy, changes of what the warehouse is working on."""
    if before.fulfilment_status != FulfilmentStatus.INVOICED and actor.company.reimport_in_progress == "reject":
        raise ImportInProgress(
            data={"id": before.serial, "invoice_no": before.invoice_no, "status": before.fulfilment_status}
        )


def judge_total(draft: InvoiceDraft, after: InvoiceContent, actor: Actor) -> None:
    given = after.given_total
    if given is not None and given != after.items_total and actor.company.total_mismatch == "reject":
        raise ValidationFailed(
            errors={"Total": [f"Total {given:.2f} differs from the sum of the items, {after.items_total:.2f}."]}
        )


def too_large(problem: TotalTooLarge, lines: int) -> ValidationFailed:
    text = "quantity × mrp is too large."
    if problem.line is None:
        return ValidationFailed(errors={"items": ["The sum of the items is too large."]})
    return ValidationFailed(errors={"items": [{"mrp": [text]} if line == problem.line else {} for line in range(lines)]})


def _write(
    locks: Locks,
    batch: Batch,
    before: InvoiceContent | None,
    after: InvoiceContent,
    actor: Actor,
    now: datetime,
    *,
    careful: bool,
) -> None:
    if not careful:
        # The statement itself locks both ranks, in this order; a careful attempt holds them already.
        locks.claim(LockOrder.PARTY)
        locks.claim(LockOrder.INVOICE)
    note_import(batch, before, after, actor, now)
    if before is None:
        insert_documents(locks, batch, actor=actor, now=now)
    else:
        update_documents(locks, batch, actor=actor, now=now)


def note_import(batch: Batch, before: InvoiceContent | None, after: InvoiceContent, actor: Actor, now: datetime) -> None:
    """Put the document into the batch, with its event and its audit entry."""
    batch.documents.append(after)
    if before is None:
        batch.events.append(invoice_event("invoice_created", after, actor=actor, now=now))
        batch.audit.append(Audit("import_invoice", SUBJECT, after.id))
    else:
        changes = changes_between(before, after)
        batch.events.append(invoice_event("invoice_updated", after, actor=actor, now=now, changed=sorted(changes)))
        batch.audit.append(Audit("import_invoice", SUBJECT, after.id, msgspec.json.encode(changes).decode()))


_NOT_CONTENT = {"version", "updated_at"}
_SHOWN_AS = {"given_total": "Total", "total_value": "total_amount"}


def changes_between(before: InvoiceContent, after: InvoiceContent) -> dict[str, list[object]]:
    """``{field: [before, after]}`` of what differs, by the names that the contract shows."""
    return {
        _SHOWN_AS.get(name, name): [getattr(before, name), getattr(after, name)]
        for name in InvoiceContent.__struct_fields__
        if name not in _NOT_CONTENT and getattr(before, name) != getattr(after, name)
    }
