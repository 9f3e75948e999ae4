"""Reading invoices and payments as the books' surface shows them. A fixed number of queries, whatever the number of rows."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from msgspec import UNSET, UnsetType

from accounting.entries import EntryPayload, entries_of
from accounting.models import Voucher
from erp.access import Actor
from erp.cautions import Caution
from erp.models import AuditEntry
from erp.models.scoped import HasCompany
from erp.rights import Right
from inventory.payloads import LayerPayload
from inventory.queries import layers_taken
from invoices.books_payloads import BillPayload, BillRowPayload, bill_payload, bill_row_payload
from invoices.models import (
    CreditNote,
    CreditNoteAllocation,
    Invoice,
    InvoiceItem,
    InvoiceRevision,
    Payment,
    PaymentAllocation,
)
from invoices.payment_payloads import AllocationPayload, PaymentPayload, payment_payload
from invoices.plans import plan_of
from invoices.posting_rules import settled_status
from invoices.revision_payloads import RevisionPayload, revision_payload
from invoices.status import BooksStatus, CreditNoteStatus, PaymentStatus

VOUCHER, STOCK = "voucher", "stock"
"""What a detail may be asked to expand."""
CANCEL, REVERSE = "cancel_invoice", "reverse_invoice"
"""The audit entries that keep why an invoice was cancelled."""


def bills(actor: Actor) -> QuerySet[Invoice]:
    """The company's invoices, sales and purchases, with what their rows show."""
    return Invoice.objects.of(actor).select_related("customer", "supplier", "currency")


def outstanding_bills(actor: Actor, *, as_of: date | None = None) -> QuerySet[Invoice]:
    """Posted invoices with money open, now or at the end of a day by the dates of the books.

    Of another day the rows carry `received_then`: what had been allocated by then.
    """
    if as_of is None:
        open_states = [BooksStatus.POSTED.value, BooksStatus.PARTIALLY_PAID.value]
        return bills(actor).filter(status__in=open_states)
    until_then = Q(invoice=OuterRef("pk"), allocation_date__lte=as_of)
    paid, credited = (
        _sum_of(kind.objects.of(actor).filter(until_then)) for kind in (PaymentAllocation, CreditNoteAllocation)
    )
    undone = Voucher.objects.of(actor).filter(reverses=OuterRef("voucher"), voucher_date__lte=as_of)
    posted = bills(actor).filter(voucher__voucher_date__lte=as_of).exclude(Exists(undone))
    posted = posted.annotate(received_then=paid + credited)
    return posted.filter(received_then__lt=F("total_value"))


def _sum_of(allocations: QuerySet[Any]) -> Coalesce:
    """The sum of the allocations of one invoice, as a part of a query."""
    summed = allocations.order_by().values("invoice").annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(summed), Decimal("0.00"), output_field=DecimalField())


def show_bills(actor: Actor, invoices: Sequence[Invoice], *, today: date, as_of: date | None = None) -> list[BillRowPayload]:
    """Invoices of a list, as they are today or as they were."""
    base = actor.company.base_currency
    if as_of is None:
        return [bill_row_payload(one, base=base, today=today) for one in invoices]
    rows = []
    for one in invoices:
        received: Decimal = one.received_then  # type: ignore[attr-defined]  # annotated by `outstanding_bills`
        status = settled_status(received, one.total_value)
        rows.append(bill_row_payload(one, base=base, today=as_of, status=status, received=received))
    return rows


def read_bill(
    actor: Actor,
    invoice_id: UUID,
    *,
    today: date,
    expand: frozenset[str] = frozenset(),
    warnings: list[Caution] | UnsetType = UNSET,
) -> BillPayload | None:
    """A whole invoice; None for what does not exist or belongs to others."""
    invoice = bills(actor).select_related("sales_order", "purchase_order", "voucher").filter(id=invoice_id).first()
    if invoice is None:
        return None
    rows = InvoiceItem.objects.of(actor).filter(invoice_id=invoice_id)
    items = rows.select_related("item", "uom", "account").order_by("line_no")
    entries, layers = expanded(actor, invoice.voucher_id, expand)
    return bill_payload(
        invoice,
        list(items),
        standing_allocations(actor, invoice_id=invoice_id),
        live_notes(actor, invoice.id) if invoice.status != BooksStatus.DRAFT else [],
        base=actor.company.base_currency,
        today=today,
        revisions=_revisions(actor, invoice) if invoice.revision > 1 else [],
        cancel_reason=_cancel_reason(actor, invoice),
        entries=entries,
        layers=layers,
        warnings=warnings,
    )


def show_bill(actor: Actor, invoice_id: UUID, *, today: date, warnings: list[Caution] | UnsetType = UNSET) -> BillPayload:
    """A whole invoice that the running transaction has written."""
    shown = read_bill(actor, invoice_id, today=today, warnings=warnings)
    assert shown is not None, "the use case has just written it"
    return shown


def expanded(
    actor: Actor, voucher_id: UUID | None, expand: frozenset[str]
) -> tuple[list[EntryPayload] | UnsetType, list[LayerPayload] | UnsetType]:
    """What ``?expand=`` adds: the legs of the voucher, the layers taken; costs only for those who may see them."""
    entries: list[EntryPayload] | UnsetType = UNSET
    layers: list[LayerPayload] | UnsetType = UNSET
    if VOUCHER in expand:
        entries = entries_of(actor.company_id, voucher_id) if voucher_id else []
    if STOCK in expand:
        with_cost = actor.allows(Right.SEE_COST, None)
        layers = layers_taken(actor.company_id, voucher_id, with_cost=with_cost) if voucher_id else []
    return entries, layers


def standing_allocations(scope: HasCompany, **of: UUID) -> list[PaymentAllocation]:
    """Allocations of a payment (`payment_id`), or to an invoice (`invoice_id`), not released again; oldest first."""
    return list(_standing(PaymentAllocation.objects.of(scope).filter(**of)))


def standing_credit(scope: HasCompany, invoice_id: UUID) -> list[CreditNoteAllocation]:
    """Credit that settles the invoice and was not released again; oldest first."""
    return list(_standing(CreditNoteAllocation.objects.of(scope).filter(invoice_id=invoice_id)))


def _standing(rows: QuerySet[Any]) -> QuerySet[Any]:
    released = rows.filter(releases__isnull=False).values("releases_id")
    return rows.filter(releases__isnull=True).exclude(id__in=released).order_by("id")


def live_notes(scope: HasCompany, invoice_id: UUID) -> list[CreditNote]:
    """Credit notes of the invoice that are not cancelled."""
    rows = CreditNote.objects.of(scope).filter(invoice_id=invoice_id)
    return list(rows.exclude(status=CreditNoteStatus.CANCELLED.value).order_by("id"))


def _revisions(actor: Actor, invoice: Invoice) -> list[RevisionPayload]:
    """What the invoice said before, oldest first, with the vouchers that stood for it and that reversed them."""
    rows = InvoiceRevision.objects.of(actor).filter(invoice_id=invoice.id).select_related("voucher").order_by("revision")
    kept = list(rows)
    undoing = Voucher.objects.of(actor).filter(reverses_id__in=[one.voucher_id for one in kept])
    mirrors = {one.reverses_id: one for one in undoing}
    return [revision_payload(one, mirrors[one.voucher_id]) for one in kept]


def _cancel_reason(actor: Actor, invoice: Invoice) -> str:
    if invoice.status != BooksStatus.CANCELLED:
        return ""
    entries = AuditEntry.objects.of(actor).filter(subject_id=invoice.id, action__in=[CANCEL, REVERSE]).order_by("-id")
    changes = entries.values_list("changes", flat=True).first()
    return str(msgspec.json.decode(changes)["reason"][1]) if changes else ""


def payments(actor: Actor) -> QuerySet[Payment]:
    """The company's payments with what their rows show."""
    return Payment.objects.of(actor).select_related("customer", "supplier", "account", "currency", "voucher")


def read_payment(actor: Actor, payment_id: UUID, *, expand: frozenset[str] = frozenset()) -> PaymentPayload | None:
    """A whole payment; None for what does not exist or belongs to others."""
    payment = payments(actor).filter(id=payment_id).first()
    if payment is None:
        return None
    entries, _ = expanded(actor, payment.voucher_id, expand)
    return payment_payload(payment, _allocations_of(actor, payment), entries=entries)


def _allocations_of(actor: Actor, payment: Payment) -> list[PaymentAllocation]:
    """The rows of a payment, releases among them; of a draft the rows that it plans."""
    if payment.status != PaymentStatus.DRAFT:
        rows = PaymentAllocation.objects.of(actor).filter(payment_id=payment.id)
        return list(rows.select_related("invoice").order_by("id"))
    plan = plan_of(payment)
    invoices = Invoice.objects.of(actor).in_bulk([share.invoice_id for share in plan])
    return [
        PaymentAllocation(
            id=share.allocation_id,
            invoice=invoices[share.invoice_id],
            amount=share.amount,
            allocation_date=payment.payment_date,
        )
        for share in plan
    ]


def show_allocation(actor: Actor, payment_id: UUID, allocation_id: UUID) -> AllocationPayload:
    """An allocation, or a part of a plan, that the running transaction has written."""
    shown = show_payment(actor, payment_id)
    return next(one for one in shown.allocations if one.id == allocation_id)


def show_payment(actor: Actor, payment_id: UUID, *, expand: frozenset[str] = frozenset()) -> PaymentPayload:
    """A whole payment that the running transaction has written."""
    shown = read_payment(actor, payment_id, expand=expand)
    assert shown is not None, "the use case has just written it"
    return shown
