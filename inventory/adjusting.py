"""Stock that comes or goes without a purchase or a sale: opening stock now; counts and damage by the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import BookingYear, open_period
from accounting.vouchers import Leg, NewVoucher, write_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from erp.locking import Locks
from erp.money import AMOUNT_LIMIT, add
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import ValidationFailed
from inventory.batches import make_batches
from inventory.kinds import MovementKind, StockDocumentKind
from inventory.masters import find_items, find_warehouse
from inventory.models import Item, StockDocument
from inventory.queries import read_stock_document
from inventory.stock import Arrival, Place, lock_balances, write_arrivals

SOURCE = "stock_document"


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """Quantity in the base unit; `value` of the whole line in base currency, two places."""

    item_id: UUID
    quantity: Decimal
    value: Decimal
    batch_no: str = ""
    expiry_date: date | None = None
    received_on: date | None = None


@use_case
def open_stock(
    locks: Locks,
    *,
    actor: Actor,
    document_date: date,
    lines: Sequence[OpeningLine],
    now: datetime,
    warehouse_id: UUID | None = None,
    reason: str = "Opening stock",
) -> StockDocument:
    """Bring in opening stock: a layer and a movement per line, one voucher INVENTORY / OPENING_BALANCE (J12).

    Locks COMPANY, STOCK, SERIES. Records `stock_adjusted`. Raises NotFound for foreign ids, ValidationFailed, PeriodClosed.
    """
    total = add([line.value for line in lines])
    if total >= AMOUNT_LIMIT:
        raise ValidationFailed(errors={"lines": ["The sum of the lines is too large."]})
    year = open_period(locks, document_date, actor=actor)
    warehouse = find_warehouse(actor, warehouse_id)
    items = _items(actor, lines)
    batches = _batches(locks, lines, items)
    lock_balances(locks, [Place(line.item_id, warehouse.id) for line in lines])
    stk, jv = Series("STK", year.year), Series("JV", year.year)
    numbers = take_numbers(locks, {stk: 1, jv: 1})
    document_id = new_id()
    voucher = _opening_voucher(
        locks,
        total,
        number=numbers[jv][0],
        document_id=document_id,
        year=year,
        day=document_date,
        actor=actor,
        narration=f"Opening stock {numbers[stk][0]}",
    )
    write_vouchers(locks, [voucher], now=now)
    arrivals = _arrivals(
        lines, batches, warehouse_id=warehouse.id, document_id=document_id, voucher_id=voucher.id, day=document_date
    )
    write_arrivals(locks, arrivals, day=document_date, now=now)
    document = StockDocument(
        id=document_id,
        company_id=locks.company_id,
        number=numbers[stk][0],
        kind=StockDocumentKind.OPENING.value,
        document_date=document_date,
        warehouse=warehouse,
        reason=reason,
        voucher_id=voucher.id,
        created_at=now,
    )
    document.save(force_insert=True)
    record_audit(locks, [Audit("open_stock", SOURCE, document.id)], actor=actor, now=now)
    shown = read_stock_document(locks.company_id, document.id, with_cost=False)
    event = announcement(
        "stock_adjusted", subject_kind=SOURCE, subject_id=document.id, payload=shown, actor=actor, now=now, lines="lines"
    )
    record_events(locks, [event], now=now)
    return document


def _opening_voucher(
    locks: Locks,
    total: Decimal,
    *,
    number: str,
    document_id: UUID,
    year: BookingYear,
    day: date,
    actor: Actor,
    narration: str,
) -> NewVoucher:
    """INVENTORY / OPENING_BALANCE over the whole value; without legs when that is nothing."""
    accounts = accounts_by_role(locks.company_id, [AccountRole.INVENTORY, AccountRole.OPENING_BALANCE])
    legs = [
        Leg(accounts[AccountRole.INVENTORY], AccountRole.INVENTORY, debit=total),
        Leg(accounts[AccountRole.OPENING_BALANCE], AccountRole.OPENING_BALANCE, credit=total),
    ]
    return NewVoucher(
        kind=VoucherKind.OPENING,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=day,
        source_kind=SOURCE,
        source_id=document_id,
        legs=legs if total else [],
        currency_id=actor.company.base_currency_id,
        narration=narration,
        posted_by_id=actor.id if actor.kind == "user" else None,
    )


def _arrivals(
    lines: Sequence[OpeningLine],
    batches: dict[tuple[UUID, str], UUID],
    *,
    warehouse_id: UUID,
    document_id: UUID,
    voucher_id: UUID,
    day: date,
) -> list[Arrival]:
    return [
        Arrival(
            place=Place(line.item_id, warehouse_id),
            kind=MovementKind.OPENING,
            source_kind=SOURCE,
            source_id=document_id,
            voucher_id=voucher_id,
            received_on=line.received_on or day,
            quantity=line.quantity,
            value=line.value,
            batch_id=batches.get((line.item_id, line.batch_no)),
        )
        for line in lines
    ]


def _items(actor: Actor, lines: Sequence[OpeningLine]) -> dict[UUID, Item]:
    items = find_items(actor, [line.item_id for line in lines], lines="lines")
    errors: list[dict[str, list[str]]] = []
    for line in lines:
        item = items[line.item_id]
        if not item.tracked:
            errors.append({"item_id": [f"{item.sku} is not tracked; it has no stock."]})
        elif item.batch_required and not line.batch_no:
            errors.append({"batch_no": [f"{item.sku} needs a batch."]})
        else:
            errors.append({})
    if any(errors):
        raise ValidationFailed(errors={"lines": errors})
    return items


def _batches(locks: Locks, lines: Sequence[OpeningLine], items: dict[UUID, Item]) -> dict[tuple[UUID, str], UUID]:
    """Batches of the lines, made when they are new: (item, batch_no) → id."""
    wanted = {(line.item_id, line.batch_no): line.expiry_date for line in lines if line.batch_no}
    return {key: batch.id for key, batch in make_batches(locks, wanted).items()}
