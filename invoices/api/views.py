"""Invoices over HTTP, under ``/api/sales/``."""

from typing import ClassVar, cast

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.conditional import unless_seen
from erp.api.views import ErpView, answer_response, scoped_read
from erp.parsing import unknown_members
from erp.problems import NotFound
from erp.rights import Right, Scope
from invoices.api.envelopes import import_answer
from invoices.api.filters import SalesListQuery
from invoices.api.operations import GET_INVOICE, IMPORT_INVOICE, LIST_INVOICES
from invoices.api.pages import encoded, list_page
from invoices.drafts import InvoiceDraft
from invoices.importing import OnConflict, import_invoice, refuse_role_that_may_not_import
from invoices.payloads import invoice_payload
from invoices.queries import find_sales_invoice

READING_KEYS = (Scope.INVOICES_UPDATE,)


class ImportingView(ErpView):
    """What the import of one invoice and that of many have in common: who may, and what a known number does."""

    rights: ClassVar = {"POST": Right.IMPORT}
    scopes: ClassVar = {"POST": (Scope.INVOICES_IMPORT,)}
    bodies: ClassVar = {"POST": InvoiceDraft}

    def on_conflict(self) -> OnConflict | None:
        """``?on_conflict=``, or reject for ``If-None-Match: *``; None leaves it to the key and the company."""
        mode = self.choice("on_conflict", "update", "reject")
        if self.request._request.headers.get("If-None-Match") == "*":
            return "reject"
        return cast(OnConflict, mode) if mode else None


class ImportInvoiceView(ImportingView):
    """POST one invoice from an outside billing system."""

    operations: ClassVar = {"POST": IMPORT_INVOICE}

    def post(self, request: Request) -> HttpResponse:
        refuse_role_that_may_not_import(self.actor)
        on_conflict = self.on_conflict()
        draft, plain, body = self.read_body(InvoiceDraft)
        ignored = unknown_members(plain, InvoiceDraft)
        answer = import_invoice(
            draft=draft,
            actor=self.actor,
            now=self.now,
            answer=lambda imported: import_answer(imported, ignored_fields=ignored),
            on_conflict=on_conflict,
            repeat=self.repeat_key(body),
            dry_run=self.is_dry_run(),
        )
        return answer_response(answer)


class InvoiceListView(ErpView):
    """GET a page of invoices, newest first."""

    rights: ClassVar = {"GET": Right.READ}
    scopes: ClassVar = {"GET": READING_KEYS}
    operations: ClassVar = {"GET": LIST_INVOICES}

    def get(self, request: Request) -> HttpResponse:
        raw = request._request
        query = SalesListQuery.read(raw.GET)
        with scoped_read(self.actor):
            page = list_page(self.actor, query, url=raw.build_absolute_uri())
        return encoded(page)


class InvoiceDetailView(ErpView):
    """GET one invoice, by its serial or UUID."""

    rights: ClassVar = {"GET": Right.READ}
    scopes: ClassVar = {"GET": READING_KEYS}
    operations: ClassVar = {"GET": GET_INVOICE}

    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        with scoped_read(self.actor):
            content = find_sales_invoice(self.actor, invoice_id)
        if content is None:
            raise NotFound("Invoice not found.")
        return unless_seen(request._request, encoded(invoice_payload(content)), version=content.version)
