"""An order with its lines, sold or bought, as rows inside somebody's transaction: locked, read, and reckoned anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import Changes, changes_text
from erp.locking import LockOrder, Locks
from erp.problems import NotFound
from inventory.models import Order
from inventory.order_lines import Line, compute, rerate
from inventory.order_status import OrderStatus

AnyOrder = TypeVar("AnyOrder", bound=Order)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTables(Generic[AnyOrder, Line]):
    """The two tables of one kind of order. `subject` is what the audit calls an order, `missing` what is said of none."""

    orders: type[AnyOrder]
    lines: type[Line]
    rank: LockOrder
    subject: str
    missing: str

    def lock(self, locks: Locks, order_id: UUID) -> AnyOrder:
        """The order, locked at its rank together with its lines, as it is now. Raises NotFound."""
        found = locks.take(self.rank, self.orders.objects.of(locks).filter(id=order_id))
        if not found:
            raise NotFound(self.missing)
        order: AnyOrder = found[0]
        return order

    def lines_of(self, order: AnyOrder) -> list[Line]:
        """The lines in their order, read with their items and units."""
        rows = self.lines.objects.of(order).filter(order_id=order.id).select_related("item", "uom")
        return list(rows.order_by("line_no"))

    def recompute(self, order: AnyOrder, *, now: datetime) -> None:
        """Write the lines' and the order's totals anew, next version. The order is locked."""
        changed = compute(order, self.lines_of(order))
        self.lines.objects.of(order).bulk_update(changed, ["line_total", "tax_amount"])
        order.version += 1
        order.updated_at = now
        order.save()

    def take_rates_of_the_day(self, order: AnyOrder, lines: Sequence[Line]) -> None:
        """Give the lines the GST rates of the order's date, and write them."""
        self.lines.objects.of(order).bulk_update(rerate(order, lines), ["gst_rate"])

    def enter(
        self,
        locks: Locks,
        order: AnyOrder,
        status: OrderStatus,
        *,
        actor: Actor,
        now: datetime,
        action: str,
        reason: str = "",
    ) -> None:
        """The order's next version, in this state, with who did it and why. The order is locked."""
        order.status = status.value
        order.updated_at = now
        order.version += 1
        order.save(update_fields=["status", "confirmed_at", "invoiced_at", "updated_at", "version"])
        self.note(locks, action, order, actor=actor, now=now, changes={"reason": ["", reason]} if reason else None)

    def note(
        self, locks: Locks, action: str, order: AnyOrder, *, actor: Actor, now: datetime, changes: Changes | None = None
    ) -> None:
        """Write into the audit what was done to the order."""
        text = changes_text(changes) if changes else ""
        record_audit(locks, [Audit(action, self.subject, order.id, text)], actor=actor, now=now)
