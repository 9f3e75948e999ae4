"""Changing an order, sold or bought: everything while it is a DRAFT, later only what no other document rests on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic
from uuid import UUID

from erp.access import Actor
from erp.changing import apply_changes, require_version
from erp.locking import Locks
from inventory.kinds import PriceKind
from inventory.masters import find_warehouse
from inventory.order_lines import Line, NewLine, find_line, refuse_bad_amounts, refuse_fraction, require_state, terms_of
from inventory.order_status import OrderStatus
from inventory.order_tables import AnyOrder, OrderTables
from inventory.prices import find_price_list


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDrafting(Generic[AnyOrder, Line]):
    """The use cases on drafts of one kind of order; whoever has that kind wraps them in ``use_case``.

    Each locks the order at its rank and raises NotFound, Stale, WrongState and ValidationFailed. `later` are the columns
    that may still change when it is confirmed; `noun` names what was done, as `add_<noun>_item`, in the audit.
    """

    tables: OrderTables[AnyOrder, Line]
    noun: str
    price_kind: PriceKind
    later: frozenset[str]
    new_lines: Callable[..., list[Line]]

    def change_order(
        self,
        locks: Locks,
        *,
        order_id: UUID,
        changes: Mapping[str, Any],
        actor: Actor,
        now: datetime,
        expected_version: int | None = None,
    ) -> AnyOrder:
        """Change columns of an order. Another price list is for lines to come, another date brings its GST rates."""
        order = self.tables.lock(locks, order_id)
        require_version(order.version, expected_version)
        later = (OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS) if changes.keys() <= self.later else ()
        require_state(order, OrderStatus.DRAFT, *later)
        if "warehouse_id" in changes:
            changes = {**changes, "warehouse_id": find_warehouse(actor, changes["warehouse_id"]).id}
        if changes.get("price_list_id"):
            find_price_list(actor, changes["price_list_id"], kind=self.price_kind, currency_id=order.currency_id)
        changed = apply_changes(order, changes)
        if changed:
            lines = self.tables.lines_of(order)
            if "order_date" in changed:
                self.tables.take_rates_of_the_day(order, lines)
            refuse_bad_amounts(terms_of(lines), order.discount_amount)
            self.tables.recompute(order, now=now)
            self.tables.note(locks, f"change_{self.noun}", order, actor=actor, now=now, changes=changed)
        return order

    def add_line(
        self,
        locks: Locks,
        *,
        order_id: UUID,
        line: NewLine,
        actor: Actor,
        now: datetime,
        expected_version: int | None = None,
    ) -> Line:
        """Append a line to a DRAFT order. Raises NoPrice too."""
        order, lines = self._draft(locks, order_id, expected_version)
        (added,) = self.new_lines(actor, order, [line], first=max((one.line_no for one in lines), default=0) + 1)
        refuse_bad_amounts(terms_of([*lines, added]), order.discount_amount)
        added.save(force_insert=True)
        self.tables.recompute(order, now=now)
        self.tables.note(locks, f"add_{self.noun}_item", order, actor=actor, now=now)
        return added

    def change_line(
        self,
        locks: Locks,
        *,
        order_id: UUID,
        line_id: UUID,
        changes: Mapping[str, Any],
        actor: Actor,
        now: datetime,
        expected_version: int | None = None,
    ) -> Line:
        """Change columns of a line of a DRAFT order."""
        order, lines = self._draft(locks, order_id, expected_version)
        line = find_line(lines, line_id)
        changed = apply_changes(line, changes)
        if changed:
            refuse_fraction(line)
            refuse_bad_amounts(terms_of(lines), order.discount_amount)
            line.save()
            self.tables.recompute(order, now=now)
            self.tables.note(locks, f"change_{self.noun}_item", order, actor=actor, now=now, changes=changed)
        return line

    def remove_line(
        self,
        locks: Locks,
        *,
        order_id: UUID,
        line_id: UUID,
        actor: Actor,
        now: datetime,
        expected_version: int | None = None,
    ) -> None:
        """Take a line off a DRAFT order."""
        order, lines = self._draft(locks, order_id, expected_version)
        line = find_line(lines, line_id)
        refuse_bad_amounts(terms_of([one for one in lines if one.id != line_id]), order.discount_amount)
        line.delete()
        self.tables.recompute(order, now=now)
        gone = {"item": [line.item.sku, None]}
        self.tables.note(locks, f"remove_{self.noun}_item", order, actor=actor, now=now, changes=gone)

    def _draft(self, locks: Locks, order_id: UUID, expected_version: int | None) -> tuple[AnyOrder, list[Line]]:
        """The order that is to be changed and its lines, locked."""
        order = self.tables.lock(locks, order_id)
        require_version(order.version, expected_version)
        require_state(order, OrderStatus.DRAFT)
        return order, self.tables.lines_of(order)
