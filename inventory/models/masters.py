"""What we sell and where it lies: units, warehouses, items, batches."""

import pgtrigger
from django.db import models

from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, unique_in_company
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT, QUANTITY_LIMIT, RATE_LIMIT
from inventory import guards
from inventory.kinds import IssueRule, ItemKind, TaxCategory
from inventory.uqc import UNIT_QUANTITY_CODES


class Uom(CompanyModel):
    """Unit of measure; `decimals` says how finely it may be counted, `uqc` what GST returns call it, if that is known."""

    code = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    decimals = models.SmallIntegerField(default=0)
    uqc = models.CharField(max_length=3, blank=True, default="", db_default="")
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            unique_in_company("uom"),
            code_check("uqc", ["", *sorted(UNIT_QUANTITY_CODES)], "uom_uqc_known"),
            models.UniqueConstraint(fields=["company", "code"], name="uom_code"),
            models.CheckConstraint(condition=models.Q(decimals__gte=0, decimals__lte=3), name="uom_decimals"),
        ]

    def __str__(self) -> str:
        return self.code


class Warehouse(CompanyModel):
    """A place that holds stock. One of a company's is the default; an inactive one is named by no new document."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=1000, blank=True, default="", db_default="")
    state_code = models.CharField(max_length=2, blank=True, default="")
    is_default = models.BooleanField(default=False)
    is_quarantine = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True, db_default=True)
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            unique_in_company("warehouse"),
            models.UniqueConstraint(fields=["company", "code"], name="warehouse_code"),
            models.UniqueConstraint(fields=["company"], condition=models.Q(is_default=True), name="warehouse_one_default"),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(is_quarantine=False, is_active=True),
                name="warehouse_default_serves",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Item(CompanyModel):
    """Goods or a service, known by SKU. An imported line meets its item by `sku = item_code`, when it is posted.

    `gst_rate` is the one it began with; which one holds on a day, `inventory.gst_rates` knows.
    """

    sku = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=2000, blank=True, default="", db_default="")
    hsn_code = models.CharField(max_length=8, blank=True, default="")
    gst_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    tax_category = models.CharField(max_length=10, default=TaxCategory.TAXABLE.value, db_default=TaxCategory.TAXABLE.value)
    uom = CompanyForeignKey(Uom, related_name="+")
    mrp = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    sale_rate = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    purchase_rate = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    kind = models.CharField(max_length=7, default=ItemKind.GOODS.value)
    tracked = models.BooleanField(default=True)
    batch_required = models.BooleanField(default=False)
    issue_rule = models.CharField(max_length=4, default=IssueRule.FIFO.value)
    reorder_level = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    version = models.IntegerField(default=1)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            unique_in_company("item"),
            models.UniqueConstraint(fields=["company", "sku"], name="item_sku"),
            # Bounded above as well, because NaN is larger than every number.
            models.CheckConstraint(condition=models.Q(mrp__gte=0, mrp__lt=RATE_LIMIT), name="item_mrp_in_range"),
            models.CheckConstraint(
                condition=models.Q(sale_rate__gte=0, sale_rate__lt=RATE_LIMIT), name="item_sale_rate_in_range"
            ),
            models.CheckConstraint(condition=models.Q(gst_rate__gte=0, gst_rate__lt=100), name="item_gst_rate"),
            code_check("kind", ItemKind, "item_kind_known"),
            code_check("tax_category", TaxCategory, "item_tax_category_known"),
            code_check("issue_rule", IssueRule, "item_issue_rule_known"),
            models.CheckConstraint(
                condition=~models.Q(kind="SERVICE") | models.Q(tracked=False), name="item_service_never_tracked"
            ),
            models.CheckConstraint(
                condition=models.Q(purchase_rate__gte=0, purchase_rate__lt=RATE_LIMIT), name="item_purchase_rate_in_range"
            ),
            models.CheckConstraint(
                condition=models.Q(reorder_level__gte=0, reorder_level__lt=AMOUNT_LIMIT), name="item_reorder_level_in_range"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="has_moved",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__tracked__df=pgtrigger.F("new__tracked"))
                | pgtrigger.Q(old__kind__df=pgtrigger.F("new__kind"))
                | pgtrigger.Q(old__uom__df=pgtrigger.F("new__uom")),
                func=guards.ITEM_HAS_MOVED,
            ),
            pgtrigger.Trigger(
                name="layers_have_batches",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__batch_required=False, new__batch_required=True),
                func=guards.LAYERS_HAVE_BATCHES,
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class ItemPack(CompanyModel):
    """A unit in which an item is also ordered and invoiced: one of it is `factor` of the item's own unit, exactly."""

    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    uom = CompanyForeignKey(Uom, related_name="+", db_index=False)
    factor = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        constraints = [
            unique_in_company("itempack"),
            models.UniqueConstraint(fields=["company", "item", "uom"], name="itempack_unit"),
            # Bounded above as well, because NaN is larger than every number.
            models.CheckConstraint(
                condition=models.Q(factor__gt=0, factor__lt=QUANTITY_LIMIT), name="itempack_factor_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.factor}"


class Batch(CompanyModel):
    """A production lot of an item, with its expiry. A blocked batch is in no free stock."""

    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    batch_no = models.CharField(max_length=100)
    expiry_date = models.DateField(null=True)
    is_blocked = models.BooleanField(default=False)
    block_reason = models.CharField(max_length=500, blank=True, default="")
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            unique_in_company("batch"),
            models.CheckConstraint(
                condition=models.Q(is_blocked=True) | models.Q(block_reason=""), name="batch_reason_while_blocked"
            ),
            models.UniqueConstraint(fields=["company", "item", "batch_no"], name="batch_number"),
        ]
        triggers = [
            pgtrigger.Trigger(name="frozen", when=pgtrigger.Before, operation=pgtrigger.Update, func=guards.BATCH_FROZEN)
        ]

    def __str__(self) -> str:
        return self.batch_no
