"""Goods receipts over HTTP: ``/api/purchasing/receipts/``."""

from typing import ClassVar

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from accounting.api.bodies import ReverseBody
from accounting.payloads import reversal_payload
from erp.api.resources import ResourceView
from erp.bodies import given
from erp.rights import Right
from purchasing.api.bodies import ReceiptBody
from purchasing.api.filters import ReceiptFilter
from purchasing.api.operations import GET_RECEIPT, LIST_RECEIPTS, RECEIVE_GOODS, REVERSE_RECEIPT
from purchasing.payloads import ReceiptPayload
from purchasing.queries import goods_receipts, read_receipt, show_receipt, show_receipts
from purchasing.receipt_lines import ReceivedLine
from purchasing.receipt_reversing import reverse_receipt
from purchasing.receiving import NewReceipt, Received, receive_goods
from purchasing.status import ReceiptStatus


class ReceiptView(ResourceView):
    """What the views of a receipt share: costs are for those who may see them."""

    missing = "Goods receipt not found"

    @property
    def with_cost(self) -> bool:
        return self.may(Right.SEE_COST)


class ReceiptListView(ReceiptView):
    """GET the receipts, newest first; POST what came."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.RECEIVE_GOODS}
    bodies: ClassVar = {"POST": ReceiptBody}
    operations: ClassVar = {"GET": LIST_RECEIPTS, "POST": RECEIVE_GOODS}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            goods_receipts(self.actor.company_id),
            lambda rows: show_receipts(rows, with_cost=self.with_cost),
            filters=ReceiptFilter,
            columns=("receipt_date", "id"),
        )

    def post(self, request: Request) -> HttpResponse:
        members = given(self.body(ReceiptBody))
        lines = [ReceivedLine(**given(line)) for line in members.pop("lines")]
        answer = receive_goods.answer(
            self.terms(self._shown, status=201), draft=NewReceipt(**members, lines=lines), actor=self.actor, now=self.now
        )
        return self.respond(answer, location="/api/purchasing/receipts/")

    def _shown(self, received: Received) -> ReceiptPayload:
        shown = show_receipt(self.actor.company_id, received.receipt.id, with_cost=self.with_cost)
        return msgspec.structs.replace(shown, warnings=received.warnings) if received.warnings else shown


class ReceiptDetailView(ReceiptView):
    """GET a whole receipt."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": GET_RECEIPT}

    def get(self, request: Request, receipt_id: str) -> HttpResponse:
        wanted = self.path_id(receipt_id)
        return self.found(lambda: read_receipt(self.actor.company_id, wanted, with_cost=self.with_cost))


class ReceiptReverseView(ReceiptView):
    """POST: take a receipt back."""

    rights: ClassVar = {"POST": Right.REVERSE_RECEIPTS}
    bodies: ClassVar = {"POST": ReverseBody}
    operations: ClassVar = {"POST": REVERSE_RECEIPT}

    def post(self, request: Request, receipt_id: str) -> HttpResponse:
        wanted, body = self.path_id(receipt_id), self.body(ReverseBody)
        answer = reverse_receipt.answer(
            self.terms(lambda done: reversal_payload(done, status=ReceiptStatus.REVERSED, kind="Goods receipt")),
            receipt_id=wanted,
            reason=body.reason,
            reversal_date=body.reversal_date.plain() if body.reversal_date else self.today,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
