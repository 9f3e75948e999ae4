"""Batches that sold lines name, inside somebody's transaction: what is refused of them, and what is only told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NoReturn
from uuid import UUID

from erp.access import Actor
from erp.cautions import Caution
from erp.locking import Locks
from erp.problems import Conflict
from erp.spelling import quantity_text
from inventory.fifo import Layer, Taking
from inventory.shortages import ShortBatch, refuse_short, unsellable_batches
from inventory.stock import Place, short_item
from invoices.posting_rules import PostingLine, ShortLine


@dataclass(frozen=True, slots=True)
class Allocated:
    """By line the layers it takes, and by invoice what of that was done with doubt."""

    takings: Mapping[UUID, Sequence[Taking]]
    cautions: Mapping[UUID, Sequence[Caution]]


def refuse_lines(locks: Locks, short: Sequence[ShortLine], *, day: date, actor: Actor) -> NoReturn:
    """Raise what the short lines mean, the batches that may not be sold looked up."""
    batches = [_short_batch(one.line, one.place, one.available) for one in short if one.of_batch]
    items = [
        short_item(
            one.place.item_id,
            one.line.sku,
            one.place.warehouse_id,
            wanted=one.line.quantity,
            available=one.available,
            reserved=one.reserved,
        )
        for one in short
        if not one.of_batch
    ]
    refuse_short(items, batches, because=_unsellable(locks, [one.line for one in short if one.of_batch], day, actor))


def judge_batches(
    locks: Locks,
    lines: Mapping[UUID, Sequence[PostingLine]],
    takings: Mapping[UUID, Sequence[Taking]],
    layers: Mapping[Place, Sequence[Layer]],
    *,
    day: date,
    actor: Actor,
) -> dict[UUID, list[Caution]]:
    """By invoice, what its lines took of other batches than they name, and what of it has expired on this day.

    Raises BatchBlocked or BatchExpired for a line that went to another batch because its own may not be sold: the goods
    that were handed over are of the batch it names.
    """
    place_of = {layer.id: (place, layer) for place, rows in layers.items() for layer in rows}
    found: dict[UUID, list[Caution]] = {}
    strays: list[ShortBatch] = []
    stray_lines: list[PostingLine] = []
    for invoice_id, ones in lines.items():
        for line in ones:
            taken = [(one, *place_of[one.layer_id]) for one in takings.get(line.id, ())]
            other = [one.quantity for one, _, layer in taken if line.batch_no and layer.batch_id != line.batch_id]
            stale = [one.quantity for one, _, layer in taken if layer.expiry_date is not None and layer.expiry_date < day]
            if other:
                text = f"{line.sku}: {quantity_text(sum(other, Decimal(0)))} are of other batches than {line.batch_no}."
                found.setdefault(invoice_id, []).append(_caution("batch-mismatch", text, line))
                strays.append(_short_batch(line, taken[0][1], line.quantity - sum(other, Decimal(0))))
                stray_lines.append(line)
            if stale:
                text = f"{line.sku}: {quantity_text(sum(stale, Decimal(0)))} are of a batch that has expired."
                found.setdefault(invoice_id, []).append(_caution("batch-expired", text, line))
    because = _unsellable(locks, stray_lines, day, actor)
    if refused := [one for one in strays if one.batch_id in because]:
        refuse_short([], refused, because=because)
    return found


def _unsellable(locks: Locks, lines: Sequence[PostingLine], day: date, actor: Actor) -> dict[UUID, type[Conflict]]:
    named = {line.batch_id for line in lines if line.batch_id is not None}
    may_be_old = actor.company.sell_expired == "warn"
    return unsellable_batches(locks, named, day=None if may_be_old else day) if named else {}


def _short_batch(line: PostingLine, place: Place, usable: Decimal) -> ShortBatch:
    return ShortBatch(
        line_id=line.id,
        line_no=line.line_no,
        sku=line.sku,
        place=place,
        batch_id=line.batch_id,
        batch_no=line.batch_no,
        wanted=line.quantity,
        usable=usable,
    )


def _caution(code: str, text: str, line: PostingLine) -> Caution:
    return Caution(code=code, message=text, field=f"lines[{line.line_no - 1}]")
