"""Receiving goods: each line makes a layer, and one voucher owes their cost until the supplier's bill comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.models import FiscalYear
from accounting.periods import fiscal_year_start, open_period
from accounting.vouchers import Leg, NewVoucher, write_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.cautions import Caution
from erp.identifiers import new_id
from erp.locking import Locks
from erp.money import AMOUNT_LIMIT, add, line_amount
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import FieldErrors, ValidationFailed
from inventory.batches import BatchKey, make_batches
from inventory.kinds import MovementKind
from inventory.masters import find_items, find_warehouse
from inventory.models import Batch, Item, Warehouse
from inventory.stock import Arrival, Place, lock_balances, write_arrivals
from purchasing.models import GoodsReceipt, GoodsReceiptLine, Supplier
from purchasing.queries import show_receipt
from purchasing.status import ReceiptStatus
from purchasing.suppliers import find_supplier

SUBJECT = "goods_receipt"


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """Quantity in the base unit; `unit_cost` in base currency, without tax, up to four places."""

    item_id: UUID
    quantity: Decimal
    unit_cost: Decimal
    batch_no: str = ""
    manufactured_on: date | None = None
    expiry_date: date | None = None


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What came, from whom, when. `posting_date` books it later than it came; no warehouse means the default one."""

    supplier_id: UUID
    receipt_date: date
    lines: Sequence[ReceivedLine]
    posting_date: date | None = None
    warehouse_id: UUID | None = None
    supplier_reference: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """The receipt, and what of it was taken with doubt."""

    receipt: GoodsReceipt
    warnings: list[Caution]


@use_case
def receive_goods(locks: Locks, *, draft: NewReceipt, actor: Actor, now: datetime) -> Received:
    """A posted receipt: a layer and a movement per line, one voucher INVENTORY / GRNI over their cost (J1).

    A line costs quantity × unit cost, rounded once; base currency. Locks COMPANY (share), STOCK, SERIES. Records
    `goods_received`. Raises NotFound, ValidationFailed, PeriodClosed, BeforeBooksStart (409).
    """
    day = draft.posting_date or draft.receipt_date
    if day < draft.receipt_date:
        raise ValidationFailed(errors={"posting_date": ["Goods are not booked before they came."]})
    year = open_period(locks, day, actor=actor)
    supplier = find_supplier(actor, draft.supplier_id)
    warehouse = find_warehouse(actor, draft.warehouse_id)
    items = find_items(actor, [line.item_id for line in draft.lines], lines="lines")
    _refuse_unfit(draft.lines, items)
    costs = _costs(draft.lines)
    batches = make_batches(locks, _batches_of(draft.lines))
    lock_balances(locks, [Place(line.item_id, warehouse.id) for line in draft.lines])
    receipt = _receipt(locks, draft, supplier, warehouse, total=add(costs), day=day, year=year, actor=actor, now=now)
    rows = _write_lines(locks, receipt, draft.lines, costs, batches, day=day, now=now)
    GoodsReceiptLine.objects.of(locks).bulk_create(rows)
    record_audit(locks, [Audit("receive_goods", SUBJECT, receipt.id)], actor=actor, now=now)
    announce_receipt(locks, receipt, actor=actor, now=now)
    return Received(receipt, _doubts(draft.lines, batches))


def announce_receipt(locks: Locks, receipt: GoodsReceipt, *, actor: Actor, now: datetime) -> None:
    """Record `goods_received` with the receipt as it now is, without its costs: not everybody who listens may see them."""
    shown = show_receipt(locks.company_id, receipt.id, with_cost=False)
    event = announcement(
        "goods_received",
        subject_kind=SUBJECT,
        subject_id=receipt.id,
        payload=shown,
        actor=actor,
        now=now,
        lines="lines",
    )
    record_events(locks, [event], now=now)


# ── What fits ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _refuse_unfit(lines: Sequence[ReceivedLine], items: Mapping[UUID, Item]) -> None:
    """Raise ValidationFailed with all that is wrong with the lines."""
    expiries: dict[BatchKey, date | None] = {}
    faults = [_fault(line, items[line.item_id], expiries) for line in lines]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})


def _fault(line: ReceivedLine, item: Item, expiries: dict[BatchKey, date | None]) -> FieldErrors:
    if not item.tracked:
        return {"item_id": [f"{item.sku} is not tracked; it has no stock."]}
    if item.batch_required and not line.batch_no:
        return {"batch_no": [f"{item.sku} needs a batch."]}
    if line.expiry_date and not line.batch_no:
        return {"expiry_date": ["Only a batch expires; give its batch_no."]}
    if line.expiry_date and line.manufactured_on and line.expiry_date < line.manufactured_on:
        return {"expiry_date": ["Before it was made."]}
    if line.batch_no and expiries.setdefault((line.item_id, line.batch_no), line.expiry_date) != line.expiry_date:
        return {"expiry_date": [f"Another line gives batch {line.batch_no} another expiry."]}
    return {}


def _costs(lines: Sequence[ReceivedLine]) -> list[Decimal]:
    """What each line costs. Raises ValidationFailed for what fits no column."""
    costs = [line_amount(line.quantity, line.unit_cost) for line in lines]
    faults: list[FieldErrors] = [
        {"unit_cost": ["quantity × cost is too large."]} if cost >= AMOUNT_LIMIT else {} for cost in costs
    ]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    if add(costs) >= AMOUNT_LIMIT:
        raise ValidationFailed(errors={"lines": ["The sum of the lines is too large."]})
    return costs


def _batches_of(lines: Sequence[ReceivedLine]) -> dict[BatchKey, date | None]:
    return {(line.item_id, line.batch_no): line.expiry_date for line in lines if line.batch_no}


def _doubts(lines: Sequence[ReceivedLine], batches: Mapping[BatchKey, Batch]) -> list[Caution]:
    """Lines whose batch has been here before, with another expiry: ours rules."""
    doubts = []
    for place, line in enumerate(lines):
        batch = batches.get((line.item_id, line.batch_no))
        if batch is not None and line.expiry_date is not None and batch.expiry_date != line.expiry_date:
            kept = batch.expiry_date.isoformat() if batch.expiry_date else "no expiry"
            text = f"Batch {batch.batch_no} is known with {kept}, which stays."
            doubts.append(Caution(code="expiry-differs", message=text, field=f"lines[{place}].expiry_date"))
    return doubts


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _receipt(
    locks: Locks,
    draft: NewReceipt,
    supplier: Supplier,
    warehouse: Warehouse,
    *,
    total: Decimal,
    day: date,
    year: FiscalYear,
    actor: Actor,
    now: datetime,
) -> GoodsReceipt:
    """The receipt with its number and its voucher, written. Locks rank SERIES."""
    receipt = GoodsReceipt(
        id=new_id(),
        company_id=locks.company_id,
        receipt_date=draft.receipt_date,
        supplier=supplier,
        warehouse=warehouse,
        supplier_reference=draft.supplier_reference,
        status=ReceiptStatus.POSTED.value,
        total_cost=total,
        created_at=now,
        updated_at=now,
    )
    grn = Series("GRN", fiscal_year_start(draft.receipt_date, actor.company.fiscal_year_start))
    jv = Series("JV", year.year)
    numbers = take_numbers(locks, {grn: 1, jv: 1})
    receipt.receipt_number = numbers[grn][0]
    voucher = _voucher(locks, receipt, number=numbers[jv][0], year=year, day=day, actor=actor)
    write_vouchers(locks, [voucher], now=now)
    receipt.voucher_id = voucher.id
    receipt.save(force_insert=True)
    return receipt


def _voucher(locks: Locks, receipt: GoodsReceipt, *, number: str, year: FiscalYear, day: date, actor: Actor) -> NewVoucher:
    """INVENTORY / GRNI over the whole cost; without legs when the goods cost nothing."""
    accounts = accounts_by_role(locks.company_id, [AccountRole.INVENTORY, AccountRole.GRNI])
    legs = [
        Leg(accounts[AccountRole.INVENTORY], AccountRole.INVENTORY, debit=receipt.total_cost),
        Leg(accounts[AccountRole.GRNI], AccountRole.GRNI, credit=receipt.total_cost),
    ]
    return NewVoucher(
        kind=VoucherKind.GOODS_RECEIPT,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=day,
        source_kind=SUBJECT,
        source_id=receipt.id,
        legs=legs if receipt.total_cost else [],
        currency_id=actor.company.base_currency_id,
        narration=f"Goods receipt {receipt.receipt_number} of {receipt.supplier.name}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )


def _write_lines(
    locks: Locks,
    receipt: GoodsReceipt,
    lines: Sequence[ReceivedLine],
    costs: Sequence[Decimal],
    batches: Mapping[BatchKey, Batch],
    *,
    day: date,
    now: datetime,
) -> list[GoodsReceiptLine]:
    """Movements and layers written; the lines of the receipt that stand for them, to be written."""
    rows: list[GoodsReceiptLine] = []
    arrivals: list[Arrival] = []
    for line_no, (line, cost) in enumerate(zip(lines, costs, strict=True), start=1):
        batch = batches.get((line.item_id, line.batch_no))
        arrival = Arrival(
            place=Place(line.item_id, receipt.warehouse_id),
            kind=MovementKind.RECEIPT,
            source_kind=SUBJECT,
            source_id=receipt.id,
            source_line_id=new_id(),
            voucher_id=receipt.voucher_id,
            received_on=receipt.receipt_date,
            quantity=line.quantity,
            value=cost,
            batch_id=batch.id if batch else None,
        )
        arrivals.append(arrival)
        rows.append(
            GoodsReceiptLine(
                id=arrival.source_line_id,
                company_id=locks.company_id,
                receipt_id=receipt.id,
                line_no=line_no,
                item_id=line.item_id,
                quantity=line.quantity,
                unit_cost=line.unit_cost,
                cost=cost,
                layer_id=arrival.layer_id,
                manufactured_on=line.manufactured_on,
            )
        )
    write_arrivals(locks, arrivals, day=day, now=now)
    return rows
