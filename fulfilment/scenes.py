"""Invoices locked and read together with their sessions: where every use case of the warehouse begins.

Whoever holds the invoice (rank INVOICE) owns its sessions and its returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db.models import QuerySet

from erp.locking import LockOrder, Locks
from erp.models import HasCompany
from erp.problems import FieldErrors, NotFound
from fulfilment.agreement import sections_at
from fulfilment.models import DeliverySession, PackingSession, PickingSession, Session
from fulfilment.status import DeliveryType, Section
from fulfilment.workflow import State
from invoices.content import InvoiceContent
from invoices.documents import read_documents
from invoices.models import Invoice
from invoices.status import FulfilmentStatus, InvoiceType, Origin

MODELS: dict[Section, type[PickingSession] | type[PackingSession] | type[DeliverySession]] = {
    Section.PICKING: PickingSession,
    Section.PACKING: PackingSession,
    Section.DELIVERY: DeliverySession,
}


class InvoiceNotFound(NotFound):
    """No invoice that was imported or issued here has this number. Check it."""

    message = "Invoice not found."

    def __init__(self, *, errors: FieldErrors | None = None) -> None:
        super().__init__(errors=errors or {"invoice_no": ["Invoice not found."]})


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


def invoices_here(asking: HasCompany) -> QuerySet[Invoice]:
    """The sales documents that were imported or issued here: what the warehouse works on."""
    return Invoice.objects.of(asking).filter(invoice_type=InvoiceType.SALES.value).exclude(origin=Origin.HISTORY.value)


def open_scene(locks: Locks, invoice_no: str) -> Scene:
    """Lock the invoice with this number (rank INVOICE) and read it with its sessions. Raises InvoiceNotFound."""
    scenes = open_scenes(locks, invoices_here(locks).filter(invoice_no=invoice_no))
    if not scenes:
        raise InvoiceNotFound
    return scenes[0]


def open_named_scenes(locks: Locks, invoice_nos: Sequence[str], *, member: str = "invoice_nos") -> list[Scene]:
    """`open_scene` for many, in the order asked, each once. Raises InvoiceNotFound, which names those that are missing."""
    wanted = list(dict.fromkeys(invoice_nos))
    found = {one.content.invoice_no: one for one in open_scenes(locks, invoices_here(locks).filter(invoice_no__in=wanted))}
    if missing := [number for number in wanted if number not in found]:
        raise InvoiceNotFound(errors={member: [f"Invoice {number} not found." for number in missing]})
    return [found[number] for number in wanted]


def open_scenes(locks: Locks, rows: QuerySet[Invoice]) -> list[Scene]:
    """Lock the invoices (rank INVOICE) and read them with their sessions, in as many round trips as one takes."""
    locked = locks.take(LockOrder.INVOICE, rows.only("id"))
    ids: list[UUID] = [invoice.id for invoice in locked]
    if len(ids) == 1:
        return [scene_of(locks, read_documents(locks.company_id, ids)[ids[0]])]
    contents = read_documents(locks.company_id, ids)
    present: dict[Section, dict[UUID, Session]] = {}
    for section in Section if ids else ():
        current = MODELS[section].objects.of(locks).filter(invoice_id__in=ids).exclude(status="CANCELLED")
        present[section] = {session.invoice_id: cast(Session, session) for session in current}
    return [Scene(locks, contents[one], {section: present[section].get(one) for section in Section}) for one in ids]


def scene_of(locks: Locks, content: InvoiceContent) -> Scene:
    """The scene of an invoice that is locked and read. Only sections that can have a session now are asked."""
    asked = sections_at(FulfilmentStatus(content.fulfilment_status))
    return Scene(
        locks, content, {section: _current(locks, section, content.id) if section in asked else None for section in Section}
    )


def _current(locks: Locks, section: Section, invoice_id: UUID) -> Session | None:
    rows = MODELS[section].objects.of(locks).filter(invoice_id=invoice_id).exclude(status="CANCELLED")
    return cast(Session | None, rows.first())
