"""How credit notes are shown under ``/api/invoices/credit_notes/``: money as texts. Pure."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from accounting.entries import EntryPayload
from erp.cautions import Caution
from erp.clock import instant_text
from erp.money import base_amount
from erp.spelling import amount_text, quantity_text, shortest_text
from inventory.payloads import LayerPayload
from invoices.models import CreditNote, CreditNoteAllocation, CreditNoteLine
from invoices.payment_payloads import AllocationPayload


class CreditNoteLinePayload(Struct, kw_only=True, frozen=True):
    """`line` is the invoice's; `quantity` is null where only the price is reduced; `returned_qty` came back into stock, or
    went back to the supplier."""

    id: UUID
    line_no: int
    line: UUID
    item: UUID | None
    item_name: str
    item_sku: str
    quantity: str | None
    line_total: str
    tax_amount: str
    returned_qty: str


class CreditNoteRowPayload(Struct, kw_only=True, frozen=True):
    """A credit note in a list. Goods that come back are in `warehouse`, moved there by the stock document `transfer` when it
    is not the one they left; both null where none come back. `exchange_rate` is its invoice's, base per unit; `base_total`
    what it is worth in base."""

    id: UUID
    credit_note_number: str
    credit_date: str
    invoice: UUID
    invoice_number: str
    invoice_date: str
    invoice_type: str
    party: UUID
    party_name: str
    status: str
    reason: str
    return_stock: bool
    warehouse: UUID | None
    transfer: UUID | None
    currency_code: str
    exchange_rate: str
    base_total: str
    subtotal: str
    tax_amount: str
    round_off: str
    total_value: str
    amount_applied: str
    unapplied_amount: str
    voucher: UUID | None
    voucher_number: str | None
    version: int
    created_at: str
    updated_at: str


class CreditNotePayload(CreditNoteRowPayload, kw_only=True, frozen=True):
    """A whole credit note; `unapplied_amount` of a posted one is open credit of the party."""

    lines: list[CreditNoteLinePayload]
    allocations: list[AllocationPayload]
    entries: list[EntryPayload] | UnsetType = UNSET
    layers: list[LayerPayload] | UnsetType = UNSET
    warnings: list[Caution] | UnsetType = UNSET


def credit_row_payload(note: CreditNote) -> CreditNoteRowPayload:
    """A credit note, read with its invoice, customer, currency and voucher."""
    return CreditNoteRowPayload(
        id=note.id,
        credit_note_number=note.credit_note_number,
        credit_date=note.credit_date.isoformat(),
        invoice=note.invoice_id,
        invoice_number=note.invoice.invoice_no,
        invoice_date=note.invoice.invoice_date.isoformat(),
        invoice_type=note.invoice.invoice_type,
        party=note.party_id,
        party_name=note.invoice.party_name or (note.party.name if note.party else ""),
        status=note.status,
        reason=note.reason,
        return_stock=note.return_stock,
        warehouse=note.warehouse_id or (note.invoice.warehouse_id if note.return_stock and not note.is_debit else None),
        transfer=note.transfer_id,
        currency_code=note.currency.code,
        exchange_rate=shortest_text(note.exchange_rate),
        base_total=amount_text(base_amount(note.total_value, note.exchange_rate)),
        subtotal=amount_text(note.subtotal),
        tax_amount=amount_text(note.tax_amount),
        round_off=amount_text(note.round_off),
        total_value=amount_text(note.total_value),
        amount_applied=amount_text(note.amount_applied),
        unapplied_amount=amount_text(note.total_value - note.amount_applied),
        voucher=note.voucher_id,
        voucher_number=note.voucher.number if note.voucher else None,
        version=note.version,
        created_at=instant_text(note.created_at),
        updated_at=instant_text(note.updated_at),
    )


def credit_payload(
    note: CreditNote,
    lines: Sequence[CreditNoteLine],
    allocations: Sequence[CreditNoteAllocation],
    *,
    entries: list[EntryPayload] | UnsetType = UNSET,
    layers: list[LayerPayload] | UnsetType = UNSET,
    warnings: list[Caution] | UnsetType = UNSET,
) -> CreditNotePayload:
    """A credit note with its lines, read with the invoice's, and its allocations, read with their invoices."""
    row = credit_row_payload(note)
    return CreditNotePayload(
        **{name: getattr(row, name) for name in row.__struct_fields__},
        lines=[_line(one) for one in lines],
        allocations=[credit_allocation_payload(one) for one in allocations],
        entries=entries,
        layers=layers,
        warnings=warnings,
    )


def _line(line: CreditNoteLine) -> CreditNoteLinePayload:
    return CreditNoteLinePayload(
        id=line.id,
        line_no=line.line_no,
        line=line.invoice_item_id,
        item=line.invoice_item.item_id,
        item_name=line.invoice_item.name,
        item_sku=line.invoice_item.item_code,
        quantity=None if line.quantity is None else quantity_text(line.quantity),
        line_total=amount_text(line.line_total),
        tax_amount=amount_text(line.cgst + line.sgst + line.utgst + line.igst),
        returned_qty=quantity_text(line.returned_qty),
    )


def credit_allocation_payload(allocation: CreditNoteAllocation) -> AllocationPayload:
    """What of the note settles an invoice, read with it."""
    invoice = allocation.invoice
    return AllocationPayload(
        id=allocation.id,
        invoice=invoice.id,
        invoice_number=invoice.invoice_no,
        amount=amount_text(allocation.amount),
        allocation_date=allocation.allocation_date.isoformat(),
        invoice_status=invoice.status,
        invoice_outstanding=amount_text(invoice.total_value - invoice.amount_received),
    )
