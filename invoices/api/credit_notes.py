"""Credit notes over HTTP: ``/api/invoices/{id}/credit_note/`` and ``/api/invoices/credit_notes/``."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from erp.access import require
from erp.api.resources import ResourceView
from erp.bodies import given
from erp.rights import Right
from invoices.api.bodies import CancelBody, PostingBody
from invoices.api.credit_bodies import ApplyCreditBody, CreditNoteBody
from invoices.api.credit_filters import CreditNoteFilter
from invoices.api.credit_operations import (
    APPLY_CREDIT,
    CANCEL_CREDIT_NOTE,
    CREDIT_INVOICE,
    GET_CREDIT_NOTE,
    LIST_CREDIT_NOTES,
    POST_CREDIT_NOTE,
)
from invoices.applying import apply_credit
from invoices.books_payloads import PostedPayload
from invoices.books_queries import STOCK, VOUCHER, expanded
from invoices.credit_payloads import CreditNotePayload, credit_row_payload
from invoices.credit_queries import (
    credit_notes,
    read_credit_note,
    show_credit_allocation,
    show_credit_note,
)
from invoices.crediting import (
    MISSING,
    cancel_credit_note,
    create_credit_note,
    post_credit_note,
)
from invoices.posting import PostingResult

PATH = "/api/invoices/credit_notes/"


class CreditNoteView(ResourceView):
    """What the views of a credit note share."""

    missing = MISSING

    def shown(self, note_id: UUID) -> CreditNotePayload:
        return show_credit_note(self.actor, note_id)

    def expand(self) -> frozenset[str]:
        """The legs of a voucher are the books'."""
        asked = super().expand()
        if VOUCHER in asked:
            require(self.actor, Right.READ_BOOKS, ())
        return asked


class CreditInvoiceView(CreditNoteView):
    """POST: credit a part of an invoice, or all of it."""

    missing = "Invoice not found"
    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": CreditNoteBody}
    operations: ClassVar = {"POST": CREDIT_INVOICE}
    expandable = frozenset({VOUCHER, STOCK})

    def post(self, request: Request, invoice_id: str) -> HttpResponse:
        body, expand = self.body(CreditNoteBody), self.expand()
        answer = create_credit_note.answer(
            self.terms(lambda note_id: show_credit_note(self.actor, note_id, expand=expand, warned=True), status=201),
            credit=body.credit(self.path_id(invoice_id), today=self.today),
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer, location=PATH)


class CreditNoteListView(CreditNoteView):
    """GET the credit notes, newest first."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": LIST_CREDIT_NOTES}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            credit_notes(self.actor),
            lambda rows: map(credit_row_payload, rows),
            filters=CreditNoteFilter,
            columns=("credit_date", "id"),
        )


class CreditNoteDetailView(CreditNoteView):
    """GET a credit note with its lines and allocations."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": GET_CREDIT_NOTE}
    expandable = frozenset({VOUCHER, STOCK})

    def get(self, request: Request, note_id: str) -> HttpResponse:
        wanted, expand = self.path_id(note_id), self.expand()
        return self.found(lambda: read_credit_note(self.actor, wanted, expand=expand))


class PostCreditNoteView(CreditNoteView):
    """POST: book a draft. Safe to repeat."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": PostingBody}
    operations: ClassVar = {"POST": POST_CREDIT_NOTE}
    expandable = frozenset({VOUCHER, STOCK})

    def post(self, request: Request, note_id: str) -> HttpResponse:
        body, wanted, expand = self.body(PostingBody), self.path_id(note_id), self.expand()
        answer = post_credit_note.answer(
            self.terms(lambda posted: self._told(posted, expand)),
            note_id=wanted,
            posting_date=body.posting_date.plain() if body.posting_date else None,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def _told(self, posted: PostingResult, expand: frozenset[str]) -> PostedPayload:
        entries, layers = expanded(self.actor, posted.voucher_id, expand)
        return PostedPayload(
            voucher_id=posted.voucher_id,
            voucher_number=posted.voucher_number,
            status=posted.status,
            message=posted.message,
            entries=entries,
            layers=layers,
        )


class CancelCreditNoteView(CreditNoteView):
    """POST: cancel a draft. Its number stays visible."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": CancelBody}
    operations: ClassVar = {"POST": CANCEL_CREDIT_NOTE}

    def post(self, request: Request, note_id: str) -> HttpResponse:
        body = self.body(CancelBody)
        answer = cancel_credit_note.answer(
            self.terms(self.shown),
            note_id=self.path_id(note_id),
            reason=body.reason or "",
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class ApplyCreditView(CreditNoteView):
    """POST: settle another invoice of the same party and currency."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": ApplyCreditBody}
    operations: ClassVar = {"POST": APPLY_CREDIT}

    def post(self, request: Request, note_id: str) -> HttpResponse:
        body = given(self.body(ApplyCreditBody))
        answer = apply_credit.answer(
            self.terms(lambda allocation_id: show_credit_allocation(self.actor, allocation_id), status=201),
            note_id=self.path_id(note_id),
            **body,
            actor=self.actor,
            today=self.today,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
