"""What administrators decree over HTTP: ``/api/sales/admin/``."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from erp.api.contracts import Operation, Parameter, Reply
from erp.api.parameters import Parameters
from erp.api.views import scoped_read
from erp.characters import MANY_LINES
from erp.clock import instant_text
from erp.idempotency import Answer
from erp.parsing import DocumentDate, text_of
from erp.performing import Terms
from erp.problems import ValidationFailed
from erp.rights import Right
from fulfilment.administering import (
    MOST_AT_ONCE,
    NEXT,
    Advanced,
    Completed,
    Range,
    TooMany,
    advance_invoices,
    complete_workflow,
    row_of,
    waiting_in,
)
from fulfilment.api.bodies import Email, Notes, WorkBody
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import OF_A_WORKER, enveloped, writes
from fulfilment.models import PickingSession, StatusRun
from fulfilment.sessions import StartsNothing
from fulfilment.workers import PrivilegeNotGiven, UserNotFound
from invoices.api.operations import Warned
from invoices.content import InvoiceContent
from invoices.documents import read_documents
from invoices.payloads import ENCODER
from invoices.status import FulfilmentStatus
from invoices.warnings import unknown_fields

MOST_RUNS = 500
RUNS = 50
FromStatus = Literal["INVOICED", "PICKED", "PACKED"]
ToStatus = Literal["PICKED", "PACKED", "DELIVERED"]


class CompleteWorkflowBody(WorkBody, kw_only=True, frozen=True):
    """`admin_email` of the published clients says nothing that the login does not say."""

    reason: Annotated[str, text_of(PickingSession, "notes", pattern=MANY_LINES)] | None = ""
    admin_email: str | None = None


class AdvanceBody(Struct, kw_only=True, frozen=True):
    """Days of the invoices' dates, both included."""

    from_status: FromStatus
    to_status: ToStatus
    from_date: DocumentDate | None = None
    to_date: DocumentDate | None = None
    user_email: Email | None = ""
    notes: Notes | None = ""


class CompletedPayload(Struct, kw_only=True):
    """`steps_completed` are the sections that were closed or written."""

    invoice_no: str
    final_status: str
    steps_completed: list[str]
    errors: None
    admin_note: str


class WaitingInvoice(Struct, kw_only=True):
    invoice_no: str
    invoice_date: str
    customer_name: str
    total: str
    current_status: str


class AdvancedInvoice(Struct, kw_only=True):
    invoice_no: str
    invoice_date: str
    customer_name: str
    total: str
    previous_status: str
    new_status: str


class WaitingAnswer(Struct, kw_only=True):
    success: Literal[True]
    from_status: str
    to_status: str
    count: int
    invoices: list[WaitingInvoice]


class AdvancedAnswer(Struct, kw_only=True):
    success: Literal[True]
    message: str
    from_status: str
    to_status: str
    count: int
    updated_at: str
    invoices: list[AdvancedInvoice]
    warnings: list[Warned] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class RunPayload(Struct, kw_only=True):
    id: int
    from_status: str
    to_status: str
    from_date: str | None
    to_date: str | None
    count: int
    executed_at: str
    performed_by: str
    invoices: list[dict[str, str]]


class RunsAnswer(Struct, kw_only=True):
    success: Literal[True]
    results: list[RunPayload]


class CompleteWorkflowView(WarehouseView):
    """POST: whatever is left of an invoice's way is done."""

    message = "Workflow completed"
    rights: ClassVar = {"POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": CompleteWorkflowBody}
    operations: ClassVar = {
        "POST": writes(
            "complete_workflow",
            "Close what is open of an invoice, write what is missing, and say that it is delivered.",
            "It is delivered.",
            enveloped("CompletedAnswer", CompletedPayload),
            (*OF_A_WORKER, StartsNothing),
        )
    }

    def post(self, request: Request) -> HttpResponse:
        body = self.body(CompleteWorkflowBody)

        def show(done: Completed) -> CompletedPayload:
            content = done.scene.content
            return CompletedPayload(
                invoice_no=content.invoice_no,
                final_status=content.fulfilment_status,
                steps_completed=[section.value for section in done.steps],
                errors=None,
                admin_note=done.reason,
            )

        answer = complete_workflow.answer(
            self.terms(show),
            invoice_no=body.invoice_no,
            reason=body.reason or "",
            actor=self.actor,
            now=self.now,
            user_email=body.user_email or "",
            notes=body.notes or "",
        )
        return self.respond(answer)


class BulkStatusView(WarehouseView):
    """GET which invoices would be moved; POST moves them."""

    rights: ClassVar = {"GET": Right.ADMINISTER, "POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": AdvanceBody}
    operations: ClassVar = {
        "GET": Operation(
            name="list_waiting_invoices",
            summary="The invoices that a move of many would move.",
            replies={200: Reply("They, the oldest first.", WaitingAnswer)},
            refusals=(TooMany,),
            parameters=(
                Parameter("from_status", "Where they are; required.", {"enum": [one.value for one in NEXT]}),
                Parameter("from_date", "Dated on this day or later.", {"type": "string", "format": "date"}),
                Parameter("to_date", "Dated on this day or earlier.", {"type": "string", "format": "date"}),
            ),
        ),
        "POST": writes(
            "advance_invoices",
            f"Move many invoices a step further, at most {MOST_AT_ONCE:,}: all of them, or none.",
            "They are moved.",
            AdvancedAnswer,
            (UserNotFound, PrivilegeNotGiven, TooMany),
        ),
    }

    def get(self, request: Request) -> HttpResponse:
        wanted = _range(request._request.GET)
        with scoped_read(self.actor):
            rows = waiting_in(self.actor, wanted)
            if (count := rows.count()) > MOST_AT_ONCE:
                raise TooMany(data={"count": count})
            ids = list(rows.order_by("invoice_date", "serial").values_list("id", flat=True))
            contents = read_documents(self.actor.company_id, ids, with_items=False)
        invoices = [WaitingInvoice(**row_of(contents[one]), current_status=contents[one].fulfilment_status) for one in ids]
        body = WaitingAnswer(
            success=True,
            from_status=wanted.status.value,
            to_status=NEXT[wanted.status].value,
            count=len(invoices),
            invoices=invoices,
        )
        return self.respond(Answer(200, ENCODER.encode(body).decode()))

    def post(self, request: Request) -> HttpResponse:
        body = self.body(AdvanceBody)
        status = FulfilmentStatus(body.from_status)
        if NEXT[status] != body.to_status:
            raise ValidationFailed(errors={"to_status": [f"From {status} they go to {NEXT[status]}."]})

        def show(done: Advanced) -> Answer:
            shown = AdvancedAnswer(
                success=True,
                message=f"{len(done.before)} invoices moved from {status} to {done.to}",
                from_status=status.value,
                to_status=done.to.value,
                count=len(done.before),
                updated_at=instant_text(self.now),
                invoices=[_advanced(content, done.to) for content in done.before],
                warnings=_warned(unknown_fields(self._ignored)) or UNSET,
                dry_run=True if self.is_dry_run() else UNSET,
            )
            return Answer(200, ENCODER.encode(shown).decode())

        answer = advance_invoices.answer(
            Terms(show, repeat=self.key(), dry_run=self.is_dry_run()),
            wanted=Range(status, _day(body.from_date), _day(body.to_date)),
            actor=self.actor,
            now=self.now,
            user_email=body.user_email or "",
            notes=body.notes or "",
        )
        return self.respond(answer)


def _warned(entries: list[dict[str, Any]]) -> list[Warned]:
    return [Warned(**entry) for entry in entries]


def _advanced(content: InvoiceContent, to: FulfilmentStatus) -> AdvancedInvoice:
    return AdvancedInvoice(**row_of(content), previous_status=content.fulfilment_status, new_status=to.value)


def _day(sent: DocumentDate | None) -> date | None:
    return sent.plain() if sent else None


def _range(params: Any) -> Range:
    status = params.get("from_status", "")
    if status not in {one.value for one in NEXT}:
        raise ValidationFailed(errors={"from_status": [f"Must be one of {', '.join(NEXT)}."]})
    days: dict[str, date | None] = {}
    for name in ("from_date", "to_date"):
        try:
            days[name] = DocumentDate.read(params[name]).plain() if params.get(name) else None
        except ValueError as problem:
            raise ValidationFailed(errors={name: [str(problem)]}) from None
    return Range(FulfilmentStatus(status), days["from_date"], days["to_date"])


class BulkStatusHistoryView(WarehouseView):
    """GET the moves of many invoices, the latest first."""

    rights: ClassVar = {"GET": Right.ADMINISTER}
    operations: ClassVar = {
        "GET": Operation(
            name="list_status_runs",
            summary="When many invoices were moved at once, by whom and which; the latest first.",
            replies={200: Reply("The moves.", RunsAnswer)},
            parameters=(
                Parameter(
                    "limit",
                    "At most so many.",
                    {"type": "integer", "minimum": 1, "maximum": MOST_RUNS, "default": RUNS},
                ),
            ),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        asked = Parameters(request._request.GET)
        most = asked.count("limit", default=RUNS, most=MOST_RUNS)
        asked.judge()
        with scoped_read(self.actor):
            runs = list(StatusRun.objects.of(self.actor).order_by("-serial")[:most])
        shown = RunsAnswer(success=True, results=[_run(run) for run in runs])
        return self.respond(Answer(200, ENCODER.encode(shown).decode()))


def _run(run: StatusRun) -> RunPayload:
    return RunPayload(
        id=run.serial,
        from_status=run.from_status,
        to_status=run.to_status,
        from_date=run.from_date.isoformat() if run.from_date else None,
        to_date=run.to_date.isoformat() if run.to_date else None,
        count=run.count,
        executed_at=instant_text(run.executed_at),
        performed_by=run.performed_by_name,
        invoices=run.invoices,
    )
