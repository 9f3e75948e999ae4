"""Checking, trays and boxing over HTTP: ``/api/sales/packing/``."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.parameters import Parameters
from erp.api.views import scoped_read
from erp.performing import Terms
from erp.problems import ValidationFailed
from erp.rights import Right
from fulfilment.api import packing_operations as operations_of
from fulfilment.api.bodies import WorkBody
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.packing_bodies import CompleteBoxingBody, CompleteTraysBody, DraftBody, HoldBody
from fulfilment.api.queues import queue_page
from fulfilment.boxing import Packed, complete_boxing, complete_tray_packing, save_tray_draft
from fulfilment.checking import hold_for_consolidation, start_checking
from fulfilment.models import PackingSession
from fulfilment.payloads import shown_packing
from fulfilment.scenes import InvoiceNotFound
from fulfilment.tray_payloads import (
    bill_payload,
    boxed_payload,
    boxing_data_payload,
    checked_invoice_payload,
    checking_payload,
    draft_payload,
    found_tray_payload,
    packed_payload,
)
from fulfilment.tray_queries import ShownBox, checked_by, current_packing, find_trays, read_boxes, waiting_for_boxing
from invoices.content import InvoiceContent
from invoices.documents import read_documents
from invoices.models import Invoice
from invoices.queries import find_invoice_numbered

MOST_CHECKED = 200


class StartCheckingView(WarehouseView):
    """POST: somebody checks what was picked."""

    message = "Checking started"
    rights: ClassVar = {"POST": Right.PACK}
    bodies: ClassVar = {"POST": WorkBody}
    operations: ClassVar = {"POST": operations_of.START_CHECKING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(WorkBody)
        answer = start_checking.answer(
            self.terms(checking_payload),
            invoice_no=body.invoice_no,
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class HoldView(WarehouseView):
    """POST: goods wait for others of the same customer."""

    message = "Held for consolidation"
    rights: ClassVar = {"POST": Right.PACK}
    bodies: ClassVar = {"POST": HoldBody}
    operations: ClassVar = {"POST": operations_of.HOLD_FOR_CONSOLIDATION}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(HoldBody)
        answer = hold_for_consolidation.answer(
            self.terms(shown_packing),
            invoice_no=body.invoice_no,
            customer_name=body.customer_name or "",
            assign_to_email=body.assign_to_email or "",
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class MyCheckingView(WarehouseView):
    """GET what I check, and what is held for me."""

    message = "My checking"
    rights: ClassVar = {"GET": Right.PACK}
    operations: ClassVar = {"GET": operations_of.MY_CHECKING}

    def get(self, request: Request) -> HttpResponse:
        with scoped_read(self.actor):
            sessions = list(checked_by(self.actor)[:MOST_CHECKED])
            contents = read_documents(self.actor.company_id, [session.invoice_id for session in sessions])
        return self.respond(
            self.enveloped([checked_invoice_payload(contents[session.invoice_id], session) for session in sessions])
        )


class NumberedView(WarehouseView):
    """GET something of one invoice, by its number."""

    rights: ClassVar = {"GET": Right.READ}

    def get(self, request: Request, invoice_no: str) -> HttpResponse:
        with scoped_read(self.actor):
            content = find_invoice_numbered(self.actor, invoice_no)
            if content is None:
                raise InvoiceNotFound
            session = current_packing(self.actor, content.id)
            boxes = read_boxes(self.actor, [session.id]).get(session.id, []) if session else []
        return self.respond(self.enveloped(self.shown(content, session, boxes)))

    def shown(self, content: InvoiceContent, session: PackingSession | None, boxes: list[ShownBox]) -> Any:
        return bill_payload(content, session, boxes)


class BillView(NumberedView):
    """GET an invoice as who checks it sees it."""

    message = "Bill"
    operations: ClassVar = {"GET": operations_of.SHOW_BILL}


class TrayBillView(NumberedView):
    """GET an invoice as who packs it into trays sees it."""

    message = "Tray bill"
    operations: ClassVar = {"GET": operations_of.SHOW_TRAY_BILL}


class BoxingDataView(NumberedView):
    """GET what who boxes an invoice needs."""

    message = "Boxing data"
    operations: ClassVar = {"GET": operations_of.BOXING_DATA}

    def shown(self, content: InvoiceContent, session: PackingSession | None, boxes: list[ShownBox]) -> Any:
        return boxing_data_payload(content, boxes)


class SearchTraysView(WarehouseView):
    """GET active trays by a part of their code."""

    message = "Trays"
    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": operations_of.SEARCH_TRAYS}

    def get(self, request: Request) -> HttpResponse:
        params = request._request.GET
        text, own = params.get("q", "").strip(), params.get("invoice_no", "").strip()
        if not text:
            raise ValidationFailed(errors={"q": ["This field is required."]})
        if len(text) > 100:
            raise ValidationFailed(errors={"q": ["Ensure this value has at most 100 characters."]})
        asked = Parameters(params)
        most = asked.count("limit", default=operations_of.TRAYS_FOUND, most=operations_of.MOST_TRAYS_FOUND)
        asked.judge()
        with scoped_read(self.actor):
            found = find_trays(self.actor, text, at_most=most)
        return self.respond(self.enveloped([found_tray_payload(one, for_invoice=own) for one in found]))


class SaveTrayDraftView(WarehouseView):
    """POST what lies in which tray so far."""

    message = "Draft saved"
    rights: ClassVar = {"POST": Right.PACK}
    bodies: ClassVar = {"POST": DraftBody}
    operations: ClassVar = {"POST": operations_of.SAVE_TRAY_DRAFT}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(DraftBody)
        answer = save_tray_draft.answer(
            self.terms(draft_payload),
            invoice_no=body.invoice_no,
            boxes=body.drafts,
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class CompleteTrayPackingView(WarehouseView):
    """POST: everything lies in trays, which are sealed."""

    message = "Tray packing completed"
    rights: ClassVar = {"POST": Right.PACK}
    bodies: ClassVar = {"POST": CompleteTraysBody}
    operations: ClassVar = {"POST": operations_of.COMPLETE_TRAY_PACKING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CompleteTraysBody)

        def show(packed: Packed) -> Any:
            warnings = [_differs(line) for line in packed.differing]
            return self.enveloped(packed_payload(packed), warnings=warnings)

        answer = complete_tray_packing.answer(
            Terms(show, repeat=self.key(), dry_run=self.is_dry_run()),
            invoice_no=body.invoice_no,
            boxes=body.drafts,
            self_boxing=body.self_boxing,
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


def _differs(line: dict[str, Any]) -> dict[str, Any]:
    said = f"{line['item_name']}: the trays hold {line['packed']}, the invoice says {line['quantity']}."
    return {"code": "quantities-differ", "message": said, **line}


class BoxingFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    search = django_filters.CharFilter(method="by_search", max_length=100)

    class Meta:
        model = Invoice
        fields: list[str] = []

    def by_search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(
            Q(invoice_no__icontains=value) | Q(customer__name__icontains=value) | Q(customer__code__icontains=value)
        )


class BoxingInvoicesView(WarehouseView):
    """GET a page of the invoices whose trays wait for boxing, the oldest first."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": operations_of.BOXING_INVOICES}

    def get(self, request: Request) -> HttpResponse:
        return queue_page(self.actor, waiting_for_boxing(self.actor), request._request, filters=BoxingFilter)


class CompleteBoxingView(WarehouseView):
    """POST: the goods are in parcels."""

    message = "Boxing completed"
    rights: ClassVar = {"POST": Right.PACK}
    bodies: ClassVar = {"POST": CompleteBoxingBody}
    operations: ClassVar = {"POST": operations_of.COMPLETE_BOXING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CompleteBoxingBody)
        answer = complete_boxing.answer(
            self.terms(boxed_payload),
            invoice_no=body.invoice_no,
            label_count=body.label_count,
            courier_id=body.courier_id,
            boxing_group_id=body.boxing_group_id or "",
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)
