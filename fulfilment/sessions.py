"""The one service of the workflow: lock an invoice, judge a step by the table, write what follows.

Every use case of fulfilment goes through here, inside its transaction. Whoever holds the invoice (rank INVOICE) owns its
sessions and its returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from django.db import connection

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.clock import instant_text
from erp.locking import LockOrder, Locks
from erp.outbox import record_events
from erp.problems import Conflict, NotFound, PermissionDenied
from erp.rights import Right
from fulfilment.agreement import sections_at
from fulfilment.models import DeliverySession, PackingSession, PickingSession, Session
from fulfilment.statements import MOVE_INVOICE
from fulfilment.status import OPEN, UNENDED, DeliveryType, Section
from fulfilment.workers import Worker
from fulfilment.workflow import Action, State, Step, billing_after, find_step
from invoices.content import InvoiceContent
from invoices.documents import read_documents
from invoices.events import SUBJECT, invoice_event
from invoices.models import Invoice
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, InvoiceType, Origin

MODELS: dict[Section, type[PickingSession] | type[PackingSession] | type[DeliverySession]] = {
    Section.PICKING: PickingSession,
    Section.PACKING: PackingSession,
    Section.DELIVERY: DeliverySession,
}


class InvoiceNotFound(NotFound):
    """No invoice that was imported or issued here has this number. Check it."""

    message = "Invoice not found."

    def __init__(self) -> None:
        super().__init__(errors={"invoice_no": ["Invoice not found."]})


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


@dataclass(slots=True)
class Scene:
    """A locked invoice with the current session of each section, as they are now."""

    locks: Locks
    content: InvoiceContent
    sessions: dict[Section, Session | None]

    @property
    def picking(self) -> PickingSession | None:
        return cast(PickingSession | None, self.sessions[Section.PICKING])

    @property
    def packing(self) -> PackingSession | None:
        return cast(PackingSession | None, self.sessions[Section.PACKING])

    @property
    def delivery(self) -> DeliverySession | None:
        return cast(DeliverySession | None, self.sessions[Section.DELIVERY])

    @property
    def state(self) -> State:
        picking, packing, delivery = (one.status if one else None for one in self.sessions.values())
        kind = DeliveryType(self.delivery.delivery_type) if self.delivery else None
        return State(FulfilmentStatus(self.content.fulfilment_status), picking, packing, delivery, kind)

    @property
    def returned_from(self) -> Section | None:
        """The section of the last return; None when there was none."""
        last = self.content.handling.get("return")
        return Section(last["returned_from_section"]) if last else None


def open_scene(locks: Locks, invoice_no: str) -> Scene:
    """Lock the invoice with this number (rank INVOICE) and read it with its sessions. Raises InvoiceNotFound."""
    known = Invoice.objects.of(locks).filter(invoice_no=invoice_no, invoice_type=InvoiceType.SALES.value)
    locked = locks.take(LockOrder.INVOICE, known.exclude(origin=Origin.HISTORY.value).only("id"))
    if not locked:
        raise InvoiceNotFound
    invoice_id: UUID = locked[0].id
    return scene_of(locks, read_documents(locks.company_id, [invoice_id])[invoice_id])


def scene_of(locks: Locks, content: InvoiceContent) -> Scene:
    """The scene of an invoice that is locked and read. Only sections that can have a session now are asked."""
    asked = sections_at(FulfilmentStatus(content.fulfilment_status))
    return Scene(
        locks, content, {section: _current(locks, section, content.id) if section in asked else None for section in Section}
    )


def _current(locks: Locks, section: Section, invoice_id: UUID) -> Session | None:
    rows = MODELS[section].objects.of(locks).filter(invoice_id=invoice_id).exclude(status="CANCELLED")
    return cast(Session | None, rows.first())


def judge(scene: Scene, action: Action, *, actor: Actor, worker: Worker) -> Step:
    """The step that the action takes here. Raises WrongState, StartsNothing, PermissionDenied; nothing is written."""
    step = find_step(action, scene.state)
    if step is None:
        raise wrong_state(scene)
    if step.opens and scene.content.status == BooksStatus.CANCELLED:
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
    """Write the sessions, the invoice with its read copy, one event and one audit entry, as the step says.

    `opened` is the new session of a step that opens one. The audit entry carries the statuses before and after, the worker
    when he is not the actor, and what is `told` besides; the event of a return carries `review`, of an update `changed`.
    """
    locks, content = scene.locks, scene.content
    write_sessions(scene, step, opened, now)
    status = (step.to or FulfilmentStatus(content.fulfilment_status)).value
    billing = billing_after(step, BillingStatus(content.billing_status), scene.returned_from).value
    parameters: dict[str, Any] = {"company": locks.company_id, "invoice": content.id, "version": content.version, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(MOVE_INVOICE, parameters | {"status": status, "billing": billing})
        (copy,) = cursor.fetchone()
    scene.content = msgspec.structs.replace(
        content,
        fulfilment_status=status,
        billing_status=billing,
        handling=msgspec.json.decode(copy),
        version=content.version + 1,
        updated_at=now,
    )
    why = dict(review) if review else None
    event = invoice_event(step.event, scene.content, actor=actor, now=now, changed=changed, review=why)
    record_events(locks, [event], now=now)
    changes = {
        "fulfilment_status": [content.fulfilment_status, status],
        "billing_status": [content.billing_status, billing],
    }
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    who = {"worker": [None, worker.email]} if worker.id != actor.id else {}
    text = msgspec.json.encode(changes | who | {name: [None, value] for name, value in (told or {}).items()}).decode()
    record_audit(locks, [Audit(step.action.value, SUBJECT, content.id, text)], actor=actor, now=now)


def write_sessions(scene: Scene, step: Step, opened: Session | None, now: datetime) -> None:
    """The sessions as the step leaves them; the invoice follows in the same transaction."""
    for section in Section:
        session, status = scene.sessions[section], step.effects.get(section)
        if session is None or (status is None and section is not step.section):
            continue
        if status is not None:
            session.status = status
            session.ended_at = None if status in UNENDED[section] else session.ended_at or now
        session.acted_at = now
        session.save(force_update=True)
        if session.status == "CANCELLED":
            scene.sessions[section] = None
    if opened is not None:
        opened.save(force_insert=True)
        scene.sessions[step.section] = opened


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
