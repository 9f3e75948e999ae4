"""What lies where, what is promised of it, and what it cost: balances, reservations, movements, layers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pgtrigger
from django.db import models

from accounting.models import Voucher
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, ScopedManager, unique_in_company
from erp.models.companies import Company
from erp.models.guards import APPEND_ONLY, NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT
from inventory import guards
from inventory.kinds import MovementKind, StockDocumentKind, StockDocumentStatus
from inventory.models.masters import Batch, Item, Warehouse


def _after_statement(
    name: str, operation: Any, func: str, variables: Mapping[str, str] = MappingProxyType({}), **tables: str
) -> pgtrigger.Trigger:
    """Judged once per statement, over all the rows that it wrote."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        declare=list(variables.items()),
        func=func,
    )


class StockBalance(CompanyModel):
    """What lies in a warehouse of an item, and what of it is reserved. Whoever locks this row owns its layers.

    `on_hand` follows the movements by trigger; quantities in the item's base unit.
    """

    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    warehouse = CompanyForeignKey(Warehouse, related_name="+", db_index=False)
    on_hand = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    reserved = models.DecimalField(max_digits=18, decimal_places=3, default=0)

    class Meta:
        constraints = [
            unique_in_company("stockbalance"),
            models.UniqueConstraint(fields=["company", "item", "warehouse"], name="stockbalance_one"),
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0, on_hand__gte=models.F("reserved"), on_hand__lt=AMOUNT_LIMIT),
                name="stockbalance_covers_reserved",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="begins", when=pgtrigger.Before, operation=pgtrigger.Insert, func=guards.BALANCE_BEGINS),
            pgtrigger.Trigger(
                name="follows", when=pgtrigger.Before, operation=pgtrigger.Update, func=guards.BALANCE_FOLLOWS
            ),
            pgtrigger.Trigger(
                name="reserved_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__reserved__df=pgtrigger.F("new__reserved")),
                func=guards.RESERVED_ADDS_UP_HERE,
            ),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.on_hand}"


class Reservation(CompanyModel):
    """Stock promised to an order line. One row per line; gone when posted or released. Ids tell which came first.

    `source_number` is what people call the source: the number of its order.
    """

    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    warehouse = CompanyForeignKey(Warehouse, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    source_kind = models.CharField(max_length=20)
    source_id = models.UUIDField()
    source_number = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        constraints = [
            unique_in_company("reservation"),
            models.UniqueConstraint(fields=["company", "source_kind", "source_id"], name="reservation_one_per_source"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, quantity__lt=AMOUNT_LIMIT), name="reservation_positive"
            ),
        ]
        indexes = [models.Index(fields=["company", "item", "warehouse"], name="reservation_by_item")]
        triggers = [
            _after_statement("adds_up_insert", pgtrigger.Insert, guards.RESERVED_ADDS_UP, new="written"),
            _after_statement("adds_up_update", pgtrigger.Update, guards.RESERVED_ADDS_UP_MOVED, old="before", new="written"),
            _after_statement("adds_up_delete", pgtrigger.Delete, guards.RESERVED_ADDS_UP, old="written"),
        ]

    def __str__(self) -> str:
        return f"{self.source_kind} {self.quantity}"


class StockMovement(models.Model):
    """Goods in (positive) or out (negative) of a warehouse, at their cost. Never changed; `value` in base currency."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    warehouse = CompanyForeignKey(Warehouse, related_name="+", db_index=False)
    kind = models.CharField(max_length=12)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    value = models.DecimalField(max_digits=18, decimal_places=2)
    booking_date = models.DateField()
    source_kind = models.CharField(max_length=20)
    source_id = models.UUIDField()
    source_line_id = models.UUIDField(null=True)
    voucher = CompanyForeignKey(Voucher, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "id"], name="stockmovement_company_id"),
            code_check("kind", MovementKind, "stockmovement_kind_known"),
            # Bounded above as well, because NaN is larger than every number.
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, quantity__lt=AMOUNT_LIMIT, value__gte=0, value__lt=AMOUNT_LIMIT)
                | models.Q(quantity__lt=0, value__lte=0),
                name="stockmovement_value_has_its_sign",
            ),
            models.CheckConstraint(
                condition=models.Q(voucher__isnull=False) | models.Q(kind="TRANSFER"),
                name="stockmovement_booked_but_transfers",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="SALE") | models.Q(quantity__lt=0, source_line_id__isnull=False),
                name="stockmovement_sale_of_a_line",
            ),
            # And voucher: a line that continues in the next revision of its invoice is issued again, by its next voucher.
            models.UniqueConstraint(
                fields=["company", "source_line_id", "voucher"],
                condition=models.Q(kind="SALE"),
                name="stockmovement_one_issue_per_line",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "item", "warehouse", "booking_date"], name="stockmovement_by_item"),
            models.Index(fields=["company", "booking_date", "id"], name="stockmovement_newest"),
            models.Index(fields=["company", "source_id"], name="stockmovement_by_source"),
            models.Index(fields=["company", "voucher"], name="stockmovement_by_voucher"),
            models.Index(
                fields=["company", "source_line_id"],
                condition=models.Q(kind="RECEIPT"),
                name="stockmovement_by_receipt_line",
            ),
        ]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            _after_statement(
                "on_hand_follows", pgtrigger.Insert, guards.ON_HAND_FOLLOWS, guards.ON_HAND_VARIABLES, new="written"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"


class StockLayer(CompanyModel):
    """Goods that came in together: their quantity, and their value (not a rounded unit cost, which would drift).

    `received_on` gives the place in the FIFO order, `booked_on` the first day it may be issued.
    """

    item = CompanyForeignKey(Item, related_name="+", db_index=False)
    warehouse = CompanyForeignKey(Warehouse, related_name="+", db_index=False)
    batch = CompanyForeignKey(Batch, null=True, related_name="+", db_index=False)
    received_on = models.DateField()
    booked_on = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    value = models.DecimalField(max_digits=18, decimal_places=2)
    quantity_left = models.DecimalField(max_digits=18, decimal_places=3)
    value_left = models.DecimalField(max_digits=18, decimal_places=2)
    movement = CompanyForeignKey(StockMovement, related_name="+", db_index=False)
    successor_of = CompanyForeignKey("self", null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            unique_in_company("stocklayer"),
            models.UniqueConstraint(fields=["company", "movement"], name="stocklayer_one_per_movement"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, quantity__lt=AMOUNT_LIMIT, value__gte=0, value__lt=AMOUNT_LIMIT)
                & models.Q(quantity_left__gte=0, quantity_left__lte=models.F("quantity"))
                & models.Q(value_left__gte=0, value_left__lte=models.F("value"))
                & (models.Q(quantity_left__gt=0) | models.Q(value_left=0)),
                name="stocklayer_left_within_what_came",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "item", "warehouse", "received_on", "id"],
                condition=models.Q(quantity_left__gt=0),
                name="stocklayer_usable",
            ),
            models.Index(
                fields=["company", "successor_of"],
                condition=models.Q(successor_of__isnull=False),
                name="stocklayer_by_predecessor",
            ),
            models.Index(fields=["company", "batch"], condition=models.Q(batch__isnull=False), name="stocklayer_by_batch"),
        ]
        triggers = [
            pgtrigger.Trigger(name="frozen", when=pgtrigger.Before, operation=pgtrigger.Update, func=guards.LAYER_FROZEN),
            pgtrigger.Trigger(name="begins_full", when=pgtrigger.Before, operation=pgtrigger.Insert, func=guards.LAYER_FULL),
            _after_statement("fits_movement", pgtrigger.Insert, guards.LAYER_BEGINS, new="written"),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"{self.received_on} {self.quantity_left}"


class LayerConsumption(models.Model):
    """What a movement took from a layer, at which cost; a restore is a row of the opposite sign naming the one it undoes."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    movement = CompanyForeignKey(StockMovement, related_name="+", db_index=False)
    layer = CompanyForeignKey(StockLayer, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    cost = models.DecimalField(max_digits=18, decimal_places=2)
    restores = CompanyForeignKey("self", null=True, related_name="+", db_index=False)

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "id"], name="layerconsumption_company_id"),
            models.CheckConstraint(
                condition=models.Q(
                    quantity__gt=0, quantity__lt=AMOUNT_LIMIT, cost__gte=0, cost__lt=AMOUNT_LIMIT, restores__isnull=True
                )
                | models.Q(quantity__lt=0, cost__lte=0, restores__isnull=False),
                name="layerconsumption_sign",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "movement"], name="layerconsumption_by_movement"),
            models.Index(fields=["company", "layer"], name="layerconsumption_by_layer"),
            models.Index(
                fields=["company", "restores"],
                condition=models.Q(restores__isnull=False),
                name="layerconsumption_restores",
            ),
            models.Index(
                fields=["company", "layer"],
                condition=models.Q(restores__isnull=False),
                name="layerconsumption_restored",
            ),
        ]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            _after_statement(
                "layers_follow", pgtrigger.Insert, guards.LAYERS_FOLLOW, guards.LAYERS_VARIABLES, new="written"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.cost}"


class StockDocument(CompanyModel):
    """A change of stock that is no purchase and no sale: opening stock, a count, damage, a transfer, a revaluation.

    Posted when it is made; then only its status changes, when it is reversed. A revaluation is of layers, wherever they
    lie, so it has no warehouse; goods go to a `destination` by transfer only, which books nothing and has no voucher.
    """

    number = models.CharField(max_length=16)
    kind = models.CharField(max_length=12)
    document_date = models.DateField()
    warehouse = CompanyForeignKey(Warehouse, null=True, related_name="+", db_index=False)
    destination = CompanyForeignKey(Warehouse, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=500, blank=True, default="")
    status = models.CharField(max_length=8, default=StockDocumentStatus.POSTED.value)
    reversal_reason = models.CharField(max_length=500, blank=True, default="")
    voucher = CompanyForeignKey(Voucher, null=True, related_name="+", db_index=False)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("stockdocument"),
            models.UniqueConstraint(fields=["company", "number"], name="stockdocument_number"),
            code_check("kind", StockDocumentKind, "stockdocument_kind_known"),
            code_check("status", StockDocumentStatus, "stockdocument_status_known"),
            models.CheckConstraint(
                condition=models.Q(kind="TRANSFER", warehouse__isnull=False, destination__isnull=False, voucher__isnull=True)
                & ~models.Q(warehouse=models.F("destination"))
                | models.Q(kind="REVALUATION", warehouse__isnull=True, destination__isnull=True)
                | ~models.Q(kind__in=["TRANSFER", "REVALUATION"])
                & models.Q(warehouse__isnull=False, destination__isnull=True),
                name="stockdocument_places_of_its_kind",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="stays", when=pgtrigger.Before, operation=pgtrigger.Update, func=guards.DOCUMENT_STAYS),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return self.number
