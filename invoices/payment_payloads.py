"""How payments are shown under ``/api/payments/``: money as texts. Pure."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from accounting.entries import EntryPayload
from erp.clock import instant_text
from erp.money import add
from erp.spelling import amount_text, shortest_text
from invoices.models import Payment, PaymentAllocation
from invoices.plans import plan_of


class AllocationPayload(Struct, kw_only=True, frozen=True):
    """A release is a row of the opposite sign, and says which row it `releases`. Of a draft they are a plan."""

    id: UUID
    invoice: UUID
    invoice_number: str
    amount: str
    allocation_date: str
    invoice_status: str
    invoice_outstanding: str
    releases: UUID | UnsetType = UNSET


class PaymentRowPayload(Struct, kw_only=True, frozen=True):
    """A payment in a list. Of a draft `allocated_amount` is what it plans to settle.

    `exchange_rate` is null until a payment in another currency is posted.
    """

    id: UUID
    payment_number: str
    kind: str
    status: str
    party: UUID | None
    party_name: str
    payment_date: str
    mode: str
    account_code: str
    currency_code: str
    exchange_rate: str | None
    amount: str
    allocated_amount: str
    unallocated_amount: str
    reference_number: str
    notes: str
    voucher: UUID | None
    voucher_number: str | None
    version: int
    created_at: str


class PaymentPayload(PaymentRowPayload, kw_only=True, frozen=True):
    allocations: list[AllocationPayload]
    entries: list[EntryPayload] | UnsetType = UNSET


def payment_row_payload(payment: Payment) -> PaymentRowPayload:
    """A payment, read with its party, account, currency and voucher."""
    allocated = payment.allocated_amount + add([share.amount for share in plan_of(payment)])
    return PaymentRowPayload(
        id=payment.id,
        payment_number=payment.payment_number,
        kind=payment.kind,
        status=payment.status,
        party=payment.party_id,
        party_name=payment.party.name if payment.party else "",
        payment_date=payment.payment_date.isoformat(),
        mode=payment.mode,
        account_code=payment.account.code,
        currency_code=payment.currency.code,
        exchange_rate=None if payment.exchange_rate is None else shortest_text(payment.exchange_rate),
        amount=amount_text(payment.amount),
        allocated_amount=amount_text(allocated),
        unallocated_amount=amount_text(payment.amount - allocated),
        reference_number=payment.reference_number,
        notes=payment.notes,
        voucher=payment.voucher_id,
        voucher_number=payment.voucher.number if payment.voucher else None,
        version=payment.version,
        created_at=instant_text(payment.created_at),
    )


def payment_payload(
    payment: Payment, allocations: Sequence[PaymentAllocation], *, entries: list[EntryPayload] | UnsetType = UNSET
) -> PaymentPayload:
    """A payment with its allocations, read with their invoices."""
    row = payment_row_payload(payment)
    return PaymentPayload(
        **{name: getattr(row, name) for name in row.__struct_fields__},
        allocations=[_allocation(one) for one in allocations],
        entries=entries,
    )


def _allocation(allocation: PaymentAllocation) -> AllocationPayload:
    invoice = allocation.invoice
    return AllocationPayload(
        id=allocation.id,
        invoice=invoice.id,
        invoice_number=invoice.invoice_no,
        amount=amount_text(allocation.amount),
        allocation_date=allocation.allocation_date.isoformat(),
        invoice_status=invoice.status,
        invoice_outstanding=amount_text(invoice.total_value - invoice.amount_received),
        releases=allocation.releases_id or UNSET,
    )
