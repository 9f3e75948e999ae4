"""Reading trays and what lies in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from erp.access import Actor
from erp.models.scoped import HasCompany
from fulfilment.models import Box, BoxItem, PackingSession, Tray
from fulfilment.status import PackingStatus, TrayStatus
from invoices.models import Invoice
from invoices.queries import sales_invoices
from invoices.status import FulfilmentStatus


@dataclass(frozen=True, slots=True)
class ShownBox:
    box: Box
    items: list[BoxItem]


@dataclass(frozen=True, slots=True)
class FoundTray:
    """A tray, and the invoice whose goods lie in it; blank when it is free."""

    tray: Tray
    in_use_invoice: str


def read_boxes(asking: HasCompany, session_ids: Iterable[UUID], *, with_items: bool = True) -> dict[UUID, list[ShownBox]]:
    """The boxes of packing sessions in the order of their trays' codes; items in the order of the lines."""
    boxes = list(Box.objects.of(asking).filter(session_id__in=list(session_ids)).order_by("tray_code", "created_at", "id"))
    items: dict[UUID, list[BoxItem]] = {}
    if with_items and boxes:
        rows = BoxItem.objects.of(asking).filter(box__in=boxes).select_related("invoice_item")
        for item in rows.order_by("invoice_item__line_no", "id"):
            items.setdefault(item.box_id, []).append(item)
    found: dict[UUID, list[ShownBox]] = {}
    for box in boxes:
        found.setdefault(box.session_id, []).append(ShownBox(box, items.get(box.id, [])))
    return found


def current_packing(asking: HasCompany, invoice_id: UUID) -> PackingSession | None:
    """The packing session of an invoice that is not cancelled."""
    return PackingSession.objects.of(asking).filter(invoice_id=invoice_id).exclude(status="CANCELLED").first()


def find_trays(actor: Actor, text: str, *, at_most: int) -> list[FoundTray]:
    """Active trays whose code contains the text, by code, with the invoices whose goods lie in them."""
    trays = Tray.objects.of(actor).filter(status=TrayStatus.ACTIVE.value, tray_code__icontains=text)
    found = list(trays.order_by("tray_code")[:at_most])
    used = Box.objects.of(actor).filter(freed_at=None, tray__in=found)
    holding = dict(used.values_list("tray_id", "session__invoice__invoice_no"))
    return [FoundTray(tray, holding.get(tray.id, "")) for tray in found]


def checked_by(actor: Actor) -> QuerySet[PackingSession]:
    """Sessions that the actor checks, and those that are held and wait for him; the oldest first."""
    rows = PackingSession.objects.of(actor).filter(status__in=[PackingStatus.CHECKING, PackingStatus.CHECKING_DONE])
    return rows.filter(Q(worker_id=actor.id) | Q(checking_by_id=actor.id)).order_by("created_at", "serial")


def waiting_for_boxing(actor: Actor) -> QuerySet[Invoice]:
    """Invoices whose trays are sealed and wait; not those whose packer boxes them himself."""
    own: Any = PackingSession.objects.of(actor).filter(status=PackingStatus.PACKING.value, self_boxing=True)
    rows = sales_invoices(actor).filter(fulfilment_status=FulfilmentStatus.BOXING.value)
    return rows.exclude(id__in=own.values("invoice_id"))
