"""Undoing what should never have been: a posted invoice, a payment. Mirror vouchers; nothing is erased."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.models import Voucher
from accounting.periods import open_period
from accounting.reversals import Reversed, find_reversal, mirror_of
from accounting.vouchers import write_vouchers
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.locking import LockOrder, Locks, one_transaction, run_use_case
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.problems import Conflict, NotFound
from inventory.kinds import MovementKind
from inventory.restores import Restore, taken_by, write_restores
from inventory.stock import lock_balances
from invoices.documents import read_documents
from invoices.events import SUBJECT, invoice_event
from invoices.models import Invoice, InvoiceItem, Payment, PaymentAllocation
from invoices.posting import InvoiceInReview
from invoices.posting_rules import settled_status
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, PaymentStatus
from sales.models import SalesOrder
from sales.orders import give_back

PAYMENT = "payment"
_IN_HANDS = {
    FulfilmentStatus.PICKING,
    FulfilmentStatus.PICKED,
    FulfilmentStatus.PACKING,
    FulfilmentStatus.BOXING,
    FulfilmentStatus.PACKED,
    FulfilmentStatus.DISPATCHED,
}


class NotPosted(Conflict):
    """The document is not posted, so there is nothing to reverse."""

    code = "wrong-state"


class HasSettlements(Conflict):
    """Money is allocated to the invoice. Reverse or release it first."""

    code = "has-settlements"
    message = "Money is allocated to this invoice; reverse or release it first."


class InFulfilment(Conflict):
    """The warehouse has the goods of this invoice in hand. Take it out of there first."""

    code = "in-fulfilment"
    message = "The warehouse has this invoice in hand."


def reverse_invoice(
    *,
    invoice_id: UUID,
    actor: Actor,
    reason: str,
    reversal_date: date | None,
    today: date,
    now: datetime,
    dry_run: bool = False,
) -> Reversed:
    """Mirror voucher, stock back into its layers at its cost, order quantities back, invoice CANCELLED (J9).

    Booked today, or on a later date than the original's. Reversing again answers the same reversal. Locks COMPANY (share),
    INVOICE, SALES_ORDER, STOCK, SERIES. Records `invoice_reversed`. Raises NotFound, NotPosted, HasSettlements,
    InFulfilment, InvoiceInReview, PeriodClosed (409).
    """

    def attempt(_careful: bool) -> Reversed:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return _reverse_invoice(locks, invoice_id, actor, reason, reversal_date or today, now)

    return run_use_case(attempt)


def _reverse_invoice(locks: Locks, invoice_id: UUID, actor: Actor, reason: str, day: date, now: datetime) -> Reversed:
    seen = Invoice.objects.of(actor).filter(id=invoice_id).values("sales_order_id", "voucher__voucher_date").first()
    if seen is None:
        raise NotFound("Invoice not found")
    booked = seen["voucher__voucher_date"]
    year = open_period(locks, max(day, booked) if booked else day, actor=actor)
    (invoice,) = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=invoice_id))
    if seen["sales_order_id"]:
        locks.take(LockOrder.SALES_ORDER, SalesOrder.objects.of(actor).filter(id=seen["sales_order_id"]))
    if invoice.voucher_id is None:
        raise NotPosted(
            f"The invoice is {invoice.status}; only a posted invoice is reversed.", data={"status": invoice.status}
        )
    done = find_reversal(locks, invoice.voucher_id)
    if done is not None:
        return done
    _refuse_reversal(invoice)
    taken = taken_by(locks, invoice.id)
    lock_balances(locks, {row.place for row in taken})
    series = Series("JV", year.year)
    number = take_numbers(locks, {series: 1})[series][0]
    original = Voucher.objects.of(locks).get(id=invoice.voucher_id)
    mirror = mirror_of(
        locks,
        original,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=max(day, original.voucher_date),
        reason=reason,
        actor=actor,
    )
    write_vouchers(locks, [mirror], now=now)
    write_restores(
        locks,
        [Restore(row, row.quantity_left, row.cost_left) for row in taken],
        kind=MovementKind.REVERSAL,
        source_kind=SUBJECT,
        source_id=invoice.id,
        voucher_id=mirror.id,
        day=mirror.voucher_date,
        now=now,
    )
    _give_order_back(locks, invoice, now)
    invoice.status = BooksStatus.CANCELLED.value
    invoice.notes = f"{invoice.notes}\n{reason}".strip()[:2000]
    _next_version(invoice, now, "status", "notes")
    _announce(locks, "invoice_reversed", invoice, actor, now, voucher_number=number)
    record_audit(locks, [Audit("reverse_invoice", SUBJECT, invoice.id)], actor=actor, now=now)
    return Reversed(mirror.id, number, original.id, original.number, reason, already=False)


def _refuse_reversal(invoice: Invoice) -> None:
    if invoice.amount_received:
        raise HasSettlements(data={"amount_received": f"{invoice.amount_received:.2f}"})
    if BillingStatus.REVIEW in {invoice.billing_status} or invoice.fulfilment_status == FulfilmentStatus.REVIEW:
        raise InvoiceInReview
    if invoice.fulfilment_status in _IN_HANDS:
        raise InFulfilment(data={"fulfilment_status": invoice.fulfilment_status})


def _give_order_back(locks: Locks, invoice: Invoice, now: datetime) -> None:
    if invoice.sales_order_id is None:
        return
    lines = InvoiceItem.objects.of(locks).filter(invoice_id=invoice.id, order_line_id__isnull=False)
    quantities: dict[UUID, Decimal] = {}
    for line_id, quantity in lines.values_list("order_line_id", "quantity"):
        quantities[line_id] = quantities.get(line_id, Decimal(0)) + quantity
    give_back(locks, invoice.sales_order_id, invoiced=quantities, posted=quantities, now=now)


def reverse_payment(
    *,
    payment_id: UUID,
    actor: Actor,
    reason: str,
    reversal_date: date | None,
    today: date,
    now: datetime,
    dry_run: bool = False,
) -> Reversed:
    """Release all allocations, mirror the voucher, give the invoices their state back; the payment is REVERSED.

    Locks COMPANY (share), INVOICE (all it settles, sorted), PAYMENT, SERIES. Records `payment_reversed`, and
    `invoice_updated` for each invoice. Raises NotFound, NotPosted, PeriodClosed (409).
    """

    def attempt(_careful: bool) -> Reversed:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return _reverse_payment(locks, payment_id, actor, reason, reversal_date or today, now)

    return run_use_case(attempt)


def _reverse_payment(locks: Locks, payment_id: UUID, actor: Actor, reason: str, day: date, now: datetime) -> Reversed:
    seen = Payment.objects.of(actor).filter(id=payment_id).select_related("voucher").first()
    if seen is None:
        raise NotFound("Payment not found")
    if seen.voucher is None:
        raise NotPosted(f"The payment is {seen.status}.", data={"status": seen.status})
    day = max(day, seen.voucher.voucher_date)
    year = open_period(locks, day, actor=actor)
    settled = PaymentAllocation.objects.of(actor).filter(payment_id=payment_id).values("invoice_id")
    invoices = {one.id: one for one in locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id__in=settled))}
    (payment,) = locks.take(LockOrder.PAYMENT, Payment.objects.of(actor).filter(id=payment_id))
    done = find_reversal(locks, seen.voucher.id)
    if done is not None:
        return done
    series = Series("JV", year.year)
    number = take_numbers(locks, {series: 1})[series][0]
    mirror = mirror_of(
        locks, seen.voucher, number=number, fiscal_year_id=year.id, voucher_date=day, reason=reason, actor=actor
    )
    write_vouchers(locks, [mirror], now=now)
    released = _release_all(locks, payment, invoices, day, now)
    payment.status = PaymentStatus.REVERSED.value
    payment.allocated_amount = Decimal("0.00")
    payment.version += 1
    payment.updated_at = now
    payment.save(update_fields=["status", "allocated_amount", "version", "updated_at"])
    PaymentAllocation.objects.of(locks).bulk_create(released)
    for invoice in invoices.values():
        _announce(locks, "invoice_updated", invoice, actor, now, changed=["amount_received"])
    record_audit(locks, [Audit("reverse_payment", PAYMENT, payment.id)], actor=actor, now=now)
    return Reversed(mirror.id, number, seen.voucher.id, seen.voucher.number, reason, already=False)


def _release_all(
    locks: Locks, payment: Payment, invoices: dict[UUID, Invoice], day: date, now: datetime
) -> list[PaymentAllocation]:
    """Counter-rows of every allocation not yet released; the invoices' sums and states follow."""
    rows = list(PaymentAllocation.objects.of(locks).filter(payment_id=payment.id))
    gone = {row.releases_id for row in rows if row.releases_id is not None}
    counter = []
    for row in rows:
        if row.releases_id is not None or row.id in gone:
            continue
        invoice = invoices[row.invoice_id]
        invoice.amount_received -= row.amount
        counter.append(
            PaymentAllocation(
                company_id=locks.company_id,
                payment_id=payment.id,
                invoice_id=row.invoice_id,
                amount=-row.amount,
                allocation_date=day,
                releases_id=row.id,
                created_at=now,
            )
        )
    for invoice in invoices.values():
        invoice.status = settled_status(invoice.amount_received, invoice.total_value)
        _next_version(invoice, now, "amount_received", "status")
    return counter


def _next_version(invoice: Invoice, now: datetime, *changed: str) -> None:
    invoice.version += 1
    invoice.updated_at = now
    invoice.save(update_fields=[*changed, "version", "updated_at"])


def _announce(
    locks: Locks,
    kind: str,
    invoice: Invoice,
    actor: Actor,
    now: datetime,
    *,
    voucher_number: str = "",
    changed: list[str] | None = None,
) -> None:
    content = read_documents(locks.company_id, [invoice.id])[invoice.id]
    books = {
        "books_status": invoice.status,
        "amount_received": f"{invoice.amount_received:.2f}",
        "outstanding_amount": f"{invoice.total_value - invoice.amount_received:.2f}",
    }
    if voucher_number:
        books["voucher_number"] = voucher_number
    record_events(locks, [invoice_event(kind, content, actor=actor, now=now, changed=changed, books=books)], now=now)
