"""The review loop over HTTP: ``/api/sales/billing/return/``, ``/api/sales/update/invoice/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.conditional import version_named
from erp.idempotency import Answer
from erp.rights import Right, Scope
from fulfilment.api.bodies import ReturnBody
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import CORRECT_INVOICE, RETURN_TO_BILLING
from fulfilment.correcting import CorrectedInvoice, correct_invoice
from fulfilment.drafts import CorrectionDraft
from fulfilment.payloads import corrected_payload, returned_payload
from fulfilment.reviewing import return_to_billing
from invoices.importing import refuse_role_that_may_not_import


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
            notes=body.notes or "",
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
            expected_version=version_named(request._request),
        )
        return self.respond(answer)
