"""Payments over HTTP: ``/api/payments/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounting.payloads import reversal_payload
from erp.access import require
from erp.api.resources import ResourceView
from erp.bodies import EmptyBody
from erp.rights import Right
from invoices.api.bodies import (
    CancelBody,
    PartBody,
    PaymentBody,
    PaymentPatch,
    PostingBody,
    ReleaseBody,
    ReverseBody,
)
from invoices.api.books_filters import PaymentFilter
from invoices.api.payment_operations import (
    ALLOCATE_PAYMENT,
    CANCEL_PAYMENT,
    CHANGE_PAYMENT,
    GET_PAYMENT,
    LIST_PAYMENTS,
    POST_PAYMENT,
    RECEIVE_PAYMENT,
    RELEASE_ALLOCATION,
    REMOVE_ALLOCATION,
    REVERSE_PAYMENT,
)
from invoices.books_payloads import PostedPayload
from invoices.books_queries import VOUCHER, payments, read_payment, show_allocation, show_payment
from invoices.models import Payment
from invoices.paying import pay_invoice
from invoices.payment_allocating import allocate_payment, release_allocation, remove_allocation
from invoices.payment_drafting import NewPayment, cancel_payment, change_payment, draft_payment
from invoices.payment_payloads import PaymentPayload, payment_row_payload
from invoices.payment_posting import post_payment
from invoices.payment_reversing import reverse_payment
from invoices.posting import PostingResult
from invoices.status import PaymentStatus


class PaymentView(ResourceView):
    """What the views of a payment share."""

    missing = "Payment not found"

    def shown(self, payment: Payment) -> PaymentPayload:
        return show_payment(self.actor, payment.id)


class PaymentListView(PaymentView):
    """GET the payments, newest first; POST one: for an invoice in one call, or for a party in full."""

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
        wanted, terms = self.body(PaymentBody).read(), self.terms(self.shown, status=201)
        if isinstance(wanted, NewPayment):
            answer = draft_payment.answer(terms, draft=wanted, actor=self.actor, now=self.now)
        else:
            answer = pay_invoice.answer(terms, call=wanted, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/payments/")


class PaymentDetailView(PaymentView):
    """GET a payment with its allocations; PATCH a draft."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_BOOKS}
    bodies: ClassVar = {"PATCH": PaymentPatch}
    operations: ClassVar = {"GET": GET_PAYMENT, "PATCH": CHANGE_PAYMENT}
    expandable = frozenset({VOUCHER})

    def get(self, request: Request, payment_id: str) -> HttpResponse:
        wanted, expand = self.path_id(payment_id), self.expand()
        if expand:
            require(self.actor, Right.READ_BOOKS, ())
        return self.found(lambda: read_payment(self.actor, wanted, expand=expand))

    def patch(self, request: Request, payment_id: str) -> HttpResponse:
        changes = self.body(PaymentPatch).changes()
        answer = change_payment.answer(
            self.terms(lambda found: show_payment(self.actor, found)),
            payment_id=self.path_id(payment_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class PostPaymentView(PaymentView):
    """POST: post a draft. Safe to repeat."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": PostingBody}
    operations: ClassVar = {"POST": POST_PAYMENT}

    def post(self, request: Request, payment_id: str) -> HttpResponse:
        body = self.body(PostingBody)
        answer = post_payment.answer(
            self.terms(_posted),
            payment_id=self.path_id(payment_id),
            posting_date=body.posting_date.plain() if body.posting_date else None,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


def _posted(result: PostingResult) -> PostedPayload:
    return PostedPayload(
        voucher_id=result.voucher_id,
        voucher_number=result.voucher_number,
        status=result.status,
        message="Payment already posted" if result.already else "Payment posted successfully",
    )


class CancelPaymentView(PaymentView):
    """POST: cancel a draft. Safe to repeat."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": CancelBody}
    operations: ClassVar = {"POST": CANCEL_PAYMENT}

    def post(self, request: Request, payment_id: str) -> HttpResponse:
        body = self.body(CancelBody)
        answer = cancel_payment.answer(
            self.terms(lambda found: show_payment(self.actor, found)),
            payment_id=self.path_id(payment_id),
            reason=body.reason or "",
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class AllocatePaymentView(PaymentView):
    """POST: give an invoice a part of the payment."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": PartBody}
    operations: ClassVar = {"POST": ALLOCATE_PAYMENT}

    def post(self, request: Request, payment_id: str) -> HttpResponse:
        wanted, part = self.path_id(payment_id), self.body(PartBody).part()
        answer = allocate_payment.answer(
            self.terms(lambda found: show_allocation(self.actor, wanted, found), status=201),
            payment_id=wanted,
            invoice_id=part.invoice_id,
            amount=part.amount,
            actor=self.actor,
            today=self.today,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class PaymentAllocationView(PaymentView):
    """DELETE: take an allocation out of a draft's plan."""

    rights: ClassVar = {"DELETE": Right.KEEP_BOOKS}
    operations: ClassVar = {"DELETE": REMOVE_ALLOCATION}

    def delete(self, request: Request, payment_id: str, allocation_id: str) -> HttpResponse:
        self.body(EmptyBody)
        answer = remove_allocation.answer(
            self.terms(lambda _: None, status=204),
            payment_id=self.path_id(payment_id),
            allocation_id=self.path_id(allocation_id, missing="Allocation not found"),
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class ReleaseAllocationView(PaymentView):
    """POST: take back what a posted payment settled; the money is free again."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": ReleaseBody}
    operations: ClassVar = {"POST": RELEASE_ALLOCATION}

    def post(self, request: Request, payment_id: str, allocation_id: str) -> HttpResponse:
        wanted, body = self.path_id(payment_id), self.body(ReleaseBody)
        answer = release_allocation.answer(
            self.terms(lambda found: show_allocation(self.actor, wanted, found), status=201),
            payment_id=wanted,
            allocation_id=self.path_id(allocation_id, missing="Allocation not found"),
            reason=body.reason,
            actor=self.actor,
            today=self.today,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


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
