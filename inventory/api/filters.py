"""Filters of the lists of items, units, warehouses and stock documents."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from erp.api.filtering import DayFilter, FlagFilter, ListFilter, one_of, reference, search
from inventory.kinds import AdjustmentKind, MovementKind, PriceKind, StockDocumentStatus
from inventory.models import LayerConsumption, StockBalance, StockLayer


class ItemFilter(ListFilter):
    search = search("sku", "name", "hsn_code")
    sku = django_filters.CharFilter(max_length=100)
    hsn_code = django_filters.CharFilter(max_length=8)
    tracked = FlagFilter()
    is_active = FlagFilter()
    below_reorder = FlagFilter(method="by_below_reorder")

    def by_below_reorder(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Items of which less is on hand, over all warehouses, than their reorder level."""
        places = StockBalance.objects.of(self.request).filter(item=OuterRef("pk")).order_by().values("item")
        on_hand = Subquery(places.annotate(sum=Sum("on_hand")).values("sum"))
        rows = rows.annotate(on_hand=Coalesce(on_hand, 0, output_field=DecimalField()))
        below = {"on_hand__lt": F("reorder_level")}
        return rows.filter(**below) if value else rows.exclude(**below)


class HsnRateFilter(ListFilter):
    hsn_code = django_filters.CharFilter(max_length=8)
    begins_with = django_filters.CharFilter(field_name="hsn_code", lookup_expr="startswith", max_length=8)
    valid_from = DayFilter()


class PriceListFilter(ListFilter):
    search = search("name")
    kind = one_of(PriceKind)
    currency = reference("currency")
    is_default = FlagFilter()


class PriceFilter(ListFilter):
    item = reference("item")


class UomFilter(ListFilter):
    search = search("code", "name")


class WarehouseFilter(ListFilter):
    search = search("code", "name")
    is_active = FlagFilter()
    is_quarantine = FlagFilter()


class _DocumentFilter(ListFilter):
    start_date = DayFilter(field_name="document_date", lookup_expr="gte")
    end_date = DayFilter(field_name="document_date", lookup_expr="lte")
    search = search("number", "reason")
    status = one_of(StockDocumentStatus)


class AdjustmentFilter(_DocumentFilter):
    kind = one_of(AdjustmentKind)
    warehouse = reference("warehouse")


class TransferFilter(_DocumentFilter):
    from_warehouse = reference("warehouse")
    to_warehouse = reference("destination")


class RevaluationFilter(_DocumentFilter):
    pass


class BatchFilter(ListFilter):
    item = reference("item")
    batch_no = django_filters.CharFilter(max_length=100)
    expires_before = DayFilter(field_name="expiry_date", lookup_expr="lt")
    blocked = FlagFilter(field_name="is_blocked")


class MovementFilter(ListFilter):
    item = reference("item")
    warehouse = reference("warehouse")
    batch = django_filters.UUIDFilter(method="by_batch")
    source = reference("source")
    kind = one_of(MovementKind)
    start_date = DayFilter(field_name="booking_date", lookup_expr="gte")
    end_date = DayFilter(field_name="booking_date", lookup_expr="lte")

    def by_batch(self, rows: QuerySet[Any], name: str, value: UUID) -> QuerySet[Any]:
        """Movements that brought, took or put back something of the batch."""
        layers = StockLayer.objects.of(self.request).filter(batch_id=value)
        taken = LayerConsumption.objects.of(self.request).filter(layer__in=layers)
        return rows.filter(Q(id__in=layers.values("movement_id")) | Q(id__in=taken.values("movement_id")))
