"""Filters of the lists of webhooks and of their deliveries."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from erp.api.filtering import FlagFilter, ListFilter, one_of, search
from erp.webhooks.states import DeliveryState


class WebhookFilter(ListFilter):
    search = search("url")
    is_active = FlagFilter(method="by_active")

    def by_active(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(paused_at__isnull=value)


class DeliveryFilter(ListFilter):
    state = one_of(DeliveryState)
    type = django_filters.CharFilter(max_length=40)
    subject = django_filters.UUIDFilter(field_name="subject_id")
