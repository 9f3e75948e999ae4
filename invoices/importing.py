"""Importing an invoice from an outside billing system: stored once and whole, whatever is repeated or raced."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from erp.access import Actor
from erp.audit import Audit
from erp.idempotency import Answer, RepeatKey, answer_once
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, one_transaction, run_use_case
from erp.problems import Conflict, ValidationFailed
from invoices.content import InvoiceContent, SalesmanContent, UserContent
from invoices.documents import Batch, Present, insert_documents, lock_present, read_present, update_documents
from invoices.drafts import InvoiceDraft
from invoices.events import SUBJECT, invoice_event
from invoices.revision import Masters, books_of, import_warnings, merge_customer, new_content, revised_content
from invoices.status import BooksStatus, FulfilmentStatus, Origin
from invoices.totals import TotalTooLarge
from invoices.warnings import WarningEntry

OnConflict = Literal["update", "reject"]


class InvoiceExists(Conflict):
    """The number is known, and the mode is reject. `data` names the invoice."""

    code = "invoice-exists"
    message = "Invoice with this invoice_no already exists."


class NumberTaken(Conflict):
    """An import uses a number of ours, or has used the next of our series: `data` may say which. Use another number."""

    code = "number-taken"
    message = "This number belongs to an invoice issued here; an import never overwrites what it did not bring."


class CancelledInBooks(Conflict):
    """The invoice is cancelled in the books."""

    code = "cancelled-in-books"
    message = "This invoice is cancelled in the books."


class PostedInBooks(Conflict):
    """The invoice is posted; what the books rest on may not change."""

    code = "posted-in-books"
    message = "This invoice is posted; its money, customer, date and items can no longer be changed by an import."


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

    Raises ValidationFailed, InvoiceExists, NumberTaken, CancelledInBooks, PostedInBooks, ImportInProgress (409), and what
    `answer_once` raises. Source: decision 0008, which settles where the published documents contradict each other.
    """
    mode = on_conflict or actor.on_conflict or actor.company.on_conflict

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


def _import(
    locks: Locks, draft: InvoiceDraft, actor: Actor, now: datetime, *, mode: str, careful: bool, kept: bool
) -> Imported:
    numbers = [draft.invoice_no]
    if careful:
        lock_present(
            locks,
            actor,
            numbers=numbers,
            customers=[merge_customer(draft.customer, None, new_id=new_id)],
            salesmen=[_new_salesman(draft)],
            now=now,
        )
    present = read_present(locks, numbers=numbers, customer_codes=[draft.customer.code], salesman_names=[draft.salesman])
    before = present.invoices.get(draft.invoice_no)
    if before is not None:
        _refuse_what_may_not_change(before, mode=mode)
    batch = Batch()
    masters = _masters(draft, present, batch)
    creator = UserContent(id=actor.id, email=actor.email, name=actor.name) if actor.kind == "user" else None
    try:
        if before is None:
            after = new_content(draft, masters, serial=present.serials[0], created_user=creator, new_id=new_id, now=now)
        else:
            after = revised_content(draft, before, masters, created_user=creator, new_id=new_id, now=now)
    except TotalTooLarge as problem:
        raise _too_large(problem, len(draft.items)) from problem
    _judge_total(draft, after, actor)
    warnings = import_warnings(draft, before, after)
    if before is after:
        return Imported(after, "unchanged", warnings, kept)
    if before is not None:
        _refuse_what_is_guarded(before, after, actor)
    _write(locks, batch, before, after, actor, now, careful=careful)
    return Imported(after, "created" if before is None else "updated", warnings, kept)


def _masters(draft: InvoiceDraft, present: Present, batch: Batch) -> Masters:
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


def _refuse_what_is_guarded(before: InvoiceContent, after: InvoiceContent, actor: Actor) -> None:
    """Refuse changes of what the books rest on once posted, and by policy of what the warehouse is working on."""
    if before.status != BooksStatus.DRAFT and books_of(before) != books_of(after):
        raise PostedInBooks(data={"id": before.serial, "invoice_no": before.invoice_no})
    if before.fulfilment_status != FulfilmentStatus.INVOICED and actor.company.reimport_in_progress == "reject":
        raise ImportInProgress(
            data={"id": before.serial, "invoice_no": before.invoice_no, "status": before.fulfilment_status}
        )


def _judge_total(draft: InvoiceDraft, after: InvoiceContent, actor: Actor) -> None:
    given = after.given_total
    if given is not None and given != after.items_total and actor.company.total_mismatch == "reject":
        raise ValidationFailed(
            errors={"Total": [f"Total {given:.2f} differs from the sum of the items, {after.items_total:.2f}."]}
        )


def _too_large(problem: TotalTooLarge, lines: int) -> ValidationFailed:
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
    batch.documents.append(after)
    if before is None:
        batch.events.append(invoice_event("invoice_created", after, actor=actor, now=now))
        batch.audit.append(Audit("import_invoice", SUBJECT, after.id))
        insert_documents(locks, batch, actor=actor, now=now)
    else:
        changes = _changes(before, after)
        batch.events.append(invoice_event("invoice_updated", after, actor=actor, now=now, changed=sorted(changes)))
        batch.audit.append(Audit("import_invoice", SUBJECT, after.id, msgspec.json.encode(changes).decode()))
        update_documents(locks, batch, actor=actor, now=now)


_NOT_CONTENT = {"version", "updated_at"}
_SHOWN_AS = {"given_total": "Total", "total_value": "total_amount"}


def _changes(before: InvoiceContent, after: InvoiceContent) -> dict[str, list[object]]:
    """``{field: [before, after]}`` of what differs, by the names that the contract shows."""
    return {
        _SHOWN_AS.get(name, name): [getattr(before, name), getattr(after, name)]
        for name in InvoiceContent.__struct_fields__
        if name not in _NOT_CONTENT and getattr(before, name) != getattr(after, name)
    }
