"""What an import makes of an invoice: a new one, or the present one with what was sent. Pure."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import UNSET

from erp.money import places_of, round_amount, round_quantity, round_rate
from invoices import warnings
from invoices.content import CustomerContent, InvoiceContent, ItemContent, SalesmanContent, UserContent
from invoices.drafts import CustomerDraft, InvoiceDraft, ItemDraft
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, Origin, Priority
from invoices.totals import Totals, compute_totals
from invoices.warnings import WarningEntry

_MRP_PLACES = 4
_CUSTOMER_TEXTS = ("area", "address1", "address2", "address3", "pincode", "phone1", "phone2", "email")
_GOODS = ("barcode", "item_code", "quantity", "batch_no")


@dataclass(frozen=True, slots=True)
class Masters:
    """The parties a document names, as they will be when it is written."""

    customer: CustomerContent
    salesman: SalesmanContent


def merge_customer(draft: CustomerDraft, present: CustomerContent | None, *, new_id: Callable[[], UUID]) -> CustomerContent:
    """The customer with the fields sent; `version` grows when one differs."""
    if present is None:
        present = CustomerContent(id=new_id(), version=0, code=draft.code, name="")
    sent = {"name": draft.name}
    for name in _CUSTOMER_TEXTS:
        value = getattr(draft, name)
        if value is not UNSET:
            sent[name] = value or ""
    if present.version and all(getattr(present, name) == value for name, value in sent.items()):
        return present
    return msgspec.structs.replace(present, **sent, version=present.version + 1)


def new_content(
    draft: InvoiceDraft,
    masters: Masters,
    *,
    serial: int,
    created_user: UserContent | None,
    new_id: Callable[[], UUID],
    now: datetime,
) -> InvoiceContent:
    """A new imported invoice: INVOICED and BILLED, DRAFT in the books, version 1."""
    totals = _totals_of(draft)
    return InvoiceContent(
        id=new_id(),
        serial=serial,
        origin=Origin.IMPORTED.value,
        invoice_no=draft.invoice_no,
        invoice_date=draft.invoice_date.plain(),
        customer=masters.customer,
        salesman=masters.salesman,
        created_by=_text(draft.created_by, ""),
        created_user=created_user,
        priority=_priority(draft, Priority.MEDIUM.value),
        given_total=_given_total(draft),
        items_total=totals.items_total,
        total_value=totals.total_value,
        temp_name=_text(draft.temp_name, ""),
        remarks=_text(draft.remarks, ""),
        fulfilment_status=FulfilmentStatus.INVOICED.value,
        billing_status=BillingStatus.BILLED.value,
        status=BooksStatus.DRAFT.value,
        handling={},
        version=1,
        created_at=now,
        updated_at=now,
        items=[
            _item(line, number, total, new_id())
            for number, (line, total) in enumerate(zip(draft.items, totals.line_totals, strict=True), start=1)
        ],
    )


def revised_content(
    draft: InvoiceDraft,
    present: InvoiceContent,
    masters: Masters,
    *,
    created_user: UserContent | None,
    new_id: Callable[[], UUID],
    now: datetime,
    ids: dict[int, UUID] | None = None,
) -> InvoiceContent:
    """The present invoice with what was sent: the same object when nothing would change, else its next version.

    Header fields sent overwrite, optional ones not sent stay; ``Total`` not sent means the sum of the items; items are
    replaced in full, a line that matches an old one by barcode, else item code, keeps its id. Who knows better which line
    (numbered from 1) continues which says so by `ids`.
    """
    totals = _totals_of(draft)
    ids = _match_lines(draft.items, present.items) if ids is None else ids
    revised = msgspec.structs.replace(
        present,
        invoice_date=draft.invoice_date.plain(),
        customer=masters.customer,
        salesman=masters.salesman,
        created_by=_text(draft.created_by, present.created_by),
        priority=_priority(draft, present.priority),
        given_total=_given_total(draft),
        items_total=totals.items_total,
        total_value=totals.total_value,
        temp_name=_text(draft.temp_name, present.temp_name),
        remarks=_text(draft.remarks, present.remarks),
        items=[
            _item(line, number, total, ids.get(number) or new_id())
            for number, (line, total) in enumerate(zip(draft.items, totals.line_totals, strict=True), start=1)
        ],
    )
    if revised == present:
        return present
    return msgspec.structs.replace(
        revised,
        created_user=created_user or present.created_user,
        version=present.version + 1,
        updated_at=now,
    )


def import_warnings(draft: InvoiceDraft, before: InvoiceContent | None, after: InvoiceContent) -> list[WarningEntry]:
    """What the sender should know of an accepted import, in the order of the document."""
    found: list[WarningEntry] = []
    if after.given_total is not None and after.given_total != after.items_total:
        found.append(warnings.total_mismatch(f"{after.given_total:.2f}", f"{after.items_total:.2f}"))
    for position, line in enumerate(draft.items):
        if places_of(line.mrp) > _MRP_PLACES:
            found.append(warnings.rounded(f"items[{position}].mrp", f"{line.mrp:f}", f"{round_rate(line.mrp):f}"))
        if round_rate(line.mrp) == 0:
            found.append(warnings.zero_price(f"items[{position}].mrp"))
    if before is not None and before.fulfilment_status != FulfilmentStatus.INVOICED:
        found.append(warnings.in_progress(before.fulfilment_status))
        if goods_of(before) != goods_of(after):
            found.append(warnings.goods_changed(before.fulfilment_status))
    return found


def goods_of(content: InvoiceContent) -> list[tuple[object, ...]]:
    """What the warehouse handles: lines with their codes, quantities and batches."""
    return sorted((item.id, *(getattr(item, name) for name in _GOODS)) for item in content.items)


def books_of(content: InvoiceContent) -> tuple[object, ...]:
    """What the books rest on: money, customer, date and items."""
    return (content.total_value, content.given_total, content.customer.id, content.invoice_date, content.items)


def _totals_of(draft: InvoiceDraft) -> Totals:
    return compute_totals([(line.quantity, round_rate(line.mrp)) for line in draft.items], _given_total(draft))


def _given_total(draft: InvoiceDraft) -> Decimal | None:
    given = draft.given_total
    return round_amount(given) if isinstance(given, Decimal) else None


def _priority(draft: InvoiceDraft, otherwise: str) -> str:
    return draft.priority.value if isinstance(draft.priority, Priority) else otherwise


def _text(sent: object, otherwise: str) -> str:
    """`null` means blank, not sent means what was there."""
    if sent is UNSET:
        return otherwise
    return sent if isinstance(sent, str) else ""


def _item(line: ItemDraft, number: int, line_total: Decimal, item_id: UUID) -> ItemContent:
    return ItemContent(
        id=item_id,
        line_no=number,
        name=line.name,
        item_code=line.item_code,
        barcode=line.barcode or "",
        quantity=round_quantity(line.quantity),
        mrp=round_rate(line.mrp),
        line_total=line_total,
        company_name=line.company_name or "",
        packing=line.packing or "",
        shelf_location=line.shelf_location or "",
        batch_no=line.batch_no or "",
        expiry_date=line.expiry_date,
        remarks=line.remarks or "",
    )


def _match_lines(lines: list[ItemDraft], present: list[ItemContent]) -> dict[int, UUID]:
    """Line number → id of the old line it continues: by barcode first, then by item code among those left, each once."""
    matched: dict[int, UUID] = {}
    taken: set[UUID] = set()
    for name in ("barcode", "item_code"):
        waiting: dict[str, deque[UUID]] = {}
        for item in present:
            if item.id not in taken:
                waiting.setdefault(getattr(item, name), deque()).append(item.id)
        for number, line in enumerate(lines, start=1):
            text = getattr(line, name)
            if text and number not in matched and waiting.get(text):
                matched[number] = waiting[text].popleft()
                taken.add(matched[number])
    return matched
