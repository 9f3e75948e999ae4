"""What a draft payment is to settle when it is posted: shares, kept on its row with the ids that their rows will have."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from erp.spelling import amount_text
from invoices.models import Payment


class Share(NamedTuple):
    """How much of a payment or a note goes to an invoice, and the id under which that is known."""

    allocation_id: UUID
    invoice_id: UUID
    amount: Decimal


def planned(shares: Iterable[Share]) -> list[dict[str, str]]:
    """The plan as the row keeps it."""
    return [
        {"id": str(one.allocation_id), "invoice_id": str(one.invoice_id), "amount": amount_text(one.amount)}
        for one in shares
    ]


def plan_of(payment: Payment) -> list[Share]:
    """The plan of a draft, in the order in which it was made; nobody else has one."""
    return [Share(UUID(one["id"]), UUID(one["invoice_id"]), Decimal(one["amount"])) for one in payment.planned]
