"""The invoice: one document, whether imported, issued here, sales or purchase."""

import pgtrigger
from django.db import models
from django.db.models.functions import Coalesce

from erp.fields import CompanyForeignKey, IdentityField
from erp.models import CompanyModel, User, unique_in_company
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, InvoiceType, Origin, Priority
from sales.models import Customer, Salesman

_HEADER_ADDS_UP = """
    IF NOT EXISTS (
        SELECT 1 FROM invoices_invoice i
        WHERE i.id = NEW.id AND (i.items_total = (
            SELECT sum(l.line_total) FROM invoices_invoiceitem l
            WHERE l.company_id = NEW.company_id AND l.invoice_id = NEW.id))) THEN
        RAISE EXCEPTION 'invoice_adds_up: items_total of invoice % differs from its lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';
    END IF;
    RETURN NULL;
"""
_TOUCHED = "SELECT DISTINCT company_id, invoice_id FROM touched"
# A line that moves is missed where it was as much as it is surplus where it now is.
_TOUCHED_OR_LEFT = "SELECT company_id, invoice_id FROM before UNION SELECT company_id, invoice_id FROM touched"
_LINES_ADD_UP = """
    IF EXISTS (
        SELECT 1 FROM ({invoices}) t
        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id
        WHERE i.items_total IS DISTINCT FROM (
            SELECT sum(l.line_total) FROM invoices_invoiceitem l
            WHERE l.company_id = t.company_id AND l.invoice_id = t.invoice_id)) THEN
        RAISE EXCEPTION 'invoice_adds_up: the lines differ from items_total of their invoice'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';
    END IF;
    RETURN NULL;
"""


def _lines_add_up(operation: pgtrigger.Operation, invoices: str, **tables: str) -> pgtrigger.Trigger:
    """Judged once per statement: lines change together with the sum in their header, in one statement."""
    return pgtrigger.Trigger(
        name=f"adds_up_{str(operation).lower()}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=_LINES_ADD_UP.format(invoices=invoices),
    )


class Invoice(CompanyModel):
    """A bill, with three independent states (see `invoices.status`).

    `serial` is the integer that ``/api/sales/`` shows as `id`. `given_total` is the sender's ``Total`` or null,
    `items_total` the sum of the lines, `total_value` what the document is worth. Amounts are in the document's currency.
    `version` grows by one with every change; there is one event per version.
    """

    serial = IdentityField()
    invoice_type = models.CharField(max_length=8)
    origin = models.CharField(max_length=8)
    invoice_no = models.CharField(max_length=100)
    invoice_date = models.DateField()
    customer = CompanyForeignKey(Customer, null=True, related_name="+", db_index=False)
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
    handling = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("invoice"),
            models.UniqueConstraint(fields=["company", "serial"], name="invoice_serial"),
            # History that a migration copied in may repeat a number; it is reached by id.
            models.UniqueConstraint(
                fields=["company", "invoice_no"],
                condition=models.Q(invoice_type="SALES") & ~models.Q(origin="HISTORY"),
                name="invoice_sales_number",
            ),
            models.CheckConstraint(condition=~models.Q(invoice_no=""), name="invoice_no_given"),
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
            models.CheckConstraint(condition=models.Q(version__gte=1), name="invoice_version_positive"),
            models.CheckConstraint(
                condition=~models.Q(origin="IMPORTED")
                | models.Q(total_value=Coalesce(models.F("given_total"), models.F("items_total"))),
                name="invoice_imported_total",
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
        ]
        triggers = [
            # Judged at commit, once per document: the header's sum is the sum of its lines, and there is a line.
            pgtrigger.Trigger(
                name="adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("items_total"),
                timing=pgtrigger.Deferred,
                func=_HEADER_ADDS_UP,
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_no


class InvoiceItem(CompanyModel):
    """A line. `quantity` in the sender's unit, `mrp` the unit price, `line_total` their product, rounded once."""

    invoice = CompanyForeignKey(Invoice, related_name="items", db_index=False)
    line_no = models.IntegerField()
    name = models.CharField(max_length=255)
    item_code = models.CharField(max_length=100)
    barcode = models.CharField(max_length=100, blank=True, default="")
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    mrp = models.DecimalField(max_digits=18, decimal_places=4)
    line_total = models.DecimalField(max_digits=18, decimal_places=2)
    company_name = models.CharField(max_length=255, blank=True, default="")
    packing = models.CharField(max_length=100, blank=True, default="")
    shelf_location = models.CharField(max_length=100, blank=True, default="")
    batch_no = models.CharField(max_length=100, blank=True, default="")
    expiry_date = models.DateField(null=True)
    remarks = models.CharField(max_length=2000, blank=True, default="")

    class Meta:
        constraints = [
            unique_in_company("invoiceitem"),
            # Deferred, because an update may reorder lines.
            models.UniqueConstraint(
                fields=["company", "invoice", "line_no"],
                deferrable=models.Deferrable.DEFERRED,
                name="invoiceitem_line_no",
            ),
            models.CheckConstraint(condition=models.Q(line_no__gte=1), name="invoiceitem_line_no_positive"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, quantity__lt=10**9), name="invoiceitem_quantity_positive"
            ),
            models.CheckConstraint(condition=models.Q(mrp__gte=0, mrp__lt=10**10), name="invoiceitem_mrp_in_range"),
            models.CheckConstraint(
                condition=models.Q(line_total__gte=0)
                & models.Q(line_total=models.Func(models.F("quantity") * models.F("mrp"), 2, function="ROUND")),
                name="invoiceitem_line_total",
            ),
        ]
        triggers = [
            _lines_add_up(pgtrigger.Insert, _TOUCHED, new="touched"),
            _lines_add_up(pgtrigger.Update, _TOUCHED_OR_LEFT, old="before", new="touched"),
            _lines_add_up(pgtrigger.Delete, _TOUCHED, old="touched"),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.item_code}"
