"""Changing an order: everything while it is a DRAFT, later only what no invoice rests on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import Changes, apply_changes, changes_text, require_version
from erp.locking import Locks
from erp.performing import use_case
from inventory.kinds import PriceKind
from inventory.masters import find_warehouse
from inventory.order_lines import NewLine, find_line, refuse_bad_amounts, refuse_fraction, require_state, rerate, terms_of
from inventory.order_status import OrderStatus
from inventory.prices import find_price_list
from sales.customers import find_salesman
from sales.lines import new_lines
from sales.models import SalesOrder, SalesOrderLine
from sales.ordering import SUBJECT
from sales.orders import lines_of, lock_order, recompute

LATER = frozenset({"due_date", "shipping_address", "billing_address", "payment_terms", "notes"})
"""Columns that may still change when the order is confirmed; the others only in a DRAFT."""


@use_case
def change_order(
    locks: Locks,
    *,
    order_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> SalesOrder:
    """Change columns of an order; another price list is for lines to come. Locks SALES_ORDER.

    Raises NotFound, Stale, WrongState, ValidationFailed.
    """
    order = lock_order(locks, order_id)
    require_version(order.version, expected_version)
    later = (OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS) if changes.keys() <= LATER else ()
    require_state(order, OrderStatus.DRAFT, *later)
    if "warehouse_id" in changes:
        changes = {**changes, "warehouse_id": find_warehouse(actor, changes["warehouse_id"]).id}
    if changes.get("price_list_id"):
        find_price_list(actor, changes["price_list_id"], kind=PriceKind.SALES, currency_id=order.currency_id)
    if changes.get("salesman_id"):
        find_salesman(actor, changes["salesman_id"])
    changed = apply_changes(order, changes)
    if changed:
        lines = lines_of(order)
        if "order_date" in changed:
            SalesOrderLine.objects.of(order).bulk_update(rerate(order, lines), ["gst_rate"])
        refuse_bad_amounts(terms_of(lines), order.discount_amount)
        recompute(order, now=now)
        _note(locks, "change_order", order, actor, now, changed)
    return order


@use_case
def add_item(
    locks: Locks,
    *,
    order_id: UUID,
    line: NewLine,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> SalesOrderLine:
    """Append a line to a DRAFT order. Locks SALES_ORDER. Raises NotFound, Stale, WrongState, NoPrice, ValidationFailed."""
    order, lines = _draft(locks, order_id, expected_version)
    (added,) = new_lines(actor, order, [line], first=max((one.line_no for one in lines), default=0) + 1)
    refuse_bad_amounts(terms_of([*lines, added]), order.discount_amount)
    added.save(force_insert=True)
    recompute(order, now=now)
    _note(locks, "add_order_item", order, actor, now)
    return added


@use_case
def change_line(
    locks: Locks,
    *,
    order_id: UUID,
    line_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> SalesOrderLine:
    """Change columns of a line of a DRAFT order. Locks SALES_ORDER. Raises NotFound, Stale, WrongState, ValidationFailed."""
    order, lines = _draft(locks, order_id, expected_version)
    line = find_line(lines, line_id)
    changed = apply_changes(line, changes)
    if changed:
        refuse_fraction(line)
        refuse_bad_amounts(terms_of(lines), order.discount_amount)
        line.save()
        recompute(order, now=now)
        _note(locks, "change_order_item", order, actor, now, changed)
    return line


@use_case
def remove_line(
    locks: Locks,
    *,
    order_id: UUID,
    line_id: UUID,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> None:
    """Take a line off a DRAFT order. Locks SALES_ORDER. Raises NotFound, Stale, WrongState, ValidationFailed."""
    order, lines = _draft(locks, order_id, expected_version)
    line = find_line(lines, line_id)
    refuse_bad_amounts(terms_of([one for one in lines if one.id != line_id]), order.discount_amount)
    line.delete()
    recompute(order, now=now)
    _note(locks, "remove_order_item", order, actor, now, {"item": [line.item.sku, None]})


def _draft(locks: Locks, order_id: UUID, expected_version: int | None) -> tuple[SalesOrder, list[SalesOrderLine]]:
    """The order that is to be changed and its lines, locked. Raises NotFound, Stale, WrongState."""
    order = lock_order(locks, order_id)
    require_version(order.version, expected_version)
    require_state(order, OrderStatus.DRAFT)
    return order, lines_of(order)


def _note(locks: Locks, action: str, order: SalesOrder, actor: Actor, now: datetime, changes: Changes | None = None) -> None:
    text = changes_text(changes) if changes else ""
    record_audit(locks, [Audit(action, SUBJECT, order.id, text)], actor=actor, now=now)
