"""Who we sell to, who sells, and what was ordered."""

from django.db import models

from accounting.gst import GstTreatment
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, Currency, User, unique_in_company
from erp.models.guards import NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT
from inventory.models import Item, PriceList, Uom, Warehouse
from inventory.order_status import OrderStatus


class Customer(CompanyModel):
    """A buyer, known by code. An import writes only the fields it sends."""

    code = models.CharField(max_length=50)
    name = models.CharField(max_length=255)
    area = models.CharField(max_length=150, blank=True, default="", db_default="")
    address1 = models.CharField(max_length=500, blank=True, default="", db_default="")
    address2 = models.CharField(max_length=500, blank=True, default="", db_default="")
    address3 = models.CharField(max_length=500, blank=True, default="", db_default="")
    pincode = models.CharField(max_length=10, blank=True, default="", db_default="")
    phone1 = models.CharField(max_length=30, blank=True, default="", db_default="")
    phone2 = models.CharField(max_length=30, blank=True, default="", db_default="")
    email = models.CharField(max_length=254, blank=True, default="", db_default="")
    gstin = models.CharField(max_length=15, blank=True, default="", db_default="")
    gst_treatment = models.CharField(
        max_length=12, default=GstTreatment.UNREGISTERED.value, db_default=GstTreatment.UNREGISTERED.value
    )
    state_code = models.CharField(max_length=2, blank=True, default="", db_default="")
    billing_address = models.CharField(max_length=1000, blank=True, default="", db_default="")
    shipping_address = models.CharField(max_length=1000, blank=True, default="", db_default="")
    credit_limit = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)
    credit_hold = models.BooleanField(default=False, db_default=False)
    credit_days = models.SmallIntegerField(default=30, db_default=30)
    price_list = CompanyForeignKey(PriceList, null=True, related_name="+", db_index=False)
    is_active = models.BooleanField(default=True, db_default=True)
    version = models.IntegerField(default=1, db_default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("customer"),
            models.UniqueConstraint(fields=["company", "code"], name="customer_code"),
            models.CheckConstraint(condition=~models.Q(code=""), name="customer_code_given"),
            code_check("gst_treatment", GstTreatment, "customer_gst_treatment_known"),
            models.CheckConstraint(
                condition=models.Q(credit_limit__gte=0, credit_limit__lt=AMOUNT_LIMIT, credit_days__gte=0),
                name="customer_credit_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Salesman(CompanyModel):
    """A seller, known by name, as the billing systems write it; linked to a user when he is one."""

    name = models.CharField(max_length=150)
    phone = models.CharField(max_length=30, blank=True, default="", db_default="")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("salesman"),
            models.UniqueConstraint(fields=["company", "name"], name="salesman_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="salesman_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class SalesOrder(CompanyModel):
    """What a customer ordered. Amounts in the order's currency; its tax is an estimate, the invoice computes its own."""

    order_number = models.CharField(max_length=16)
    order_date = models.DateField()
    due_date = models.DateField(null=True)
    customer = CompanyForeignKey(Customer, related_name="+", db_index=False)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    price_list = CompanyForeignKey(PriceList, null=True, related_name="+", db_index=False)
    salesman = CompanyForeignKey(Salesman, null=True, related_name="+", db_index=False)
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
        constraints = [
            unique_in_company("salesorder"),
            models.UniqueConstraint(fields=["company", "order_number"], name="salesorder_number"),
            code_check("status", OrderStatus, "salesorder_status_known"),
            models.CheckConstraint(
                condition=models.Q(total_amount=models.F("subtotal") - models.F("discount_amount") + models.F("tax_amount"))
                & models.Q(total_amount__gte=0, total_amount__lt=AMOUNT_LIMIT, discount_amount__gte=0)
                & models.Q(discount_amount__lte=models.F("subtotal"), subtotal__lt=AMOUNT_LIMIT)
                & models.Q(tax_amount__gte=0, tax_amount__lt=AMOUNT_LIMIT),
                name="salesorder_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["company", "-order_date", "-id"], name="salesorder_newest")]
        triggers = [NEVER_DELETED, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return self.order_number


class SalesOrderLine(CompanyModel):
    """A line of an order: of `quantity` (base unit), `invoiced_qty` is on live invoices and `posted_qty` posted."""

    order = CompanyForeignKey(SalesOrder, related_name="lines", db_index=False)
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
        constraints = [
            unique_in_company("salesorderline"),
            models.UniqueConstraint(fields=["company", "order", "line_no"], name="salesorderline_line_no"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0, quantity__lt=10**9), name="salesorderline_quantity"),
            models.CheckConstraint(
                condition=models.Q(posted_qty__gte=0)
                & models.Q(posted_qty__lte=models.F("invoiced_qty"))
                & models.Q(invoiced_qty__lte=models.F("quantity")),
                name="salesorderline_posted_within_invoiced",
            ),
            models.CheckConstraint(
                condition=models.Q(unit_rate__gte=0, unit_rate__lt=10**10, discount_pct__gte=0, discount_pct__lte=100),
                name="salesorderline_rate",
            ),
            models.CheckConstraint(
                condition=models.Q(line_total__gte=0, line_total__lt=AMOUNT_LIMIT)
                & models.Q(tax_amount__gte=0, tax_amount__lt=AMOUNT_LIMIT)
                & (models.Q(gst_rate__isnull=True) | models.Q(gst_rate__gte=0, gst_rate__lt=100)),
                name="salesorderline_amounts_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.quantity}"
