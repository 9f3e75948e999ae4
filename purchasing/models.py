"""Who we buy from, what was ordered, and what came in."""

import pgtrigger
from django.db import models

from accounting.gst import GstTreatment
from accounting.models import Voucher
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, unique_in_company
from erp.models.guards import APPEND_ONLY, NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT, QUANTITY_LIMIT, RATE_LIMIT
from inventory.models import Item, Order, OrderLine, PriceList, StockLayer, Warehouse
from purchasing import guards
from purchasing.status import ReceiptStatus


class Supplier(CompanyModel):
    """A seller whom we owe, known by code. `credit_limit` is what he lets us owe, `credit_hold` stops new orders to him."""

    code = models.CharField(max_length=50)
    name = models.CharField(max_length=255)
    gstin = models.CharField(max_length=15, blank=True, default="")
    gst_treatment = models.CharField(max_length=12, default=GstTreatment.UNREGISTERED.value)
    state_code = models.CharField(max_length=2, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    phone = models.CharField(max_length=30, blank=True, default="")
    billing_address = models.CharField(max_length=1000, blank=True, default="")
    shipping_address = models.CharField(max_length=1000, blank=True, default="")
    credit_limit = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    credit_hold = models.BooleanField(default=False)
    credit_days = models.SmallIntegerField(default=30)
    price_list = CompanyForeignKey(PriceList, null=True, related_name="+", db_index=False)
    is_active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("supplier"),
            models.UniqueConstraint(fields=["company", "code"], name="supplier_code"),
            models.CheckConstraint(condition=~models.Q(code=""), name="supplier_code_given"),
            code_check("gst_treatment", GstTreatment, "supplier_gst_treatment_known"),
            models.CheckConstraint(
                condition=models.Q(credit_limit__gte=0, credit_limit__lt=AMOUNT_LIMIT, credit_days__gte=0),
                name="supplier_credit_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PurchaseOrder(Order):
    """What we ordered of a supplier. Its tax is an estimate: the bill says its own."""

    supplier = CompanyForeignKey(Supplier, related_name="+", db_index=False)
    expected_date = models.DateField(null=True)


class PurchaseOrderLine(OrderLine):
    """A line of a purchase order: of `quantity`, `received_qty` came by receipts that stand, at `received_value`.

    What is on posted bills took `billed_value` of what was received, or is to be received, out of GRNI; both values in base
    currency. What is received and what is billed meet: where the quantities are alike, so are the values, and the one that
    is ahead has the larger value.
    """

    order = CompanyForeignKey(PurchaseOrder, related_name="lines", db_index=False)
    received_qty = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    received_value = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    billed_value = models.DecimalField(max_digits=18, decimal_places=2, default=0)

    class Meta:
        constraints = [
            *OrderLine.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(received_qty__gte=0) & models.Q(received_qty__lte=models.F("quantity")),
                name="purchaseorderline_received_within",
            ),
            models.CheckConstraint(
                condition=models.Q(received_value__gte=0, received_value__lt=AMOUNT_LIMIT)
                & models.Q(billed_value__gte=0, billed_value__lt=AMOUNT_LIMIT)
                & (
                    models.Q(received_qty=models.F("posted_qty"), received_value=models.F("billed_value"))
                    | models.Q(received_qty__gt=models.F("posted_qty"), received_value__gte=models.F("billed_value"))
                    | models.Q(received_qty__lt=models.F("posted_qty"), received_value__lte=models.F("billed_value"))
                ),
                name="purchaseorderline_received_meets_billed",
            ),
        ]


class GoodsReceipt(CompanyModel):
    """Goods that came from a supplier, posted when it is made. Cost in base currency, as the layers have it.

    Said once: only its status changes, when it is reversed.
    """

    receipt_number = models.CharField(max_length=16)
    receipt_date = models.DateField()
    supplier = CompanyForeignKey(Supplier, related_name="+", db_index=False)
    purchase_order = CompanyForeignKey(PurchaseOrder, null=True, related_name="+", db_index=False)
    warehouse = CompanyForeignKey(Warehouse, related_name="+", db_index=False)
    supplier_reference = models.CharField(max_length=64, blank=True, default="")
    status = models.CharField(max_length=8, default=ReceiptStatus.POSTED.value)
    voucher = CompanyForeignKey(Voucher, related_name="+", db_index=False)
    total_cost = models.DecimalField(max_digits=18, decimal_places=2)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("goodsreceipt"),
            models.UniqueConstraint(fields=["company", "receipt_number"], name="goodsreceipt_number"),
            code_check("status", ReceiptStatus, "goodsreceipt_status_known"),
            models.CheckConstraint(
                condition=models.Q(total_cost__gte=0, total_cost__lt=AMOUNT_LIMIT), name="goodsreceipt_cost_in_range"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-receipt_date", "-id"], name="goodsreceipt_newest"),
            models.Index(fields=["company", "supplier"], name="goodsreceipt_by_supplier"),
            models.Index(
                fields=["company", "purchase_order"],
                condition=models.Q(purchase_order__isnull=False),
                name="goodsreceipt_by_order",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="stays", when=pgtrigger.Before, operation=pgtrigger.Update, func=guards.RECEIPT_STAYS),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return self.receipt_number


class GoodsReceiptLine(CompanyModel):
    """What came of an item, and the layer that it made. Never changed."""

    receipt = CompanyForeignKey(GoodsReceipt, related_name="lines", db_index=False)
    line_no = models.IntegerField()
    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    order_line = CompanyForeignKey(PurchaseOrderLine, null=True, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit_cost = models.DecimalField(max_digits=18, decimal_places=4)
    cost = models.DecimalField(max_digits=18, decimal_places=2)
    layer = CompanyForeignKey(StockLayer, related_name="+", db_index=False)
    manufactured_on = models.DateField(null=True)

    class Meta:
        constraints = [
            unique_in_company("goodsreceiptline"),
            models.UniqueConstraint(fields=["company", "receipt", "line_no"], name="goodsreceiptline_line_no"),
            models.UniqueConstraint(fields=["company", "layer"], name="goodsreceiptline_one_per_layer"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, quantity__lt=QUANTITY_LIMIT)
                & models.Q(unit_cost__gte=0, unit_cost__lt=RATE_LIMIT, cost__gte=0, cost__lt=AMOUNT_LIMIT),
                name="goodsreceiptline_in_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "order_line"],
                condition=models.Q(order_line__isnull=False),
                name="goodsreceiptline_by_order_line",
            )
        ]
        triggers = [APPEND_ONLY, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"{self.line_no} {self.quantity}"
