"""What an invoice has of its order, sold or bought, and how that goes back when it is cancelled or reversed."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from erp.locking import LockOrder, Locks
from erp.problems import Conflict
from invoices.models import Invoice, InvoiceItem
from purchasing.grni import Part, still_meets
from purchasing.models import PurchaseOrder
from purchasing.orders import lines_of, note_billed
from sales.models import SalesOrder
from sales.orders import give_back


class HasReceipts(Conflict):
    """Goods came at the value of this bill together with others: `data.lines` names them. Reverse the later bills first."""

    code = "has-receipts"
    message = "Goods came at the value of this bill together with others; reverse the later bills first."


def lock_order_of(locks: Locks, invoice: Invoice) -> None:
    """Lock the order that the locked invoice was made of, if any. Ranks SALES_ORDER, PURCHASE_ORDER."""
    if invoice.sales_order_id is not None:
        locks.take(LockOrder.SALES_ORDER, SalesOrder.objects.of(locks).filter(id=invoice.sales_order_id))
    if invoice.purchase_order_id is not None:
        locks.take(LockOrder.PURCHASE_ORDER, PurchaseOrder.objects.of(locks).filter(id=invoice.purchase_order_id))


def give_back_to_order(locks: Locks, invoice: Invoice, *, now: datetime) -> None:
    """The quantities of an invoice that ends back to its order, which is locked; of a posted one also what is posted.

    Raises HasReceipts for a posted bill at whose value goods came together with others.
    """
    rows = InvoiceItem.objects.of(locks).filter(invoice_id=invoice.id).order_by("line_no")
    column = "purchase_line_id" if invoice.is_purchase else "order_line_id"
    parts: dict[UUID, Part] = {}
    for line_id, quantity, value in rows.exclude(**{column: None}).values_list(column, "quantity", "grni_value"):
        parts[line_id] = parts.get(line_id, Part(Decimal(0), Decimal(0))).plus(quantity, value or Decimal(0))
    is_posted = invoice.voucher_id is not None
    quantities = {line: part.quantity for line, part in parts.items()}
    if invoice.sales_order_id is not None:
        give_back(locks, invoice.sales_order_id, invoiced=quantities, posted=quantities if is_posted else {}, now=now)
    elif invoice.purchase_order_id is not None:
        _take_off_purchase(locks, invoice.purchase_order_id, parts, is_posted=is_posted, now=now)


def _take_off_purchase(locks: Locks, order_id: UUID, parts: Mapping[UUID, Part], *, is_posted: bool, now: datetime) -> None:
    order = PurchaseOrder.objects.of(locks).get(id=order_id)
    lines = lines_of(order)
    if is_posted:
        met = [line.id for line in lines if line.id in parts and not still_meets(line, billed=parts[line.id])]
        if met:
            raise HasReceipts(data={"lines": met})
    less = {line: -part.quantity for line, part in parts.items()}
    values = {line: -part.value for line, part in parts.items()}
    note_billed(order, lines, invoiced=less, posted=less if is_posted else {}, values=values if is_posted else {}, now=now)
