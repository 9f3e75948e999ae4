"""The invoice: one document, whether imported, issued here, sales or purchase."""

from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models.functions import Coalesce, Trim

from accounting.models import Voucher
from erp.fields import CompanyForeignKey, IdentityField
from erp.models import CompanyModel, Currency, User, unique_in_company
from erp.models.guards import NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT, EXCHANGE_RATE_LIMIT
from inventory.models import Warehouse
from invoices import guards, revision_guards
from invoices.models.triggers import judged_at_commit
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, InvoiceType, Origin, Priority
from purchasing.models import PurchaseOrder, Supplier
from sales.models import Customer, Salesman, SalesOrder

_DOC = {"doc": "record", "booked": "record"}
_NOT_DRAFT = ~pgtrigger.Q(new__status="DRAFT") | pgtrigger.Q(new__amount_received__gt=0)
# Everything a voucher rests on, or that was printed; the workflow, due date, notes and times are not among it.
_BOOKED_CHANGED = pgtrigger.AnyChange(
    "status",
    "voucher",
    "amount_received",
    "revision",
    "invoice_type",
    "origin",
    "invoice_no",
    "invoice_date",
    "customer",
    "supplier",
    "currency",
    "exchange_rate",
    "given_total",
    "items_total",
    "total_value",
    "subtotal",
    "tax_amount",
    "round_off",
    "party_name",
    "party_gstin",
    "billing_address",
    "shipping_address",
    "company_state_code",
    "company_gstin",
    "place_of_supply",
    "apply_gst",
    "sales_order",
    "purchase_order",
    "supplier_invoice_number",
    "supplier_invoice_date",
    "supplier_invoice_year",
    "warehouse",
)


class Invoice(CompanyModel):
    """A bill, with three independent states (see `invoices.status`).

    `serial` is the integer that ``/api/sales/`` shows as `id`. `given_total` is the sender's ``Total`` or null,
    `items_total` the sum of the lines, `total_value` what the document is worth. Amounts are in the document's currency.
    `exchange_rate` (base per unit) is fixed at posting, null before it in a currency that is not the company's.
    `version` grows by one with every change; there is one event per version. A purchase is a supplier's: it has our number
    and his, `supplier_invoice_year` being the fiscal year in which his is not used again.
    """

    serial = IdentityField()
    invoice_type = models.CharField(max_length=8)
    origin = models.CharField(max_length=8)
    invoice_no = models.CharField(max_length=100)
    invoice_date = models.DateField()
    customer = CompanyForeignKey(Customer, null=True, related_name="+", db_index=False)
    supplier = CompanyForeignKey(Supplier, null=True, related_name="+", db_index=False)
    salesman = CompanyForeignKey(Salesman, null=True, related_name="+", db_index=False)
    created_by = models.CharField(max_length=150, blank=True, default="")
    created_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    priority = models.CharField(max_length=6, default=Priority.MEDIUM.value)
    given_total = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    items_total = models.DecimalField(max_digits=18, decimal_places=2)
    total_value = models.DecimalField(max_digits=18, decimal_places=2)
    temp_name = models.CharField(max_length=255, blank=True, default="")
    remarks = models.CharField(max_length=5000, blank=True, default="")
    fulfilment_status = models.CharField(max_length=10, null=True)  # noqa: DJ001  null on purchases
    billing_status = models.CharField(max_length=11, null=True)  # noqa: DJ001  null on purchases
    status = models.CharField(max_length=14, default=BooksStatus.DRAFT.value)
    due_date = models.DateField(null=True)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    exchange_rate = models.DecimalField(max_digits=18, decimal_places=8, null=True, default=1, db_default=1)
    sales_order = CompanyForeignKey(SalesOrder, null=True, related_name="+", db_index=False)
    purchase_order = CompanyForeignKey(PurchaseOrder, null=True, related_name="+", db_index=False)
    supplier_invoice_number = models.CharField(max_length=64, blank=True, default="", db_default="")
    supplier_invoice_date = models.DateField(null=True)
    supplier_invoice_year = models.SmallIntegerField(null=True)
    warehouse = CompanyForeignKey(Warehouse, null=True, related_name="+", db_index=False)
    voucher = CompanyForeignKey(Voucher, null=True, related_name="+", db_index=False)
    subtotal = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    tax_amount = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    round_off = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    amount_received = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    party_name = models.CharField(max_length=255, blank=True, default="", db_default="")
    party_gstin = models.CharField(max_length=15, blank=True, default="", db_default="")
    billing_address = models.CharField(max_length=2000, blank=True, default="", db_default="")
    shipping_address = models.CharField(max_length=2000, blank=True, default="", db_default="")
    company_state_code = models.CharField(max_length=2, blank=True, default="", db_default="")
    company_gstin = models.CharField(max_length=15, blank=True, default="", db_default="")
    place_of_supply = models.CharField(max_length=2, blank=True, default="", db_default="")
    apply_gst = models.BooleanField(default=True, db_default=True)
    notes = models.CharField(max_length=2000, blank=True, default="", db_default="")
    revision = models.IntegerField(default=1, db_default=1)
    handling = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("invoice"),
            models.UniqueConstraint(fields=["company", "serial"], name="invoice_serial"),
            # Whoever made it: a number that a migration copied in names that document and no other, until that is undone.
            models.UniqueConstraint(
                fields=["company", "invoice_no"],
                condition=models.Q(invoice_type="SALES") & (~models.Q(origin="HISTORY") | ~models.Q(status="CANCELLED")),
                name="invoice_sales_number",
            ),
            models.UniqueConstraint(
                fields=["company", "invoice_no"],
                condition=models.Q(invoice_type="PURCHASE"),
                name="invoice_purchase_number",
            ),
            # A bill that was dropped may be entered again.
            models.UniqueConstraint(
                fields=["company", "supplier", "supplier_invoice_number", "supplier_invoice_year"],
                condition=models.Q(invoice_type="PURCHASE") & ~models.Q(status="CANCELLED"),
                name="invoice_supplier_number",
            ),
            models.CheckConstraint(condition=~models.Q(invoice_no=""), name="invoice_no_given"),
            models.CheckConstraint(
                condition=models.Q(origin="HISTORY") | models.Q(invoice_no=Trim(models.F("invoice_no"))),
                name="invoice_no_trimmed",
            ),
            code_check("invoice_type", InvoiceType, "invoice_type_known"),
            code_check("origin", Origin, "invoice_origin_known"),
            code_check("priority", Priority, "invoice_priority_known"),
            code_check("status", BooksStatus, "invoice_status_known"),
            code_check("fulfilment_status", FulfilmentStatus, "invoice_fulfilment_status_known"),
            code_check("billing_status", BillingStatus, "invoice_billing_status_known"),
            models.CheckConstraint(
                condition=models.Q(
                    invoice_type="SALES",
                    fulfilment_status__isnull=False,
                    billing_status__isnull=False,
                    customer__isnull=False,
                )
                | models.Q(invoice_type="PURCHASE", fulfilment_status__isnull=True, billing_status__isnull=True),
                name="invoice_workflow_only_on_sales",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    invoice_type="SALES",
                    supplier__isnull=True,
                    purchase_order__isnull=True,
                    supplier_invoice_number="",
                    supplier_invoice_date__isnull=True,
                    supplier_invoice_year__isnull=True,
                )
                | models.Q(
                    invoice_type="PURCHASE",
                    customer__isnull=True,
                    sales_order__isnull=True,
                    supplier__isnull=False,
                    supplier_invoice_date__isnull=False,
                    supplier_invoice_year__isnull=False,
                )
                & ~models.Q(supplier_invoice_number=""),
                name="invoice_written_for_its_party",
            ),
            models.CheckConstraint(
                condition=(models.Q(fulfilment_status="REVIEW") & models.Q(billing_status="REVIEW"))
                | (~models.Q(fulfilment_status="REVIEW") & ~models.Q(billing_status="REVIEW"))
                | models.Q(fulfilment_status__isnull=True),
                name="invoice_review_in_both",
            ),
            # Bounded above as well, because NaN is larger than every number.
            models.CheckConstraint(
                condition=models.Q(items_total__gte=0, items_total__lt=AMOUNT_LIMIT)
                & models.Q(total_value__gte=0, total_value__lt=AMOUNT_LIMIT)
                & (models.Q(given_total__gte=0, given_total__lt=AMOUNT_LIMIT) | models.Q(given_total__isnull=True)),
                name="invoice_totals_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(exchange_rate__isnull=False, exchange_rate__gt=0, exchange_rate__lt=EXCHANGE_RATE_LIMIT)
                | models.Q(exchange_rate__isnull=True, status__in=["DRAFT", "CANCELLED"]),
                name="invoice_exchange_rate_fixed",
            ),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="invoice_version_positive"),
            models.CheckConstraint(
                condition=~models.Q(origin="IMPORTED")
                | models.Q(total_value=Coalesce(models.F("given_total"), models.F("items_total"))),
                name="invoice_imported_total",
            ),
            models.CheckConstraint(
                condition=models.Q(tax_amount__gte=0, tax_amount__lt=AMOUNT_LIMIT, amount_received__lt=AMOUNT_LIMIT)
                & (models.Q(subtotal__isnull=True) | models.Q(subtotal__gte=0, subtotal__lt=AMOUNT_LIMIT))
                & models.Q(round_off__lt=AMOUNT_LIMIT, revision__gte=1),
                name="invoice_parts_in_range",
            ),
            models.CheckConstraint(
                condition=~models.Q(origin="ISSUED") | models.Q(invoice_no__regex=r"^[A-Za-z0-9/-]{1,16}$"),
                name="invoice_own_number_legal",
            ),
            models.CheckConstraint(
                condition=models.Q(subtotal__isnull=True)
                | models.Q(total_value=models.F("subtotal") + models.F("tax_amount") + models.F("round_off"))
                & models.Q(round_off__gte="-0.50", round_off__lte="0.50"),
                name="invoice_total_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "CANCELLED"], amount_received=0)
                | (
                    models.Q(voucher__isnull=False, subtotal__isnull=False)
                    & (
                        models.Q(status="POSTED", amount_received=0, total_value__gt=0)
                        | models.Q(status="PAID", amount_received=models.F("total_value"))
                        | models.Q(
                            status="PARTIALLY_PAID", amount_received__gt=0, amount_received__lt=models.F("total_value")
                        )
                    )
                ),
                name="invoice_status_follows_the_money",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="DRAFT") | models.Q(voucher__isnull=True), name="invoice_draft_has_no_voucher"
            ),
            models.CheckConstraint(
                condition=models.Q(invoice_date__gte="1900-01-01", invoice_date__lte="2199-12-31"),
                name="invoice_date_in_range",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-created_at", "-serial"], name="invoice_newest"),
            models.Index(fields=["company", "fulfilment_status", "-serial"], name="invoice_by_fulfilment"),
            models.Index(fields=["company", "customer"], name="invoice_by_customer"),
            models.Index(fields=["company", "invoice_date"], name="invoice_by_date"),
            models.Index(
                fields=["company", "purchase_order"],
                condition=models.Q(purchase_order__isnull=False),
                name="invoice_by_purchase_order",
            ),
        ]
        triggers = [
            # Judged at commit, once per document: the header's sum is the sum of its lines, and there is a line.
            pgtrigger.Trigger(
                name="adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("items_total", "subtotal", "tax_amount"),
                timing=pgtrigger.Deferred,
                func=guards.HEADER_ADDS_UP,
            ),
            judged_at_commit("begins_in_books", pgtrigger.Insert, guards.INVOICE_FOLLOWS_BOOKS, _NOT_DRAFT, **_DOC),
            judged_at_commit("follows_books", pgtrigger.Update, guards.INVOICE_FOLLOWS_BOOKS, _BOOKED_CHANGED, **_DOC),
            judged_at_commit("begins_issued", pgtrigger.Insert, guards.TRACKED_LINES_ISSUED, _NOT_DRAFT),
            judged_at_commit(
                "issues_tracked_lines",
                pgtrigger.Update,
                guards.TRACKED_LINES_ISSUED,
                pgtrigger.Q(old__voucher__df=pgtrigger.F("new__voucher")),
            ),
            judged_at_commit(
                "keeps_revisions",
                pgtrigger.Update,
                revision_guards.REVISION_IS_KEPT,
                pgtrigger.Q(old__revision__df=pgtrigger.F("new__revision")),
            ),
            pgtrigger.Trigger(
                name="identity_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("company", "serial", "invoice_no", "invoice_type"),
                func=guards.IDENTITY_STAYS,
            ),
            pgtrigger.Trigger(
                name="rate_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("exchange_rate"),
                func=guards.POSTED_RATE_STAYS,
            ),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return self.invoice_no

    @property
    def is_purchase(self) -> bool:
        return self.invoice_type == InvoiceType.PURCHASE

    @property
    def party(self) -> Customer | Supplier | None:
        """Who is billed, or who bills us."""
        party: Customer | Supplier | None = self.supplier if self.is_purchase else self.customer
        return party

    @property
    def party_id(self) -> UUID | None:
        found: UUID | None = self.supplier_id if self.is_purchase else self.customer_id
        return found
