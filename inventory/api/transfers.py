"""Goods from one warehouse to another over HTTP: ``/api/inventory/transfers/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.bodies import given
from erp.rights import Right
from inventory.api.bodies import TransferBody
from inventory.api.document_operations import GET_TRANSFER, LIST_TRANSFERS, REVERSE_TRANSFER, TRANSFER_STOCK
from inventory.api.documents import StockDocumentDetailView, StockDocumentReverseView, StockDocumentView
from inventory.api.filters import TransferFilter
from inventory.holdings import LeavingLine
from inventory.kinds import StockDocumentKind
from inventory.transferring import transfer_stock


class TransferListView(StockDocumentView):
    """GET the transfers, newest first; POST one."""

    missing = "Transfer not found"
    kinds = (StockDocumentKind.TRANSFER,)
    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_STOCK}
    bodies: ClassVar = {"POST": TransferBody}
    operations: ClassVar = {"GET": LIST_TRANSFERS, "POST": TRANSFER_STOCK}

    def get(self, request: Request) -> HttpResponse:
        return self.documents(TransferFilter)

    def post(self, request: Request) -> HttpResponse:
        body = self.body(TransferBody)
        answer = transfer_stock.answer(
            self.terms(self.shown, status=201),
            from_warehouse_id=body.from_warehouse_id,
            to_warehouse_id=body.to_warehouse_id,
            document_date=body.date.plain(),
            lines=[LeavingLine(**given(line)) for line in body.lines],
            reason=body.reason or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer, location="/api/inventory/transfers/")


class TransferDetailView(StockDocumentDetailView):
    """GET a whole transfer."""

    missing = "Transfer not found"
    kinds = (StockDocumentKind.TRANSFER,)
    operations: ClassVar = {"GET": GET_TRANSFER}


class TransferReverseView(StockDocumentReverseView):
    """POST: take a transfer back."""

    missing = "Transfer not found"
    kinds = (StockDocumentKind.TRANSFER,)
    operations: ClassVar = {"POST": REVERSE_TRANSFER}
