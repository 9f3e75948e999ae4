"""Price lists: what items cost, in a currency, from a quantity and a day on."""

from django.db import models

from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, Currency, unique_in_company
from erp.models.scoped import code_check
from erp.money import QUANTITY_LIMIT, RATE_LIMIT
from inventory.kinds import PriceKind
from inventory.models.masters import Item

_DAYS_IN_ORDER = (
    models.Q(valid_from__isnull=True) | models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from"))
)


class PriceList(CompanyModel):
    """Prices of one currency to sell or to buy at, valid between two days (both included; null: open).

    One of a kind and currency may be the default.
    """

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    is_default = models.BooleanField(default=False)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            unique_in_company("pricelist"),
            models.UniqueConstraint(fields=["company", "kind", "name"], name="pricelist_name"),
            models.UniqueConstraint(
                fields=["company", "kind", "currency"], condition=models.Q(is_default=True), name="pricelist_one_default"
            ),
            code_check("kind", PriceKind, "pricelist_kind_known"),
            models.CheckConstraint(condition=_DAYS_IN_ORDER, name="pricelist_days_in_order"),
        ]

    def __str__(self) -> str:
        return self.name


class Price(CompanyModel):
    """What a base unit of an item costs when `min_quantity` or more is ordered, less a discount in percent."""

    price_list = CompanyForeignKey(PriceList, related_name="+", db_index=False)
    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    min_quantity = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    unit_rate = models.DecimalField(max_digits=18, decimal_places=4)
    discount_pct = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            unique_in_company("price"),
            models.UniqueConstraint(
                fields=["company", "price_list", "item", "min_quantity", "valid_from"],
                nulls_distinct=False,
                name="price_one_from_a_day",
            ),
            models.CheckConstraint(condition=_DAYS_IN_ORDER, name="price_days_in_order"),
            # Bounded above as well, because NaN is larger than every number.
            models.CheckConstraint(
                condition=models.Q(min_quantity__gte=0, min_quantity__lt=QUANTITY_LIMIT)
                & models.Q(unit_rate__gte=0, unit_rate__lt=RATE_LIMIT, discount_pct__gte=0, discount_pct__lte=100),
                name="price_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.unit_rate}"
