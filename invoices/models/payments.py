"""Money in and out, and the invoices that it settles."""

from uuid import UUID

import pgtrigger
from django.db import models

from accounting.models import LedgerAccount, Voucher
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, Currency, unique_in_company
from erp.models.guards import APPEND_ONLY, NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT, EXCHANGE_RATE_LIMIT
from invoices import guards
from invoices.models.invoices import Invoice
from invoices.models.settling import base_of_its_sign
from invoices.models.triggers import judged_at_commit
from invoices.status import PaymentKind, PaymentMode, PaymentStatus
from purchasing.models import Supplier
from sales.models import Customer

_PAYMENT = {"doc": "record", "stands": "boolean"}
_FROZEN_WHEN_POSTED = (
    "payment_number",
    "kind",
    "customer",
    "supplier",
    "payment_date",
    "account",
    "currency",
    "exchange_rate",
    "amount",
)


class Payment(CompanyModel):
    """Money in (RECEIPT) or out (PAYMENT). `allocated_amount` is the sum of its allocation rows, releases negative.

    `exchange_rate` (base per unit) is fixed at posting, null before it in a currency that is not the company's.
    `planned` is what a draft is to settle when it is posted: ``[{"id", "invoice_id", "amount"}]``, ids of the rows to come.
    """

    payment_number = models.CharField(max_length=16)
    kind = models.CharField(max_length=7)
    status = models.CharField(max_length=9)
    customer = CompanyForeignKey(Customer, null=True, related_name="+", db_index=False)
    supplier = CompanyForeignKey(Supplier, null=True, related_name="+", db_index=False)
    payment_date = models.DateField()
    mode = models.CharField(max_length=13)
    account = CompanyForeignKey(LedgerAccount, related_name="+", db_index=False)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    exchange_rate = models.DecimalField(max_digits=18, decimal_places=8, null=True, default=1, db_default=1)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    allocated_amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    reference_number = models.CharField(max_length=100, blank=True, default="")
    notes = models.CharField(max_length=2000, blank=True, default="")
    voucher = CompanyForeignKey(Voucher, null=True, related_name="+", db_index=False)
    planned = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("payment"),
            models.UniqueConstraint(fields=["company", "payment_number"], name="payment_number"),
            code_check("kind", PaymentKind, "payment_kind_known"),
            code_check("status", PaymentStatus, "payment_status_known"),
            models.CheckConstraint(
                condition=models.Q(kind="RECEIPT", supplier__isnull=True)
                | models.Q(kind="PAYMENT", customer__isnull=True, supplier__isnull=False),
                name="payment_of_its_party",
            ),
            code_check("mode", PaymentMode, "payment_mode_known"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, amount__lt=AMOUNT_LIMIT, allocated_amount__gte=0)
                & models.Q(allocated_amount__lte=models.F("amount")),
                name="payment_allocated_within_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(exchange_rate__isnull=False, exchange_rate__gt=0, exchange_rate__lt=EXCHANGE_RATE_LIMIT)
                | models.Q(exchange_rate__isnull=True, status__in=["DRAFT", "CANCELLED"]),
                name="payment_exchange_rate_fixed",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="POSTED") | models.Q(voucher__isnull=False), name="payment_posted_has_voucher"
            ),
            models.CheckConstraint(condition=models.Q(status="DRAFT") | models.Q(planned=[]), name="payment_plans_as_draft"),
        ]
        indexes = [models.Index(fields=["company", "-payment_date", "-id"], name="payment_newest")]
        triggers = [
            judged_at_commit(
                "begins_in_books",
                pgtrigger.Insert,
                guards.PAYMENT_FOLLOWS_BOOKS,
                ~pgtrigger.Q(new__status="DRAFT") | pgtrigger.Q(new__allocated_amount__gt=0),
                **_PAYMENT,
            ),
            judged_at_commit(
                "follows_books",
                pgtrigger.Update,
                guards.PAYMENT_FOLLOWS_BOOKS,
                pgtrigger.AnyChange("status", "voucher", "allocated_amount", *_FROZEN_WHEN_POSTED),
                **_PAYMENT,
            ),
            pgtrigger.Trigger(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("voucher", *_FROZEN_WHEN_POSTED),
                func=guards.POSTED_PAYMENT_STAYS,
            ),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return self.payment_number

    @property
    def is_outgoing(self) -> bool:
        return self.kind == PaymentKind.PAYMENT

    @property
    def party(self) -> Customer | Supplier | None:
        """Who pays us, or whom we pay."""
        party: Customer | Supplier | None = self.supplier if self.is_outgoing else self.customer
        return party

    @property
    def party_id(self) -> UUID | None:
        found: UUID | None = self.supplier_id if self.is_outgoing else self.customer_id
        return found


class PaymentAllocation(CompanyModel):
    """Part of a payment that settles an invoice. Never changed: a release is a row of the opposite sign.

    Of documents in another currency, `settled_base` is what of the invoice's base it settles, `paid_base` what of the
    payment's base pays it; the difference is a gain or a loss. Both null in the company's own, where `amount` is it.
    """

    payment = CompanyForeignKey(Payment, related_name="allocations", db_index=False)
    invoice = CompanyForeignKey(Invoice, related_name="allocations", db_index=False)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    settled_base = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    paid_base = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    allocation_date = models.DateField()
    releases = CompanyForeignKey("self", null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("paymentallocation"),
            models.UniqueConstraint(fields=["company", "releases"], name="paymentallocation_released_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, amount__lt=AMOUNT_LIMIT, releases__isnull=True)
                | models.Q(amount__lt=0, releases__isnull=False),
                name="paymentallocation_sign",
            ),
            models.CheckConstraint(condition=base_of_its_sign(), name="paymentallocation_base_sign"),
        ]
        indexes = [
            models.Index(fields=["company", "invoice"], name="paymentallocation_by_invoice"),
            models.Index(fields=["company", "payment"], name="paymentallocation_by_payment"),
        ]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            pgtrigger.Trigger(
                name="received_follows",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="written"),
                func=guards.RECEIVED_FOLLOWS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
