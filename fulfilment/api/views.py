"""Picking and packing over HTTP, and the cancelling of sessions, under ``/api/sales/``."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from msgspec import Struct
from rest_framework.request import Request

from erp.api.views import scoped_read
from erp.identifiers import as_uuid
from erp.performing import UseCase
from erp.problems import ValidationFailed
from erp.rights import Right
from fulfilment.api.bodies import CancelBody, CompletePackingBody, CompletePickingBody, StartBody
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import (
    ACTIVE_PACKING,
    ACTIVE_PICKING,
    CANCEL_SESSION,
    COMPLETE_PACKING,
    COMPLETE_PICKING,
    START_PACKING,
    START_PICKING,
)
from fulfilment.cancelling import Cancelled, cancel_session
from fulfilment.packing import complete_packing, start_packing
from fulfilment.payloads import (
    CancelledPayload,
    PackingPayload,
    PickingPayload,
    active_payload,
    shown_packing,
    shown_picking,
)
from fulfilment.picking import complete_picking, start_picking
from fulfilment.queries import find_active, member_named
from fulfilment.scenes import Scene
from fulfilment.status import Section
from fulfilment.workers import PrivilegeNotGiven


class StartView(WarehouseView):
    """POST: begin to work on an invoice in a section."""

    bodies: ClassVar = {"POST": StartBody}
    use_case: ClassVar[UseCase[..., Scene]]

    def shown(self, scene: Scene) -> Struct:
        """The session that was begun, as its section shows it."""
        raise NotImplementedError

    def post(self, request: Request) -> HttpResponse:
        body = self.body(StartBody)
        answer = self.use_case.answer(
            self.terms(self.shown, status=201),
            invoice_no=body.invoice_no,
            user_email=body.user_email or "",
            take_over=body.take_over,
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class StartPickingView(StartView):
    """POST: begin to pick an invoice."""

    message = "Picking started"
    rights: ClassVar = {"POST": Right.PICK}
    operations: ClassVar = {"POST": START_PICKING}
    use_case = start_picking

    def shown(self, scene: Scene) -> PickingPayload:
        return shown_picking(scene)


class CompletePickingView(WarehouseView):
    """POST: an invoice is picked."""

    message = "Picking completed"
    rights: ClassVar = {"POST": Right.PICK}
    bodies: ClassVar = {"POST": CompletePickingBody}
    operations: ClassVar = {"POST": COMPLETE_PICKING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CompletePickingBody)
        answer = complete_picking.answer(
            self.terms(shown_picking),
            invoice_no=body.invoice_no,
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class StartPackingView(StartView):
    """POST: begin to pack what was picked."""

    message = "Packing started"
    rights: ClassVar = {"POST": Right.PACK}
    operations: ClassVar = {"POST": START_PACKING}
    use_case = start_packing

    def shown(self, scene: Scene) -> PackingPayload:
        return shown_packing(scene)


class CompletePackingView(WarehouseView):
    """POST: an invoice is packed, without trays."""

    message = "Packing completed"
    rights: ClassVar = {"POST": Right.PACK}
    bodies: ClassVar = {"POST": CompletePackingBody}
    operations: ClassVar = {"POST": COMPLETE_PACKING}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CompletePackingBody)
        answer = complete_packing.answer(
            self.terms(shown_packing),
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
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)
