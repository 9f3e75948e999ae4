"""Picking, packing and delivery over HTTP, under ``/api/sales/``."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.views import scoped_read
from erp.idempotency import Answer
from erp.identifiers import as_uuid
from erp.performing import Terms
from erp.problems import ValidationFailed
from erp.rights import Right, Scope
from fulfilment.api.bodies import (
    AssignDeliveryBody,
    CancelBody,
    CompleteDeliveryBody,
    CompletePackingBody,
    CompletePickingBody,
    ReturnBody,
    StartBody,
    StartDeliveryBody,
)
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import (
    ACTIVE_PACKING,
    ACTIVE_PICKING,
    ASSIGN_DELIVERY,
    CANCEL_SESSION,
    COMPLETE_DELIVERY,
    COMPLETE_PACKING,
    COMPLETE_PICKING,
    CORRECT_INVOICE,
    RETURN_TO_BILLING,
    START_DELIVERY,
    START_PACKING,
    START_PICKING,
)
from fulfilment.cancelling import Cancelled, cancel_session
from fulfilment.correcting import CorrectedInvoice, correct_invoice
from fulfilment.delivering import Report, assign_delivery, complete_delivery, start_delivery
from fulfilment.dispatching import Started, start_deliveries
from fulfilment.drafts import CorrectionDraft
from fulfilment.packing import complete_packing, start_packing
from fulfilment.payloads import (
    CancelledPayload,
    DeliveryPayload,
    PackingPayload,
    PickingPayload,
    StartedPayload,
    active_payload,
    assigned_payload,
    corrected_payload,
    delivery_payload,
    packing_payload,
    picking_payload,
    returned_payload,
)
from fulfilment.picking import complete_picking, start_picking
from fulfilment.queries import find_active, member_named
from fulfilment.reviewing import return_to_billing
from fulfilment.sessions import Scene
from fulfilment.status import Section
from fulfilment.workers import PrivilegeNotGiven
from invoices.api.views import refuse_role_that_may_not_import
from invoices.status import DeliveryStatus


def _picking(scene: Scene) -> PickingPayload:
    assert scene.picking is not None, "it was written in this moment"
    return picking_payload(scene.content, scene.picking)


def _packing(scene: Scene) -> PackingPayload:
    assert scene.packing is not None, "it was written in this moment"
    return packing_payload(scene.content, scene.packing)


def _delivery(scene: Scene) -> DeliveryPayload:
    assert scene.delivery is not None, "it was written in this moment"
    return delivery_payload(scene.content, scene.delivery)


class StartPickingView(WarehouseView):
    """POST: begin to pick an invoice."""

    message = "Picking started"
    rights: ClassVar = {"POST": Right.PICK}
    bodies: ClassVar = {"POST": StartBody}
    operations: ClassVar = {"POST": START_PICKING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(StartBody)
        answer = start_picking.answer(
            self.terms(_picking, status=201),
            invoice_no=body.invoice_no,
            user_email=body.user_email or "",
            take_over=body.take_over,
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class CompletePickingView(WarehouseView):
    """POST: an invoice is picked."""

    message = "Picking completed"
    rights: ClassVar = {"POST": Right.PICK}
    bodies: ClassVar = {"POST": CompletePickingBody}
    operations: ClassVar = {"POST": COMPLETE_PICKING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CompletePickingBody)
        answer = complete_picking.answer(
            self.terms(_picking),
            invoice_no=body.invoice_no,
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class StartPackingView(WarehouseView):
    """POST: begin to pack what was picked."""

    message = "Packing started"
    rights: ClassVar = {"POST": Right.PACK}
    bodies: ClassVar = {"POST": StartBody}
    operations: ClassVar = {"POST": START_PACKING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(StartBody)
        answer = start_packing.answer(
            self.terms(_packing, status=201),
            invoice_no=body.invoice_no,
            user_email=body.user_email or "",
            take_over=body.take_over,
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class CompletePackingView(WarehouseView):
    """POST: an invoice is packed, without trays."""

    message = "Packing completed"
    rights: ClassVar = {"POST": Right.PACK}
    bodies: ClassVar = {"POST": CompletePackingBody}
    operations: ClassVar = {"POST": COMPLETE_PACKING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CompletePackingBody)
        answer = complete_packing.answer(
            self.terms(_packing),
            invoice_no=body.invoice_no,
            label_count=body.label_count,
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class ActiveView(WarehouseView):
    """GET what a worker has in hand in a section."""

    message = "Active session"
    section: ClassVar[Section]

    def get(self, request: Request) -> HttpResponse:
        with scoped_read(self.actor):
            active = find_active(self.actor, self.section, self._worker())
        shown = None
        if active.session is not None and active.content is not None:
            shown = active_payload(self.section.value, active.session, active.content)
        return self.respond(self.enveloped(shown, beside={"in_review": active.in_review}))

    def _worker(self) -> UUID:
        """Oneself, or whom the query names. Raises 400, UserNotFound, PrivilegeNotGiven."""
        params = self.request._request.GET
        text, email = params.get("user", ""), params.get("user_email", "").strip()
        user = as_uuid(text) if text else None
        if text and user is None:
            raise ValidationFailed(errors={"user": ["Must be a valid UUID."]})
        if user in {None, self.actor.id} and email.lower() in {"", self.actor.email}:
            return self.actor.id
        if not self.actor.allows(Right.ACT_FOR, None):
            raise PrivilegeNotGiven("You may not act for others.")
        return member_named(self.actor, user=user, email=email)


class ActivePickingView(ActiveView):
    """GET what a picker has in hand."""

    section = Section.PICKING
    rights: ClassVar = {"GET": Right.PICK}
    operations: ClassVar = {"GET": ACTIVE_PICKING}


class ActivePackingView(ActiveView):
    """GET what a packer has in hand."""

    section = Section.PACKING
    rights: ClassVar = {"GET": Right.PACK}
    operations: ClassVar = {"GET": ACTIVE_PACKING}


class StartDeliveryView(WarehouseView):
    """POST: goods leave, or a driver is assigned."""

    message = "Delivery started"
    rights: ClassVar = {"POST": Right.DISPATCH}
    bodies: ClassVar = {"POST": StartDeliveryBody}
    operations: ClassVar = {"POST": START_DELIVERY}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(StartDeliveryBody)
        if (body.invoice_no is None) == (body.invoice_nos is None):
            raise ValidationFailed(errors={"invoice_no": ["Name one invoice_no, or invoice_nos."]})
        if body.invoice_nos is not None:
            return self.respond(self._many(body, body.invoice_nos))
        answer = start_delivery.answer(
            self.terms(_delivery, status=201),
            invoice_no=body.invoice_no or "",
            dispatch=body.dispatch,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)

    def _many(self, body: StartDeliveryBody, numbers: list[str]) -> Answer:
        def show(started: Started) -> Answer:
            shown = StartedPayload(
                created_count=len(started.numbers),
                invoice_nos=started.numbers,
                delivery_type=body.delivery_type.value,
                courier_name=started.courier_name,
            )
            errors = [one.shown() for one in started.refused] or None
            return self.enveloped(shown, status=201, beside={"errors": errors})

        terms = Terms(show, repeat=self.key(), dry_run=self.is_dry_run())
        return start_deliveries(terms, invoice_nos=numbers, dispatch=body.dispatch, actor=self.actor, now=self.now)


class AssignDeliveryView(WarehouseView):
    """POST: a driver sets out, or another courier is named."""

    message = "Delivery assigned"
    rights: ClassVar = {"POST": Right.DELIVER}
    bodies: ClassVar = {"POST": AssignDeliveryBody}
    operations: ClassVar = {"POST": ASSIGN_DELIVERY}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(AssignDeliveryBody)
        answer = assign_delivery.answer(
            self.terms(assigned_payload),
            invoice_no=body.invoice_no,
            delivery_type=body.delivery_type,
            user_email=body.user_email or "",
            courier_id=body.courier_id,
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class CompleteDeliveryView(WarehouseView):
    """POST: the goods have arrived, or are on their way."""

    message = "Delivery updated"
    rights: ClassVar = {"POST": Right.DELIVER}
    bodies: ClassVar = {"POST": CompleteDeliveryBody}
    operations: ClassVar = {"POST": COMPLETE_DELIVERY}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CompleteDeliveryBody)
        report = Report(
            status=DeliveryStatus(body.delivery_status),
            user_email=body.user_email or "",
            courier_name=body.courier_name or "",
            tracking_no=body.tracking_no or "",
            latitude=body.delivery_latitude,
            longitude=body.delivery_longitude,
            location_address=body.delivery_location_address or "",
            location_accuracy=body.delivery_location_accuracy,
            notes=body.notes or "",
        )
        answer = complete_delivery.answer(
            self.terms(_delivery), invoice_no=body.invoice_no, report=report, actor=self.actor, now=self.now
        )
        return self.respond(answer)


class CancelSessionView(WarehouseView):
    """POST: a session ends without its work done."""

    message = "Session cancelled"
    rights: ClassVar = {"POST": Right.HANDLE_GOODS}
    bodies: ClassVar = {"POST": CancelBody}
    operations: ClassVar = {"POST": CANCEL_SESSION}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CancelBody)

        def show(done: Cancelled) -> CancelledPayload:
            content = done.scene.content
            return CancelledPayload(
                invoice_no=content.invoice_no, status=content.fulfilment_status, session_type=done.section.value
            )

        answer = cancel_session.answer(
            self.terms(show),
            invoice_no=body.invoice_no,
            section=body.session_type,
            cancel_reason=body.cancel_reason or "",
            user_email=body.user_email or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class ReturnToBillingView(WarehouseView):
    """POST: an invoice goes back to billing."""

    message = "Invoice sent to billing review"
    rights: ClassVar = {"POST": Right.RETURN_INVOICES}
    bodies: ClassVar = {"POST": ReturnBody}
    operations: ClassVar = {"POST": RETURN_TO_BILLING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(ReturnBody)
        answer = return_to_billing.answer(
            self.terms(returned_payload),
            invoice_no=body.invoice_no,
            return_reason=body.return_reason,
            user_email=body.user_email or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class CorrectInvoiceView(WarehouseView):
    """PATCH: billing corrects an invoice that is in review."""

    rights: ClassVar = {"PATCH": Right.IMPORT}
    scopes: ClassVar = {"PATCH": (Scope.INVOICES_UPDATE,)}
    bodies: ClassVar = {"PATCH": CorrectionDraft}
    operations: ClassVar = {"PATCH": CORRECT_INVOICE}

    def patch(self, request: Request) -> HttpResponse:
        refuse_role_that_may_not_import(self.actor)
        correction = self.body(CorrectionDraft)

        def show(done: CorrectedInvoice) -> Answer:
            said = f"Invoice {done.content.invoice_no} updated successfully"
            return self.enveloped(corrected_payload(done), warnings=done.warnings, message=said)

        answer = correct_invoice(
            correction=correction,
            actor=self.actor,
            now=self.now,
            answer=show,
            repeat=self.key(),
            dry_run=self.is_dry_run(),
        )
        return self.respond(answer)
