"""What came and went, over HTTP: ``/api/inventory/movements/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.resources import ResourceView
from erp.rights import Right
from inventory.api.batch_operations import LIST_MOVEMENTS
from inventory.api.filters import MovementFilter
from inventory.movement_queries import movements, show_movements


class MovementListView(ResourceView):
    """GET the movements, the latest day first; what they are worth is for those who may see costs."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": LIST_MOVEMENTS}

    def get(self, request: Request) -> HttpResponse:
        company, with_cost = self.actor.company_id, self.may(Right.SEE_COST)
        return self.listed(
            movements(company),
            lambda rows: show_movements(company, rows, with_cost=with_cost),
            filters=MovementFilter,
            columns=("booking_date", "id"),
        )
