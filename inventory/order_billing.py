"""How much of an order, sold or bought, is on its invoices; and what still stands in the way of ending it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from erp.problems import Conflict
from inventory.models import Item, Uom
from inventory.order_lines import Order


class HasInvoices(Conflict):
    """Invoices stand in the way: `data` names the lines that are on them. Cancel, credit or reverse them first."""

    code = "has-invoices"
    message = "There are invoices of this; cancel, credit or reverse them first."


class BillableLine(Protocol):
    """A line of an order: of `quantity`, `invoiced_qty` is on live invoices and `posted_qty` on posted ones."""

    id: UUID
    line_no: int
    item_id: UUID
    item: Item
    uom: Uom
    quantity: Decimal
    unit_rate: Decimal
    discount_pct: Decimal
    description: str
    uom_id: UUID
    invoiced_qty: Decimal
    posted_qty: Decimal


class BillableOrder(Order, Protocol):
    """An order that invoices are made of."""

    currency_id: UUID
    warehouse_id: UUID
    billing_address: str
    shipping_address: str


def refuse_invoiced(lines: Sequence[BillableLine], *, drafts_only: bool = False) -> None:
    """Raise HasInvoices with every line that is on a live invoice, or only on one that is not posted yet."""
    standing = [line.id for line in lines if line.invoiced_qty > (line.posted_qty if drafts_only else 0)]
    if standing:
        raise HasInvoices(data={"lines": standing})


def order_quantities(quantities: Mapping[UUID, Decimal]) -> str:
    """Order line → quantity, as the JSON object that the statements of orders read."""
    members = ",".join(f'"{line}":"{quantity}"' for line, quantity in quantities.items())
    return "{" + members + "}"
