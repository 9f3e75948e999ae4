"""How invoices are shown under ``/api/invoices/``: money as texts. Pure.

The same invoice is shown under ``/api/sales/`` by `invoices.payloads`, in the words of the warehouse.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from accounting.entries import EntryPayload
from accounting.gst import Component
from erp.cautions import Caution
from erp.clock import instant_text
from erp.models import Currency
from erp.money import add, base_amount
from erp.spelling import amount_text, percent_text, quantity_text, rate_text, shortest_text
from inventory.payloads import LayerPayload
from invoices.models import CreditNote, Invoice, InvoiceItem, PaymentAllocation
from invoices.revision_payloads import RevisionPayload
from invoices.status import BooksStatus, CreditNoteStatus, Origin
from sales.customers import printed_billing_address

OVERDUE = "OVERDUE"
_OPEN = {BooksStatus.POSTED, BooksStatus.PARTIALLY_PAID}


class TaxPayload(Struct, kw_only=True, frozen=True):
    component: str
    rate: str
    amount: str


class BillLinePayload(Struct, kw_only=True, frozen=True):
    """`line_total` is net of every discount; `item` is null on an imported line until posting finds it."""

    id: UUID
    line_no: int
    item: UUID | None
    item_name: str
    item_sku: str
    description: str
    quantity: str
    unit_rate: str
    uom: UUID | None
    uom_name: str
    discount_pct: str
    line_total: str
    tax_amount: str
    allocated_discount: str
    hsn_code: str
    gst_rate: str | None
    taxes: list[TaxPayload]
    order_item: UUID | None
    receipt_line: UUID | None
    account_code: str | None


class SettlementPayload(Struct, kw_only=True, frozen=True):
    payment: UUID
    amount: str
    date: str


class CreditedPayload(Struct, kw_only=True, frozen=True):
    """A credit note of the invoice; `applied` is what of it settles this or another invoice."""

    credit_note: UUID
    credit_note_number: str
    status: str
    amount: str
    applied: str
    date: str


class BillRowPayload(Struct, kw_only=True, frozen=True):
    """An invoice in a list."""

    id: UUID
    invoice_number: str
    invoice_date: str
    due_date: str | None
    party: UUID | None
    party_name: str
    invoice_type: str
    status: str
    currency_code: str
    total_value: str
    amount_received: str
    outstanding_amount: str
    is_overdue: bool
    display_status: str
    created_at: str


class BillPayload(Struct, kw_only=True, frozen=True):
    """A whole invoice: every key of the quick reference, ours beside them.

    `exchange_rate` and `base_total` are null until an invoice in another currency is posted.
    """

    id: UUID
    invoice_number: str
    invoice_date: str
    due_date: str | None
    party: UUID | None
    party_name: str
    invoice_type: str
    status: str
    currency: UUID
    currency_code: str
    sales_order: UUID | None
    sales_order_number: str | None
    voucher: UUID | None
    voucher_number: str | None
    total_value: str
    amount_received: str
    outstanding_amount: str
    shipping_address: str
    billing_address: str
    notes: str
    lines: list[BillLinePayload]
    subtotal: str
    tax_amount: str
    round_off: str
    company_state_code: str
    company_gstin: str
    party_gstin: str
    place_of_supply: str
    is_overdue: bool
    display_status: str
    fulfilment_status: str | None
    billing_status: str | None
    purchase_order: UUID | None
    purchase_order_number: str | None
    supplier_invoice_number: str
    supplier_invoice_date: str | None
    exchange_rate: str | None
    base_total: str | None
    amount_credited: str = "0.00"
    payments: list[SettlementPayload]
    credit_notes: list[CreditedPayload] = []
    revisions: list[RevisionPayload] = []
    opening: bool = False
    cancel_reason: str
    version: int
    created_at: str
    updated_at: str
    entries: list[EntryPayload] | UnsetType = UNSET
    layers: list[LayerPayload] | UnsetType = UNSET
    warnings: list[Caution] | UnsetType = UNSET


class PostedPayload(Struct, kw_only=True, frozen=True):
    """What posting answers; `entries` and `layers` when asked to expand."""

    voucher_id: UUID
    voucher_number: str
    status: str
    message: str
    entries: list[EntryPayload] | UnsetType = UNSET
    layers: list[LayerPayload] | UnsetType = UNSET
    warnings: list[Caution] | UnsetType = UNSET


def is_overdue(status: str, due_date: date | None, *, today: date) -> bool:
    """Posted, money open, and the due date past; never stored."""
    return status in _OPEN and due_date is not None and due_date < today


def bill_row_payload(
    invoice: Invoice, *, base: Currency, today: date, status: str | None = None, received: Decimal | None = None
) -> BillRowPayload:
    """An invoice, read with its party and currency; `status` and `received` as of another day, where one is asked for."""
    status = invoice.status if status is None else status
    received = invoice.amount_received if received is None else received
    overdue = is_overdue(status, invoice.due_date, today=today)
    return BillRowPayload(
        id=invoice.id,
        invoice_number=invoice.invoice_no,
        invoice_date=invoice.invoice_date.isoformat(),
        due_date=invoice.due_date.isoformat() if invoice.due_date else None,
        party=invoice.party_id,
        party_name=_party_name(invoice),
        invoice_type=invoice.invoice_type,
        status=status,
        currency_code=(invoice.currency or base).code,
        total_value=amount_text(invoice.total_value),
        amount_received=amount_text(received),
        outstanding_amount=amount_text(invoice.total_value - received),
        is_overdue=overdue,
        display_status=OVERDUE if overdue else status,
        created_at=instant_text(invoice.created_at),
    )


def bill_payload(
    invoice: Invoice,
    items: Sequence[InvoiceItem],
    settlements: Sequence[PaymentAllocation],
    credits: Sequence[CreditNote] = (),
    *,
    base: Currency,
    today: date,
    revisions: list[RevisionPayload] | None = None,
    cancel_reason: str = "",
    entries: list[EntryPayload] | UnsetType = UNSET,
    layers: list[LayerPayload] | UnsetType = UNSET,
    warnings: list[Caution] | UnsetType = UNSET,
) -> BillPayload:
    """An invoice, read with its party, currency, orders and voucher; lines with item and unit."""
    currency, rate = invoice.currency or base, invoice.exchange_rate
    overdue = is_overdue(invoice.status, invoice.due_date, today=today)
    address = printed_billing_address(invoice.customer) if invoice.customer else ""
    return BillPayload(
        id=invoice.id,
        invoice_number=invoice.invoice_no,
        invoice_date=invoice.invoice_date.isoformat(),
        due_date=invoice.due_date.isoformat() if invoice.due_date else None,
        party=invoice.party_id,
        party_name=_party_name(invoice),
        invoice_type=invoice.invoice_type,
        status=invoice.status,
        currency=currency.id,
        currency_code=currency.code,
        sales_order=invoice.sales_order_id,
        sales_order_number=invoice.sales_order.order_number if invoice.sales_order else None,
        voucher=invoice.voucher_id,
        voucher_number=invoice.voucher.number if invoice.voucher else None,
        total_value=amount_text(invoice.total_value),
        amount_received=amount_text(invoice.amount_received),
        outstanding_amount=amount_text(invoice.total_value - invoice.amount_received),
        shipping_address=invoice.shipping_address or address,
        billing_address=invoice.billing_address or address,
        notes=invoice.notes,
        lines=[_line(item, invoice) for item in items],
        subtotal=amount_text(invoice.total_value - invoice.tax_amount - invoice.round_off),
        tax_amount=amount_text(invoice.tax_amount),
        round_off=amount_text(invoice.round_off),
        company_state_code=invoice.company_state_code,
        company_gstin=invoice.company_gstin,
        party_gstin=invoice.party_gstin,
        place_of_supply=invoice.place_of_supply,
        is_overdue=overdue,
        display_status=OVERDUE if overdue else invoice.status,
        fulfilment_status=invoice.fulfilment_status,
        billing_status=invoice.billing_status,
        purchase_order=invoice.purchase_order_id,
        purchase_order_number=invoice.purchase_order.order_number if invoice.purchase_order else None,
        supplier_invoice_number=invoice.supplier_invoice_number,
        supplier_invoice_date=invoice.supplier_invoice_date.isoformat() if invoice.supplier_invoice_date else None,
        exchange_rate=None if rate is None else shortest_text(rate),
        base_total=None if rate is None else amount_text(base_amount(invoice.total_value, rate)),
        payments=[_settled(one) for one in settlements],
        amount_credited=amount_text(add([one.total_value for one in credits if one.status == CreditNoteStatus.POSTED])),
        credit_notes=[_credited(one) for one in credits],
        revisions=revisions or [],
        cancel_reason=cancel_reason,
        version=invoice.version,
        created_at=instant_text(invoice.created_at),
        updated_at=instant_text(invoice.updated_at),
        entries=entries,
        layers=layers,
        warnings=warnings,
    )


def _settled(one: PaymentAllocation) -> SettlementPayload:
    return SettlementPayload(payment=one.payment_id, amount=amount_text(one.amount), date=one.allocation_date.isoformat())


def _credited(note: CreditNote) -> CreditedPayload:
    return CreditedPayload(
        credit_note=note.id,
        credit_note_number=note.credit_note_number,
        status=note.status,
        amount=amount_text(note.total_value),
        applied=amount_text(note.amount_applied),
        date=note.credit_date.isoformat(),
    )


def _party_name(invoice: Invoice) -> str:
    """As it was printed; an imported document prints the customer as he is."""
    return invoice.party_name or (invoice.party.name if invoice.party else "")


def _line(item: InvoiceItem, invoice: Invoice) -> BillLinePayload:
    taxes = _taxes(item)
    tax = item.cgst + item.sgst + item.utgst + item.igst
    # Of an imported line the tax was inside its price, and what came off the price includes it.
    inside = tax if invoice.origin == Origin.IMPORTED else Decimal(0)
    return BillLinePayload(
        id=item.id,
        line_no=item.line_no,
        item=item.item_id,
        item_name=item.item.name if item.item else item.name,
        item_sku=item.item_code,
        description=item.name if invoice.origin == Origin.ISSUED else item.remarks,
        quantity=quantity_text(item.quantity),
        unit_rate=rate_text(item.mrp),
        uom=item.uom_id,
        uom_name=item.uom.name if item.uom else "",
        discount_pct=percent_text(item.discount_pct),
        line_total=amount_text(item.line_total - item.import_discount),
        tax_amount=amount_text(tax),
        allocated_discount=amount_text(item.allocated_discount + item.import_discount - inside),
        hsn_code=item.hsn_code,
        gst_rate=None if item.gst_rate is None else percent_text(item.gst_rate),
        taxes=taxes,
        order_item=item.order_line_id or item.purchase_line_id,
        receipt_line=item.receipt_line_id,
        account_code=item.account.code if item.account else None,
    )


def _taxes(item: InvoiceItem) -> list[TaxPayload]:
    """The components that are there; within a state each is half the rate."""
    rate = item.gst_rate or Decimal(0)
    half = rate / 2
    parts = (
        (Component.CGST, half, item.cgst),
        (Component.SGST, half, item.sgst),
        (Component.UTGST, half, item.utgst),
        (Component.IGST, rate, item.igst),
    )
    return [
        TaxPayload(component=component.value, rate=percent_text(part), amount=amount_text(amount))
        for component, part, amount in parts
        if amount
    ]
