"""What a correction makes of an invoice in review: the whole document as an import would send it. No database here.

Source: chapter "Update (V-TASK)" of the sales contract. What comes out is an `InvoiceDraft`, which the import's own code
turns into the next version, so that rounding, totals and limits exist once.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from erp.parsing import DocumentDate
from erp.problems import ValidationFailed
from fulfilment.drafts import CorrectionDraft, ItemCorrection
from invoices.content import InvoiceContent, ItemContent
from invoices.drafts import MAX_ITEMS, CustomerDraft, GivenTotal, InvoiceDraft, ItemDraft, Quantity, UnitPrice
from invoices.status import Priority

_NEEDED = ("name", "item_code", "quantity", "mrp")
_LINE = ("name", "item_code", "barcode", "quantity", "mrp", "company_name", "packing", "shelf_location", "batch_no")
_MEMBERS = (*_LINE, "expiry_date", "remarks")


@dataclass(frozen=True, slots=True)
class Corrected:
    """The document as it shall be; `ids` says, by line number from 1, which line continues which."""

    draft: InvoiceDraft
    ids: dict[int, UUID]


def corrected(correction: CorrectionDraft, present: InvoiceContent, customer: CustomerDraft) -> Corrected:
    """The present document with what was sent. Raises ValidationFailed naming each line that cannot be understood.

    A given total stays unless ``Total`` is sent. Lines that match keep their place; with `replace_items` the lines sent are
    all lines.
    """
    lines, ids = _lines(correction, present)
    given = correction.given_total if isinstance(correction.given_total, GivenTotal) else present.given_total
    draft = InvoiceDraft(
        invoice_no=present.invoice_no,
        invoice_date=_date(correction, present),
        salesman=salesman_of(correction, present),
        created_by=correction.created_by,
        priority=correction.priority if isinstance(correction.priority, Priority) else UNSET,
        given_total=None if given is None else GivenTotal(given),
        temp_name=correction.temp_name,
        remarks=correction.remarks,
        customer=customer,
        items=lines,
    )
    return Corrected(draft, ids)


def customer_draft(correction: CorrectionDraft, present: InvoiceContent, known_name: str | None) -> CustomerDraft:
    """The customer as an import would send him; `known_name` is that of the code sent, None for a new one.

    Raises ValidationFailed for a new code without a name.
    """
    sent = correction.customer
    if sent is UNSET:
        return CustomerDraft(code=present.customer.code, name=present.customer.name)
    members = {name: value for name in sent.__struct_fields__ if (value := getattr(sent, name)) is not UNSET}
    name = members.get("name") or known_name
    if name is None:
        raise ValidationFailed(errors={"customer": {"name": ["This field is required."]}})
    return CustomerDraft(**{"code": present.customer.code} | members | {"name": name})


def code_of(correction: CorrectionDraft, present: InvoiceContent) -> str:
    """The code of the customer whom the corrected document names."""
    sent = correction.customer
    return sent.code if sent is not UNSET and isinstance(sent.code, str) else present.customer.code


def _date(correction: CorrectionDraft, present: InvoiceContent) -> DocumentDate:
    sent, day = correction.invoice_date, present.invoice_date
    return sent if isinstance(sent, DocumentDate) else DocumentDate(day.year, day.month, day.day)


def salesman_of(correction: CorrectionDraft, present: InvoiceContent) -> str:
    """The name of the salesman whom the corrected document names."""
    return correction.salesman if isinstance(correction.salesman, str) else _salesman(present)


def _salesman(present: InvoiceContent) -> str:
    return present.salesman.name if present.salesman else ""


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines(correction: CorrectionDraft, present: InvoiceContent) -> tuple[list[ItemDraft], dict[int, UUID]]:
    sent = [] if correction.items is UNSET else correction.items
    if correction.replace_items and not sent:
        raise ValidationFailed(errors={"items": ["At least one item is required."]})
    found = _matched(sent, present.items)
    errors = [_faults(line, match) for line, match in zip(sent, found, strict=True)]
    if any(errors):
        raise ValidationFailed(errors={"items": errors})
    meant = [match if isinstance(match, ItemContent) else None for match in found]
    said: list[tuple[ItemCorrection | None, ItemContent | None]] = list(zip(sent, meant, strict=True))
    if not correction.replace_items:
        by_id = {match.id: line for line, match in said if match is not None}
        said = [(by_id.get(item.id), item) for item in present.items] + [(line, None) for line, match in said if not match]
    if len(said) > MAX_ITEMS:
        raise ValidationFailed(errors={"items": [f"Ensure this list has no more than {MAX_ITEMS} items."]})
    ids = {number: match.id for number, (_, match) in enumerate(said, start=1) if match is not None}
    return [_line(line, match) for line, match in said], ids


class _Unknown:
    """An id that no line of the invoice has, or that was named before."""


def _matched(sent: list[ItemCorrection], present: list[ItemContent]) -> list[ItemContent | _Unknown | None]:
    """For each line sent the line it means. Those named by id come first, so that no other takes them."""
    waiting = {item.id: item for item in present}
    named: dict[int, ItemContent | _Unknown] = {}
    for position, line in enumerate(sent):
        if line.id is not None:
            own = waiting.pop(line.id, None)
            named[position] = _Unknown() if own is None else own
    found: list[ItemContent | _Unknown | None] = []
    for position, line in enumerate(sent):
        match = named.get(position) or _candidate(line, list(waiting.values()))
        if isinstance(match, ItemContent):
            waiting.pop(match.id, None)
        found.append(match)
    return found


def _candidate(line: ItemCorrection, waiting: list[ItemContent]) -> ItemContent | None:
    """By barcode, else by item code; of several the one of the same batch, else the first."""
    for name in ("barcode", "item_code"):
        text = getattr(line, name)
        alike = [item for item in waiting if text and getattr(item, name) == text]
        if alike:
            return next((item for item in alike if item.batch_no == line.batch_no), alike[0])
    return None


def _faults(line: ItemCorrection, match: ItemContent | _Unknown | None) -> dict[str, list[str]]:
    if isinstance(match, _Unknown):
        return {"id": ["The invoice has no such line, or it is named twice."]}
    if match is None:
        return {name: ["This field is required."] for name in _NEEDED if getattr(line, name) is UNSET}
    return {}


def _line(line: ItemCorrection | None, match: ItemContent | None) -> ItemDraft:
    members: dict[str, Any] = {}
    if match is not None:
        members = {name: getattr(match, name) for name in _MEMBERS}
        members |= {"quantity": Quantity(match.quantity), "mrp": UnitPrice(match.mrp)}
    if line is not None:
        sent = msgspec.structs.asdict(line)
        members |= {name: value for name, value in sent.items() if name in _MEMBERS and value is not UNSET}
    return ItemDraft(**members)
