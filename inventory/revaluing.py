"""Learning later what goods cost: their layers go on with a new value, and what has been sold keeps the cost it had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import BookingYear, open_period
from accounting.vouchers import Leg, write_vouchers
from erp.access import Actor
from erp.cautions import Caution
from erp.changing import changes_text
from erp.identifiers import new_id
from erp.locking import Locks, Raced
from erp.money import AMOUNT_LIMIT, add, half_up_share, split
from erp.performing import use_case
from erp.problems import FieldErrors, NotFound, ValidationFailed
from erp.rows import as_json
from erp.spelling import amount_text
from inventory.documents import SOURCE, Documented, refuse_future, stock_voucher, take_stock_numbers, tell_document
from inventory.fifo import Layer, Taking, take
from inventory.holdings import held_layers
from inventory.kinds import MovementKind, StockDocumentKind
from inventory.models import StockDocument, StockLayer, StockMovement
from inventory.moves import Move, succeed, write_moves
from inventory.statements import LAYERS_OF_ONE
from inventory.stock import Place, lock_balances


@dataclass(frozen=True, slots=True)
class RevaluedLine:
    """By how much all that came as this layer, or by this line of a receipt, is worth more (or less) than was booked."""

    difference: Decimal
    layer: UUID | None = None
    receipt_line: UUID | None = None


class _Piece(NamedTuple):
    """A layer in which goods of a line may lie: the one that it names, or one that went on with them."""

    line: int
    layer_id: UUID
    place: Place


class _Share(NamedTuple):
    """What a line adds to what is still held, and to each of its layers."""

    held: Decimal
    by_layer: Mapping[UUID, Decimal]


@use_case
def revalue_stock(
    locks: Locks,
    *,
    actor: Actor,
    document_date: date,
    lines: Sequence[RevaluedLine],
    reason: str,
    now: datetime,
) -> Documented:
    """The share of the goods that are still held goes to INVENTORY, out of PRICE_VARIANCE or into it (J14).

    A line's share is difference × held ÷ all that came, half up; held is what its layer, and whatever went on with its goods
    elsewhere, holds from that day on. Each layer is taken out and goes on as a successor, as old as before. The share of
    what was sold stays in PRICE_VARIANCE. Base currency, two places. Locks COMPANY (share), STOCK, SERIES. Records
    `stock_adjusted`; the audit entry keeps what was said. Raises NotFound, ValidationFailed, PeriodClosed (409).
    """
    refuse_future(document_date, actor=actor, now=now)
    year = open_period(locks, document_date, actor=actor)
    roots = _roots(locks, lines)
    seen = _pieces(locks, roots)
    lock_balances(locks, [piece.place for piece in seen])
    pieces = _pieces(locks, roots)
    if not {piece.place for piece in pieces} <= {piece.place for piece in seen}:
        raise Raced("goods of these layers were moved elsewhere in this moment")
    held = _held(locks, pieces, day=document_date)
    of_line: list[list[Layer]] = [[] for _ in lines]
    for piece in pieces:
        if piece.layer_id in held:
            of_line[piece.line].append(held[piece.layer_id][1])
    shares = [_share(line, root, layers) for line, root, layers in zip(lines, roots, of_line, strict=True)]
    document = StockDocument(
        id=new_id(),
        company_id=locks.company_id,
        kind=StockDocumentKind.REVALUATION.value,
        document_date=document_date,
        reason=reason,
        created_at=now,
    )
    moves = _moves(held, shares)
    _book(locks, document, moves, year=year, actor=actor, now=now)
    said = {
        f"layer {root.id}": (amount_text(line.difference), amount_text(add(list(share.by_layer.values()))))
        for line, root, share in zip(lines, roots, shares, strict=True)
    }
    tell_document(locks, document, act="revalue_stock", actor=actor, now=now, changes=changes_text(said))
    return Documented(document, [_gone(place) for place, share in enumerate(shares) if not share.held])


def _gone(place: int) -> Caution:
    text = "Nothing of these goods is held on that day; the whole difference stays in the price difference account."
    return Caution(code="goods-gone", message=text, field=f"lines[{place}]")


def _roots(locks: Locks, lines: Sequence[RevaluedLine]) -> list[StockLayer]:
    """The layer of each line. Raises NotFound, saying in which lines there is none, ValidationFailed."""
    faults: list[FieldErrors] = [
        {"layer": ["Name the layer or the line of a receipt, one of them."]}
        if (line.layer is None) == (line.receipt_line is None)
        else {"difference": ["Must not be zero."]}
        if not line.difference
        else {}
        for line in lines
    ]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    came = StockMovement.objects.of(locks).filter(
        kind=MovementKind.RECEIPT.value, source_line_id__in=[line.receipt_line for line in lines if line.receipt_line]
    )
    brought = StockLayer.objects.of(locks).filter(movement__company_id=locks.company_id, movement__in=came)
    by_line = {layer.movement.source_line_id: layer for layer in brought.select_related("movement")}
    by_id = StockLayer.objects.of(locks).in_bulk([line.layer for line in lines if line.layer])
    found = [by_id.get(line.layer) if line.layer else by_line.get(line.receipt_line) for line in lines]
    missing = [
        {} if root else {"layer": ["Layer not found"]} if line.layer else {"receipt_line": ["Receipt line not found"]}
        for line, root in zip(lines, found, strict=True)
    ]
    if any(missing):
        raise NotFound("Layer not found", errors={"lines": missing})
    return [root for root in found if root is not None]


def _pieces(locks: Locks, roots: Sequence[StockLayer]) -> list[_Piece]:
    """The layers of each line, its own first, then those that went on with its goods."""
    named = as_json({"line": place, "layer": root.id} for place, root in enumerate(roots))
    with connection.cursor() as cursor:
        cursor.execute(LAYERS_OF_ONE, {"company": locks.company_id, "lines": named})
        return [_Piece(line, layer_id, Place(item_id, warehouse)) for line, layer_id, item_id, warehouse in cursor]


def _held(locks: Locks, pieces: Sequence[_Piece], *, day: date) -> dict[UUID, tuple[Place, Layer]]:
    """Those that hold something from this day on. Their places are locked."""
    layers = held_layers(locks, [piece.place for piece in pieces], day=day, only={piece.layer_id for piece in pieces})
    return {one.layer.id: (place, one.layer) for place, rows in layers.items() for one in rows}


def _share(line: RevaluedLine, root: StockLayer, layers: Sequence[Layer]) -> _Share:
    held = sum((layer.usable for layer in layers), Decimal(0))
    if not held:
        return _Share(held, {})
    parts = split(half_up_share(line.difference, held, root.quantity), [layer.usable for layer in layers])
    return _Share(held, {layer.id: part for layer, part in zip(layers, parts, strict=True)})


def _moves(held: Mapping[UUID, tuple[Place, Layer]], shares: Sequence[_Share]) -> list[Move]:
    """Each layer whose value changes out, and in again as its successor. Raises ValidationFailed."""
    changes: dict[UUID, Decimal] = {}
    for share in shares:
        for layer_id, part in share.by_layer.items():
            changes[layer_id] = changes.get(layer_id, Decimal("0.00")) + part
    takings: dict[UUID, Taking] = {}
    for layer_id, change in changes.items():
        layer = held[layer_id][1]
        if change:
            (takings[layer_id],) = take([layer], layer.usable)
    bad = {one for one, taking in takings.items() if not 0 <= taking.cost + changes[one] < AMOUNT_LIMIT}
    if bad:
        faults: list[dict[str, Any]] = [
            {"difference": ["These goods would be worth less than nothing, or too much."]}
            if bad & share.by_layer.keys()
            else {}
            for share in shares
        ]
        raise ValidationFailed(errors={"lines": faults})
    moves: list[Move] = []
    for layer_id, taking in takings.items():
        place, layer = held[layer_id]
        successor = succeed(layer, taking, value=taking.cost + changes[layer_id])
        moves += [
            Move(place, MovementKind.REVALUATION, takings=[taking]),
            Move(place, MovementKind.REVALUATION, brings=successor),
        ]
    return moves


def _book(
    locks: Locks, document: StockDocument, moves: Sequence[Move], *, year: BookingYear, actor: Actor, now: datetime
) -> None:
    """The document gets its number and, where anything changes, its voucher and movements. Locks rank SERIES."""
    day = document.document_date
    numbers = take_stock_numbers(locks, year, booked=bool(moves))
    document.number = numbers.document
    if moves:
        voucher = stock_voucher(
            VoucherKind.REVALUATION,
            _legs(locks, add([move.value for move in moves])),
            number=numbers.voucher,
            document_id=document.id,
            year=year,
            day=day,
            narration=f"Revaluation {document.number}",
            actor=actor,
        )
        document.voucher_id = voucher.id
        write_vouchers(locks, [voucher], now=now)
        write_moves(locks, moves, source_kind=SOURCE, source_id=document.id, voucher_id=voucher.id, day=day, now=now)
    document.save(force_insert=True)


def _legs(locks: Locks, gained: Decimal) -> list[Leg]:
    """What the stock gained, which is a loss when it is negative."""
    accounts = accounts_by_role(locks.company_id, [AccountRole.INVENTORY, AccountRole.PRICE_VARIANCE])
    inventory, variance = accounts[AccountRole.INVENTORY], accounts[AccountRole.PRICE_VARIANCE]
    more, less = max(gained, Decimal("0.00")), max(-gained, Decimal("0.00"))
    return [
        Leg(inventory, AccountRole.INVENTORY, debit=more, credit=less),
        Leg(variance, AccountRole.PRICE_VARIANCE, debit=less, credit=more),
    ]
