"""History that a migration copies in: documents as they were, and what they mean in the books. Pure.

They are posted on their own dates and move no stock. A tax of the foreign system is a line of its own, booked to
OUTPUT_OTHER, because its rates and names are none of ours (ADR 0058).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from accounting.kinds import AccountRole
from accounting.vouchers import Leg, merge_legs, signed_leg
from erp.identifiers import new_id
from erp.money import add
from invoices.status import BooksStatus, PaymentMode

HISTORY_ROLES = (AccountRole.SALES, AccountRole.OUTPUT_OTHER, AccountRole.ROUNDING, AccountRole.SUSPENSE)
"""Roles whose accounts history may need, money and parties apart."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """`line_total` is quantity × rate less `discount_pct`, rounded once. `is_tax`: it is a tax of the foreign system."""

    name: str
    code: str
    quantity: Decimal
    rate: Decimal
    discount_pct: Decimal
    line_total: Decimal
    remarks: str = ""
    is_tax: bool = False


@dataclass(frozen=True, slots=True)
class HistoryInvoice:
    """An invoice of a customer in base currency. Σ lines + `round_off` = `total`; `received` is what its payments give it.

    `status` is POSTED for what is in the books, whatever was paid, else DRAFT or CANCELLED.
    """

    number: str
    invoice_date: date
    due_date: date
    customer_id: UUID
    lines: Sequence[HistoryLine]
    total: Decimal
    round_off: Decimal
    status: BooksStatus = BooksStatus.POSTED
    remarks: str = ""
    notes: str = ""
    received: Decimal = Decimal("0.00")
    id: UUID = field(default_factory=new_id)

    @property
    def is_booked(self) -> bool:
        return self.status is BooksStatus.POSTED

    @property
    def subtotal(self) -> Decimal:
        return add([line.line_total for line in self.lines])


@dataclass(frozen=True, slots=True)
class HistoryShare:
    """Part of a payment that settles an invoice of the same customer."""

    invoice_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class HistoryPayment:
    """Money in, in base currency. Without a customer it is booked to SUSPENSE; what no share takes stays his credit."""

    payment_date: date
    customer_id: UUID | None
    mode: PaymentMode
    account_id: UUID
    account_role: AccountRole | None
    amount: Decimal
    shares: Sequence[HistoryShare]
    reference: str = ""
    notes: str = ""
    id: UUID = field(default_factory=new_id)

    @property
    def allocated(self) -> Decimal:
        return add([share.amount for share in self.shares])


def invoice_legs(invoice: HistoryInvoice, *, receivable_id: UUID, accounts: Mapping[AccountRole, UUID]) -> list[Leg]:
    """J4 without stock: RECEIVABLE total against SALES net, OUTPUT_OTHER tax and ROUNDING; none for 0.00."""
    tax = add([line.line_total for line in invoice.lines if line.is_tax])
    amounts = {
        AccountRole.SALES: tax - invoice.subtotal,
        AccountRole.OUTPUT_OTHER: -tax,
        AccountRole.ROUNDING: -invoice.round_off,
    }
    legs = [signed_leg(receivable_id, AccountRole.RECEIVABLE, invoice.total)]
    legs += [signed_leg(accounts[role], role, amount) for role, amount in amounts.items() if amount]
    return merge_legs(legs)


def payment_legs(payment: HistoryPayment, *, receivable_id: UUID | None, accounts: Mapping[AccountRole, UUID]) -> list[Leg]:
    """J5: the money's account against RECEIVABLE of the customer, or SUSPENSE where nobody knows whose it is."""
    role = AccountRole.SUSPENSE if receivable_id is None else AccountRole.RECEIVABLE
    return [
        Leg(payment.account_id, payment.account_role, debit=payment.amount),
        Leg(receivable_id or accounts[role], role, credit=payment.amount),
    ]
