"""Correcting an invoice that is in review, as billing sends it: it leaves review, and the warehouse goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from accounting.periods import hold_periods
from erp.access import Actor
from erp.audit import Audit
from erp.changing import require_version
from erp.idempotency import Answer, RepeatKey, answer_once
from erp.identifiers import new_id
from erp.locking import Locks, Raced, one_transaction, run_use_case
from erp.problems import Conflict
from fulfilment.correction import code_of, corrected, customer_draft, salesman_of
from fulfilment.drafts import CorrectionDraft
from fulfilment.models import BillingReturn
from fulfilment.scenes import InvoiceNotFound, Scene, scene_of
from fulfilment.sessions import Move, take_step, where, write_sessions
from fulfilment.statements import READ_COPY
from fulfilment.status import Section
from fulfilment.workers import Worker, is_member
from fulfilment.workflow import Action, Step, find_step
from invoices import warnings
from invoices.content import InvoiceContent, SalesmanContent
from invoices.documents import Batch, lock_present, read_present, update_documents
from invoices.drafts import CustomerDraft, GivenTotal, InvoiceDraft
from invoices.events import SUBJECT, invoice_event
from invoices.importing import NumberTaken, changes_between, judge_total, masters_of, too_large
from invoices.models import Invoice
from invoices.revision import books_of, goods_of, import_warnings, merge_customer, revised_content
from invoices.revisions import revise_posted
from invoices.settlements import SETTLEABLE
from invoices.status import FulfilmentStatus, InvoiceType, Origin
from invoices.totals import TotalTooLarge
from invoices.warnings import WarningEntry

_SHOWN = ("billing_status", "return_info", "status")
"""What leaving review changes of an invoice, by the names that lists show."""


class NotInReview(Conflict):
    """The invoice is not in review, perhaps because it was corrected already: `data` says where it is. Import it again."""

    code = "not-in-review"
    message = "Only an invoice in review may be corrected; import it again instead."


@dataclass(frozen=True, slots=True)
class CorrectedInvoice:
    """The invoice as it is now, and the return that this resolved."""

    content: InvoiceContent
    billing_return: BillingReturn
    warnings: list[WarningEntry] = field(default_factory=list)


def correct_invoice(
    *,
    correction: CorrectionDraft,
    actor: Actor,
    now: datetime,
    answer: Callable[[CorrectedInvoice], Answer],
    repeat: RepeatKey | None = None,
    dry_run: bool = False,
    expected_version: int | None = None,
) -> Answer:
    """Take what was sent into the invoice, and let the section that had sent it back go on.

    Goods that changed are picked or packed anew; who had picked or packed and works here no more leaves the invoice to the
    queue before. Nothing but `resolution_notes` means: looked at, it is right. A posted invoice of which more than header
    texts changes is reversed and posted anew, see `revise_posted`.

    Locks COMPANY (share) when the invoice is posted, then PARTY, INVOICE. Records one `invoice_updated`. Raises
    InvoiceNotFound, NotInReview, Stale (412), NumberTaken for content of an invoice that was issued here, ValidationFailed,
    and what `revise_posted` and `answer_once` raise.
    """

    def attempt(_careful: bool) -> Answer:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return answer_once(
                locks,
                repeat,
                actor=actor,
                now=now,
                dry_run=dry_run,
                work=lambda: answer(_correct(locks, correction, actor, now, expected_version)),
            )

    return run_use_case(attempt)


@dataclass(slots=True)
class _Plan:
    """What the correction makes of the invoice, before anything is written."""

    after: InvoiceContent
    batch: Batch
    warnings: list[WarningEntry]


def _correct(
    locks: Locks, correction: CorrectionDraft, actor: Actor, now: datetime, expected_version: int | None
) -> CorrectedInvoice:
    number = correction.invoice_no
    held = _is_posted(locks, number)
    if held:
        hold_periods(locks)
    known = read_present(locks, numbers=[number], customer_codes=[], salesman_names=[]).invoices.get(number)
    if known is None:
        raise InvoiceNotFound
    lock_present(
        locks,
        actor,
        numbers=[number],
        customers=[merge_customer(_customer(locks, correction, known), None, new_id=new_id)],
        salesmen=[SalesmanContent(id=new_id(), name=correction.salesman)] if isinstance(correction.salesman, str) else [],
        now=now,
    )
    before = read_present(locks, numbers=[number], customer_codes=[], salesman_names=[]).invoices[number]
    if before.status in SETTLEABLE and not held:
        raise Raced("the invoice was posted by somebody else in this moment")
    scene = scene_of(locks, before)
    if before.fulfilment_status != FulfilmentStatus.REVIEW:
        raise NotInReview(errors={"invoice_no": [NotInReview.message]}, data={"id": before.serial} | where(scene))
    require_version(before.version, expected_version)
    plan = _plan(locks, correction, before, actor, now)
    changed_goods = goods_of(before) != goods_of(plan.after)
    billing_return = BillingReturn.objects.of(locks).get(invoice_id=before.id, resolved_at=None)
    step = _resuming(scene, Section(billing_return.section), changed_goods=changed_goods)
    _resolve(billing_return, correction, changed_goods=changed_goods, actor=actor, now=now)
    return _write(scene, step, plan, billing_return, actor, now)


def _is_posted(locks: Locks, number: str) -> bool:
    rows = Invoice.objects.of(locks).filter(invoice_no=number, invoice_type=InvoiceType.SALES.value, status__in=SETTLEABLE)
    return rows.exclude(origin=Origin.HISTORY.value).exists()


def _customer(locks: Locks, correction: CorrectionDraft, present: InvoiceContent) -> CustomerDraft:
    code = code_of(correction, present)
    found = read_present(locks, numbers=[], customer_codes=[code], salesman_names=[]).customers.get(code)
    return customer_draft(correction, present, found.name if found else None)


def _plan(locks: Locks, correction: CorrectionDraft, before: InvoiceContent, actor: Actor, now: datetime) -> _Plan:
    batch = Batch()
    sent = {name for name in correction.__struct_fields__ if getattr(correction, name) is not msgspec.UNSET}
    if not sent - {"invoice_no", "replace_items", "resolution_notes"} and not correction.replace_items:
        return _Plan(before, batch, [])
    if before.origin != Origin.IMPORTED:
        raise NumberTaken(data={"id": before.serial, "invoice_no": before.invoice_no})
    code, salesman = code_of(correction, before), salesman_of(correction, before)
    present = read_present(locks, numbers=[], customer_codes=[code], salesman_names=[salesman])
    known = present.customers.get(code)
    whole = corrected(correction, before, customer_draft(correction, before, known.name if known else None))
    draft = whole.draft
    masters = masters_of(draft, present, batch)
    try:
        after = revised_content(draft, before, masters, created_user=None, new_id=new_id, now=now, ids=whole.ids)
    except TotalTooLarge as problem:
        raise too_large(problem, len(draft.items)) from problem
    judge_total(draft, after, actor)
    return _Plan(after, batch, _told(correction, draft, before, after))


def _told(
    correction: CorrectionDraft, draft: InvoiceDraft, before: InvoiceContent, after: InvoiceContent
) -> list[WarningEntry]:
    """As of an import; but a total that stays over other items is told as such."""
    found = import_warnings(draft, None, after)
    kept = after.given_total
    if kept is None or isinstance(correction.given_total, GivenTotal) or before.items == after.items:
        return found
    others = [warning for warning in found if warning["code"] != "total-mismatch"]
    return [*others, warnings.total_kept(f"{kept:.2f}", f"{after.items_total:.2f}")]


def _resuming(scene: Scene, section: Section, *, changed_goods: bool) -> Step:
    """How the warehouse goes on: where it was, a step before for other goods, in the queue when the worker is gone."""
    picking, packing = scene.picking, scene.packing
    again = picking if section is Section.PICKING else packing if section is Section.PACKING or changed_goods else None
    action = Action.RESUME_WITH_OTHER_GOODS if changed_goods else Action.RESUME
    if again is not None and not is_member(scene.locks, again.worker_id):
        action = Action.RESUME_WITHOUT_WORKER
    step = find_step(action, scene.state)
    assert step is not None, "from every review one goes on"
    return step


def _resolve(
    billing_return: BillingReturn, correction: CorrectionDraft, *, changed_goods: bool, actor: Actor, now: datetime
) -> None:
    billing_return.goods_changed = changed_goods
    billing_return.resolution_notes = correction.resolution_notes or ""
    billing_return.resolved_at = now
    billing_return.resolved_by_id = actor.id if actor.kind == "user" else None
    billing_return.resolved_by_name, billing_return.resolved_by_email = actor.name, actor.email
    billing_return.save(force_update=True)


def _write(
    scene: Scene, step: Step, plan: _Plan, billing_return: BillingReturn, actor: Actor, now: datetime
) -> CorrectedInvoice:
    locks, before, after = scene.locks, scene.content, plan.after
    if after is before:
        told = {"resolution_notes": billing_return.resolution_notes}
        worker = Worker(actor.id, actor.name, actor.email)
        take_step(scene, step, actor=actor, worker=worker, now=now, told=told, changed=list(_SHOWN))
        return CorrectedInvoice(scene.content, billing_return, plan.warnings)
    write_sessions([Move(scene=scene, step=step)], now)
    with connection.cursor() as cursor:
        cursor.execute(READ_COPY, {"company": locks.company_id, "invoice": before.id})
        (copy,) = cursor.fetchone()
    assert step.to is not None, "review is left"
    assert step.billing is not None, "and billing is done with it"
    after = msgspec.structs.replace(
        after,
        fulfilment_status=step.to.value,
        billing_status=step.billing.value,
        handling=msgspec.json.decode(copy),
    )
    changes = _changes(before, after)
    if before.status in SETTLEABLE and books_of(before) != books_of(after):
        reposted = revise_posted(
            locks,
            plan.batch,
            before,
            after,
            changes=changes,
            deed="correct_invoice",
            actor=actor,
            now=now,
            out_of_review=True,
        )
        return CorrectedInvoice(reposted.content, billing_return, [*plan.warnings, *reposted.told])
    batch = plan.batch
    batch.documents.append(after)
    batch.events.append(invoice_event("invoice_updated", after, actor=actor, now=now, changed=sorted(changes)))
    batch.audit.append(Audit("correct_invoice", SUBJECT, after.id, msgspec.json.encode(changes).decode()))
    update_documents(locks, batch, actor=actor, now=now)
    return CorrectedInvoice(after, billing_return, plan.warnings)


def _changes(before: InvoiceContent, after: InvoiceContent) -> dict[str, list[Any]]:
    """``{field: [before, after]}`` by the names that lists show; of the sessions only the return is told."""
    changes: dict[str, list[Any]] = changes_between(before, after)
    changes["status"] = changes.pop("fulfilment_status")
    changes["return_info"] = [one.get("return") for one in (before.handling, after.handling)]
    changes.pop("handling", None)
    return changes
