"""Posting suppliers' bills inside somebody's transaction: what they take out of GRNI, their voucher, their order."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import BookingYear, year_of
from accounting.vouchers import NewVoucher, PartyName, party_accounts, write_vouchers
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.locking import Locks
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.problems import Conflict
from erp.rows import as_json
from invoices.bill_events import invoice_events
from invoices.credits import COMPONENTS
from invoices.document_legs import InCurrency, in_base
from invoices.events import SUBJECT
from invoices.exchanges import currency_of, fix_rate
from invoices.models import Invoice, InvoiceItem
from invoices.posting_rules import settled_status
from invoices.posting_statements import TAKE_OUT_OF_GRNI
from invoices.purchase_rules import PURCHASE_ROLES, BilledLine, NamedAccount, purchase_legs
from invoices.receipt_bills import take_out_of_receipts
from invoices.remainders import refuse_unreceived
from invoices.status import InvoiceType
from purchasing.grni import billed_out
from purchasing.models import PurchaseOrderLine
from purchasing.orders import lines_of, lock_order, note_billed


class AccountInactive(Conflict):
    """A line is booked on an account that has been closed since it was written. Open it again, or write the bill anew."""

    code = "wrong-state"
    message = "An account that a line names is no longer active."


def bills_to_post(actor: Actor) -> QuerySet[Invoice]:
    """The company's purchase invoices with what posting needs of them."""
    rows = Invoice.objects.of(actor).filter(invoice_type=InvoiceType.PURCHASE.value)
    return rows.select_related("supplier", "voucher", "currency")


def book_purchase(locks: Locks, invoice: Invoice, *, day: date, actor: Actor, now: datetime) -> NewVoucher:
    """Write voucher J2 of a locked draft, its new state and that of its order; no stock moves. The company is locked.

    In another currency at the rate of `day`, which the bill keeps; what it takes out of GRNI is in base.
    Ranks PURCHASE_ORDER, RECEIPT, ACCOUNT, SERIES. Records `invoice_posted`. Raises NoExchangeRate, AccountInactive,
    PeriodClosed, by policy QuantityExceedsReceipt (409).
    """
    fix_rate(invoice, day, actor)
    rate = currency_of(invoice, actor)
    year = year_of(locks, day, actor=actor, has_tax=bool(invoice.tax_amount))
    order = None if invoice.purchase_order_id is None else lock_order(locks, invoice.purchase_order_id)
    rows = InvoiceItem.objects.of(locks).filter(invoice_id=invoice.id).select_related("account")
    items = list(rows.order_by("line_no"))
    refuse_closed(items)
    if order is None:
        take_out_of_receipts(locks, items)
    else:
        lines = lines_of(order)
        if actor.company.purchase_match == "receipt":
            refuse_unreceived(lines, {_line_of(item): item.quantity for item in items}, taken=_posted(lines))
        _take_out_of_grni(items, lines, rate)
    if any(item.grni_value is not None for item in items):
        with connection.cursor() as cursor:
            taken = as_json({"id": item.id, "grni_value": item.grni_value} for item in items)
            cursor.execute(TAKE_OUT_OF_GRNI, {"company": locks.company_id, "invoice": invoice.id, "taken": taken})
    voucher = _voucher(locks, invoice, items, rate=rate, year=year, day=day, actor=actor)
    write_vouchers(locks, [voucher], now=now)
    invoice.voucher_id = voucher.id
    invoice.status = settled_status(invoice.amount_received, invoice.total_value)
    invoice.version += 1
    invoice.updated_at = now
    invoice.save(update_fields=["exchange_rate", "voucher", "status", "version", "updated_at"])
    if order is not None:
        posted = {_line_of(item): item.quantity for item in items}
        values = {_line_of(item): item.grni_value or Decimal(0) for item in items}
        note_billed(order, lines, posted=posted, values=values, now=now)
    record_audit(locks, [Audit("post_invoice", SUBJECT, invoice.id)], actor=actor, now=now)
    record_events(locks, invoice_events([invoice], kind="invoice_posted", actor=actor, now=now), now=now)
    return voucher


def _take_out_of_grni(items: Sequence[InvoiceItem], lines: Sequence[PurchaseOrderLine], rate: InCurrency | None) -> None:
    """Set what each line of tracked goods takes out of GRNI, in base. An order's line is on a bill once."""
    ordered = {line.id: line for line in lines}
    for item in items:
        line = ordered[_line_of(item)]
        net = in_base(item.line_total, rate)
        item.grni_value = billed_out(line, item.quantity, net) if line.item.tracked else None


def _posted(lines: Sequence[PurchaseOrderLine]) -> dict[UUID, Decimal]:
    return {line.id: line.posted_qty for line in lines}


def _line_of(item: InvoiceItem) -> UUID:
    assert item.purchase_line_id is not None, "a bill's lines are of its order"
    line: UUID = item.purchase_line_id
    return line


def _voucher(
    locks: Locks,
    invoice: Invoice,
    items: Sequence[InvoiceItem],
    *,
    rate: InCurrency | None,
    year: BookingYear,
    day: date,
    actor: Actor,
) -> NewVoucher:
    series = Series("JV", year.year)
    payable_id = _payable_of(locks, invoice)
    return NewVoucher(
        kind=VoucherKind.PURCHASE,
        number=take_numbers(locks, {series: 1})[series][0],
        fiscal_year_id=year.id,
        voucher_date=day,
        source_kind=SUBJECT,
        source_id=invoice.id,
        source_revision=invoice.revision,
        legs=purchase_legs(
            [_billed(item) for item in items],
            total_value=invoice.total_value,
            round_off=invoice.round_off,
            payable_id=payable_id,
            accounts=accounts_by_role(locks.company_id, PURCHASE_ROLES),
            rate=rate,
        ),
        currency_id=actor.company.base_currency_id,
        narration=f"{invoice.invoice_no} {invoice.party_name} {invoice.supplier_invoice_number}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )


def _billed(item: InvoiceItem) -> BilledLine:
    taxes = {component: getattr(item, column) for component, column in COMPONENTS.items()}
    return BilledLine(item.line_total, taxes, item.grni_value, named_account(item))


def named_account(item: InvoiceItem) -> NamedAccount | None:
    """What the line names, read with its account."""
    account = item.account
    return None if account is None else NamedAccount(account.id, AccountRole(account.role) if account.role else None)


def refuse_closed(items: Sequence[InvoiceItem]) -> None:
    """Raise AccountInactive where a line, read with its account, names one that takes nothing any more."""
    closed = sorted({item.account.code for item in items if item.account is not None and not item.account.is_active})
    if closed:
        raise AccountInactive(f"{', '.join(closed)} is no longer active.", data={"accounts": closed})


def _payable_of(locks: Locks, invoice: Invoice) -> UUID:
    supplier = invoice.supplier
    assert supplier is not None, "a purchase is a supplier's"
    return party_accounts(locks, AccountRole.PAYABLE, [PartyName(supplier.id, supplier.code, supplier.name)])[supplier.id]
