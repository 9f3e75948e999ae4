"""What was done to deliveries and to many invoices at once: written once, never changed."""

from django.db import models

from erp.fields import CompanyForeignKey, IdentityField
from erp.models import CompanyModel, User, unique_in_company
from erp.models.guards import APPEND_ONLY, NEVER_TRUNCATED
from fulfilment.models.couriers import Courier
from fulfilment.models.sessions import DeliverySession


class CourierChange(CompanyModel):
    """A parcel was given to another courier: by whom and why. Names are those of the time."""

    serial = IdentityField()
    session = CompanyForeignKey(DeliverySession, related_name="+", db_index=False)
    courier = CompanyForeignKey(Courier, related_name="+", db_index=False)
    old_courier_name = models.CharField(max_length=150, blank=True, default="")
    new_courier_name = models.CharField(max_length=150)
    reason = models.CharField(max_length=2000, blank=True, default="")
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    changed_by_name = models.CharField(max_length=254)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("courierchange"),
            models.UniqueConstraint(fields=["company", "serial"], name="courierchange_serial"),
        ]
        indexes = [models.Index(fields=["company", "session", "-serial"], name="courierchange_by_session")]
        triggers = [APPEND_ONLY, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"{self.old_courier_name} → {self.new_courier_name}"


class StatusRun(CompanyModel):
    """Many invoices were moved on by one decree; `invoices` are their rows as the answer had shown them."""

    serial = IdentityField()
    from_status = models.CharField(max_length=10)
    to_status = models.CharField(max_length=10)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    count = models.IntegerField()
    invoices = models.JSONField()
    performed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    performed_by_name = models.CharField(max_length=254)
    executed_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("statusrun"),
            models.UniqueConstraint(fields=["company", "serial"], name="statusrun_serial"),
            models.CheckConstraint(condition=models.Q(count__gte=0), name="statusrun_count"),
        ]
        triggers = [APPEND_ONLY, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"
