"""Trays, and what lies in them: a tray that is in use is a box of one packing session, and of no other."""

import pgtrigger
from django.db import models

from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, unique_in_company
from erp.models.guards import NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import QUANTITY_LIMIT
from fulfilment import guards
from fulfilment.models.sessions import PackingSession
from fulfilment.status import TrayStatus
from invoices.models import InvoiceItem


class Tray(CompanyModel):
    """A tray that goes round in the warehouse, known by the code that is scanned."""

    tray_code = models.CharField(max_length=50)
    status = models.CharField(max_length=8, default=TrayStatus.ACTIVE.value)
    remarks = models.CharField(max_length=2000, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("tray"),
            models.UniqueConstraint(fields=["company", "tray_code"], name="tray_code"),
            models.CheckConstraint(condition=~models.Q(tray_code=""), name="tray_code_given"),
            code_check("status", TrayStatus, "tray_status"),
        ]

    def __str__(self) -> str:
        return self.tray_code


class Box(CompanyModel):
    """A tray on its way with the goods of one invoice, from its first draft until it is freed; then it is history.

    `tray_code` is the tray's at the time; history keeps it when the tray itself is forgotten.
    """

    session = CompanyForeignKey(PackingSession, related_name="+", db_index=False)
    tray = CompanyForeignKey(Tray, null=True, related_name="+", db_index=False)
    tray_code = models.CharField(max_length=50)
    is_sealed = models.BooleanField(default=False)
    sealed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            unique_in_company("box"),
            models.UniqueConstraint(
                fields=["company", "tray"], condition=models.Q(freed_at__isnull=True), name="box_one_per_tray"
            ),
            models.CheckConstraint(
                condition=models.Q(tray__isnull=False) | models.Q(freed_at__isnull=False), name="box_is_a_tray"
            ),
            models.CheckConstraint(
                condition=models.Q(is_sealed=True, sealed_at__isnull=False)
                | models.Q(is_sealed=False, sealed_at__isnull=True),
                name="box_sealed_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "session"], name="box_by_session"),
            models.Index(fields=["company", "tray"], name="box_by_tray"),
        ]
        triggers = [
            NEVER_TRUNCATED,
            pgtrigger.Trigger(
                name="box_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=guards.BOX_STAYS,
            ),
            pgtrigger.Trigger(
                name="boxes_fit_session",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func=guards.BOX_FITS_SESSION,
            ),
        ]

    def __str__(self) -> str:
        return self.tray_code


class BoxItem(CompanyModel):
    """So much of a line of the invoice lies in the box. It goes with its line."""

    box = CompanyForeignKey(Box, related_name="items", db_index=False)
    invoice_item = CompanyForeignKey(InvoiceItem, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        constraints = [
            unique_in_company("boxitem"),
            models.UniqueConstraint(fields=["company", "box", "invoice_item"], name="boxitem_one_per_line"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0, quantity__lt=QUANTITY_LIMIT), name="boxitem_quantity"),
        ]
        indexes = [models.Index(fields=["company", "invoice_item"], name="boxitem_by_line")]
        triggers = [
            NEVER_TRUNCATED,
            pgtrigger.Trigger(
                name="content_of_its_invoice",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=guards.CONTENT_OF_ITS_INVOICE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity}"
