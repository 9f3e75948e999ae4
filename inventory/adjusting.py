"""Opening stock: what was there before the books were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import open_period
from accounting.vouchers import Leg, write_vouchers
from erp.access import Actor
from erp.identifiers import new_id
from erp.locking import Locks
from erp.money import AMOUNT_LIMIT, add
from erp.performing import use_case
from erp.problems import ValidationFailed
from inventory.batches import make_batches
from inventory.documents import SOURCE, keep_document, refuse_untracked, stock_voucher, take_stock_numbers
from inventory.kinds import MovementKind, StockDocumentKind
from inventory.masters import find_items, find_warehouse, refuse_fractions
from inventory.models import StockDocument
from inventory.stock import Arrival, Place, lock_balances, write_arrivals


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
    items = find_items(actor, [line.item_id for line in lines], lines="lines")
    refuse_untracked([items[line.item_id] for line in lines], batches=[line.batch_no for line in lines])
    refuse_fractions([(line.quantity, items[line.item_id]) for line in lines])
    batches = _batches(locks, lines)
    lock_balances(locks, [Place(line.item_id, warehouse.id) for line in lines])
    numbers = take_stock_numbers(locks, year)
    document_id = new_id()
    accounts = accounts_by_role(locks.company_id, [AccountRole.INVENTORY, AccountRole.OPENING_BALANCE])
    voucher = stock_voucher(
        VoucherKind.OPENING,
        [
            Leg(accounts[AccountRole.INVENTORY], AccountRole.INVENTORY, debit=total),
            Leg(accounts[AccountRole.OPENING_BALANCE], AccountRole.OPENING_BALANCE, credit=total),
        ],
        number=numbers.voucher,
        document_id=document_id,
        year=year,
        day=document_date,
        narration=f"Opening stock {numbers.document}",
        actor=actor,
    )
    write_vouchers(locks, [voucher], now=now)
    arrivals = _arrivals(
        lines, batches, warehouse_id=warehouse.id, document_id=document_id, voucher_id=voucher.id, day=document_date
    )
    write_arrivals(locks, arrivals, day=document_date, now=now)
    document = StockDocument(
        id=document_id,
        company_id=locks.company_id,
        number=numbers.document,
        kind=StockDocumentKind.OPENING.value,
        document_date=document_date,
        warehouse=warehouse,
        reason=reason,
        voucher_id=voucher.id,
        created_at=now,
    )
    return keep_document(locks, document, act="open_stock", actor=actor, now=now)


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


def _batches(locks: Locks, lines: Sequence[OpeningLine]) -> dict[tuple[UUID, str], UUID]:
    """Batches of the lines, made when they are new: (item, batch_no) → id."""
    wanted = {(line.item_id, line.batch_no): line.expiry_date for line in lines if line.batch_no}
    return {key: batch.id for key, batch in make_batches(locks, wanted).items()}
