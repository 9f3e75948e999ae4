"""A group of imports in one transaction: planned in order, each upon what the ones before leave, and written set-based."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from erp.access import Actor
from erp.locking import LockOrder, Locks
from erp.problems import Problem
from invoices.bulk_lines import CHUNK_LINES, LineResult, ReadLine, told
from invoices.content import CustomerContent
from invoices.documents import Batch, Present, insert_documents, read_present, update_documents
from invoices.drafts import InvoiceDraft
from invoices.importing import Imported, Plan, note_import, plan_import

_PART_LINES = 250
"""Lines that one statement revises. Where tables were never analysed the planner pairs each with each: 3,000 at once took
seven seconds, near the limit of a statement; in parts each takes a third of one, and all half a second once analysed."""


@dataclass(slots=True)
class Group:
    """Results of the lines that were taken, from the first on; none where the first line needs the single import's care."""

    results: list[LineResult] = field(default_factory=list)
    new: Batch = field(default_factory=Batch)
    revised: Batch = field(default_factory=Batch)
    _numbers: set[str] = field(default_factory=set)
    _new_customers: dict[UUID, CustomerContent] = field(default_factory=dict)
    _changed_customers: dict[UUID, CustomerContent] = field(default_factory=dict)

    def takes(self, plan: Plan) -> bool:
        """Whether one statement can write this together with what is here: each row once, in its next version."""
        changed = plan.batch.changed_customers
        return not (
            plan.revises
            or plan.after.invoice_no in self._numbers
            or any(one.id in self._changed_customers for one in changed)
        )

    def add(self, plan: Plan, actor: Actor, now: datetime) -> None:
        self._numbers.add(plan.after.invoice_no)
        self._new_customers |= {one.id: one for one in plan.batch.new_customers}
        for one in plan.batch.changed_customers:
            # One that is new in this group is written once, as the last line leaves it.
            (self._new_customers if one.id in self._new_customers else self._changed_customers)[one.id] = one
        self.new.new_salesmen += plan.batch.new_salesmen
        note_import(self.new if plan.before is None else self.revised, plan.before, plan.after, actor, now)

    def write(self, locks: Locks, actor: Actor, now: datetime, *, holds_locks: bool) -> None:
        """Parties, then new invoices, then the others, each sorted: whoever writes the same rows waits in the same order."""
        batches = [(insert_documents, self.new)] if self.new.documents else []
        batches += [(update_documents, batch) for batch in _in_parts(self.revised)]
        if not batches:
            return
        first = batches[0][1]
        first.new_salesmen = self.new.new_salesmen
        first.new_customers = list(self._new_customers.values())
        first.changed_customers = list(self._changed_customers.values())
        if not holds_locks:
            # The statements lock both ranks by themselves, in this order.
            locks.claim(LockOrder.PARTY)
            locks.claim(LockOrder.INVOICE)
        for write, batch in batches:
            write(locks, batch, actor=actor, now=now)


def _in_parts(revised: Batch) -> list[Batch]:
    """By id, as they are locked, and few enough lines for a statement that is planned for few, whatever is known of them."""
    parts: list[Batch] = []
    lines = _PART_LINES
    for document, event, audit in sorted(
        zip(revised.documents, revised.events, revised.audit, strict=True), key=lambda one: one[0].id
    ):
        if lines + len(document.items) > _PART_LINES:
            parts.append(Batch())
            lines = 0
        parts[-1].documents.append(document)
        parts[-1].events.append(event)
        parts[-1].audit.append(audit)
        lines += len(document.items)
    return parts


def import_group(
    locks: Locks, lines: Sequence[ReadLine], actor: Actor, now: datetime, *, mode: str, kept: bool, holds_locks: bool
) -> Group:
    """Import the lines from the first on, at most 1,000, until one cannot be written together with those before it.

    Raises `Raced` when somebody else has written one of the rows since they were read. Locks PARTY and INVOICE, unless the
    caller holds them. Records an event and an audit entry for each invoice that is new or changes.
    """
    lines = lines[:CHUNK_LINES]
    present = _present(locks, [line.draft for line in lines if line.draft is not None])
    group = Group()
    for line in lines:
        if line.draft is None:
            group.results.append(LineResult(line, problem=line.problem))
            continue
        _refresh_customer(present, line.draft)
        try:
            plan = plan_import(line.draft, present, actor, now, mode=mode)
        except Problem as problem:
            group.results.append(LineResult(line, problem=told(problem)))
            continue
        if plan.before is not plan.after:
            if not group.takes(plan):
                break
            group.add(plan, actor, now)
            _leave(present, plan)
        group.results.append(LineResult(line, Imported(plan.after, plan.result, plan.warnings, kept)))
    group.write(locks, actor, now, holds_locks=holds_locks)
    return group


def _present(locks: Locks, drafts: Sequence[InvoiceDraft]) -> Present:
    """One round trip for all; the serials are given out in the order of the lines."""
    present = read_present(
        locks,
        numbers=list({draft.invoice_no: None for draft in drafts}),
        customer_codes=list({draft.customer.code: None for draft in drafts}),
        salesman_names=list({draft.salesman: None for draft in drafts}),
    )
    present.serials.sort()
    return present


def _refresh_customer(present: Present, draft: InvoiceDraft) -> None:
    """An earlier line may have changed the customer of an invoice that was read before."""
    before = present.invoices.get(draft.invoice_no)
    if before is None:
        return
    known = present.customers.get(before.customer.code)
    if known is not None and known is not before.customer:
        present.invoices[draft.invoice_no] = msgspec.structs.replace(before, customer=known)


def _leave(present: Present, plan: Plan) -> None:
    """What the next line finds."""
    after = plan.after
    present.customers[after.customer.code] = after.customer
    if after.salesman is not None:
        present.salesmen[after.salesman.name] = after.salesman
    if plan.before is None:
        present.serials.pop(0)
    present.invoices[after.invoice_no] = after
