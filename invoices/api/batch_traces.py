"""Where a batch came from and where it went, over HTTP: ``/api/inventory/batches/{id}/trace/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.describing import shows
from erp.api.resources import ResourceView
from erp.rights import Right
from invoices.batch_trace import BatchTracePayload, trace_batch

TRACE_BATCH = shows(
    "trace_batch",
    "From which receipts a batch came, to which invoices and parties it went, and what came back.",
    BatchTracePayload,
    ids={"batch_id": "Id of the batch."},
)


class BatchTraceView(ResourceView):
    """GET where a batch came from and where it went."""

    missing = "Batch not found"
    rights: ClassVar = {"GET": Right.TRACE_BATCHES}
    operations: ClassVar = {"GET": TRACE_BATCH}

    def get(self, request: Request, batch_id: str) -> HttpResponse:
        wanted = self.path_id(batch_id)
        return self.found(lambda: trace_batch(self.actor.company_id, wanted))
