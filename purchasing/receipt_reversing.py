"""Taking a receipt back: as long as all that came is still there."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError

from accounting.models import Voucher
from accounting.periods import open_period
from accounting.reversals import Reversed, find_reversal, reverse_voucher
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text, require_version
from erp.locking import LockOrder, Locks, constraint_of
from erp.performing import use_case
from erp.problems import NotFound
from inventory.kinds import MovementKind
from inventory.models import StockLayer
from inventory.order_billing import HasInvoices
from inventory.returns import refuse_promised, refuse_used, whole
from inventory.stock import Issue, Place, lock_balances, write_issues
from purchasing.grni import Part, still_meets
from purchasing.models import GoodsReceipt, GoodsReceiptLine, PurchaseOrderLine
from purchasing.orders import lines_of, lock_order, note_received
from purchasing.receiving import SUBJECT, announce_receipt
from purchasing.status import ReceiptStatus


@use_case
def reverse_receipt(
    locks: Locks,
    *,
    receipt_id: UUID,
    reason: str,
    reversal_date: date,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Reversed:
    """Mirror voucher, the goods out of the very layers they made, an order expects them again; the receipt is REVERSED (J9).

    Booked on this day or on the receipt's, whichever is later. Reversing again answers the same reversal. Locks COMPANY
    (share), PURCHASE_ORDER, RECEIPT, STOCK, SERIES. Records `goods_received`, whose `status` then says REVERSED. Raises
    NotFound, Stale, HasInvoices when it is billed, LayersUsed, InsufficientStock when the goods are promised to orders,
    PeriodClosed (409).
    """
    original = Voucher.objects.of(actor).filter(source_kind=SUBJECT, source_id=receipt_id, reverses=None).first()
    if original is None:
        raise NotFound("Goods receipt not found")
    done = find_reversal(locks, original.id)
    if done is not None:
        return done
    day = max(reversal_date, original.voucher_date)
    year = open_period(locks, day, actor=actor)
    order_id = GoodsReceipt.objects.of(actor).filter(id=receipt_id).values_list("purchase_order_id", flat=True).get()
    order = lock_order(locks, order_id) if order_id else None
    (receipt,) = locks.take(LockOrder.RECEIPT, GoodsReceipt.objects.of(actor).filter(id=receipt_id))
    done = find_reversal(locks, original.id)
    if done is not None:
        return done
    require_version(receipt.version, expected_version)
    lines = list(GoodsReceiptLine.objects.of(locks).filter(receipt_id=receipt.id).select_related("item").order_by("line_no"))
    parts = _parts(lines)
    order_lines = lines_of(order) if order else []
    _refuse_billed(order_lines, parts)
    balances = lock_balances(locks, [Place(line.item_id, receipt.warehouse_id) for line in lines])
    layers = StockLayer.objects.of(locks).in_bulk([line.layer_id for line in lines])
    leaving = [layers[line.layer_id] for line in lines]
    refuse_used(locks, leaving, day=day)
    refuse_promised(leaving, balances, {line.item_id: line.item for line in lines})
    done = reverse_voucher(locks, original, year=year, day=day, reason=reason, actor=actor, now=now)
    issues = [_issue(line, layers[line.layer_id], voucher_id=done.reversed_voucher_id) for line in lines]
    write_issues(locks, issues, day=day, now=now)
    if order is not None:
        note_received(order, order_lines, {line: Part(-part.quantity, -part.value) for line, part in parts.items()}, now=now)
    receipt.status = ReceiptStatus.REVERSED.value
    receipt.version += 1
    receipt.updated_at = now
    try:
        receipt.save(update_fields=["status", "version", "updated_at"])
    except IntegrityError as problem:
        # Bills of goods that were not ordered stand a floor above; the database knows them.
        if constraint_of(problem) != "receipt_is_not_billed":
            raise
        raise HasInvoices(data={"lines": [line.id for line in lines]}) from problem
    audit = Audit("reverse_receipt", SUBJECT, receipt.id, changes_text({"reason": ["", reason]}))
    record_audit(locks, [audit], actor=actor, now=now)
    announce_receipt(locks, receipt, actor=actor, now=now)
    return done


def _parts(lines: Sequence[GoodsReceiptLine]) -> dict[UUID, Part]:
    """What came of each line of the order."""
    parts: dict[UUID, Part] = {}
    for line in lines:
        if line.order_line_id is not None:
            before = parts.get(line.order_line_id, Part(Decimal(0), Decimal(0)))
            parts[line.order_line_id] = before.plus(line.quantity, line.cost)
    return parts


def _refuse_billed(order_lines: Sequence[PurchaseOrderLine], parts: Mapping[UUID, Part]) -> None:
    """Raise HasInvoices with the lines of the order of which less would be left than is billed, or at another value."""
    billed = [line.id for line in order_lines if line.id in parts and _is_billed(line, parts[line.id])]
    if billed:
        raise HasInvoices(data={"lines": billed})


def _is_billed(line: PurchaseOrderLine, part: Part) -> bool:
    return line.received_qty - part.quantity < line.posted_qty or not still_meets(line, received=part)


def _issue(line: GoodsReceiptLine, layer: StockLayer, *, voucher_id: UUID) -> Issue:
    return Issue(
        place=Place(layer.item_id, layer.warehouse_id),
        kind=MovementKind.REVERSAL,
        source_kind=SUBJECT,
        source_id=line.receipt_id,
        source_line_id=line.id,
        voucher_id=voucher_id,
        takings=[whole(layer)],
    )
