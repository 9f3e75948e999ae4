"""The one service of the workflow: judge a step by the table, write what follows.

Every use case of fulfilment goes through here, inside its transaction, with the scenes that it has opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from django.db import connection

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.clock import instant_text
from erp.locking import Locks
from erp.outbox import record_events
from erp.problems import Conflict, PermissionDenied
from erp.rights import Right
from fulfilment.models import PackingSession, Session
from fulfilment.scenes import MODELS, Scene
from fulfilment.statements import MOVE_INVOICES
from fulfilment.status import OPEN, UNENDED, DeliveryType, PackingStatus, Section, SessionSource
from fulfilment.trays import settle_boxes
from fulfilment.workers import Worker
from fulfilment.workflow import Action, Step, billing_after, find_step
from invoices.content import InvoiceContent
from invoices.events import SUBJECT, invoice_event
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus


class WrongState(Conflict):
    """The invoice is not where this could be done to it: `data` says where it is. Read it again, then decide."""

    code = "wrong-state"


class StartsNothing(Conflict):
    """The invoice is cancelled in the books, so nobody picks, packs or delivers it."""

    code = "cancelled-in-books"
    message = "This invoice is cancelled in the books."


class SessionOpen(Conflict):
    """The worker has a session open in this section: `data` names its invoice. Complete or cancel that first."""

    code = "session-open"
    message = "Another session of this worker is open."


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A step that an invoice takes. `opened` are its new sessions.

    The audit entry carries what is `told`; the event of a return carries `review`, of an update `changed`.
    """

    scene: Scene
    step: Step
    opened: Sequence[Session] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    review: Mapping[str, str] | None = None
    changed: list[str] | None = None


def judge(scene: Scene, action: Action, *, actor: Actor, worker: Worker) -> Step:
    """The step that the action takes here. Raises WrongState, StartsNothing, PermissionDenied; nothing is written."""
    step = find_step(action, scene.state)
    if step is None:
        raise wrong_state(scene)
    begins = step.opens or any(scene.sessions[section] is None for section in step.fills)
    if begins and scene.content.status == BooksStatus.CANCELLED:
        raise StartsNothing(data=where(scene))
    if not _may(step, scene, actor, worker):
        raise PermissionDenied("Privilege Not Given")
    return step


def _may(step: Step, scene: Scene, actor: Actor, worker: Worker) -> bool:
    if step.right is not None and actor.allows(step.right, None):
        return True
    session: Any = scene.sessions[step.section]
    mine = session is not None and session.worker_id == worker.id
    return step.own and (mine or actor.allows(Right.ACT_FOR, None))


def where(scene: Scene) -> dict[str, Any]:
    """What a refusal tells of the invoice."""
    content = scene.content
    return {
        "invoice_no": content.invoice_no,
        "status": content.fulfilment_status,
        "billing_status": content.billing_status,
    }


def wrong_state(scene: Scene) -> WrongState:
    status, billing = scene.content.fulfilment_status, scene.content.billing_status
    return WrongState(f"This cannot be done to an invoice that is {status} and {billing}.", data=where(scene))


def refuse_second(locks: Locks, section: Section, worker: Worker) -> None:
    """One open session per worker and section; his membership is locked. Raises SessionOpen, which names the oldest."""
    mine = MODELS[section].objects.of(locks).filter(worker_id=worker.id, ended_at=None, status__in=OPEN[section])
    found = mine.select_related("invoice").order_by("started_at", "serial").first()
    if found is not None:
        began = instant_text(found.started_at or found.created_at)
        raise SessionOpen(data={"invoice_no": found.invoice.invoice_no, "started_at": began})


def take_step(
    scene: Scene,
    step: Step,
    *,
    actor: Actor,
    worker: Worker,
    now: datetime,
    opened: Session | None = None,
    told: Mapping[str, Any] | None = None,
    review: Mapping[str, str] | None = None,
    changed: list[str] | None = None,
) -> None:
    """`take_steps` of one invoice; `opened` is the new session of a step that opens one."""
    move = Move(
        scene=scene,
        step=step,
        opened=() if opened is None else (opened,),
        told=told or {},
        review=review,
        changed=changed,
    )
    take_steps(scene.locks, [move], actor=actor, worker=worker, now=now)


def take_steps(locks: Locks, moves: Sequence[Move], *, actor: Actor, worker: Worker, now: datetime) -> None:
    """Write the sessions, the invoices with their read copies, one event and one audit entry of each, as the steps say.

    The audit entry carries the statuses before and after, the worker when he is not the actor, and what is told besides.
    """
    write_sessions(moves, now)
    befores = [move.scene.content for move in moves]
    _move_invoices(locks, moves, now)
    events = [
        invoice_event(
            move.step.event,
            move.scene.content,
            actor=actor,
            now=now,
            changed=move.changed,
            review=dict(move.review) if move.review else None,
        )
        for move in moves
    ]
    record_events(locks, events, now=now)
    who = {"worker": [None, worker.email]} if worker.id != actor.id else {}
    audit = [_audited(move, before, who) for move, before in zip(moves, befores, strict=True)]
    record_audit(locks, audit, actor=actor, now=now)


def _move_invoices(locks: Locks, moves: Sequence[Move], now: datetime) -> None:
    """The invoices in their next version, and in their scenes."""
    there: dict[UUID, tuple[str, str]] = {}
    for move in moves:
        step, content = move.step, move.scene.content
        status = (step.to or FulfilmentStatus(content.fulfilment_status)).value
        billing = billing_after(step, BillingStatus(content.billing_status), move.scene.returned_from).value
        there[content.id] = status, billing
    parameters: dict[str, Any] = {
        "company": locks.company_id,
        "now": now,
        "invoices": list(there),
        "versions": [move.scene.content.version for move in moves],
        "statuses": [status for status, _ in there.values()],
        "billings": [billing for _, billing in there.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE_INVOICES, parameters)
        copies: dict[UUID, str] = dict(cursor.fetchall())
    for move in moves:
        content = move.scene.content
        status, billing = there[content.id]
        move.scene.content = msgspec.structs.replace(
            content,
            fulfilment_status=status,
            billing_status=billing,
            handling=msgspec.json.decode(copies[content.id]),
            version=content.version + 1,
            updated_at=now,
        )


def _audited(move: Move, before: InvoiceContent, who: dict[str, Any]) -> Audit:
    after = move.scene.content
    changes = {name: [getattr(before, name), getattr(after, name)] for name in ("fulfilment_status", "billing_status")}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    text = msgspec.json.encode(changes | who | {name: [None, value] for name, value in move.told.items()}).decode()
    return Audit(move.step.action.value, SUBJECT, after.id, text)


def write_sessions(moves: Sequence[Move], now: datetime) -> None:
    """The sessions as the steps leave them, and the trays with them; the invoices follow in the same transaction."""
    packings = {move.scene.content.id: (one, one.status) for move in moves if (one := move.scene.packing) is not None}
    for move in moves:
        _change_sessions(move.scene, move.step, now)
    for model in MODELS.values():
        if opened := [session for move in moves for session in move.opened if isinstance(session, model)]:
            cast(Any, model).objects.of(opened[0]).bulk_create(opened)
    for move in moves:
        for session in move.opened:
            move.scene.sessions[section_of(session)] = session
        packing, before = packings.get(move.scene.content.id, (None, None))
        if packing is not None and packing.status != before and before != PackingStatus.PACKED:
            current = move.scene.packing
            settle_boxes(move.scene.locks, packing, None if current is packing else current, now=now)


def section_of(session: Session) -> Section:
    return next(section for section, model in MODELS.items() if isinstance(session, model))


def _change_sessions(scene: Scene, step: Step, now: datetime) -> None:
    for section in Section:
        session, status = scene.sessions[section], step.effects.get(section)
        if session is None or (section is not step.section and status in {None, session.status}):
            continue
        if status is not None:
            session.status = status
            session.ended_at = None if status in UNENDED[section] else session.ended_at or now
        if isinstance(session, PackingSession) and session.status != PackingStatus.CHECKING_DONE:
            session.consolidation_customer_name = session.held_by_name = session.held_by_email = ""
        session.acted_at = now
        session.save(force_update=True)
        if session.status == "CANCELLED":
            scene.sessions[section] = None


def new_session(scene: Scene, step: Step, *, now: datetime, notes: str = "") -> dict[str, Any]:
    """Columns of the session that the step opens."""
    assert step.opens is not None, "only some steps open a session"
    return {
        "company_id": scene.locks.company_id,
        "invoice_id": scene.content.id,
        "status": step.opens,
        "notes": notes,
        "started_at": now,
        "ended_at": None if step.opens in UNENDED[step.section] else now,
        "acted_at": now,
        "created_at": now,
    }


def filled_sessions(
    scene: Scene, step: Step, *, worker: Worker, source: SessionSource, now: datetime, notes: str = ""
) -> list[Session]:
    """Finished sessions of the sections that the step fills and the invoice has none of; goods went over the counter."""
    filled: list[Session] = []
    for section, status in step.fills.items():
        if scene.sessions[section] is not None:
            continue
        columns: dict[str, Any] = {
            "company_id": scene.locks.company_id,
            "invoice_id": scene.content.id,
            "status": status,
            "source": source.value,
            "notes": notes,
            "started_at": now,
            "ended_at": now,
            "acted_at": now,
            "created_at": now,
        }
        who = "delivered_by" if section is Section.DELIVERY else "worker"
        columns |= {f"{who}_id": worker.id, f"{who}_name": worker.name, f"{who}_email": worker.email}
        if section is Section.DELIVERY:
            columns["delivery_type"] = DeliveryType.DIRECT.value
        filled.append(MODELS[section](**columns))
    return filled
