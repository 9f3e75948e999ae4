"""What an administrator decrees: an invoice's goods are delivered, or many invoices are a step further."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from erp.access import Actor
from erp.locking import Locks
from erp.models import HasCompany
from erp.performing import use_case
from erp.problems import Conflict
from erp.rights import Right
from fulfilment.models import DeliverySession, StatusRun
from fulfilment.scenes import Scene, invoices_here, open_scene, open_scenes
from fulfilment.sessions import Move, filled_sessions, judge, take_steps
from fulfilment.status import UNENDED, Section, SessionSource
from fulfilment.workers import Worker, worker_of
from fulfilment.workflow import Action, Step
from invoices.content import InvoiceContent
from invoices.models import Invoice
from invoices.status import BooksStatus, FulfilmentStatus

MOST_AT_ONCE = 5_000
NEXT = {
    FulfilmentStatus.INVOICED: FulfilmentStatus.PICKED,
    FulfilmentStatus.PICKED: FulfilmentStatus.PACKED,
    FulfilmentStatus.PACKED: FulfilmentStatus.DELIVERED,
}
"""From where many invoices are moved, and to where."""


class TooMany(Conflict):
    """More invoices pass than are moved at once: `data` says how many. Narrow the days."""

    code = "too-many"
    message = f"At most {MOST_AT_ONCE:,} invoices are moved at once."


@dataclass(frozen=True, slots=True)
class Completed:
    """`steps` are the sections that were closed or written, in their order."""

    scene: Scene
    steps: list[Section]
    reason: str


@dataclass(frozen=True, slots=True)
class Range:
    """Invoices in a status, dated from one day to another, both included; None is open."""

    status: FulfilmentStatus
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Advanced:
    """The invoices as they were; `run` is the row that remembers it."""

    before: list[InvoiceContent]
    to: FulfilmentStatus
    run: StatusRun


@use_case
def complete_workflow(
    locks: Locks, *, invoice_no: str, reason: str, actor: Actor, now: datetime, user_email: str = "", notes: str = ""
) -> Completed:
    """Whatever is left is done: open sessions are closed, missing ones written closed, and the invoice is DELIVERED.

    The sessions that it writes are the worker's, and all that it touches keep the notes. Locks INVOICE. Records one
    `delivery_completed`. Raises UserNotFound, PrivilegeNotGiven, InvoiceNotFound, WrongState in review and when it is
    delivered, StartsNothing.
    """
    worker = worker_of(actor, user_email, Right.ADMINISTER)
    scene = open_scene(locks, invoice_no)
    step = judge(scene, Action.COMPLETE_WORKFLOW, actor=actor, worker=worker)
    steps = [section for section in Section if _is_open(scene, section)]
    move = _decreed(scene, step, worker, notes, now, {"reason": reason} if reason else {})
    take_steps(locks, [move], actor=actor, worker=worker, now=now)
    return Completed(scene, steps, reason)


@use_case
def advance_invoices(
    locks: Locks, *, wanted: Range, actor: Actor, now: datetime, user_email: str = "", notes: str = ""
) -> Advanced:
    """Every invoice of the range is a step further: PICKED, PACKED or DELIVERED; what is cancelled in the books stays.

    Worker and notes as of `complete_workflow`; the run remembers the actor. Locks INVOICE (all of them). Records
    `picking_completed`, `packing_completed` or `delivery_completed` of each. Raises UserNotFound, PrivilegeNotGiven,
    TooMany.
    """
    worker = worker_of(actor, user_email, Right.ADMINISTER)
    rows = waiting_in(locks, wanted)
    if (count := rows.count()) > MOST_AT_ONCE:
        raise TooMany(data={"count": count})
    scenes = open_scenes(locks, rows)
    scenes.sort(key=lambda scene: (scene.content.invoice_date, scene.content.serial))
    steps = [judge(scene, Action.ADVANCE, actor=actor, worker=worker) for scene in scenes]
    moves = [_decreed(scene, step, worker, notes, now, {}) for scene, step in zip(scenes, steps, strict=True)]
    before = [scene.content for scene in scenes]
    if moves:
        take_steps(locks, moves, actor=actor, worker=worker, now=now)
    run = StatusRun(
        company_id=locks.company_id,
        from_status=wanted.status.value,
        to_status=NEXT[wanted.status].value,
        from_date=wanted.first,
        to_date=wanted.last,
        count=len(before),
        invoices=[row_of(content) for content in before],
        performed_by_id=actor.id,
        performed_by_name=actor.name,
        executed_at=now,
    )
    run.save(force_insert=True)
    return Advanced(before, NEXT[wanted.status], run)


def waiting_in(asking: HasCompany, wanted: Range) -> QuerySet[Invoice]:
    """The invoices of the range that may be moved."""
    rows = invoices_here(asking).filter(fulfilment_status=wanted.status.value).exclude(status=BooksStatus.CANCELLED.value)
    if wanted.first is not None:
        rows = rows.filter(invoice_date__gte=wanted.first)
    return rows if wanted.last is None else rows.filter(invoice_date__lte=wanted.last)


def row_of(content: InvoiceContent) -> dict[str, str]:
    """An invoice as a run remembers it; `total` with two places."""
    return {
        "invoice_no": content.invoice_no,
        "invoice_date": content.invoice_date.isoformat(),
        "customer_name": content.customer.name,
        "total": f"{content.total_value:.2f}",
    }


def _is_open(scene: Scene, section: Section) -> bool:
    session = scene.sessions[section]
    return session is None or session.status in UNENDED[section]


def _decreed(scene: Scene, step: Step, worker: Worker, notes: str, now: datetime, told: dict[str, Any]) -> Move:
    for section, session in scene.sessions.items():
        if session is not None and section in step.effects and session.status in UNENDED[section]:
            session.source = SessionSource.ADMIN.value
            session.notes = notes or session.notes
            if isinstance(session, DeliverySession):
                session.delivered_by_id = worker.id
                session.delivered_by_name, session.delivered_by_email = worker.name, worker.email
    filled = filled_sessions(scene, step, worker=worker, source=SessionSource.ADMIN, now=now, notes=notes)
    return Move(scene=scene, step=step, opened=filled, told=told)
