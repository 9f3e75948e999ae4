"""How much of an order, sold or bought, is on its invoices; and what still stands in the way of ending it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from erp.problems import Conflict
from inventory.models import OrderLine


class HasInvoices(Conflict):
    """Invoices stand in the way: `data` names the lines that are on them. Cancel, credit or reverse them first."""

    code = "has-invoices"
    message = "There are invoices of this; cancel, credit or reverse them first."


def refuse_invoiced(lines: Sequence[OrderLine], *, drafts_only: bool = False) -> None:
    """Raise HasInvoices with every line that is on a live invoice, or only on one that is not posted yet."""
    standing = [line.id for line in lines if line.invoiced_qty > (line.posted_qty if drafts_only else 0)]
    if standing:
        raise HasInvoices(data={"lines": standing})


def order_quantities(quantities: Mapping[UUID, Decimal]) -> str:
    """Order line → quantity, as the JSON object that the statements of orders read."""
    members = ",".join(f'"{line}":"{quantity}"' for line, quantity in quantities.items())
    return "{" + members + "}"
