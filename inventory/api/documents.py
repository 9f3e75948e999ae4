"""What the views of stock documents share, whatever their kind."""

from collections.abc import Iterable
from typing import ClassVar

from django.http import HttpResponse

from erp.api.filtering import ListFilter
from erp.api.resources import ResourceView
from erp.rights import Right
from inventory.models import StockDocument
from inventory.payloads import StockDocumentPayload, stock_document_row_payload
from inventory.queries import read_stock_document, show_stock_document, stock_documents


class StockDocumentView(ResourceView):
    """`kinds` are those of the path: a document of another kind is not found there. Costs are for those who may see them."""

    missing = "Stock document not found"
    kinds: ClassVar[Iterable[str]]

    @property
    def with_cost(self) -> bool:
        return self.may(Right.SEE_COST)

    def shown(self, document: StockDocument) -> StockDocumentPayload:
        return show_stock_document(self.actor.company_id, document.id, with_cost=self.with_cost)

    def documents(self, filters: type[ListFilter]) -> HttpResponse:
        """Those that pass the filters, newest first."""
        return self.listed(
            stock_documents(self.actor.company_id, self.kinds),
            lambda rows: map(stock_document_row_payload, rows),
            filters=filters,
            columns=("document_date", "id"),
        )

    def document(self, text: str) -> HttpResponse:
        """The one whose id the path names, with its lines."""
        wanted = self.path_id(text)
        return self.found(
            lambda: read_stock_document(self.actor.company_id, wanted, with_cost=self.with_cost, kinds=self.kinds)
        )
