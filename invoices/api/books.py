"""Invoices over HTTP as the books see them: ``/api/invoices/``."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from msgspec import UNSET
from rest_framework.request import Request

from accounting.payloads import reversal_payload
from erp.access import require
from erp.api.filtering import UnknownParameter
from erp.api.resources import ResourceView
from erp.bodies import sent
from erp.cautions import Caution
from erp.parsing import DocumentDate
from erp.problems import ValidationFailed
from erp.rights import Right
from invoices.amending import cancel_invoice, change_invoice
from invoices.api.bodies import (
    BatchPostingBody,
    CancelBody,
    InvoiceBody,
    InvoicePatch,
    PostingBody,
    ReverseBody,
)
from invoices.api.books_filters import BillFilter, OutstandingFilter, chosen_drafts
from invoices.api.books_operations import (
    CANCEL_BILL,
    CHANGE_BILL,
    DRAFT_BILL,
    GET_BILL,
    LIST_BILLS,
    LIST_OUTSTANDING,
    POST_BILL,
    POST_BILLS,
    REVERSE_BILL,
)
from invoices.batch_payloads import batch_payload
from invoices.batch_posting import MOST_AT_ONCE, answer_batch
from invoices.books_payloads import BillPayload, PostedPayload
from invoices.books_queries import (
    STOCK,
    VOUCHER,
    bills,
    expanded,
    outstanding_bills,
    read_bill,
    show_bill,
    show_bills,
)
from invoices.drafting import draft_invoice
from invoices.order_invoices import GenerationOptions
from invoices.posting import PostingResult, post_invoice
from invoices.reversing import reverse_invoice
from invoices.status import BooksStatus

PATH = "/api/invoices/"
NEWEST_FIRST = ("invoice_date", "id")


class BillView(ResourceView):
    """What the views of an invoice share."""

    missing = "Invoice not found"

    def shown(self, invoice_id: UUID) -> BillPayload:
        return show_bill(self.actor, invoice_id, today=self.today)

    def drafted(self, invoice_id: UUID, options: GenerationOptions, warnings: Sequence[Caution] = ()) -> BillPayload:
        shown = self.shown(invoice_id)
        warnings = list(warnings)
        if options.apply_gst and not shown.company_state_code:
            text = "The company has no GST registration, so no tax was charged."
            warnings.insert(0, Caution(code="no-registration", message=text, field="apply_gst"))
        return msgspec.structs.replace(shown, warnings=warnings) if warnings else shown

    def expand(self) -> frozenset[str]:
        """The legs of a voucher are the books', and they show what the goods cost."""
        asked = super().expand()
        if VOUCHER in asked:
            require(self.actor, Right.READ_BOOKS, ())
        return asked


class BillListView(BillView):
    """GET the invoices, newest first; POST one that is drawn up by hand."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": InvoiceBody}
    operations: ClassVar = {"GET": LIST_BILLS, "POST": DRAFT_BILL}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            bills(self.actor),
            lambda rows: show_bills(self.actor, rows, today=self.today),
            filters=BillFilter,
            columns=NEWEST_FIRST,
        )

    def post(self, request: Request) -> HttpResponse:
        draft = self.body(InvoiceBody).draft()
        answer = draft_invoice.answer(
            self.terms(lambda made: self.drafted(made.id, draft.options, made.warnings), status=201),
            draft=draft,
            actor=self.actor,
            today=self.today,
            now=self.now,
        )
        return self.respond(answer, location=PATH)


class OutstandingListView(BillView):
    """GET the posted invoices with money open, newest first: now, or as of a day."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": LIST_OUTSTANDING}

    def get(self, request: Request) -> HttpResponse:
        text = request._request.GET.get("as_of", "")
        try:
            as_of = DocumentDate.read(text).plain() if text else None
        except ValueError:
            as_of = None  # the filters say what is wrong with it
        return self.listed(
            outstanding_bills(self.actor, as_of=as_of),
            lambda rows: show_bills(self.actor, rows, today=self.today, as_of=as_of),
            filters=OutstandingFilter,
            columns=NEWEST_FIRST,
        )


class BillDetailView(BillView):
    """GET a whole invoice; PATCH what may still change."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_BOOKS}
    bodies: ClassVar = {"PATCH": InvoicePatch}
    operations: ClassVar = {"GET": GET_BILL, "PATCH": CHANGE_BILL}
    expandable = frozenset({VOUCHER, STOCK})

    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        wanted, expand = self.path_id(invoice_id), self.expand()
        return self.found(lambda: read_bill(self.actor, wanted, today=self.today, expand=expand))

    def patch(self, request: Request, invoice_id: str) -> HttpResponse:
        changes = sent(self.body(InvoicePatch))
        answer = change_invoice.answer(
            self.terms(self.shown),
            invoice_id=self.path_id(invoice_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class PostVoucherView(BillView):
    """POST: book an invoice. Safe to repeat."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": PostingBody}
    operations: ClassVar = {"POST": POST_BILL}
    expandable = frozenset({VOUCHER, STOCK})

    def post(self, request: Request, invoice_id: str) -> HttpResponse:
        body, wanted, expand = self.body(PostingBody), self.path_id(invoice_id), self.expand()
        answer = post_invoice.answer(
            self.terms(lambda result: self._told(result, expand)),
            invoice_id=wanted,
            posting_date=body.posting_date.plain() if body.posting_date else None,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def _told(self, result: PostingResult, expand: frozenset[str]) -> PostedPayload:
        entries, layers = expanded(self.actor, result.voucher_id, expand)
        return PostedPayload(
            voucher_id=result.voucher_id,
            voucher_number=result.voucher_number,
            status=result.status,
            message=result.message,
            entries=entries,
            layers=layers,
            warnings=list(result.warnings) or UNSET,
        )


class PostVouchersView(BillView):
    """POST: post many invoices; each has its own result. Safe to repeat."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": BatchPostingBody}
    operations: ClassVar = {"POST": POST_BILLS}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(BatchPostingBody)
        filters = body.filters()
        answer = answer_batch(
            self.terms(batch_payload),
            choose=lambda: self._drafts(filters) if filters is not None else body.invoice_ids or [],
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)

    def _drafts(self, filters: dict[str, list[str]]) -> list[UUID]:
        try:
            found = chosen_drafts(filters, self.actor, today=self.today, at_most=MOST_AT_ONCE + 1)
        except (ValidationFailed, UnknownParameter) as problem:
            raise type(problem)(errors={"filter": problem.errors}) from None
        if len(found) > MOST_AT_ONCE:
            text = f"It finds more than {MOST_AT_ONCE:,} drafts: narrow it, or let `manage.py post_invoices` post them."
            raise ValidationFailed(errors={"filter": [text]})
        return found


class CancelBillView(BillView):
    """POST: cancel a draft. Its number stays visible."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": CancelBody}
    operations: ClassVar = {"POST": CANCEL_BILL}

    def post(self, request: Request, invoice_id: str) -> HttpResponse:
        body = self.body(CancelBody)
        answer = cancel_invoice.answer(
            self.terms(self.shown),
            invoice_id=self.path_id(invoice_id),
            reason=body.reason or "",
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class ReverseBillView(BillView):
    """POST: take a posted invoice back. Safe to repeat."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": ReverseBody}
    operations: ClassVar = {"POST": REVERSE_BILL}

    def post(self, request: Request, invoice_id: str) -> HttpResponse:
        body = self.body(ReverseBody)
        answer = reverse_invoice.answer(
            self.terms(lambda found: reversal_payload(found, status=BooksStatus.CANCELLED.value, kind="Invoice")),
            invoice_id=self.path_id(invoice_id),
            reason=body.reason,
            reversal_date=body.reversal_date.plain() if body.reversal_date else None,
            actor=self.actor,
            today=self.today,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
