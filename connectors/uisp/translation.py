"""What a row of UISP means here. Pure: no database, no clock; the same row always means the same.

Amounts are rounded half up to two places, where the CRM keeps tails that nobody rounded (799.00487804878). Days are those of
the company's time zone: 04:00 in Manila is the day before in Greenwich.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from connectors.foreign_rows import Row, RowRefused, amount_of, exact_of, hash_of, line_of, text_of
from connectors.states import Reason, SkipReason
from erp.clock import day_in
from erp.money import (
    QUANTITY_LIMIT,
    RATE_LIMIT,
    add,
    line_amount,
    line_net,
    places_of,
    round_amount,
    round_quantity,
    round_rate,
    split,
)
from invoices.history import HistoryLine
from invoices.status import BooksStatus, PaymentMode

DRAFT, UNPAID, PARTIAL, PAID, VOID, PROCESSED_PROFORMA = range(6)
MOST_ROUNDING = Decimal("0.50")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d")
_MODES = {
    "6efe0fa8-36b2-4dd1-b049-427bffc7d369": PaymentMode.CASH,
    "11721cdf-a498-48be-903e-daa67552e4f6": PaymentMode.CHEQUE,
    "4145b5f5-3bbc-45e3-8fc5-9cda970c62fb": PaymentMode.BANK_TRANSFER,
    # Old versions count their methods.
    "1": PaymentMode.CHEQUE,
    "2": PaymentMode.CASH,
    "3": PaymentMode.BANK_TRANSFER,
}


class RowSkipped(Exception):
    """The rules leave the row out."""

    def __init__(self, reason: SkipReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rules:
    """What the company decided before the first row. `zone` gives the days, `currency` is the only one that is taken."""

    zone: str
    currency: str
    number_prefix: str = ""
    include_drafts: bool = False
    include_void: bool = False


@dataclass(frozen=True, slots=True)
class ClientDraft:
    code: str
    name: str
    email: str
    phone: str
    address1: str
    area: str
    pincode: str
    is_active: bool

    def hash(self) -> str:
        return hash_of([self.code, self.name])


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """`received` is what the CRM says was paid, to be compared with what the payments give."""

    number: str
    invoice_date: date
    due_date: date
    client: str
    lines: Sequence[HistoryLine]
    total: Decimal
    round_off: Decimal
    status: BooksStatus
    notes: str
    remarks: str
    received: Decimal

    def hash(self) -> str:
        """Of what is mapped; what the CRM derives (status, paid) may move on without that the document changed."""
        lines = [[line.name, line.quantity, line.rate, line.discount_pct, line.line_total] for line in self.lines]
        return hash_of([self.number, self.invoice_date, self.due_date, self.client, self.total, lines])


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """`covers` are (invoice there, amount). `gateway` names who collected it, where the method is none of ours."""

    payment_date: date
    client: str
    mode: PaymentMode
    gateway: str
    amount: Decimal
    covers: Sequence[tuple[str, Decimal]]
    reference: str
    notes: str

    def hash(self) -> str:
        return hash_of([self.payment_date, self.client, self.mode.value, self.gateway, self.amount, sorted(self.covers)])


def translate_client(row: Row, *, code: str) -> ClientDraft:
    """Raises RowSkipped for a lead, RowRefused."""
    if row.get("isLead"):
        raise RowSkipped(SkipReason.LEAD)
    line_of(row, "userIdent", 250)
    person = " ".join(part for part in (line_of(row, "firstName", 120), line_of(row, "lastName", 120)) if part)
    contacts = [one for one in row.get("contacts") or [] if isinstance(one, dict)]
    contacts.sort(key=lambda one: not one.get("isBilling"))
    contact = contacts[0] if contacts else {}
    return ClientDraft(
        code=code,
        name=(line_of(row, "companyName", 255) or person or f"Client {row['id']}")[:255],
        email=line_of(contact, "email", 254),
        phone=line_of(contact, "phone", 30),
        address1=" ".join(part for part in (line_of(row, "street1", 250), line_of(row, "street2", 240)) if part),
        area=line_of(row, "city", 150),
        pincode=line_of(row, "zipCode", 10),
        is_active=not row.get("isArchived"),
    )


def translate_invoice(row: Row, rules: Rules) -> InvoiceDraft:
    """Raises RowSkipped for what the rules leave out, RowRefused for what cannot be brought as it is."""
    status = status_of(row, rules)
    if row.get("currencyCode", rules.currency) != rules.currency:
        raise RowRefused(Reason.CURRENCY_UNKNOWN, f"It is in {row.get('currencyCode')}; the books are in {rules.currency}.")
    day = day_of(row, "createdDate", rules.zone)
    maturity = row.get("maturityDays")
    due = day + timedelta(days=int(maturity)) if maturity is not None else day_of(row, "dueDate", rules.zone)
    total = amount_of(row, "total")
    lines = _with_taxes(_lines(row), _tax_lines(row), total)
    round_off = total - add([line.line_total for line in lines])
    if abs(round_off) > MOST_ROUNDING:
        raise RowRefused(Reason.TOTAL_MISMATCH, f"Its lines make {total - round_off}, and its total says {total}.")
    number = line_of(row, "number", 90)
    return InvoiceDraft(
        number=rules.number_prefix + number if number else f"UISP-{row['id']}",
        invoice_date=day,
        due_date=due,
        client=str(row["clientId"]),
        lines=lines,
        total=total,
        round_off=round_off,
        status=status,
        notes=text_of(row, "notes", 2000),
        remarks=text_of(row, "adminNotes", 5000),
        received=amount_of(row, "amountPaid"),
    )


def translate_payment(row: Row, rules: Rules) -> PaymentDraft:
    """Raises RowRefused."""
    if row.get("currencyCode", rules.currency) != rules.currency:
        raise RowRefused(Reason.CURRENCY_UNKNOWN, f"It is in {row.get('currencyCode')}; the books are in {rules.currency}.")
    amount, credit = amount_of(row, "amount"), amount_of(row, "creditAmount")
    if amount <= 0:
        raise RowRefused(Reason.BAD_ROW, f"Its amount is {amount}.")
    covers = []
    for cover in row.get("paymentCovers") or []:
        if cover.get("refundId") is not None:
            raise RowRefused(Reason.REFUND, "Part of it was refunded; enter that by hand.")
        covers.append((str(cover["invoiceId"]), amount_of(cover, "amount")))
    if add([part for _, part in covers]) + credit != amount:
        raise RowRefused(Reason.COVER_MISMATCH, f"What it covers and its credit of {credit} do not make {amount}.")
    method = str(row.get("methodId") or row.get("method") or "")
    mode = _MODES.get(method, PaymentMode.OTHER)
    gateway = line_of(row, "providerName", 40) or method if mode is PaymentMode.OTHER else ""
    reference = line_of(row, "checkNumber", 100) or line_of(row, "providerPaymentId", 100)
    client = row.get("clientId")
    return PaymentDraft(
        payment_date=day_of(row, "createdDate", rules.zone),
        client="" if client is None else str(client),
        mode=mode,
        gateway=gateway,
        amount=amount,
        covers=[cover for cover in covers if cover[1]],
        reference=reference,
        notes=text_of(row, "note", 2000),
    )


# ── Parts of an invoice ──────────────────────────────────────────────────────────────────────────────────────────────


def status_of(row: Row, rules: Rules) -> BooksStatus:
    """What an invoice is in the books. Raises RowSkipped for what the rules leave out, RowRefused for no status we know."""
    status = row.get("status")
    if row.get("proforma") or status == PROCESSED_PROFORMA:
        raise RowSkipped(SkipReason.PROFORMA)
    if status == DRAFT:
        if not rules.include_drafts:
            raise RowSkipped(SkipReason.DRAFT)
        return BooksStatus.DRAFT
    if status == VOID:
        if not rules.include_void:
            raise RowSkipped(SkipReason.VOID)
        return BooksStatus.CANCELLED
    if status not in {UNPAID, PARTIAL, PAID}:
        raise RowRefused(Reason.UNKNOWN_STATUS, f"Status {status!r} is none that we know.")
    return BooksStatus.POSTED


def _lines(row: Row) -> list[HistoryLine]:
    discount = exact_of(row, "discount") if row.get("discount") is not None else Decimal(0)
    return [_line(item, discount) for item in row.get("items") or []]


def _line(item: Row, discount: Decimal) -> HistoryLine:
    quantity, price = exact_of(item, "quantity"), exact_of(item, "price")
    if item.get("discountTotal"):
        # A discount of the item goes into its rate: what is left of the whole, for one.
        price, quantity = price * quantity - abs(exact_of(item, "discountTotal")), Decimal(1)
    if price < 0 or quantity <= 0 or discount < 0 or discount > 100:
        raise RowRefused(
            Reason.NEGATIVE_LINE, f"{line_of(item, 'label', 255)}: {quantity} × {price}; make it a credit note."
        )
    if places_of(quantity) > 3 or places_of(price) > 4:
        # What our columns cannot hold is one of its amount.
        quantity, price = Decimal(1), line_amount(quantity, price)
    if places_of(discount) > 2:
        price, discount = line_amount(quantity, price) * (100 - discount) / 100, Decimal(0)
        quantity = Decimal(1)
    quantity, rate = round_quantity(quantity), round_rate(price)
    if rate >= RATE_LIMIT or quantity >= QUANTITY_LIMIT:
        raise RowRefused(Reason.BAD_ROW, f"{quantity} × {rate} is more than fits.")
    label = line_of(item, "label", 2000)
    return HistoryLine(
        name=(label or "Item")[:255],
        code=f"UISP-{line_of(item, 'type', 20).upper() or 'OTHER'}",
        quantity=quantity,
        rate=rate,
        discount_pct=round_amount(discount),
        line_total=line_net(quantity, rate, round_amount(discount)),
        remarks=label if len(label) > 255 else "",
    )


def _tax_lines(row: Row) -> list[HistoryLine]:
    """A line for each name of a tax; where prices include it the CRM's items do, too, and `taxes` only tells how much."""
    taxes = [(line_of(tax, "name", 255) or "Tax", amount_of(tax, "totalValue")) for tax in row.get("taxes") or []]
    taxes = [(name, value) for name, value in taxes if value]
    if any(value < 0 for _, value in taxes):
        raise RowRefused(Reason.NEGATIVE_LINE, "A tax is negative; make it a credit note.")
    one, whole = Decimal(1), Decimal(0)
    return [HistoryLine(name, "UISP-TAX", one, value, whole, value, is_tax=True) for name, value in taxes]


def _with_taxes(lines: list[HistoryLine], taxes: list[HistoryLine], total: Decimal) -> list[HistoryLine]:
    """Where the prices include the tax already, it is taken out of the lines by their weight."""
    if not lines:
        raise RowRefused(Reason.BAD_ROW, "It has no items.")
    nets, tax = [line.line_total for line in lines], add([line.line_total for line in taxes])
    if tax and abs(total - add(nets)) <= MOST_ROUNDING and tax > MOST_ROUNDING:
        one, whole = Decimal(1), Decimal(0)
        lines = [
            replace(line, quantity=one, rate=net - part, discount_pct=whole, line_total=net - part)
            for line, net, part in zip(lines, nets, split(tax, nets), strict=True)
        ]
    return [*lines, *taxes]


# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def day_of(row: Row, name: str, zone: str) -> date:
    """The day of an instant, where the company is. Raises RowRefused."""
    text = row.get(name)
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise RowRefused(Reason.BAD_DATE, f"{name} is {text!r}, and no instant.")
    try:
        day = day_in(zone, datetime.strptime(text.replace(":", ""), "%Y-%m-%dT%H%M%S%z"))
    except (ValueError, OverflowError):
        raise RowRefused(Reason.BAD_DATE, f"{name} is {text!r}, and no instant.") from None
    if day.year < 1900 or day.year > 2199:
        raise RowRefused(Reason.BAD_DATE, f"{name} is {text!r}.")
    return day
