"""What a row of one UISP is sent to another as. Pure: no database, no clock, no network.

Amounts go out digit by digit as they were read. What the other CRM derives (due date, status, totals) is never sent, and
both of its dangerous defaults are switched off: credit pays no new invoice, and money only what it is said to pay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.foreign_rows import Row, RowRefused, amount_of, exact_of, line_of, text_of
from connectors.states import Reason
from connectors.uisp.translation import DRAFT

ERP_REF = "erpRef"
_PLAIN_INVOICE = ("maturityDays", "discount", "discountLabel")
_PLAIN_PAYMENT = ("currencyCode", "checkNumber", "providerName", "providerPaymentId", "providerPaymentTime")


@dataclass(frozen=True, slots=True)
class Names:
    """What things of the source are called in the target, by what they are called in the source.

    `taxes` and `methods` by id; `invoice_attributes` and `payment_attributes` by key, the ids of custom attributes there.
    `ref_id` is the attribute that carries `mark`; `source` is the name that marks begin with.
    """

    source: str
    ref_id: int = 0
    taxes: Mapping[str, int] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    invoice_attributes: Mapping[str, int] = field(default_factory=dict)
    payment_attributes: Mapping[str, int] = field(default_factory=dict)

    def mark(self, payment_id: str) -> str:
        """By which a payment is found again in the target."""
        return f"{self.source}:{payment_id}"


def invoice_body(row: Row, names: Names) -> dict[str, Any]:
    """The POST of an invoice. One that was never mailed is said to have been, on its own day: then it mails nobody now.

    Raises RowRefused.
    """
    created = moment_text(row, "createdDate")
    is_draft = row.get("status") == DRAFT
    body: dict[str, Any] = {
        "items": [_item(item, names) for item in row.get("items") or []],
        "createdDate": created,
        "emailSentDate": moment_text(row, "emailSentDate") if row.get("emailSentDate") else created,
        "notes": text_of(row, "notes", 20000) or None,
        "adminNotes": text_of(row, "adminNotes", 20000) or None,
        "attributes": _attributes(row, names.invoice_attributes),
        "applyCredit": False,
    }
    if not body["items"]:
        raise RowRefused(Reason.BAD_ROW, "It has no items.")
    number = line_of(row, "number", 60)
    if is_draft:
        body["draft"] = True
    elif not number:
        raise RowRefused(Reason.BAD_ROW, "It has no number.")
    body |= {"number": number or None} | {name: row.get(name) for name in _PLAIN_INVOICE}
    return _given(body)


def payment_body(row: Row, names: Names, *, client_id: int | None, invoice_ids: Sequence[int]) -> dict[str, Any]:
    """The POST of a payment that pays exactly these invoices, oldest first as the target does it. Raises RowRefused."""
    method = str(row.get("methodId") or row.get("method") or "")
    if method not in names.methods:
        raise RowRefused(Reason.REJECTED, f"The target has no way to pay called {method!r}.")
    attributes = [{"customAttributeId": names.ref_id, "value": names.mark(str(row["id"]))}]
    body: dict[str, Any] = {
        "clientId": client_id,
        "methodId": names.methods[method],
        "amount": exact_of(row, "amount"),
        "createdDate": moment_text(row, "createdDate"),
        "note": text_of(row, "note", 20000) or None,
        "attributes": attributes + _attributes(row, names.payment_attributes),
        "invoiceIds": list(invoice_ids),
        "applyToInvoicesAutomatically": False,
    }
    return _given(body | {name: row.get(name) for name in _PLAIN_PAYMENT})


def covers_of(row: Row) -> dict[str, Decimal]:
    """What a payment pays, by invoice. Raises RowRefused for a refund, and where covers and credit are not the amount."""
    found: dict[str, Decimal] = {}
    for cover in row.get("paymentCovers") or []:
        if cover.get("refundId") is not None:
            raise RowRefused(Reason.REFUND, "Part of it was refunded; enter that by hand.")
        if amount := amount_of(cover, "amount"):
            invoice = str(cover["invoiceId"])
            found[invoice] = found.get(invoice, Decimal(0)) + amount
    credit = amount_of(row, "creditAmount")
    if sum(found.values(), credit) != amount_of(row, "amount"):
        raise RowRefused(Reason.COVER_MISMATCH, f"What it covers and its credit of {credit} do not make its amount.")
    return found


def moment_text(row: Row, name: str) -> str:
    """An instant as the API takes it: its offset without a colon. Raises RowRefused for what is none."""
    text = row.get(name)
    if not isinstance(text, str) or len(text) < 20:
        raise RowRefused(Reason.BAD_DATE, f"{name} is {text!r}, and no instant.")
    if text.endswith("Z"):
        return f"{text[:-1]}+0000"
    return text[:-3] + text[-2:] if text[-3] == ":" else text


def _item(item: Row, names: Names) -> dict[str, Any]:
    quantity, price = exact_of(item, "quantity"), exact_of(item, "price")
    if item.get("discountTotal"):
        # A discount of the item is a field that nobody may write: what is left of the whole, for one.
        price, quantity = price * quantity - abs(exact_of(item, "discountTotal")), Decimal(1)
    body = {"label": text_of(item, "label", 2000) or "Item", "price": price, "quantity": quantity, "unit": item.get("unit")}
    for place in ("tax1Id", "tax2Id", "tax3Id"):
        if (tax := item.get(place)) is not None:
            if str(tax) not in names.taxes:
                raise RowRefused(Reason.REJECTED, f"The target has no tax that is {tax} in the source.")
            body[place] = names.taxes[str(tax)]
    return _given(body)


def _attributes(row: Row, ids: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"customAttributeId": ids[one["key"]], "value": str(one.get("value") or "")}
        for one in row.get("attributes") or []
        if isinstance(one, dict) and one.get("key") in ids
    ]


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
