"""Lines of a sales order."""

from collections.abc import Sequence

from erp.access import Actor
from inventory.order_lines import NewLine, columns_of, price_lines
from sales.models import SalesOrder, SalesOrderLine


def new_lines(
    actor: Actor, order: SalesOrder, drafts: Sequence[NewLine], *, first: int, lines: str = ""
) -> list[SalesOrderLine]:
    """Lines of the order, numbered from `first`, without their totals; without a rate at the item's sale rate.

    `lines` is what the sender calls the list, when it is one. Raises NotFound, NoPrice, ValidationFailed.
    """
    priced = price_lines(
        actor,
        drafts,
        price=lambda item: item.sale_rate,
        currency_id=order.currency_id,
        day=order.order_date,
        first=first,
        lines=lines,
    )
    return [
        SalesOrderLine(**columns_of(line, order=order, line_no=line_no)) for line_no, line in enumerate(priced, start=first)
    ]
