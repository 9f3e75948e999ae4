"""Refusals of goods that are not there: of an item in all, or of the very batch that a line names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from erp.locking import Locks
from erp.problems import Conflict
from erp.spelling import quantity_text
from inventory.models import Batch
from inventory.stock import InsufficientStock, Place


class BatchShort(Conflict):
    """A line names a batch of which less can be taken than it wants, or none is known: `data.lines` names every such line.

    Take less of it, or name another batch.
    """

    code = "batch-short"
    message = "There is not enough of this batch."


class BatchExpired(Conflict):
    """A line names a batch that has expired by the booking date: `data.lines` names every such line. Name another batch."""

    code = "batch-expired"
    message = "This batch has expired."


class BatchBlocked(Conflict):
    """A line names a batch that is blocked, recalled perhaps: `data.lines` names every such line. Name another batch."""

    code = "batch-blocked"
    message = "This batch is blocked."


BATCH_REFUSALS = (BatchShort, BatchExpired, BatchBlocked)


@dataclass(frozen=True, slots=True)
class ShortBatch:
    """A line of a document and the batch it names, of which only `usable` can be taken; quantities in the base unit.

    `batch_id` is None where no such batch is known; `line_id` where lines have no id yet.
    """

    line_id: UUID | None
    line_no: int
    sku: str
    place: Place
    batch_id: UUID | None
    batch_no: str
    wanted: Decimal
    usable: Decimal


def unsellable_batches(locks: Locks, batches: Collection[UUID], *, day: date | None) -> dict[UUID, type[Conflict]]:
    """Which of the batches may not be sold, and what that is called. What had expired by `day` counts, unless None."""
    rows = Batch.objects.of(locks).filter(id__in=batches)
    found: dict[UUID, type[Conflict]] = {}
    for batch in rows:
        if batch.is_blocked:
            found[batch.id] = BatchBlocked
        elif day is not None and batch.expiry_date is not None and batch.expiry_date < day:
            found[batch.id] = BatchExpired
    return found


def refuse_short(
    items: Sequence[Mapping[str, Any]],
    batches: Sequence[ShortBatch],
    *,
    because: Mapping[UUID, type[Conflict]],
    message: str | None = None,
) -> NoReturn:
    """Raise what the first short batch is called (`because`, else BatchShort), naming every line and item that is short.

    InsufficientStock with this message where no batch is what lacks.
    """
    if not batches:
        raise InsufficientStock(message, data={"items": items})
    names = [because.get(one.batch_id, BatchShort) if one.batch_id else BatchShort for one in batches]
    data: dict[str, Any] = {"lines": [_line(one, name) for one, name in zip(batches, names, strict=True)]}
    if items:
        data["items"] = items
    raise names[0](data=data)


def _line(one: ShortBatch, refusal: type[Conflict]) -> dict[str, Any]:
    shown = {
        "line_no": one.line_no,
        "item": one.place.item_id,
        "item_sku": one.sku,
        "warehouse": one.place.warehouse_id,
        "batch_no": one.batch_no,
        "wanted": quantity_text(one.wanted),
        "usable": quantity_text(one.usable),
        "code": refusal.code,
    }
    return shown if one.line_id is None else {"line": one.line_id, **shown}
