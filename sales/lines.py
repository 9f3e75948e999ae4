"""Lines of a sales order."""

from collections.abc import Sequence

from erp.access import Actor
from inventory.kinds import PriceKind
from inventory.order_lines import NewLine, columns_of, price_lines
from inventory.prices import PriceTerms
from sales.models import SalesOrder, SalesOrderLine


def new_lines(
    actor: Actor, order: SalesOrder, drafts: Sequence[NewLine], *, first: int, lines: str = ""
) -> list[SalesOrderLine]:
    """Lines of the order, numbered from `first`, without their totals; without a rate at that of a price list, of the
    order, of the customer, or the default one; else at the item's sale rate.

    `lines` is what the sender calls the list, when it is one. Raises NotFound, NoPrice, ValidationFailed.
    """
    priced = price_lines(
        actor,
        drafts,
        price=lambda item: item.sale_rate,
        terms=PriceTerms(
            PriceKind.SALES, order.currency_id, order.order_date, (order.price_list_id, order.customer.price_list_id)
        ),
        first=first,
        lines=lines,
    )
    return [
        SalesOrderLine(**columns_of(line, order=order, line_no=line_no)) for line_no, line in enumerate(priced, start=first)
    ]
