"""Reading sessions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.models import Membership
from fulfilment.models import PickingSession, Session
from fulfilment.scenes import MODELS
from fulfilment.status import OPEN, Section
from fulfilment.workers import UserNotFound
from invoices.content import InvoiceContent
from invoices.documents import read_documents


@dataclass(frozen=True, slots=True)
class Active:
    """A worker's oldest open session with its invoice, and the numbers of his invoices that wait in REVIEW."""

    session: Session | None
    content: InvoiceContent | None
    in_review: list[str]


def member_named(actor: Actor, *, user: UUID | None, email: str) -> UUID:
    """The member with this id or address. Raises UserNotFound."""
    members = Membership.objects.of(actor).filter(is_active=True, user__is_active=True)
    found = members.filter(user_id=user) if user else members.filter(user__email=email.lower())
    user_id: UUID | None = found.values_list("user_id", flat=True).first()
    if user_id is None:
        raise UserNotFound
    return user_id


def find_active(actor: Actor, section: Section, worker_id: UUID) -> Active:
    """What the worker has in hand in a section."""
    mine: Any = MODELS[section].objects.of(actor).filter(worker_id=worker_id)
    opened = mine.filter(ended_at=None, status__in=OPEN[section]).order_by("started_at", "serial").first()
    waiting = mine.filter(status="REVIEW").order_by("serial").values_list("invoice__invoice_no", flat=True)
    content = None if opened is None else read_documents(actor.company_id, [opened.invoice_id]).get(opened.invoice_id)
    return Active(opened, content, list(waiting))


def current_pickings(actor: Actor, invoice_ids: Iterable[UUID]) -> dict[UUID, PickingSession]:
    """The current picking of each of these invoices that has one."""
    rows = PickingSession.objects.of(actor).filter(invoice_id__in=list(invoice_ids)).exclude(status="CANCELLED")
    return {row.invoice_id: row for row in rows}
