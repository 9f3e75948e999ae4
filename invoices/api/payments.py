"""Payments over HTTP: ``/api/payments/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounting.payloads import reversal_payload
from erp.access import require
from erp.api.resources import ResourceView
from erp.rights import Right
from invoices.api.bodies import PaymentBody, ReverseBody
from invoices.api.books_filters import PaymentFilter
from invoices.api.payment_operations import GET_PAYMENT, LIST_PAYMENTS, RECEIVE_PAYMENT, REVERSE_PAYMENT
from invoices.books_queries import VOUCHER, payments, read_payment, show_payment
from invoices.models import Payment
from invoices.paying import receive_payment
from invoices.payment_payloads import PaymentPayload, payment_row_payload
from invoices.payment_reversing import reverse_payment
from invoices.status import PaymentStatus


class PaymentView(ResourceView):
    """What the views of a payment share."""

    missing = "Payment not found"

    def shown(self, payment: Payment) -> PaymentPayload:
        return show_payment(self.actor, payment.id)


class PaymentListView(PaymentView):
    """GET the payments, newest first; POST money for one invoice: received, allocated and posted at once."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": PaymentBody}
    operations: ClassVar = {"GET": LIST_PAYMENTS, "POST": RECEIVE_PAYMENT}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            payments(self.actor),
            lambda rows: map(payment_row_payload, rows),
            filters=PaymentFilter,
            columns=("payment_date", "id"),
        )

    def post(self, request: Request) -> HttpResponse:
        receipt = self.body(PaymentBody).receipt()
        answer = receive_payment.answer(self.terms(self.shown, status=201), receipt=receipt, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/payments/")


class PaymentDetailView(PaymentView):
    """GET a payment with its allocations."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": GET_PAYMENT}
    expandable = frozenset({VOUCHER})

    def get(self, request: Request, payment_id: str) -> HttpResponse:
        wanted, expand = self.path_id(payment_id), self.expand()
        if expand:
            require(self.actor, Right.READ_BOOKS, ())
        return self.found(lambda: read_payment(self.actor, wanted, expand=expand))


class ReversePaymentView(PaymentView):
    """POST: take a posted payment back; its invoices are open again. Safe to repeat."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": ReverseBody}
    operations: ClassVar = {"POST": REVERSE_PAYMENT}

    def post(self, request: Request, payment_id: str) -> HttpResponse:
        body = self.body(ReverseBody)
        answer = reverse_payment.answer(
            self.terms(lambda found: reversal_payload(found, status=PaymentStatus.REVERSED.value, kind="Payment")),
            payment_id=self.path_id(payment_id),
            reason=body.reason,
            reversal_date=body.reversal_date.plain() if body.reversal_date else None,
            actor=self.actor,
            today=self.today,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
