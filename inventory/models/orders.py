"""What orders have in common, sold or bought. The tables stand in `sales` and `purchasing`."""

from django.db import models

from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, Currency, unique_in_company
from erp.models.guards import NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT, QUANTITY_LIMIT, RATE_LIMIT
from inventory.models.masters import Item, Uom, Warehouse
from inventory.models.prices import PriceList
from inventory.order_status import OrderStatus


class Order(CompanyModel):
    """An order and the totals that follow from its lines; amounts in its currency, the tax an estimate."""

    order_number = models.CharField(max_length=16)
    order_date = models.DateField()
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    price_list = CompanyForeignKey(PriceList, null=True, related_name="+", db_index=False)
    warehouse = CompanyForeignKey(Warehouse, related_name="+", db_index=False)
    status = models.CharField(max_length=11, default=OrderStatus.DRAFT.value)
    subtotal = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    discount_amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    tax_amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    total_amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    shipping_address = models.CharField(max_length=1000, blank=True, default="")
    billing_address = models.CharField(max_length=1000, blank=True, default="")
    payment_terms = models.CharField(max_length=255, blank=True, default="")
    notes = models.CharField(max_length=2000, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    invoiced_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            unique_in_company("%(class)s"),
            models.UniqueConstraint(fields=["company", "order_number"], name="%(class)s_number"),
            code_check("status", OrderStatus, "%(class)s_status_known"),
            models.CheckConstraint(
                condition=models.Q(total_amount=models.F("subtotal") - models.F("discount_amount") + models.F("tax_amount"))
                & models.Q(total_amount__gte=0, total_amount__lt=AMOUNT_LIMIT, discount_amount__gte=0)
                & models.Q(discount_amount__lte=models.F("subtotal"), subtotal__lt=AMOUNT_LIMIT)
                & models.Q(tax_amount__gte=0, tax_amount__lt=AMOUNT_LIMIT),
                name="%(class)s_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["company", "-order_date", "-id"], name="%(class)s_newest")]
        triggers = [NEVER_DELETED, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return self.order_number


class OrderLine(CompanyModel):
    """A line of an order: of `quantity` (base unit), `invoiced_qty` is on live invoices and `posted_qty` posted.

    `line_total` is net of the line's own discount; it and the tax have two places. Whose order it is says the table.
    """

    line_no = models.IntegerField()
    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    description = models.CharField(max_length=500, blank=True, default="")
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    uom = CompanyForeignKey(Uom, related_name="+", db_index=False)
    unit_rate = models.DecimalField(max_digits=18, decimal_places=4)
    discount_pct = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    gst_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    line_total = models.DecimalField(max_digits=18, decimal_places=2)
    tax_amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    invoiced_qty = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    posted_qty = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    notes = models.CharField(max_length=2000, blank=True, default="")

    class Meta:
        abstract = True
        constraints = [
            unique_in_company("%(class)s"),
            models.UniqueConstraint(fields=["company", "order", "line_no"], name="%(class)s_line_no"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, quantity__lt=QUANTITY_LIMIT), name="%(class)s_quantity"
            ),
            models.CheckConstraint(
                condition=models.Q(posted_qty__gte=0)
                & models.Q(posted_qty__lte=models.F("invoiced_qty"))
                & models.Q(invoiced_qty__lte=models.F("quantity")),
                name="%(class)s_posted_within_invoiced",
            ),
            models.CheckConstraint(
                condition=models.Q(unit_rate__gte=0, unit_rate__lt=RATE_LIMIT, discount_pct__gte=0, discount_pct__lte=100),
                name="%(class)s_rate",
            ),
            models.CheckConstraint(
                condition=models.Q(line_total__gte=0, line_total__lt=AMOUNT_LIMIT)
                & models.Q(tax_amount__gte=0, tax_amount__lt=AMOUNT_LIMIT)
                & (models.Q(gst_rate__isnull=True) | models.Q(gst_rate__gte=0, gst_rate__lt=100)),
                name="%(class)s_amounts_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.quantity}"
