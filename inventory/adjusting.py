"""Stock that comes or goes without a purchase or a sale: opening stock now; counts and damage by the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import open_period
from accounting.vouchers import Leg, NewVoucher, write_vouchers
from erp.access import Actor
from erp.identifiers import new_id
from erp.locking import Locks, one_transaction, run_use_case
from erp.money import add
from erp.numbering import Series, take_numbers
from erp.problems import NotFound, ValidationFailed
from inventory.kinds import MovementKind, StockDocumentKind
from inventory.models import Batch, Item, StockDocument, Warehouse
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


def open_stock(
    *,
    actor: Actor,
    document_date: date,
    lines: Sequence[OpeningLine],
    now: datetime,
    warehouse_id: UUID | None = None,
    dry_run: bool = False,
) -> StockDocument:
    """Bring in opening stock: a layer and a movement per line, one voucher INVENTORY / OPENING_BALANCE (J12).

    Locks COMPANY, STOCK, SERIES. Raises NotFound for foreign ids, ValidationFailed, PeriodClosed.
    """

    def attempt(_careful: bool) -> StockDocument:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return _open_stock(locks, actor, document_date, lines, now, warehouse_id)

    return run_use_case(attempt)


def _open_stock(
    locks: Locks,
    actor: Actor,
    document_date: date,
    lines: Sequence[OpeningLine],
    now: datetime,
    warehouse_id: UUID | None,
) -> StockDocument:
    year = open_period(locks, document_date, actor=actor)
    warehouse = find_warehouse(actor, warehouse_id)
    items = _items(actor, lines)
    batches = _batches(locks, lines, items)
    lock_balances(locks, [Place(line.item_id, warehouse.id) for line in lines])
    stk, jv = Series("STK", year.year), Series("JV", year.year)
    numbers = take_numbers(locks, {stk: 1, jv: 1})
    accounts = accounts_by_role(locks.company_id, [AccountRole.INVENTORY, AccountRole.OPENING_BALANCE])
    document_id, total = new_id(), add([line.value for line in lines])
    legs = [
        Leg(accounts[AccountRole.INVENTORY], AccountRole.INVENTORY, debit=total),
        Leg(accounts[AccountRole.OPENING_BALANCE], AccountRole.OPENING_BALANCE, credit=total),
    ]
    voucher = NewVoucher(
        kind=VoucherKind.OPENING,
        number=numbers[jv][0],
        fiscal_year_id=year.id,
        voucher_date=document_date,
        source_kind=SOURCE,
        source_id=document_id,
        legs=legs if total else [],
        currency_id=actor.company.base_currency_id,
        narration=f"Opening stock {numbers[stk][0]}",
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    write_vouchers(locks, [voucher], now=now)
    write_arrivals(
        locks,
        [
            Arrival(
                place=Place(line.item_id, warehouse.id),
                kind=MovementKind.OPENING,
                source_kind=SOURCE,
                source_id=document_id,
                voucher_id=voucher.id,
                received_on=line.received_on or document_date,
                quantity=line.quantity,
                value=line.value,
                batch_id=batches.get((line.item_id, line.batch_no)),
            )
            for line in lines
        ],
        day=document_date,
        now=now,
    )
    document = StockDocument(
        id=document_id,
        company_id=locks.company_id,
        number=numbers[stk][0],
        kind=StockDocumentKind.OPENING.value,
        document_date=document_date,
        warehouse=warehouse,
        reason="Opening stock",
        voucher_id=voucher.id,
        created_at=now,
    )
    document.save(force_insert=True)
    return document


def find_warehouse(actor: Actor, warehouse_id: UUID | None) -> Warehouse:
    """The named warehouse, else the default one. Raises NotFound."""
    rows = Warehouse.objects.of(actor)
    found = rows.filter(id=warehouse_id).first() if warehouse_id else rows.filter(is_default=True).first()
    if found is None:
        raise NotFound("Warehouse not found.")
    return found


def _items(actor: Actor, lines: Sequence[OpeningLine]) -> dict[UUID, Item]:
    items = Item.objects.of(actor).in_bulk({line.item_id for line in lines})
    errors: list[dict[str, list[str]]] = []
    for line in lines:
        item = items.get(line.item_id)
        if item is None:
            raise NotFound("Item not found.")
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
    if not wanted:
        return {}
    Batch.unscoped.bulk_create(
        [
            Batch(company_id=locks.company_id, item_id=item_id, batch_no=batch_no, expiry_date=expiry)
            for (item_id, batch_no), expiry in sorted(wanted.items(), key=lambda one: (str(one[0][0]), one[0][1]))
        ],
        ignore_conflicts=True,
    )
    rows = Batch.unscoped.filter(company_id=locks.company_id, item_id__in=items, batch_no__in={no for _, no in wanted})
    return {(batch.item_id, batch.batch_no): batch.id for batch in rows}
