"""Lines of a sales order."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.identifiers import new_id
from erp.problems import NotFound
from inventory.order_lines import NewLine, price_lines
from sales.models import SalesOrder, SalesOrderLine


def new_lines(
    actor: Actor, order: SalesOrder, drafts: Sequence[NewLine], *, first: int, lines: str = ""
) -> list[SalesOrderLine]:
    """Lines of the order, numbered from `first`, without their totals; without a rate at the item's sale rate.

    `lines` is what the sender calls the list, when it is one. Raises NotFound, NoPrice, ValidationFailed.
    """
    priced = price_lines(
        actor, drafts, price=lambda item: item.sale_rate, currency_id=order.currency_id, first=first, lines=lines
    )
    return [
        SalesOrderLine(
            id=new_id(),
            company_id=order.company_id,
            order_id=order.id,
            line_no=line_no,
            item=item,
            description=draft.description or item.name,
            quantity=draft.quantity,
            uom=item.uom,
            unit_rate=rate,
            discount_pct=draft.discount_pct,
            gst_rate=item.gst_rate,
            line_total=Decimal("0.00"),
            notes=draft.notes,
        )
        for line_no, (draft, item, rate) in enumerate(priced, start=first)
    ]


def find_line(lines: Sequence[SalesOrderLine], line_id: UUID) -> SalesOrderLine:
    """The line of the order. Raises NotFound."""
    for line in lines:
        if line.id == line_id:
            return line
    raise NotFound("Order line not found")
