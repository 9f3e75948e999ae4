"""Delivery over HTTP: ``/api/sales/delivery/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.uploads import ANY_MEDIA, is_multipart, saved_files
from erp.idempotency import Answer
from erp.performing import Terms
from erp.problems import ValidationFailed
from erp.rights import Right
from erp.storing import SavedFile
from fulfilment.api.bodies import (
    AssignDeliveryBody,
    CompleteDeliveryBody,
    SlipBody,
    StartDeliveryBody,
    UpdateCourierBody,
)
from fulfilment.api.delivery_operations import UPDATE_COURIER, UPLOAD_SLIP
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import ASSIGN_DELIVERY, COMPLETE_DELIVERY, START_DELIVERY
from fulfilment.delivering import Report, assign_delivery, complete_delivery, start_delivery
from fulfilment.delivery_payloads import rerouted_payload, slip_payload
from fulfilment.dispatching import Started, start_deliveries
from fulfilment.payloads import DeliveryPayload, StartedPayload, assigned_payload, delivery_payload
from fulfilment.proving import upload_slip
from fulfilment.rerouting import update_couriers
from fulfilment.scenes import Scene
from invoices.status import DeliveryStatus


def _delivery(scene: Scene) -> DeliveryPayload:
    assert scene.delivery is not None, "it was written in this moment"
    return delivery_payload(scene.content, scene.delivery)


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
    rights: ClassVar = {"POST": Right.HANDLE_DELIVERIES}
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
    rights: ClassVar = {"POST": Right.HANDLE_DELIVERIES}
    bodies: ClassVar = {"POST": CompleteDeliveryBody}
    operations: ClassVar = {"POST": COMPLETE_DELIVERY}

    def post(self, request: Request) -> HttpResponse:
        if not is_multipart(request._request):
            return self.respond(self._complete(self.body(CompleteDeliveryBody), None))
        body, parts = self.form(CompleteDeliveryBody, files={"attachment": ANY_MEDIA})
        with saved_files(self.actor, parts) as saved:
            answer = self._complete(body, saved.files.get("attachment"))
            return self.respond(saved.settle(answer, dry_run=self.is_dry_run()))

    def _complete(self, body: CompleteDeliveryBody, attachment: SavedFile | None) -> Answer:
        report = Report(
            status=DeliveryStatus(body.delivery_status),
            user_email=body.user_email or "",
            courier_name=body.courier_name or "",
            tracking_no=body.tracking_no or "",
            latitude=body.delivery_latitude,
            longitude=body.delivery_longitude,
            location_address=body.delivery_location_address or "",
            location_accuracy=body.delivery_location_accuracy,
            attachment=attachment,
            notes=body.notes or "",
        )
        return complete_delivery.answer(
            self.terms(_delivery), invoice_no=body.invoice_no, report=report, actor=self.actor, now=self.now
        )


class UploadSlipView(WarehouseView):
    """POST a courier's slip, or the number under which he carries: the parcels have arrived."""

    message = "Slip uploaded"
    rights: ClassVar = {"POST": Right.DISPATCH}
    bodies: ClassVar = {"POST": SlipBody}
    operations: ClassVar = {"POST": UPLOAD_SLIP}

    def post(self, request: Request) -> HttpResponse:
        body, parts = self.form(SlipBody, files={"courier_slip": ANY_MEDIA})
        group = "" if body.numbers else body.boxing_group_id or ""
        if not body.numbers and not group:
            raise ValidationFailed(errors={"invoice_no": ["Name invoice_no, invoice_nos or boxing_group_id."]})
        if not parts.files and not body.tracking_no:
            raise ValidationFailed(errors={"courier_slip": ["Send courier_slip, tracking_no or both."]})
        with saved_files(self.actor, parts) as saved:
            answer = upload_slip.answer(
                self.terms(lambda scenes: slip_payload(scenes, group)),
                invoice_nos=body.numbers,
                boxing_group_id=group,
                tracking_no=body.tracking_no or "",
                slip=saved.files.get("courier_slip"),
                user_email=body.user_email or "",
                notes=body.notes or "",
                actor=self.actor,
                now=self.now,
            )
            return self.respond(saved.settle(answer, dry_run=self.is_dry_run()))


class UpdateCourierView(WarehouseView):
    """POST: parcels go by another courier."""

    message = "Courier updated"
    rights: ClassVar = {"POST": Right.DISPATCH}
    bodies: ClassVar = {"POST": UpdateCourierBody}
    operations: ClassVar = {"POST": UPDATE_COURIER}

    def post(self, request: Request) -> HttpResponse:
        body, kept = self.body(UpdateCourierBody), not self.is_dry_run()
        answer = update_couriers.answer(
            self.terms(lambda done: rerouted_payload(done, kept=kept)),
            invoice_nos=body.invoice_nos,
            courier_id=body.courier_id,
            reason=body.reason or "",
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)
