"""Undoing a run that moved a history into the books: what it brought is reversed, and its numbers are free again (ADR 0073).

A use case of its own, of as many transactions as documents: each is reversed by the very function that a person calls, so
that the laws, events and entries of the books are those of any other reversal.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from connectors.models import ImportRun
from connectors.running import SUBJECT
from connectors.runs import be_patient, lock_run, rows_of
from connectors.states import Entity, RunKind, RunState
from connectors.uisp.carrying import Watch
from connectors.uisp.migrating import Course, Pace
from erp.access import Actor
from erp.admitting import admit
from erp.audit import Audit, record_audit
from erp.clock import day_in
from erp.locking import Locks, one_transaction
from erp.performing import use_case
from erp.problems import Conflict, NotFound, Problem
from invoices.amending import cancel_invoice
from invoices.payment_reversing import reverse_payment
from invoices.reversing import reverse_invoice
from invoices.status import BooksStatus

_TOLD = 5
_TELL_EVERY = 200
_REASON = "The migration that brought it is undone."

_WORKED_ON = """
WITH brought AS MATERIALIZED (
    SELECT entity, external_id, target_id AS id FROM connectors_importrow
    WHERE company_id = %(company)s AND run_id = %(run)s AND state = 'DONE' AND entity IN ('invoice', 'payment')
)
SELECT b.entity || ' ' || b.external_id || ': ' || a.action FROM brought b
JOIN erp_auditentry a ON a.company_id = %(company)s AND a.subject_id = b.id
WHERE a.action NOT IN ('migrate_invoice', 'migrate_payment')
UNION ALL
SELECT 'invoice ' || b.external_id || ': settled by payment ' || p.payment_number FROM brought b
JOIN invoices_paymentallocation s ON s.company_id = %(company)s AND s.invoice_id = b.id
JOIN invoices_payment p ON p.company_id = %(company)s AND p.id = s.payment_id
WHERE NOT EXISTS (SELECT 1 FROM brought own WHERE own.id = s.payment_id)
UNION ALL
SELECT 'invoice ' || b.external_id || ': credited by ' || n.credit_note_number FROM brought b
JOIN invoices_creditnote n ON n.company_id = %(company)s AND n.invoice_id = b.id
LIMIT %(limit)s
"""
"""What somebody did to documents of the run: every write leaves an entry, only what settles or credits an invoice leaves it
elsewhere."""

_LEFT = """
SELECT w.entity, w.external_id, w.target_id, coalesce(i.status, p.status) FROM connectors_importrow w
LEFT JOIN invoices_invoice i ON w.entity = 'invoice' AND i.company_id = w.company_id AND i.id = w.target_id
LEFT JOIN invoices_payment p ON w.entity = 'payment' AND p.company_id = w.company_id AND p.id = w.target_id
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.state = 'DONE' AND w.entity IN ('invoice', 'payment')
    AND coalesce(i.status, p.status) NOT IN ('CANCELLED', 'REVERSED')
ORDER BY w.entity DESC, w.position DESC
"""
"""What still stands of the run, payments before the invoices that they settle, the newest first."""

_FORGET = """
DELETE FROM connectors_externalref r USING connectors_importrow w
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.state = 'DONE' AND w.entity IN ('invoice', 'payment')
    AND r.company_id = %(company)s AND r.connection_id = %(connection)s AND w.target_id IN (r.invoice_id, r.payment_id)
"""


class WorkedOn(Conflict):
    """Somebody worked on what the run brought: `documents` names some of it. Correct those by themselves."""

    code = "worked-on"
    message = "Somebody worked on what this run brought; nothing was undone."


class NotUndoable(Conflict):
    """The run brought nothing into the books, or is undone already."""

    code = "wrong-state"


@dataclass(frozen=True, slots=True)
class Undone:
    """How many documents were taken back by this call; `is_finished` is False where it was stopped before the end."""

    documents: int
    is_finished: bool


def undo_run(run_id: UUID, *, actor: Actor, watch: Watch) -> Undone:
    """Reverse payments, then invoices, of a run, booked today; drafts are cancelled. Customers stay, and are known again.

    Refused as a whole once anybody worked on one of them, or a later run settled one. Then the run is UNDOING until its
    last document is taken back: who is killed, or refused in between, calls again. At the end its references are forgotten
    and it is UNDONE; the numbers of its invoices are free. Records `undo_run`, and per document what `reverse_payment`,
    `reverse_invoice` and `cancel_invoice` record. Raises NotFound, NotUndoable, WorkedOn, Throttled, and what those raise.
    """
    with admit(actor.company_id, f"undo {run_id}", at_most=1):
        run = _begin(run_id, actor=actor, now=watch.clock())
        with one_transaction(company_id=actor.company_id):
            left = rows_of(_LEFT, {"company": actor.company_id, "run": run.id})
        pace = Pace(len(left), 0, Course(watch.clock, watch.hear))
        for done, (entity, external_id, target_id, status) in enumerate(left):
            if watch.should_stop():
                return Undone(done, is_finished=False)
            try:
                _take_back(entity, target_id, status, actor, watch.clock())
            except Problem as refused:
                watch.remark(f"{entity} {external_id}: {refused.message}")
                raise
            pace.note(1)
            if done % _TELL_EVERY == _TELL_EVERY - 1:
                watch.hear(pace.told())
        _finish(run, actor=actor, now=watch.clock())
    return Undone(len(left), is_finished=True)


@use_case
def _begin(locks: Locks, run_id: UUID, *, actor: Actor, now: datetime) -> ImportRun:
    lock_run(locks, run_id)
    run = ImportRun.objects.of(actor).filter(id=run_id).first()
    if run is None:
        raise NotFound("Run not found")
    if run.kind != RunKind.UISP_MIGRATION.value:
        raise NotUndoable(f"The run {run_id} moved nothing into the books.")
    if run.state == RunState.UNDONE.value:
        raise NotUndoable(f"The run {run_id} is undone already.")
    if run.state == RunState.RUNNING.value:
        raise NotUndoable(f"The run {run_id} is at work, or was killed at it: let it finish; or --resume it, and stop it.")
    if run.state != RunState.UNDOING.value:
        found = rows_of(_WORKED_ON, {"company": actor.company_id, "run": run_id, "limit": _TOLD})
        if found:
            raise WorkedOn(data={"documents": [text for (text,) in found]})
    run.state, run.heartbeat_at = RunState.UNDOING.value, now
    run.save(update_fields=["state", "heartbeat_at"])
    return run


def _take_back(entity: str, document_id: UUID, status: str, actor: Actor, now: datetime) -> None:
    if status == BooksStatus.DRAFT:
        cancel_invoice(invoice_id=document_id, actor=actor, now=now, reason=_REASON)
        return
    terms: dict[str, Any] = {"reason": _REASON, "reversal_date": None, "today": day_in(actor.company.timezone, now)}
    if entity == Entity.PAYMENT:
        reverse_payment(payment_id=document_id, actor=actor, now=now, **terms)
    else:
        reverse_invoice(invoice_id=document_id, actor=actor, now=now, **terms)


@use_case
def _finish(locks: Locks, run: ImportRun, *, actor: Actor, now: datetime) -> None:
    lock_run(locks, run.id)
    with connection.cursor() as cursor:
        be_patient(cursor)
        cursor.execute(_FORGET, {"company": actor.company_id, "run": run.id, "connection": run.connection_id})
    run.state, run.heartbeat_at = RunState.UNDONE.value, now
    run.save(update_fields=["state", "heartbeat_at"])
    record_audit(locks, [Audit("undo_run", SUBJECT, run.id)], actor=actor, now=now)
