"""How an earlier revision of an invoice is shown. Pure."""

from uuid import UUID

import msgspec
from msgspec import Struct

from accounting.models import Voucher
from erp.clock import instant_text
from erp.spelling import amount_text, quantity_text, rate_text
from invoices.content import InvoiceContent
from invoices.models import InvoiceRevision


class RevisedLinePayload(Struct, kw_only=True, frozen=True):
    """A line as it stood in that revision."""

    line_no: int
    item_sku: str
    item_name: str
    quantity: str
    unit_rate: str
    line_total: str
    batch_no: str


class RevisionPayload(Struct, kw_only=True, frozen=True):
    """What a posted invoice said before outside billing sent it again.

    `voucher` stood for it until `reversal_voucher` undid it, on the same date, at `revised_at`.
    """

    revision: int
    invoice_date: str
    party: UUID
    party_name: str
    total_value: str
    lines: list[RevisedLinePayload]
    voucher: UUID
    voucher_number: str
    reversal_voucher: UUID
    reversal_voucher_number: str
    revised_at: str


def revision_payload(kept: InvoiceRevision, mirror: Voucher) -> RevisionPayload:
    """An earlier revision, read with its voucher; `mirror` is the voucher that reversed that one."""
    content = msgspec.convert(kept.content, InvoiceContent, strict=False)
    return RevisionPayload(
        revision=kept.revision,
        invoice_date=content.invoice_date.isoformat(),
        party=content.customer.id,
        party_name=content.customer.name,
        total_value=amount_text(content.total_value),
        lines=[
            RevisedLinePayload(
                line_no=item.line_no,
                item_sku=item.item_code,
                item_name=item.name,
                quantity=quantity_text(item.quantity),
                unit_rate=rate_text(item.mrp),
                line_total=amount_text(item.line_total),
                batch_no=item.batch_no,
            )
            for item in content.items
        ],
        voucher=kept.voucher_id,
        voucher_number=kept.voucher.number,
        reversal_voucher=mirror.id,
        reversal_voucher_number=mirror.number,
        revised_at=instant_text(kept.created_at),
    )
