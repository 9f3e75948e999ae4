"""What goods turned out to be worth, over HTTP: ``/api/inventory/revaluations/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.bodies import given
from erp.rights import Right
from inventory.api.bodies import RevaluationBody
from inventory.api.document_operations import GET_REVALUATION, LIST_REVALUATIONS, REVALUE_STOCK, REVERSE_REVALUATION
from inventory.api.documents import StockDocumentDetailView, StockDocumentReverseView, StockDocumentView
from inventory.api.filters import RevaluationFilter
from inventory.kinds import StockDocumentKind
from inventory.revaluing import RevaluedLine, revalue_stock


class RevaluationListView(StockDocumentView):
    """GET the revaluations, newest first; POST one."""

    missing = "Revaluation not found"
    kinds = (StockDocumentKind.REVALUATION,)
    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": RevaluationBody}
    operations: ClassVar = {"GET": LIST_REVALUATIONS, "POST": REVALUE_STOCK}

    def get(self, request: Request) -> HttpResponse:
        return self.documents(RevaluationFilter)

    def post(self, request: Request) -> HttpResponse:
        body = self.body(RevaluationBody)
        answer = revalue_stock.answer(
            self.terms(self.shown_with_warnings, status=201),
            document_date=body.date.plain(),
            lines=[RevaluedLine(**given(line)) for line in body.lines],
            reason=body.reason,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer, location="/api/inventory/revaluations/")


class RevaluationDetailView(StockDocumentDetailView):
    """GET a whole revaluation."""

    missing = "Revaluation not found"
    kinds = (StockDocumentKind.REVALUATION,)
    operations: ClassVar = {"GET": GET_REVALUATION}


class RevaluationReverseView(StockDocumentReverseView):
    """POST: take a revaluation back."""

    missing = "Revaluation not found"
    kinds = (StockDocumentKind.REVALUATION,)
    operations: ClassVar = {"POST": REVERSE_REVALUATION}
