"""What we sell: items, their units, and where they lie."""

from django.db import models

from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, unique_in_company
from erp.money import RATE_LIMIT


class Uom(CompanyModel):
    """Unit of measure; `decimals` says how finely it may be counted."""

    code = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    decimals = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            unique_in_company("uom"),
            models.UniqueConstraint(fields=["company", "code"], name="uom_code"),
            models.CheckConstraint(condition=models.Q(decimals__gte=0, decimals__lte=3), name="uom_decimals"),
        ]

    def __str__(self) -> str:
        return self.code


class Warehouse(CompanyModel):
    """A place that holds stock. One of a company's is the default."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            unique_in_company("warehouse"),
            models.UniqueConstraint(fields=["company", "code"], name="warehouse_code"),
            models.UniqueConstraint(fields=["company"], condition=models.Q(is_default=True), name="warehouse_one_default"),
        ]

    def __str__(self) -> str:
        return self.code


class Item(CompanyModel):
    """Goods or a service, known by SKU. An imported line meets its item by `sku = item_code`, when it is posted."""

    sku = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    hsn_code = models.CharField(max_length=8, blank=True, default="")
    gst_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    uom = CompanyForeignKey(Uom, related_name="+")
    mrp = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    sale_rate = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    tracked = models.BooleanField(default=True)
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
        ]

    def __str__(self) -> str:
        return self.sku
