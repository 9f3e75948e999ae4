"""GST rates as a history: of an HSN code and all that it begins, and of a single item."""

from django.db import models

from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, unique_in_company
from erp.models.guards import NEVER_DELETED, NEVER_TRUNCATED
from inventory.models.masters import Item

_RATE_IN_RANGE = models.Q(gst_rate__gte=0, gst_rate__lt=100)
"""Bounded above as well, because NaN is larger than every number."""


class HsnRate(CompanyModel):
    """The GST rate (percent) of goods whose HSN code begins with this one, from a day on until the next row of the code."""

    hsn_code = models.CharField(max_length=8)
    gst_rate = models.DecimalField(max_digits=5, decimal_places=2)
    valid_from = models.DateField()
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            unique_in_company("hsnrate"),
            models.UniqueConstraint(fields=["company", "hsn_code", "valid_from"], name="hsnrate_one_a_day"),
            models.CheckConstraint(condition=models.Q(hsn_code__regex=r"^[0-9]{4,8}$"), name="hsnrate_code"),
            models.CheckConstraint(condition=_RATE_IN_RANGE, name="hsnrate_rate"),
        ]
        triggers = [NEVER_DELETED, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"{self.hsn_code} {self.valid_from}"


class ItemRate(CompanyModel):
    """The GST rate (percent) of an item from a day on, until its next row; null: from then on that of its HSN code.

    Before the first row the item's own column holds, which says what the item began with.
    """

    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    gst_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    valid_from = models.DateField()

    class Meta:
        constraints = [
            unique_in_company("itemrate"),
            models.UniqueConstraint(fields=["company", "item", "valid_from"], name="itemrate_one_a_day"),
            models.CheckConstraint(condition=models.Q(gst_rate__isnull=True) | _RATE_IN_RANGE, name="itemrate_rate"),
        ]
        triggers = [NEVER_DELETED, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"{self.item_id} {self.valid_from}"
