"""Batches over HTTP: ``/api/inventory/batches/``."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.filtering import refuse_unknown
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
from erp.problems import ValidationFailed
from erp.rights import Right
from inventory.api.batch_operations import BLOCK_BATCH, GET_BATCH, LIST_BATCHES, SHOW_EXPIRING, UNBLOCK_BATCH
from inventory.api.bodies import BlockBody
from inventory.api.filters import BatchFilter
from inventory.batch_queries import batches, expiring_batches, read_batch, show_batch, show_batches
from inventory.blocking import block_batch

MOST_DAYS = 36_500


class BatchView(ResourceView):
    missing = "Batch not found"


class BatchListView(BatchView):
    """GET the batches, newest first, with what there is of each."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": LIST_BATCHES}

    def get(self, request: Request) -> HttpResponse:
        company = self.actor.company_id
        return self.listed(batches(company), lambda rows: show_batches(company, rows), filters=BatchFilter)


class BatchDetailView(BatchView):
    """GET one batch."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": GET_BATCH}

    def get(self, request: Request, batch_id: str) -> HttpResponse:
        wanted = self.path_id(batch_id)
        return self.found(lambda: read_batch(self.actor.company_id, wanted))


class BatchBlockView(BatchView):
    """POST: block the batch."""

    blocked: ClassVar[bool] = True
    rights: ClassVar = {"POST": Right.KEEP_STOCK}
    bodies: ClassVar = {"POST": BlockBody}
    operations: ClassVar = {"POST": BLOCK_BATCH}

    def post(self, request: Request, batch_id: str) -> HttpResponse:
        wanted, body = self.path_id(batch_id), self.body(BlockBody)
        answer = block_batch.answer(
            self.terms(lambda batch: show_batch(self.actor.company_id, batch.id)),
            batch_id=wanted,
            blocked=self.blocked,
            reason=body.reason,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class BatchUnblockView(BatchBlockView):
    """POST: sell of the batch again."""

    blocked = False
    operations: ClassVar = {"POST": UNBLOCK_BATCH}


class ExpiringView(BatchView):
    """GET what expires soon, and what has expired."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": SHOW_EXPIRING}

    def get(self, request: Request) -> HttpResponse:
        params = request._request.GET
        refuse_unknown(params, frozenset({"within_days", "_"}))
        text = params.get("within_days") or "90"
        if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MOST_DAYS):
            raise ValidationFailed(errors={"within_days": [f"Must be a whole number up to {MOST_DAYS}."]})
        with scoped_read(self.actor):
            rows = expiring_batches(self.actor.company_id, today=self.today, within_days=int(text))
        answer: dict[str, Any] = {
            "within_days": int(text),
            "currency_code": self.actor.company.base_currency.code,
            "rows": rows,
        }
        return json_response(answer)
