"""Counting stock: what was found rules, and the books follow it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import BookingYear, open_period
from accounting.vouchers import Leg, write_vouchers
from erp.access import Actor
from erp.changing import changes_text
from erp.identifiers import new_id
from erp.locking import Locks
from erp.money import AMOUNT_LIMIT, add, half_up_share, line_amount
from erp.performing import use_case
from erp.problems import FieldErrors, ValidationFailed
from erp.spelling import quantity_text
from inventory.batches import BatchKey, find_batches, make_batches
from inventory.documents import (
    SOURCE,
    Documented,
    keep_document,
    refuse_future,
    refuse_untracked,
    stock_voucher,
    take_stock_numbers,
)
from inventory.holdings import Leaving, Parcel, give_way, held_layers, take_lost
from inventory.kinds import MovementKind, StockDocumentKind
from inventory.masters import find_items, find_warehouse, refuse_fractions
from inventory.models import Batch, Item, StockDocument
from inventory.statements import HELD_ON_DAY, LAST_RECEIPTS
from inventory.stock import Arrival, Place, lock_balances, write_arrivals, write_issues
from inventory.writing_off import issue_of

ZERO = Decimal("0.000")


@dataclass(frozen=True, slots=True)
class CountedLine:
    """What was found of an item, in the base unit: of this batch, else of all its batches together.

    `unit_cost` is what a surplus is worth, in base currency; without it what came last tells. `expiry_date` is that of a
    batch which is new.
    """

    item_id: UUID
    counted: Decimal
    batch_no: str = ""
    expiry_date: date | None = None
    unit_cost: Decimal | None = None

    @property
    def batch_key(self) -> BatchKey:
        return self.item_id, self.batch_no


@dataclass(frozen=True, slots=True)
class _Difference:
    """A line of the sheet with what the books said."""

    line: CountedLine
    item: Item
    place: Place
    batch: Batch | None
    held: Decimal

    @property
    def batch_id(self) -> UUID | None:
        return self.batch.id if self.batch else None

    @property
    def surplus(self) -> Decimal:
        return self.line.counted - self.held


@use_case
def count_stock(
    locks: Locks,
    *,
    actor: Actor,
    document_date: date,
    lines: Sequence[CountedLine],
    now: datetime,
    warehouse_id: UUID | None = None,
    reason: str = "Stock count",
) -> Documented:
    """Book how what was found differs from what lay there at the end of that day, STOCK_DIFFERENCE against INVENTORY (J11).

    A shortage leaves by the item's rule, or of its batch; a surplus makes a layer at the given cost, else at that of the
    last receipt. A sheet without differences is kept, with no voucher. Where less was found than is promised to orders,
    the newest reservations shrink, and the warnings name their orders. Locks COMPANY (share), STOCK, SERIES.
    Records `stock_adjusted`; the audit entry keeps the sheet. Raises NotFound, ValidationFailed, InsufficientStock,
    BatchShort, PeriodClosed, BeforeBooksStart (409).
    """
    refuse_future(document_date, actor=actor, now=now)
    year = open_period(locks, document_date, actor=actor)
    warehouse = find_warehouse(actor, warehouse_id)
    items = find_items(actor, [line.item_id for line in lines], lines="lines")
    refuse_untracked([items[line.item_id] for line in lines], batches=[line.batch_no for line in lines])
    refuse_fractions([(line.counted, items[line.item_id]) for line in lines], member="counted")
    _refuse_doubles(lines)
    # Before the places are locked: whoever waits for a new batch must hold no place that its maker waits for.
    batches = make_batches(locks, {one.batch_key: one.expiry_date for one in lines if one.batch_no and one.counted})
    batches |= find_batches(locks, [line.batch_key for line in lines])
    places = [Place(line.item_id, warehouse.id) for line in lines]
    balances = lock_balances(locks, places)
    lying = _held_on(locks, warehouse.id, items, document_date)
    differences = []
    for line, place in zip(lines, places, strict=True):
        batch = batches[line.batch_key] if line.batch_no else None
        held_then = _held(lying, line.item_id, batch.id if batch else None)
        differences.append(_Difference(line, items[line.item_id], place, batch, held_then))
    missing = [
        Leaving(one.item, one.place, -one.surplus, one.batch, line_no=number)
        for number, one in enumerate(differences, start=1)
        if one.surplus < 0
    ]
    held = held_layers(locks, [one.place for one in missing], day=document_date)
    parcels = take_lost(missing, held, balances)
    warnings = give_way(locks, parcels, held, balances, items)
    values = _values(locks, differences, document_date)
    document = StockDocument(
        id=new_id(),
        company_id=locks.company_id,
        kind=StockDocumentKind.COUNT.value,
        document_date=document_date,
        warehouse=warehouse,
        reason=reason,
        created_at=now,
    )
    found = [(one, value) for one, value in zip(differences, values, strict=True) if value is not None]
    _book(locks, document, parcels, found, year=year, actor=actor, now=now)
    sheet = {
        f"{one.item.sku} {one.line.batch_no}".strip(): (quantity_text(one.held), quantity_text(one.line.counted))
        for one in differences
    }
    keep_document(locks, document, act="count_stock", actor=actor, now=now, changes=changes_text(sheet))
    return Documented(document, warnings)


def _refuse_doubles(lines: Sequence[CountedLine]) -> None:
    """Raise ValidationFailed for what is counted twice: the same batch, or an item as a whole and by batch besides."""
    batches: dict[UUID, list[str]] = {}
    errors: list[dict[str, list[str]]] = []
    for line in lines:
        before = batches.setdefault(line.item_id, [])
        twice = line.batch_no in before or (before and "" in {line.batch_no, *before})
        errors.append({"item_id": ["Counted twice: once as a whole, or once for each batch."]} if twice else {})
        before.append(line.batch_no)
    if any(errors):
        raise ValidationFailed(errors={"lines": errors})


def _held_on(
    locks: Locks, warehouse_id: UUID, items: Mapping[UUID, Item], day: date
) -> dict[tuple[UUID, UUID | None], Decimal]:
    """What lay in the warehouse at the end of the day, by item and batch."""
    parameters: dict[str, Any] = {"company": locks.company_id, "warehouse": warehouse_id, "items": list(items), "day": day}
    with connection.cursor() as cursor:
        cursor.execute(HELD_ON_DAY, parameters)
        return {(item_id, batch_id): quantity for item_id, batch_id, quantity in cursor}


def _held(lying: Mapping[tuple[UUID, UUID | None], Decimal], item_id: UUID, batch_id: UUID | None) -> Decimal:
    """Of the batch, or of all of the item's together."""
    if batch_id is not None:
        return lying.get((item_id, batch_id), ZERO)
    return sum((quantity for (one, _), quantity in lying.items() if one == item_id), ZERO)


def _values(locks: Locks, differences: Sequence[_Difference], day: date) -> list[Decimal | None]:
    """What each surplus is worth; None for a line without one. Raises ValidationFailed where nothing tells, or too much."""
    asking = sorted({one.item.id for one in differences if one.surplus > 0 and one.line.unit_cost is None})
    last: dict[UUID, tuple[Decimal, Decimal]] = {}
    if asking:
        with connection.cursor() as cursor:
            cursor.execute(LAST_RECEIPTS, {"company": locks.company_id, "items": asking, "day": day})
            last = {item_id: (quantity, value) for item_id, quantity, value in cursor}
    values = [_value(one, last) for one in differences]
    errors: list[FieldErrors] = []
    for one, value in zip(differences, values, strict=True):
        if one.surplus > 0 and value is None:
            errors.append({"unit_cost": [f"{one.item.sku} was never received; say what a unit is worth."]})
        elif value is not None and value >= AMOUNT_LIMIT:
            errors.append({"unit_cost": ["quantity × cost is too large."]})
        else:
            errors.append({})
    if any(errors):
        raise ValidationFailed(errors={"lines": errors})
    if add([value for value in values if value is not None]) >= AMOUNT_LIMIT:
        raise ValidationFailed(errors={"lines": ["The sum of the lines is too large."]})
    return values


def _value(one: _Difference, last: Mapping[UUID, tuple[Decimal, Decimal]]) -> Decimal | None:
    if one.surplus <= 0:
        return None
    if one.line.unit_cost is not None:
        return line_amount(one.surplus, one.line.unit_cost)
    if one.item.id not in last:
        return None
    quantity, value = last[one.item.id]
    return half_up_share(value, one.surplus, quantity)


def _book(
    locks: Locks,
    document: StockDocument,
    parcels: Sequence[Parcel],
    found: Sequence[tuple[_Difference, Decimal]],
    *,
    year: BookingYear,
    actor: Actor,
    now: datetime,
) -> None:
    """The document gets its number and, where anything differs, its voucher and movements. Locks rank SERIES."""
    day = document.document_date
    if not parcels and not found:
        document.number = take_stock_numbers(locks, year, booked=False).document
        return
    numbers = take_stock_numbers(locks, year)
    document.number = numbers.document
    voucher = stock_voucher(
        VoucherKind.STOCK,
        _legs(locks, lost=add([parcel.cost for parcel in parcels]), gained=add([value for _, value in found])),
        number=numbers.voucher,
        document_id=document.id,
        year=year,
        day=day,
        narration=f"Stock count {document.number}",
        actor=actor,
    )
    document.voucher_id = voucher.id
    write_vouchers(locks, [voucher], now=now)
    issues = [issue_of(parcel, document_id=document.id, voucher_id=voucher.id) for parcel in parcels]
    write_issues(locks, issues, day=day, now=now)
    arrivals = [
        Arrival(
            place=one.place,
            kind=MovementKind.ADJUSTMENT,
            source_kind=SOURCE,
            source_id=document.id,
            voucher_id=voucher.id,
            received_on=day,
            quantity=one.surplus,
            value=value,
            batch_id=one.batch_id,
        )
        for one, value in found
    ]
    write_arrivals(locks, arrivals, day=day, now=now)


def _legs(locks: Locks, *, lost: Decimal, gained: Decimal) -> list[Leg]:
    """Shortage and surplus of one sheet are booked as what they net to."""
    accounts = accounts_by_role(locks.company_id, [AccountRole.STOCK_DIFFERENCE, AccountRole.INVENTORY])
    difference, inventory = accounts[AccountRole.STOCK_DIFFERENCE], accounts[AccountRole.INVENTORY]
    return [
        Leg(difference, AccountRole.STOCK_DIFFERENCE, debit=lost),
        Leg(inventory, AccountRole.INVENTORY, credit=lost),
        Leg(inventory, AccountRole.INVENTORY, debit=gained),
        Leg(difference, AccountRole.STOCK_DIFFERENCE, credit=gained),
    ]
