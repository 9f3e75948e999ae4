"""Receiving goods: each line makes a layer, and one voucher owes their cost until the supplier's bill comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import BookingYear, fiscal_year_start, open_period
from accounting.vouchers import Leg, NewVoucher, write_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.cautions import Caution
from erp.identifiers import new_id
from erp.locking import Locks
from erp.money import add
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import ValidationFailed
from inventory.batches import BatchKey, make_batches
from inventory.kinds import MovementKind
from inventory.masters import find_warehouse
from inventory.models import Batch
from inventory.order_lines import require_state
from inventory.order_status import OrderStatus
from inventory.stock import Arrival, Place, lock_balances, write_arrivals
from purchasing.grni import Part
from purchasing.models import GoodsReceipt, GoodsReceiptLine, PurchaseOrder, Supplier
from purchasing.orders import lines_of, lock_order, note_received, refuse_too_much
from purchasing.queries import show_receipt
from purchasing.receipt_lines import ArrivingLine, ReceivedLine, lines_of_order, lines_without_order
from purchasing.status import ReceiptStatus
from purchasing.suppliers import find_supplier

SUBJECT = "goods_receipt"


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What came, when, of which order or else from whom. `posting_date` books it later than it came.

    Without a warehouse the goods lie in the order's, or in the default one.
    """

    receipt_date: date
    lines: Sequence[ReceivedLine]
    supplier_id: UUID | None = None
    purchase_order_id: UUID | None = None
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

    A line costs quantity × unit cost, rounded once, or its part of the order's line; base currency. An order takes what
    came, and is IN_PROGRESS from then on; of an INVOICED one only what was billed still comes. Locks COMPANY (share),
    PURCHASE_ORDER, STOCK, SERIES. Records `goods_received`. Raises NotFound, ValidationFailed, WrongState,
    QuantityExceedsOrder, PeriodClosed, BeforeBooksStart (409).
    """
    day = draft.posting_date or draft.receipt_date
    if day < draft.receipt_date:
        raise ValidationFailed(errors={"posting_date": ["Goods are not booked before they came."]})
    year = open_period(locks, day, actor=actor)
    order = _lock_order(locks, draft)
    supplier = _supplier(actor, draft, order)
    warehouse = find_warehouse(actor, draft.warehouse_id or (order.warehouse_id if order else None))
    lines = _take_from_order(actor, order, draft.lines, now) if order else lines_without_order(actor, draft.lines)
    batches = make_batches(locks, {line.batch_key: line.expiry_date for line in lines if line.batch_no})
    lock_balances(locks, [Place(line.item.id, warehouse.id) for line in lines])
    receipt = GoodsReceipt(
        id=new_id(),
        company_id=locks.company_id,
        receipt_date=draft.receipt_date,
        supplier=supplier,
        purchase_order=order,
        warehouse=warehouse,
        supplier_reference=draft.supplier_reference,
        status=ReceiptStatus.POSTED.value,
        total_cost=add([line.cost for line in lines]),
        created_at=now,
        updated_at=now,
    )
    _post(locks, receipt, day=day, year=year, actor=actor, now=now)
    rows = _write_lines(locks, receipt, lines, batches, day=day, now=now)
    GoodsReceiptLine.objects.of(locks).bulk_create(rows)
    record_audit(locks, [Audit("receive_goods", SUBJECT, receipt.id)], actor=actor, now=now)
    announce_receipt(locks, receipt, actor=actor, now=now)
    return Received(receipt, _doubts(lines, batches))


def _lock_order(locks: Locks, draft: NewReceipt) -> PurchaseOrder | None:
    """The order that the goods are of, locked. Raises NotFound, WrongState, ValidationFailed for another supplier's."""
    if draft.purchase_order_id is None:
        return None
    order = lock_order(locks, draft.purchase_order_id)
    require_state(order, OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS, OrderStatus.INVOICED)
    if draft.supplier_id not in {None, order.supplier_id}:
        raise ValidationFailed(errors={"supplier_id": ["The order is another supplier's."]})
    return order


def _supplier(actor: Actor, draft: NewReceipt, order: PurchaseOrder | None) -> Supplier:
    """Who the goods are of: the order's supplier, though he may have left since. Raises NotFound, ValidationFailed."""
    if order is not None:
        supplier: Supplier = order.supplier
        return supplier
    if draft.supplier_id is None:
        raise ValidationFailed(errors={"supplier_id": ["Say of which purchase order the goods are, or of whom."]})
    return find_supplier(actor, draft.supplier_id)


def _take_from_order(actor: Actor, order: PurchaseOrder, lines: Sequence[ReceivedLine], now: datetime) -> list[ArrivingLine]:
    """What comes of the order, noted on it. Raises NotFound, ValidationFailed, QuantityExceedsOrder."""
    order_lines = lines_of(order)
    arriving = lines_of_order(actor, order, order_lines, lines)
    coming: dict[UUID, Part] = {}
    for line in arriving:
        if line.order_line_id is not None:
            before = coming.get(line.order_line_id, Part(Decimal(0), Decimal(0)))
            coming[line.order_line_id] = before.plus(line.quantity, line.cost)
    refuse_too_much(order, order_lines, {line: part.quantity for line, part in coming.items()})
    note_received(order, order_lines, coming, now=now)
    return arriving


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


def _doubts(lines: Sequence[ArrivingLine], batches: Mapping[BatchKey, Batch]) -> list[Caution]:
    """Lines whose batch has been here before, with another expiry: ours rules."""
    doubts = []
    for place, line in enumerate(lines):
        batch = batches.get(line.batch_key)
        if batch is not None and line.expiry_date is not None and batch.expiry_date != line.expiry_date:
            kept = batch.expiry_date.isoformat() if batch.expiry_date else "no expiry"
            text = f"Batch {batch.batch_no} is known with {kept}, which stays."
            doubts.append(Caution(code="expiry-differs", message=text, field=f"lines[{place}].expiry_date"))
    return doubts


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _post(locks: Locks, receipt: GoodsReceipt, *, day: date, year: BookingYear, actor: Actor, now: datetime) -> None:
    """The receipt gets its number and its voucher, and is written. Locks rank SERIES."""
    grn = Series("GRN", fiscal_year_start(receipt.receipt_date, actor.company.fiscal_year_start))
    jv = Series("JV", year.year)
    numbers = take_numbers(locks, {grn: 1, jv: 1})
    receipt.receipt_number = numbers[grn][0]
    voucher = _voucher(locks, receipt, number=numbers[jv][0], year=year, day=day, actor=actor)
    write_vouchers(locks, [voucher], now=now)
    receipt.voucher_id = voucher.id
    receipt.save(force_insert=True)


def _voucher(locks: Locks, receipt: GoodsReceipt, *, number: str, year: BookingYear, day: date, actor: Actor) -> NewVoucher:
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
    lines: Sequence[ArrivingLine],
    batches: Mapping[BatchKey, Batch],
    *,
    day: date,
    now: datetime,
) -> list[GoodsReceiptLine]:
    """Movements and layers written; the lines of the receipt that stand for them, to be written."""
    rows: list[GoodsReceiptLine] = []
    arrivals: list[Arrival] = []
    for line_no, line in enumerate(lines, start=1):
        batch = batches.get(line.batch_key)
        arrival = Arrival(
            place=Place(line.item.id, receipt.warehouse_id),
            kind=MovementKind.RECEIPT,
            source_kind=SUBJECT,
            source_id=receipt.id,
            source_line_id=new_id(),
            voucher_id=receipt.voucher_id,
            received_on=receipt.receipt_date,
            quantity=line.quantity,
            value=line.cost,
            batch_id=batch.id if batch else None,
        )
        arrivals.append(arrival)
        rows.append(
            GoodsReceiptLine(
                id=arrival.source_line_id,
                company_id=locks.company_id,
                receipt_id=receipt.id,
                line_no=line_no,
                item=line.item,
                order_line_id=line.order_line_id,
                quantity=line.quantity,
                unit_cost=line.unit_cost,
                cost=line.cost,
                layer_id=arrival.layer_id,
                manufactured_on=line.manufactured_on,
            )
        )
    write_arrivals(locks, arrivals, day=day, now=now)
    return rows
