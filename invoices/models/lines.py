"""What stands on an invoice: its lines, and the seal of what a posted one says."""

import pgtrigger
from django.db import models

from accounting.models import LedgerAccount
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, unique_in_company
from erp.models.guards import APPEND_ONLY, NEVER_TRUNCATED
from erp.money import AMOUNT_LIMIT
from inventory.models import Item, Uom
from invoices import guards
from invoices.models.invoices import Invoice
from purchasing.models import GoodsReceiptLine, PurchaseOrderLine
from sales.models import SalesOrderLine


def _lines_add_up(operation: pgtrigger.Operation, invoices: str, **tables: str) -> pgtrigger.Trigger:
    """Judged once per statement: lines change together with the sum in their header, in one statement."""
    return pgtrigger.Trigger(
        name=f"adds_up_{str(operation).lower()}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=guards.LINES_ADD_UP.format(invoices=invoices),
    )


class InvoiceItem(CompanyModel):
    """A line. `quantity` in the sender's unit, `mrp` the unit price, `line_total` their product, rounded once.

    `grni_value` is what a posted purchase of tracked goods took out of GRNI with it, in base currency. `account` is what a
    bill's line is debited to where that is not the purchases.
    """

    invoice = CompanyForeignKey(Invoice, related_name="items", db_index=False)
    line_no = models.IntegerField()
    name = models.CharField(max_length=255)
    item_code = models.CharField(max_length=100)
    barcode = models.CharField(max_length=100, blank=True, default="")
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    mrp = models.DecimalField(max_digits=18, decimal_places=4)
    line_total = models.DecimalField(max_digits=18, decimal_places=2)
    item = CompanyForeignKey(Item, null=True, related_name="+", db_index=False)
    order_line = CompanyForeignKey(SalesOrderLine, null=True, related_name="+", db_index=False)
    purchase_line = CompanyForeignKey(PurchaseOrderLine, null=True, related_name="+", db_index=False)
    receipt_line = CompanyForeignKey(GoodsReceiptLine, null=True, related_name="+", db_index=False)
    uom = CompanyForeignKey(Uom, null=True, related_name="+", db_index=False)
    account = CompanyForeignKey(LedgerAccount, null=True, related_name="+", db_index=False)
    hsn_code = models.CharField(max_length=8, blank=True, default="", db_default="")
    discount_pct = models.DecimalField(max_digits=5, decimal_places=2, default=0, db_default=0)
    allocated_discount = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    import_discount = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    gst_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    cgst = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    sgst = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    utgst = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    igst = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    posted_as_tracked = models.BooleanField(null=True)
    grni_value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
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
                & models.Q(
                    line_total=models.Func(
                        models.F("quantity") * models.F("mrp") * (100 - models.F("discount_pct")) / 100, 2, function="ROUND"
                    )
                    - models.F("allocated_discount")
                ),
                name="invoiceitem_line_total",
            ),
            models.CheckConstraint(
                condition=models.Q(sgst=0, utgst=0, cgst=0)
                | models.Q(igst=0, utgst=0, cgst=models.F("sgst"))
                | models.Q(igst=0, sgst=0, cgst=models.F("utgst")),
                name="invoiceitem_tax_of_one_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(line_total__lt=AMOUNT_LIMIT, discount_pct__gte=0, discount_pct__lte=100)
                & models.Q(allocated_discount__lt=AMOUNT_LIMIT, import_discount__lt=AMOUNT_LIMIT)
                & models.Q(import_discount__lte=models.F("line_total"))
                & (models.Q(gst_rate__isnull=True) | models.Q(gst_rate__gte=0, gst_rate__lt=100)),
                name="invoiceitem_parts_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(cgst__gte=0, cgst__lt=AMOUNT_LIMIT, sgst__gte=0, sgst__lt=AMOUNT_LIMIT)
                & models.Q(utgst__gte=0, utgst__lt=AMOUNT_LIMIT, igst__gte=0, igst__lt=AMOUNT_LIMIT),
                name="invoiceitem_taxes_in_range",
            ),
            models.CheckConstraint(
                condition=~models.Q(posted_as_tracked=True) | models.Q(item__isnull=False),
                name="invoiceitem_tracked_is_an_item",
            ),
            models.CheckConstraint(
                condition=models.Q(grni_value__isnull=True)
                | models.Q(grni_value__gte=0, grni_value__lt=AMOUNT_LIMIT)
                & (models.Q(purchase_line__isnull=False) | models.Q(receipt_line__isnull=False)),
                name="invoiceitem_grni_of_an_order",
            ),
            models.CheckConstraint(
                condition=models.Q(order_line__isnull=True, purchase_line__isnull=True)
                | models.Q(order_line__isnull=True, receipt_line__isnull=True)
                | models.Q(purchase_line__isnull=True, receipt_line__isnull=True),
                name="invoiceitem_of_one_order",
            ),
            models.CheckConstraint(
                condition=models.Q(account__isnull=True)
                | models.Q(order_line__isnull=True, purchase_line__isnull=True, receipt_line__isnull=True)
                & models.Q(grni_value__isnull=True)
                & ~models.Q(posted_as_tracked=True),
                name="invoiceitem_account_of_no_goods",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "order_line"],
                condition=models.Q(order_line__isnull=False),
                name="invoiceitem_by_order_line",
            ),
            models.Index(
                fields=["company", "purchase_line"],
                condition=models.Q(purchase_line__isnull=False),
                name="invoiceitem_by_purchase_line",
            ),
            models.Index(
                fields=["company", "receipt_line"],
                condition=models.Q(receipt_line__isnull=False),
                name="invoiceitem_by_receipt_line",
            ),
        ]
        triggers = [
            _lines_add_up(pgtrigger.Insert, guards.TOUCHED, new="touched"),
            _lines_add_up(pgtrigger.Update, guards.TOUCHED_OR_LEFT, old="before", new="touched"),
            _lines_add_up(pgtrigger.Delete, guards.TOUCHED, old="touched"),
            # The voucher and its notes are booked on it.
            pgtrigger.Trigger(
                name="account_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("account"),
                func=guards.LINE_ACCOUNT_STAYS,
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.item_code}"


class ContentSeal(CompanyModel):
    """What a posted revision of an invoice says, as a hash: written by the database at commit, compared ever after."""

    invoice = CompanyForeignKey(Invoice, related_name="+", db_index=False)
    revision = models.IntegerField()
    content_hash = models.BinaryField()

    class Meta:
        constraints = [
            unique_in_company("contentseal"),
            models.UniqueConstraint(fields=["company", "invoice", "revision"], name="contentseal_one_per_revision"),
        ]
        triggers = [APPEND_ONLY, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.revision}"
