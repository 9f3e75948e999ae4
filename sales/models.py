"""Who we sell to, who sells, and what was ordered."""

from django.db import models

from accounting.gst import GstTreatment
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, User, unique_in_company
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT
from inventory.models import Order, OrderLine, PriceList


class Salesman(CompanyModel):
    """A seller, known by name, as the billing systems write it; linked to a user when he is one.

    An inactive one is named by no new document of ours; imports go on naming him.
    """

    name = models.CharField(max_length=150)
    code = models.CharField(max_length=50, blank=True, default="", db_default="")
    phone = models.CharField(max_length=30, blank=True, default="", db_default="")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    is_active = models.BooleanField(default=True, db_default=True)
    version = models.IntegerField(default=1, db_default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("salesman"),
            models.UniqueConstraint(fields=["company", "name"], name="salesman_name"),
            models.UniqueConstraint(fields=["company", "code"], condition=~models.Q(code=""), name="salesman_code"),
            models.CheckConstraint(condition=~models.Q(name=""), name="salesman_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class Customer(CompanyModel):
    """A buyer, known by code. An import writes only the fields it sends.

    `salesman` is whose his orders and invoices are, unless they say otherwise.
    """

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
    salesman = CompanyForeignKey(Salesman, null=True, related_name="+", db_index=False)
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


class SalesOrder(Order):
    """What a customer ordered. Its tax is an estimate: the invoice computes its own."""

    customer = CompanyForeignKey(Customer, related_name="+", db_index=False)
    salesman = CompanyForeignKey(Salesman, null=True, related_name="+", db_index=False)
    due_date = models.DateField(null=True)


class SalesOrderLine(OrderLine):
    """A line of a sales order."""

    order = CompanyForeignKey(SalesOrder, related_name="lines", db_index=False)
