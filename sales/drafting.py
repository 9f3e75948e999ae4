"""Changing a sales order, as ``inventory.order_drafting`` says for orders of either kind. Locks SALES_ORDER."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from inventory.kinds import PriceKind
from inventory.order_drafting import OrderDrafting
from sales.customers import find_salesman
from sales.lines import new_lines
from sales.models import SalesOrder
from sales.orders import TABLES

LATER = frozenset({"due_date", "shipping_address", "billing_address", "payment_terms", "notes"})
_DRAFTING = OrderDrafting(tables=TABLES, noun="order", price_kind=PriceKind.SALES, later=LATER, new_lines=new_lines)


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
    """Change columns of an order, its salesman among them. Locks SALES_ORDER.

    Raises NotFound, Stale, WrongState, ValidationFailed.
    """
    if changes.get("salesman_id"):
        find_salesman(actor, changes["salesman_id"])
    return _DRAFTING.change_order(
        locks, order_id=order_id, changes=changes, actor=actor, now=now, expected_version=expected_version
    )


add_item = use_case(_DRAFTING.add_line)
change_line = use_case(_DRAFTING.change_line)
remove_line = use_case(_DRAFTING.remove_line)
