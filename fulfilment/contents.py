"""What lies in which tray, as the packer says it: the whole draft each time. Inside the use case that holds the invoice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from erp.locking import LockOrder, Locks
from erp.money import QUANTITY_LIMIT, plain
from erp.problems import Conflict, FieldErrors, Problem, ValidationFailed
from fulfilment.models import Box, BoxItem, PackingSession, Tray
from fulfilment.scenes import Scene
from fulfilment.status import TrayStatus
from invoices.content import InvoiceContent


class TrayInUse(Conflict):
    """Goods of another invoice lie in the tray: `data` names it. Take another tray."""

    code = "tray-in-use"
    message = "This tray is in use for another invoice."


class QuantitiesDiffer(Problem):
    """The trays hold other quantities than the invoice: `data` names each line. Count again, or send it back to billing."""

    status, code = 400, "quantities-differ"
    message = "The trays do not hold what the invoice says."


@dataclass(frozen=True, slots=True)
class BoxDraft:
    """A tray by its code, and how much of which line lies in it."""

    tray_code: str
    is_sealed: bool
    items: Mapping[UUID, Decimal]


def write_boxes(scene: Scene, drafts: Sequence[BoxDraft], *, now: datetime) -> None:
    """Make the trays of the packing session those of the draft, and what lies in them what it says.

    Locks FULFILMENT (the trays). Raises ValidationFailed for a tray that is unknown, inactive or named twice and for a line
    of another invoice, TrayInUse.
    """
    locks, session = scene.locks, scene.packing
    assert session is not None, "the status implies a session"
    codes = [draft.tray_code for draft in drafts]
    trays = {tray.tray_code: tray for tray in locks.take(LockOrder.FULFILMENT, _trays(locks, codes))}
    used = Box.objects.of(locks).filter(freed_at=None)
    mine = {box.tray_id: box for box in used.filter(session_id=session.id)}
    _refuse_faults(scene.content, drafts, trays, set(mine))
    ids = [trays[code].id for code in codes]
    foreign = used.filter(tray_id__in=ids).exclude(session_id=session.id).select_related("session__invoice").first()
    if foreign is not None:
        raise TrayInUse(data={"tray_code": foreign.tray_code, "invoice_no": foreign.session.invoice.invoice_no})
    BoxItem.objects.of(locks).filter(box__in=list(mine.values())).delete()
    used.filter(session_id=session.id).exclude(tray_id__in=ids).delete()
    _put(locks, session, drafts, trays, mine, now)


def _trays(locks: Locks, codes: Iterable[str]) -> Any:
    return Tray.objects.of(locks).filter(tray_code__in=list(codes))


def _refuse_faults(
    content: InvoiceContent, drafts: Sequence[BoxDraft], trays: Mapping[str, Tray], mine: set[UUID | None]
) -> None:
    lines, seen = {item.id for item in content.items}, set[str]()
    faults: list[FieldErrors] = []
    for draft in drafts:
        fault: FieldErrors = {}
        tray = trays.get(draft.tray_code)
        if tray is None:
            fault["box_id"] = ["There is no such tray."]
        elif tray.status != TrayStatus.ACTIVE and tray.id not in mine:
            fault["box_id"] = ["This tray is not active."]
        elif draft.tray_code in seen:
            fault["box_id"] = ["This tray is named twice."]
        seen.add(draft.tray_code)
        if strange := [line for line in draft.items if line not in lines]:
            fault["items"] = [f"The invoice has no line {line}." for line in strange]
        elif any(quantity >= QUANTITY_LIMIT for quantity in draft.items.values()):
            fault["items"] = ["There is too much of one line."]
        faults.append(fault)
    if any(faults):
        raise ValidationFailed(errors={"boxes": faults})


def _put(
    locks: Locks,
    session: PackingSession,
    drafts: Sequence[BoxDraft],
    trays: Mapping[str, Tray],
    mine: Mapping[UUID | None, Box],
    now: datetime,
) -> None:
    new: list[Box] = []
    changed: list[Box] = []
    contents: list[BoxItem] = []
    for draft in drafts:
        tray = trays[draft.tray_code]
        box = mine.get(tray.id)
        if box is None:
            box = Box(company_id=locks.company_id, session=session, tray=tray, tray_code=tray.tray_code, created_at=now)
            new.append(box)
        elif box.is_sealed != draft.is_sealed:
            changed.append(box)
        box.is_sealed, box.sealed_at = draft.is_sealed, (box.sealed_at or now) if draft.is_sealed else None
        contents += [
            BoxItem(company_id=locks.company_id, box=box, invoice_item_id=line, quantity=quantity)
            for line, quantity in draft.items.items()
        ]
    Box.objects.of(locks).bulk_create(new)
    if changed:
        Box.objects.of(locks).bulk_update(changed, ["is_sealed", "sealed_at"])
    BoxItem.objects.of(locks).bulk_create(contents)


def differences(content: InvoiceContent, drafts: Sequence[BoxDraft]) -> list[dict[str, Any]]:
    """The lines of which the trays hold more or less than the invoice says; quantities as texts."""
    packed: dict[UUID, Decimal] = defaultdict(Decimal)
    for draft in drafts:
        for line, quantity in draft.items.items():
            packed[line] += quantity
    return [
        {
            "item_id": str(item.id),
            "item_name": item.name,
            "quantity": f"{plain(item.quantity)}",
            "packed": f"{plain(packed[item.id])}",
        }
        for item in content.items
        if packed[item.id] != item.quantity
    ]
