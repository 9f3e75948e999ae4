"""Reading the purchasing side as it is shown. A fixed number of queries, whatever the number of rows."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, QuerySet

from accounting.entries import party_balances
from accounting.kinds import AccountRole
from accounting.parties import PartyPayload
from erp.access import Actor
from erp.models import Within
from purchasing.models import GoodsReceipt, GoodsReceiptLine, PurchaseOrder, PurchaseOrderLine, Supplier
from purchasing.orders import lines_of
from purchasing.payloads import (
    PurchaseLinePayload,
    PurchasePayload,
    PurchaseRowPayload,
    ReceiptPayload,
    ReceiptRowPayload,
    purchase_line_payload,
    purchase_payload,
    purchase_row_payload,
    receipt_payload,
    receipt_row_payload,
    supplier_payload,
)


def show_suppliers(actor: Actor, suppliers: Sequence[Supplier]) -> list[PartyPayload]:
    """Suppliers as parties, with what we owe each."""
    balances = party_balances(actor.company_id, AccountRole.PAYABLE, [supplier.id for supplier in suppliers])
    code = actor.company.base_currency.code
    return [supplier_payload(one, owed=0 - balances[one.id], currency_code=code) for one in suppliers]


def read_supplier(actor: Actor, supplier_id: UUID) -> PartyPayload | None:
    """A supplier as a party; None for what does not exist or belongs to others."""
    supplier = Supplier.objects.of(actor).filter(id=supplier_id).first()
    return None if supplier is None else show_suppliers(actor, [supplier])[0]


def goods_receipts(company: UUID) -> QuerySet[GoodsReceipt]:
    """The company's receipts with what their rows show."""
    return GoodsReceipt.objects.of(Within(company)).select_related("supplier", "purchase_order", "warehouse", "voucher")


def show_receipts(receipts: Sequence[GoodsReceipt], *, with_cost: bool) -> list[ReceiptRowPayload]:
    """Receipts of a list."""
    return [receipt_row_payload(receipt, with_cost=with_cost) for receipt in receipts]


def read_receipt(company_id: UUID, receipt_id: UUID, *, with_cost: bool) -> ReceiptPayload | None:
    """A whole receipt; None for what does not exist or belongs to others."""
    receipt = goods_receipts(company_id).filter(id=receipt_id).first()
    if receipt is None:
        return None
    lines = GoodsReceiptLine.objects.of(Within(company_id)).filter(receipt_id=receipt_id)
    found = lines.select_related("item", "layer__batch").order_by("line_no")
    return receipt_payload(receipt, list(found), with_cost=with_cost)


def show_receipt(company_id: UUID, receipt_id: UUID, *, with_cost: bool) -> ReceiptPayload:
    """A whole receipt that the running transaction has written."""
    shown = read_receipt(company_id, receipt_id, with_cost=with_cost)
    assert shown is not None, "the use case has just written it"
    return shown


def purchase_orders(actor: Actor) -> QuerySet[PurchaseOrder]:
    """The company's purchase orders with what their rows show."""
    return PurchaseOrder.objects.of(actor).select_related("supplier", "currency")


def show_purchases(actor: Actor, orders: Sequence[PurchaseOrder]) -> list[PurchaseRowPayload]:
    """Orders of a list, with the number of their lines."""
    lines = PurchaseOrderLine.objects.of(actor).filter(order_id__in=[order.id for order in orders])
    counts = dict(lines.values("order_id").annotate(count=Count("id")).values_list("order_id", "count"))
    return [purchase_row_payload(order, counts.get(order.id, 0)) for order in orders]


def read_purchase(actor: Actor, order_id: UUID) -> PurchasePayload | None:
    """A whole order; None for what does not exist or belongs to others."""
    order = purchase_orders(actor).filter(id=order_id).first()
    return None if order is None else purchase_payload(order, lines_of(order))


def show_purchase(actor: Actor, order_id: UUID) -> PurchasePayload:
    """A whole order that the running transaction has written."""
    shown = read_purchase(actor, order_id)
    assert shown is not None, "the use case has just written it"
    return shown


def show_purchase_line(actor: Actor, line: PurchaseOrderLine) -> PurchaseLinePayload:
    """A line, as the running transaction has written it."""
    return purchase_line_payload(PurchaseOrderLine.objects.of(actor).select_related("item", "uom").get(id=line.id))
