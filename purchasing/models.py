"""Who we buy from."""

from django.db import models

from accounting.gst import GstTreatment
from erp.models import CompanyModel, unique_in_company
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT


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
