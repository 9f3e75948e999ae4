"""Writing goods off: what is damaged or has expired leaves the stock at its cost."""

from collections.abc import Mapping, Sequence
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
from erp.money import add
from erp.performing import use_case
from erp.problems import ValidationFailed
from inventory.batches import BatchKey
from inventory.documents import SOURCE, Documented, keep_document, refuse_future, stock_voucher, take_stock_numbers
from inventory.holdings import Held, LeavingLine, Parcel, find_leaving, give_way, held_layers, take_lost
from inventory.kinds import MovementKind, StockDocumentKind, WriteOffKind
from inventory.masters import find_warehouse
from inventory.models import Batch, StockDocument
from inventory.stock import Issue, lock_balances, write_issues


@use_case
def write_off_stock(
    locks: Locks,
    *,
    kind: WriteOffKind,
    actor: Actor,
    document_date: date,
    lines: Sequence[LeavingLine],
    now: datetime,
    warehouse_id: UUID | None = None,
    reason: str = "",
) -> Documented:
    """Take damaged or expired goods out: STOCK_WRITE_OFF / INVENTORY at the cost of their layers (J11).

    Quarantined, blocked and expired goods may go as well; of kind EXPIRY nothing but what had expired by that day. Where
    less is left than is promised to orders, the newest reservations shrink, and the warnings name their orders. Locks
    COMPANY (share), STOCK, SERIES. Records `stock_adjusted`. Raises NotFound, ValidationFailed, InsufficientStock,
    BatchShort, PeriodClosed, BeforeBooksStart (409).
    """
    refuse_future(document_date, actor=actor, now=now)
    year = open_period(locks, document_date, actor=actor)
    warehouse = find_warehouse(actor, warehouse_id)
    leaving, batches = find_leaving(locks, lines, warehouse_id=warehouse.id, actor=actor)
    if kind is WriteOffKind.EXPIRY:
        _refuse_fresh(lines, batches, document_date)
    places = [line.place for line in leaving]
    balances = lock_balances(locks, places)
    held = held_layers(locks, places, day=document_date)
    if kind is WriteOffKind.EXPIRY:
        held = {place: _expired(rows, document_date) for place, rows in held.items()}
    parcels = take_lost(leaving, held, balances)
    warnings = give_way(locks, parcels, held, balances, {line.item.id: line.item for line in leaving})
    numbers = take_stock_numbers(locks, year)
    document = StockDocument(
        id=new_id(),
        company_id=locks.company_id,
        number=numbers.document,
        kind=StockDocumentKind(kind).value,
        document_date=document_date,
        warehouse=warehouse,
        reason=reason or kind.capitalize(),
        created_at=now,
    )
    voucher = stock_voucher(
        VoucherKind.STOCK,
        _legs(locks, add([parcel.cost for parcel in parcels])),
        number=numbers.voucher,
        document_id=document.id,
        year=year,
        day=document_date,
        narration=f"{kind.capitalize()} {numbers.document}",
        actor=actor,
    )
    document.voucher_id = voucher.id
    write_vouchers(locks, [voucher], now=now)
    issues = [issue_of(parcel, document_id=document.id, voucher_id=voucher.id) for parcel in parcels]
    write_issues(locks, issues, day=document_date, now=now)
    keep_document(locks, document, act="write_off_stock", actor=actor, now=now)
    return Documented(document, warnings)


def issue_of(parcel: Parcel, *, document_id: UUID, voucher_id: UUID) -> Issue:
    """The movement of a parcel that a stock document takes out for good."""
    return Issue(
        place=parcel.place,
        kind=MovementKind.ADJUSTMENT,
        source_kind=SOURCE,
        source_id=document_id,
        source_line_id=None,
        voucher_id=voucher_id,
        takings=parcel.takings,
    )


def _legs(locks: Locks, cost: Decimal) -> list[Leg]:
    accounts = accounts_by_role(locks.company_id, [AccountRole.STOCK_WRITE_OFF, AccountRole.INVENTORY])
    return [
        Leg(accounts[AccountRole.STOCK_WRITE_OFF], AccountRole.STOCK_WRITE_OFF, debit=cost),
        Leg(accounts[AccountRole.INVENTORY], AccountRole.INVENTORY, credit=cost),
    ]


def _refuse_fresh(lines: Sequence[LeavingLine], batches: Mapping[BatchKey, Batch], day: date) -> None:
    """Raise ValidationFailed for lines whose batch had not expired by that day."""
    errors: list[dict[str, list[str]]] = []
    for line in lines:
        batch = batches.get((line.item_id, line.batch_no))
        fresh = batch is not None and (batch.expiry_date is None or batch.expiry_date >= day)
        errors.append({"batch_no": [f"{line.batch_no} had not expired by {day.isoformat()}."]} if fresh else {})
    if any(errors):
        raise ValidationFailed(errors={"lines": errors})


def _expired(rows: Sequence[Held], day: date) -> list[Held]:
    return [one for one in rows if one.layer.expiry_date is not None and one.layer.expiry_date < day]
