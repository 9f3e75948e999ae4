"""Drawing up invoices by hand: drafts without an order, of items or of what a line only describes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.charts import find_accounts
from accounting.gst import GstTreatment
from accounting.journaling import ControlAccount
from accounting.models import LedgerAccount
from accounting.periods import fiscal_year_start
from erp.access import Actor
from erp.locking import Locks
from erp.numbering import Series
from erp.performing import use_case
from erp.problems import FieldErrors, NotFound, ValidationFailed
from inventory.gst_rates import holding_rates
from inventory.kinds import TaxCategory
from inventory.masters import find_items, find_warehouse
from inventory.models import Item
from inventory.packs import Counted, InBase, in_base_unit
from invoices.billing import SuppliersBill, buy_from, state_of
from invoices.date_order import judge_date
from invoices.invoicing import Drafted, sell_to
from invoices.models import Invoice, InvoiceItem
from invoices.order_invoices import (
    DraftedLine,
    GenerationOptions,
    announce_draft,
    draft_item,
    header_of_order,
    registration_of,
    store_draft,
    sum_up,
)
from invoices.receipt_bills import refuse_more_than_came
from purchasing.arrivals import lock_received
from purchasing.models import GoodsReceiptLine, Supplier
from purchasing.status import ReceiptStatus
from sales.customers import default_salesman, printed_billing_address
from sales.models import Customer


@dataclass(frozen=True, slots=True)
class HandLine:
    """A line as somebody writes it: of an item, or of what the description says; one of the two at least.

    `quantity` in the item's base unit, unless `uom_code` names one of its packs; `unit_rate` is what a base unit costs, in
    base currency; percentages; `gst_rate` None means the item's.
    `account_code` names what a bill's line is debited to, '' the purchases. `receipt_line` is what came without an order and
    is billed now: it says which item.
    """

    quantity: Decimal
    unit_rate: Decimal
    item_id: UUID | None = None
    description: str = ""
    discount_pct: Decimal = Decimal(0)
    gst_rate: Decimal | None = None
    account_code: str = ""
    uom_code: str = ""
    receipt_line: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """`bill` is what the paper of a supplier says of itself; None makes it a sale."""

    party_id: UUID
    lines: Sequence[HandLine]
    options: GenerationOptions
    bill: SuppliersBill | None = None
    warehouse_id: UUID | None = None


@dataclass(slots=True)
class _Terms:
    """What a draft takes from an order where there is one."""

    company_id: UUID
    currency_id: UUID
    warehouse_id: UUID
    billing_address: str
    shipping_address: str


@use_case
def draft_invoice(locks: Locks, *, draft: NewInvoice, actor: Actor, today: date, now: datetime) -> Drafted:
    """A DRAFT invoice without an order, in base currency, with the tax of an order's. Stock is not touched: posting does.

    A bill's goods whose stock is kept name the line of their receipt, or are billed on the order that they came for, so that
    it clears what was received. Locks RECEIPT, SERIES. Records `invoice_created`. Raises NotFound, ValidationFailed,
    ControlAccount, UnknownRegistration, GstRateMissing (400), QuantityExceedsReceipt, NumberTaken, WarehouseInactive, by
    policy NumberDateOrder (409).
    """
    party = _party(actor, draft)
    received = _received(locks, draft, party)
    draft = replace(draft, lines=[_of_receipt(line, received) for line in draft.lines])
    items = _items(actor, draft)
    lines = _in_base_unit(actor, draft.lines, items)
    refuse_more_than_came(locks, received, _wanted(lines))
    accounts = _accounts(actor, draft)
    terms = _Terms(
        company_id=locks.company_id,
        currency_id=actor.company.base_currency_id,
        warehouse_id=find_warehouse(actor, draft.warehouse_id).id,
        billing_address=printed_billing_address(party) if isinstance(party, Customer) else party.billing_address,
        shipping_address=party.shipping_address if draft.bill is None else "",
    )
    invoice_date = draft.options.invoice_date or today
    registration = registration_of(actor, terms.warehouse_id, draft.options, day=invoice_date)
    invoice = header_of_order(terms, party, registration, draft.options, invoice_date=invoice_date, actor=actor, now=now)
    if draft.bill is None:
        assert isinstance(party, Customer), "a sale is to a customer"
        sell_to(invoice, party, due_date=draft.options.due_date)
        invoice.salesman = default_salesman(actor, party)
        supplier_state = invoice.company_state_code
    else:
        assert isinstance(party, Supplier), "a bill is a supplier's"
        buy_from(invoice, party, draft.bill, due_date=draft.options.due_date, actor=actor)
        supplier_state = state_of(party, invoice)
    rows = _rows(invoice, lines, items, accounts, supplier_state, in_zone=party.gst_treatment == GstTreatment.SEZ)
    sum_up(invoice, rows, actor=actor, to_rupee=draft.bill is None and actor.company.round_total_to_rupee)
    year = fiscal_year_start(invoice.invoice_date, actor.company.fiscal_year_start)
    store_draft(locks, invoice, rows, series=Series("INV" if draft.bill is None else "PINV", year))
    warnings = judge_date(invoice, actor) if draft.bill is None else []
    announce_draft(locks, invoice, actor=actor, now=now, act="draft_invoice")
    return Drafted(invoice.id, warnings)


def _party(actor: Actor, draft: NewInvoice) -> Customer | Supplier:
    kind = Customer if draft.bill is None else Supplier
    party: Customer | Supplier | None = kind.objects.of(actor).filter(id=draft.party_id, is_active=True).first()
    if party is None:
        text = "Customer not found" if draft.bill is None else "Supplier not found"
        raise NotFound(text, errors={"party_id": [text]})
    return party


def _items(actor: Actor, draft: NewInvoice) -> dict[UUID, Item]:
    """The items of the lines that name one. Raises NotFound; ValidationFailed for lines that say nothing, and for stock
    that is billed without its order."""
    found = find_items(actor, [line.item_id for line in draft.lines], lines="lines")
    faults: list[FieldErrors] = []
    for line in draft.lines:
        item = found[line.item_id] if line.item_id is not None else None
        if item is None and not line.description:
            faults.append({"item_id": ["Name an item, or describe what the line is for."]})
        elif item is not None and line.gst_rate and item.tax_category != TaxCategory.TAXABLE:
            faults.append({"gst_rate": [f"{item.sku} is {item.tax_category}: it bears no GST."]})
        elif item is not None and item.tracked and draft.bill is not None and line.receipt_line is None:
            text = f"Stock of {item.sku} is kept; name its receipt_line, or enter its bill from its purchase order."
            faults.append({"item_id": [text]})
        else:
            faults.append({})
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    return found


def _received(locks: Locks, draft: NewInvoice, party: Customer | Supplier) -> dict[UUID, GoodsReceiptLine]:
    """The lines of receipts that lines name; the receipts are locked. Raises NotFound, ValidationFailed."""
    if not any(line.receipt_line for line in draft.lines):
        return {}
    if draft.bill is None:
        wrong: FieldErrors = {"receipt_line": ["Only a bill's lines name what was received."]}
        raise ValidationFailed(errors={"lines": [wrong if line.receipt_line else {} for line in draft.lines]})
    found = lock_received(locks, {line.receipt_line for line in draft.lines if line.receipt_line})
    text = "Receipt line not found"
    missing: list[FieldErrors] = [
        {"receipt_line": [text]} if line.receipt_line and not _is_of(found.get(line.receipt_line), party) else {}
        for line in draft.lines
    ]
    if any(missing):
        raise NotFound(text, errors={"lines": missing})
    faults = [_receipt_fault(line, found[line.receipt_line]) if line.receipt_line else {} for line in draft.lines]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    return found


def _is_of(line: GoodsReceiptLine | None, party: Customer | Supplier) -> bool:
    return line is not None and line.receipt.supplier_id == party.id


def _receipt_fault(line: HandLine, came: GoodsReceiptLine) -> FieldErrors:
    if came.receipt.purchase_order_id is not None:
        return {"receipt_line": ["It came for a purchase order; enter its bill from that."]}
    if came.receipt.status != ReceiptStatus.POSTED:
        return {"receipt_line": [f"{came.receipt.receipt_number} was taken back."]}
    if line.item_id not in {None, came.item_id}:
        return {"item_id": [f"What came is {came.item.sku}."]}
    if line.account_code:
        return {"account_code": ["What is on stock clears what was received; it names no account."]}
    return {}


def _of_receipt(line: HandLine, received: Mapping[UUID, GoodsReceiptLine]) -> HandLine:
    return replace(line, item_id=received[line.receipt_line].item_id) if line.receipt_line else line


def _wanted(lines: Sequence[HandLine]) -> dict[UUID, Decimal]:
    """Of each receipt's line, how much the lines bill together, in its item's unit."""
    wanted: dict[UUID, Decimal] = {}
    for line in lines:
        if line.receipt_line:
            wanted[line.receipt_line] = wanted.get(line.receipt_line, Decimal(0)) + line.quantity
    return wanted


def _in_base_unit(actor: Actor, lines: Sequence[HandLine], items: Mapping[UUID, Item]) -> list[HandLine]:
    """The lines, counted in the units of their items. Raises ValidationFailed."""
    of_items = [line for line in lines if line.item_id is not None]
    counted = in_base_unit(
        actor, [Counted(line.quantity, line.uom_code, items[line.item_id]) for line in of_items if line.item_id is not None]
    )
    found = iter(counted)
    in_base = [next(found) if line.item_id is not None else _described(line) for line in lines]
    if any(one.fault for one in in_base):
        raise ValidationFailed(errors={"lines": [one.fault for one in in_base]})
    return [replace(line, quantity=one.quantity) for line, one in zip(lines, in_base, strict=True)]


def _described(line: HandLine) -> InBase:
    """What is no item has no unit."""
    text = "Only an item has units; this line names none."
    return InBase(line.quantity, {"uom_code": [text]} if line.uom_code else {})


def _accounts(actor: Actor, draft: NewInvoice) -> Mapping[str, LedgerAccount]:
    """The accounts that the lines of a bill name. Raises NotFound, ValidationFailed, ControlAccount."""
    codes = [line.account_code for line in draft.lines]
    if draft.bill is None and any(codes):
        text = "Sales are credited to the account of sales; only a bill's lines name theirs."
        raise ValidationFailed(errors={"lines": [{"account_code": [text]} if code else {} for code in codes]})
    found = find_accounts(actor, codes)
    refused = sorted(code for code, account in found.items() if account.is_control)
    if refused:
        raise ControlAccount(f"{', '.join(refused)} cannot be named by a line.", data={"accounts": refused})
    base = actor.company.base_currency_id
    foreign = [bool(code) and found[code].currency_id not in {None, base} for code in codes]
    if any(foreign):
        text = "This account is kept in another currency."
        raise ValidationFailed(errors={"lines": [{"account_code": [text]} if one else {} for one in foreign]})
    return found


def _rows(
    invoice: Invoice,
    lines: Sequence[HandLine],
    items: Mapping[UUID, Item],
    accounts: Mapping[str, LedgerAccount],
    supplier_state: str,
    *,
    in_zone: bool,
) -> list[InvoiceItem]:
    rates = holding_rates(invoice, list(items), invoice.invoice_date)
    rows = []
    for line_no, line in enumerate(lines, start=1):
        item = items[line.item_id] if line.item_id is not None else None
        drafted = DraftedLine(
            line_no=line_no,
            name=line.description or (item.name if item else ""),
            quantity=line.quantity,
            unit_rate=line.unit_rate,
            discount_pct=line.discount_pct,
            gst_rate=line.gst_rate if line.gst_rate is not None or item is None else rates[item.id],
            item=item,
            uom_id=item.uom_id if item else None,
            hsn_code=item.hsn_code if item else "",
        )
        row = draft_item(invoice, drafted, supplier_state=supplier_state, in_zone=in_zone)
        row.account_id = accounts[line.account_code].id if line.account_code else None
        row.receipt_line_id = line.receipt_line
        rows.append(row)
    return rows
