"""One invoice over HTTP: ``/api/sales/invoices/{id}/``. Reading it, and express billing."""

from typing import Annotated, Any, ClassVar, Literal

from django.http import HttpResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request

from erp.api.conditional import version_named
from erp.api.describing import IF_MATCH
from erp.api.views import answer_response, scoped_read
from erp.bodies import UnknownField
from erp.changing import Stale
from erp.characters import ONE_LINE
from erp.idempotency import Answer
from erp.parsing import text_of, unknown_members
from erp.performing import Terms
from erp.rights import Right
from fulfilment.api.operations import writes
from fulfilment.expressing import express_invoice
from fulfilment.models import PickingSession
from fulfilment.scenes import InvoiceNotFound, Scene
from fulfilment.sessions import StartsNothing, WrongState
from invoices.api.operations import INVOICE_ID
from invoices.api.views import InvoiceDetailView
from invoices.payloads import ENCODER, InvoicePayload, payload_fields
from invoices.queries import sales_invoice_id
from invoices.status import FulfilmentStatus


class ExpressBody(Struct, kw_only=True, frozen=True):
    """`picker_name` is kept as a note. Whatever `source` says, the session's is EXPRESS_BILLING."""

    status: Literal["PICKED", "PACKED"]
    source: Annotated[str, Meta(max_length=50, pattern=ONE_LINE)] | None = ""
    picker_name: Annotated[str, text_of(PickingSession, "notes")] | None = ""


class ExpressedInvoice(InvoicePayload, kw_only=True):
    dry_run: bool | UnsetType = UNSET


EXPRESS_INVOICE = writes(
    "express_invoice",
    "Say at the counter that an invoice is picked, or packed.",
    "The invoice as it is now.",
    ExpressedInvoice,
    (InvoiceNotFound, UnknownField, Stale, WrongState, StartsNothing),
    parameters=(INVOICE_ID, IF_MATCH),
)


class InvoiceView(InvoiceDetailView):
    """GET one invoice, by its serial or UUID; PATCH where it is, in express billing."""

    rights: ClassVar = InvoiceDetailView.rights | {"PATCH": Right.EXPRESS}
    bodies: ClassVar = {"PATCH": ExpressBody}
    operations: ClassVar = InvoiceDetailView.operations | {"PATCH": EXPRESS_INVOICE}

    def patch(self, request: Request, invoice_id: str) -> HttpResponse:
        body, plain, sent = self.read_body(ExpressBody)
        if unknown := unknown_members(plain, ExpressBody):
            raise UnknownField(errors={name: ["This field cannot be changed here."] for name in unknown})
        with scoped_read(self.actor):
            found = sales_invoice_id(self.actor, invoice_id)
        if found is None:
            raise InvoiceNotFound
        dry_run = self.is_dry_run()

        def show(scene: Scene) -> Answer:
            members: dict[str, Any] = payload_fields(scene.content)
            shown = ExpressedInvoice(**members, dry_run=True if dry_run else UNSET)
            return Answer(200, ENCODER.encode(shown).decode())

        answer = express_invoice.answer(
            Terms(show, repeat=self.repeat_key(sent), dry_run=dry_run),
            invoice_id=found,
            to=FulfilmentStatus(body.status),
            picker_name=body.picker_name or "",
            actor=self.actor,
            now=self.now,
            expected_version=version_named(request._request),
        )
        return answer_response(answer)
