"""Sales orders inside somebody's transaction: totals, and what posting an invoice means for the order."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from erp.locking import LockOrder, Locks
from inventory.order_billing import order_quantities
from inventory.order_status import OrderStatus
from inventory.order_tables import OrderTables
from sales.models import SalesOrder, SalesOrderLine
from sales.statements import MOVE_QUANTITIES

TABLES = OrderTables(
    orders=SalesOrder,
    lines=SalesOrderLine,
    rank=LockOrder.SALES_ORDER,
    subject="sales_order",
    missing="Sales order not found",
)
lock_order, lines_of = TABLES.lock, TABLES.lines_of


def put_on_invoice(locks: Locks, order: SalesOrder, quantities: Mapping[UUID, Decimal], *, now: datetime) -> None:
    """Quantities that a new invoice takes of the order, which is IN_PROGRESS from now on. The order is locked."""
    _move(locks, order.id, invoiced=quantities, posted={})
    if order.status == OrderStatus.CONFIRMED:
        order.status = OrderStatus.IN_PROGRESS.value
        order.version += 1
        order.updated_at = now
        order.save(update_fields=["status", "version", "updated_at"])


def give_back(
    locks: Locks,
    order_id: UUID,
    *,
    invoiced: Mapping[UUID, Decimal],
    posted: Mapping[UUID, Decimal],
    now: datetime,
) -> None:
    """Quantities of an invoice that was cancelled or reversed back to the order; its state follows. The order is locked."""
    order = SalesOrder.objects.of(locks).get(id=order_id)
    _move(
        locks,
        order_id,
        invoiced={line: -quantity for line, quantity in invoiced.items()},
        posted={line: -quantity for line, quantity in posted.items()},
    )
    if order.status in {OrderStatus.IN_PROGRESS, OrderStatus.INVOICED}:
        lines = SalesOrderLine.objects.of(locks).filter(order_id=order_id, invoiced_qty__gt=0)
        order.status = OrderStatus.IN_PROGRESS.value if lines.exists() else OrderStatus.CONFIRMED.value
    order.invoiced_at = None
    order.version += 1
    order.updated_at = now
    order.save(update_fields=["status", "invoiced_at", "version", "updated_at"])


def _move(locks: Locks, order_id: UUID, *, invoiced: Mapping[UUID, Decimal], posted: Mapping[UUID, Decimal]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE_QUANTITIES,
            {
                "company": locks.company_id,
                "order": order_id,
                "invoiced": order_quantities(invoiced),
                "posted": order_quantities(posted),
            },
        )
