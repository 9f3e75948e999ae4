"""Sessions: who picked, packed and delivered an invoice, and who sent it back to billing. Never deleted.

Of each invoice and section at most one session is current, which is to say not CANCELLED.
"""

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from erp.fields import CompanyForeignKey, IdentityField
from erp.models import CompanyModel, StoredFile, User, unique_in_company
from erp.models.guards import NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import code_check
from fulfilment import guards
from fulfilment.models.couriers import Courier
from fulfilment.status import (
    ONLY_ASKED_FOR,
    UNENDED,
    CounterSubMode,
    DeliveryType,
    PackingStatus,
    PickingStatus,
    Section,
    SessionSource,
)
from invoices.models import Invoice
from invoices.status import DeliveryStatus

MOST_METRES = 1_000_000
_CURRENT = ~models.Q(status="CANCELLED")


def _kept(name: str, func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(name=name, when=pgtrigger.Before, operation=pgtrigger.Update, func=func)


_TRIGGERS = [
    NEVER_DELETED,
    NEVER_TRUNCATED,
    _kept("session_stays", guards.SESSION_STAYS),
    # Judged at commit, because the invoice and its sessions change by several statements.
    pgtrigger.Trigger(
        name="fits_invoice",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
        timing=pgtrigger.Deferred,
        func=guards.SESSION_FITS_INVOICE,
    ),
]


def _constraints(name: str, section: Section, statuses: Any) -> list[Any]:
    found = [status for status in statuses if status not in ONLY_ASKED_FOR]
    return [
        unique_in_company(name),
        models.UniqueConstraint(fields=["company", "serial"], name=f"{name}_serial"),
        models.UniqueConstraint(fields=["company", "invoice"], condition=_CURRENT, name=f"{name}_one_current"),
        code_check("status", found, f"{name}_status"),
        code_check("source", ["", *SessionSource], f"{name}_source"),
        models.CheckConstraint(
            condition=models.Q(status__in=UNENDED[section], ended_at__isnull=True)
            | ~models.Q(status__in=UNENDED[section]) & models.Q(ended_at__isnull=False),
            name=f"{name}_ends_with_its_work",
        ),
    ]


def _indexes(name: str) -> list[models.Index]:
    return [
        models.Index(fields=["company", "-created_at", "-serial"], name=f"{name}_newest"),
        models.Index(fields=["company", "invoice"], name=f"{name}_by_invoice"),
        models.Index(fields=["company", "ended_at"], name=f"{name}_ended"),
        models.Index(fields=["company", "worker"], condition=models.Q(ended_at__isnull=True), name=f"{name}_unended"),
    ]


class Session(CompanyModel):
    """What the sessions have in common.

    `serial` is the integer that ``/api/sales/`` shows as `id`. `acted_at` is when somebody last did something in it, which
    is what a lease counts from. Names are those of the time.
    """

    serial = IdentityField()
    invoice = CompanyForeignKey(Invoice, related_name="+", db_index=False)
    status = models.CharField(max_length=13)
    notes = models.CharField(max_length=2000, blank=True, default="")
    source = models.CharField(max_length=15, blank=True, default="")
    cancel_reason = models.CharField(max_length=2000, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    acted_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.serial} {self.status}"


class PickingSession(Session):
    """Somebody takes the goods of an invoice from their shelves."""

    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    worker_name = models.CharField(max_length=254)
    worker_email = models.CharField(max_length=254)

    class Meta:
        constraints = _constraints("pickingsession", Section.PICKING, PickingStatus)
        indexes = _indexes("pickingsession")
        triggers = [*_TRIGGERS, _kept("worker_stays", guards.WORKER_STAYS)]


class PackingSession(Session):
    """Somebody packs what was picked.

    `checking_by` is who counts it, `held_by` who lets it wait for other orders of the customer that is named. With
    `self_boxing` the packer boxes the trays himself. `courier` is who shall carry the parcels.
    """

    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    worker_name = models.CharField(max_length=254)
    worker_email = models.CharField(max_length=254)
    label_count = models.IntegerField(default=1)
    checking_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    checking_by_name = models.CharField(max_length=254, blank=True, default="", db_default="")
    consolidation_customer_name = models.CharField(max_length=255, blank=True, default="", db_default="")
    held_by_name = models.CharField(max_length=254, blank=True, default="", db_default="")
    held_by_email = models.CharField(max_length=254, blank=True, default="", db_default="")
    self_boxing = models.BooleanField(default=False, db_default=False)
    boxing_group_id = models.CharField(max_length=100, blank=True, default="", db_default="")
    courier = CompanyForeignKey(Courier, null=True, related_name="+", db_index=False)
    courier_name = models.CharField(max_length=150, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            *_constraints("packingsession", Section.PACKING, PackingStatus),
            models.CheckConstraint(
                condition=models.Q(label_count__gte=1, label_count__lte=999), name="packingsession_label_count"
            ),
            models.CheckConstraint(
                condition=models.Q(status="CHECKING_DONE") & ~models.Q(held_by_email="")
                | ~models.Q(status="CHECKING_DONE")
                & models.Q(held_by_email="", held_by_name="", consolidation_customer_name=""),
                name="packingsession_held_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(status="CHECKING", checking_by__isnull=False) | ~models.Q(status="CHECKING"),
                name="packingsession_checked_by_somebody",
            ),
        ]
        indexes = [
            *_indexes("packingsession"),
            models.Index(
                fields=["company", "boxing_group_id"],
                condition=~models.Q(boxing_group_id=""),
                name="packingsession_boxing_group",
            ),
        ]
        triggers = [
            *_TRIGGERS,
            _kept("worker_stays", guards.WORKER_STAYS),
            pgtrigger.Trigger(
                name="boxes_fit_session",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("status"),
                timing=pgtrigger.Deferred,
                func=guards.BOXES_FIT_SESSION,
            ),
        ]


class DeliverySession(Session):
    """The goods leave: over the counter, by a courier, or by one of our own people.

    `worker` is the driver of an INTERNAL delivery and nobody else, `delivered_by` who said that they arrived. What
    proves it is the courier's slip, or what the driver attached.
    """

    delivery_type = models.CharField(max_length=8)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    worker_name = models.CharField(max_length=254, blank=True, default="")
    worker_email = models.CharField(max_length=254, blank=True, default="")
    delivered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    delivered_by_name = models.CharField(max_length=254, blank=True, default="")
    delivered_by_email = models.CharField(max_length=254, blank=True, default="")
    courier = CompanyForeignKey(Courier, null=True, related_name="+", db_index=False)
    courier_name = models.CharField(max_length=150, blank=True, default="")
    tracking_no = models.CharField(max_length=100, blank=True, default="")
    box_weights = ArrayField(models.DecimalField(max_digits=18, decimal_places=3), default=list)
    counter_sub_mode = models.CharField(max_length=7, blank=True, default="")
    pickup_person_name = models.CharField(max_length=150, blank=True, default="")
    pickup_person_phone = models.CharField(max_length=30, blank=True, default="")
    pickup_company_name = models.CharField(max_length=255, blank=True, default="")
    pickup_company_id = models.CharField(max_length=100, blank=True, default="")
    latitude = models.DecimalField(max_digits=10, decimal_places=8, null=True)
    longitude = models.DecimalField(max_digits=11, decimal_places=8, null=True)
    location_address = models.CharField(max_length=500, blank=True, default="")
    location_accuracy = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    courier_slip = CompanyForeignKey(StoredFile, null=True, related_name="+", db_index=False)
    attachment = CompanyForeignKey(StoredFile, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            *_constraints("deliverysession", Section.DELIVERY, DeliveryStatus),
            code_check("delivery_type", DeliveryType, "deliverysession_type"),
            code_check("counter_sub_mode", ["", *CounterSubMode], "deliverysession_counter_sub_mode"),
            models.CheckConstraint(
                condition=models.Q(delivery_type="INTERNAL", worker__isnull=False)
                | ~models.Q(delivery_type="INTERNAL") & models.Q(worker__isnull=True, worker_email=""),
                name="deliverysession_driven_by_our_own",
            ),
            models.CheckConstraint(
                condition=models.Q(delivery_type="COURIER") | models.Q(courier__isnull=True, courier_name=""),
                name="deliverysession_carried_by_courier",
            ),
            models.CheckConstraint(
                condition=models.Q(delivery_type="COURIER") | models.Q(courier_slip__isnull=True),
                name="deliverysession_slip_of_a_courier",
            ),
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True) | models.Q(latitude__gte=-90, latitude__lte=90),
                name="deliverysession_latitude",
            ),
            models.CheckConstraint(
                condition=models.Q(longitude__isnull=True) | models.Q(longitude__gte=-180, longitude__lte=180),
                name="deliverysession_longitude",
            ),
            # Bounded above, because NaN is larger than every number.
            models.CheckConstraint(
                condition=models.Q(location_accuracy__isnull=True)
                | models.Q(location_accuracy__gte=0, location_accuracy__lt=MOST_METRES),
                name="deliverysession_location_accuracy",
            ),
        ]
        indexes = _indexes("deliverysession")
        triggers = _TRIGGERS


class BillingReturn(CompanyModel):
    """An invoice was sent back to billing: by whom, from where and why; later, what billing made of it."""

    serial = IdentityField()
    invoice = CompanyForeignKey(Invoice, related_name="+", db_index=False)
    section = models.CharField(max_length=8)
    reason = models.CharField(max_length=2000)
    returned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    returned_by_name = models.CharField(max_length=254)
    returned_by_email = models.CharField(max_length=254)
    returned_at = models.DateTimeField()
    goods_changed = models.BooleanField(null=True)
    resolution_notes = models.CharField(max_length=2000, blank=True, default="")
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    resolved_by_name = models.CharField(max_length=254, blank=True, default="")
    resolved_by_email = models.CharField(max_length=254, blank=True, default="")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            unique_in_company("billingreturn"),
            models.UniqueConstraint(fields=["company", "serial"], name="billingreturn_serial"),
            models.UniqueConstraint(
                fields=["company", "invoice"],
                condition=models.Q(resolved_at__isnull=True),
                name="billingreturn_one_unresolved",
            ),
            code_check("section", Section, "billingreturn_section"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="billingreturn_reason_given"),
            models.CheckConstraint(
                condition=models.Q(resolved_at__isnull=False, goods_changed__isnull=False)
                | models.Q(
                    resolved_at__isnull=True,
                    goods_changed__isnull=True,
                    resolution_notes="",
                    resolved_by__isnull=True,
                    resolved_by_name="",
                    resolved_by_email="",
                ),
                name="billingreturn_resolved_in_whole",
            ),
        ]
        indexes = [models.Index(fields=["company", "invoice", "-serial"], name="billingreturn_by_invoice")]
        triggers = [NEVER_DELETED, NEVER_TRUNCATED, _kept("return_stays", guards.RETURN_STAYS)]

    def __str__(self) -> str:
        return f"{self.serial} {self.section}"
