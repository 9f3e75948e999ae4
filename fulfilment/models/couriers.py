"""Couriers: who carries parcels for the company."""

from django.db import models

from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, StoredFile, unique_in_company
from erp.models.scoped import code_check
from fulfilment.status import CourierStatus, CourierType


class Courier(CompanyModel):
    """Who carries parcels for the company."""

    courier_code = models.CharField(max_length=50)
    courier_name = models.CharField(max_length=150)
    type = models.CharField(max_length=8)
    status = models.CharField(max_length=8, default=CourierStatus.ACTIVE.value)
    contact_person = models.CharField(max_length=150, blank=True, default="")
    phone = models.CharField(max_length=30)
    alt_phone = models.CharField(max_length=30, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    address = models.CharField(max_length=2000, blank=True, default="")
    cod_supported = models.BooleanField(default=False)
    remarks = models.CharField(max_length=2000, blank=True, default="")
    logo = CompanyForeignKey(StoredFile, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("courier"),
            models.UniqueConstraint(fields=["company", "courier_code"], name="courier_code"),
            models.CheckConstraint(condition=~models.Q(courier_code=""), name="courier_code_given"),
            code_check("type", CourierType, "courier_type"),
            code_check("status", CourierStatus, "courier_status"),
        ]

    def __str__(self) -> str:
        return self.courier_code
