"""What the views of stock documents share, whatever their kind."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from accounting.api.bodies import ReverseBody
from erp.api.filtering import ListFilter
from erp.api.resources import ResourceView
from erp.rights import Right
from inventory.documents import Documented
from inventory.models import StockDocument
from inventory.payloads import StockDocumentPayload, StockReversalPayload, stock_document_row_payload
from inventory.queries import read_stock_document, show_stock_document, stock_documents
from inventory.reversing import Undone, reverse_document


class StockDocumentView(ResourceView):
    """`kinds` are those of the path: a document of another kind is not found there. Costs are for those who may see them."""

    missing = "Stock document not found"
    kinds: ClassVar[Iterable[str]]

    @property
    def with_cost(self) -> bool:
        return self.may(Right.SEE_COST)

    def shown(self, document: StockDocument) -> StockDocumentPayload:
        return show_stock_document(self.actor.company_id, document.id, with_cost=self.with_cost)

    def shown_with_warnings(self, made: Documented) -> StockDocumentPayload:
        shown = self.shown(made.document)
        return msgspec.structs.replace(shown, warnings=made.warnings) if made.warnings else shown

    def documents(self, filters: type[ListFilter]) -> HttpResponse:
        """Those that pass the filters, newest first."""
        return self.listed(
            stock_documents(self.actor.company_id, self.kinds),
            lambda rows: map(stock_document_row_payload, rows),
            filters=filters,
            columns=("document_date", "id"),
        )


class StockDocumentDetailView(StockDocumentView):
    """GET a whole stock document."""

    rights: ClassVar = {"GET": Right.READ}

    def get(self, request: Request, document_id: str) -> HttpResponse:
        wanted = self.path_id(document_id)
        return self.found(
            lambda: read_stock_document(self.actor.company_id, wanted, with_cost=self.with_cost, kinds=self.kinds)
        )


class StockDocumentReverseView(StockDocumentView):
    """POST: take a stock document back."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": ReverseBody}

    def post(self, request: Request, document_id: str) -> HttpResponse:
        wanted, body = self.path_id(document_id), self.body(ReverseBody)
        answer = reverse_document.answer(
            self.terms(self._undone),
            document_id=wanted,
            kinds=self.kinds,
            reason=body.reason,
            reversal_date=body.reversal_date.plain() if body.reversal_date else self.today,
            actor=self.actor,
            now=self.now,
            missing=self.missing,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def _undone(self, undone: Undone) -> StockReversalPayload:
        vouchers, named = undone.vouchers, undone.document.kind.capitalize()
        return StockReversalPayload(
            reversed_voucher=vouchers.reversed_voucher_id if vouchers else None,
            reversed_voucher_number=vouchers.reversed_voucher_number if vouchers else None,
            original_voucher=vouchers.original_voucher_id if vouchers else None,
            original_voucher_number=vouchers.original_voucher_number if vouchers else None,
            status=undone.document.status,
            reason=undone.document.reversal_reason,
            message=f"{named} already reversed" if undone.already else f"{named} reversed successfully",
        )
