"""The operations of the warehouse under ``/api/sales/``."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from accounting.periods import PeriodClosed
from erp.api.contracts import REPEATED, Operation, Parameter, Reply
from erp.api.describing import IF_MATCH
from erp.api.envelopes import Member, success_of
from erp.api.uploads import MULTIPART
from erp.changing import Stale
from erp.media import UnknownMedia
from erp.problems import NotFound, Problem
from fulfilment.cancelling import NoSuchSession
from fulfilment.correcting import NotInReview
from fulfilment.couriers import CourierNotFound
from fulfilment.dispatching import NoneStarted
from fulfilment.payloads import (
    ActivePayload,
    AssignedPayload,
    CancelledPayload,
    CorrectedPayload,
    DeliveryPayload,
    PackingPayload,
    PickingPayload,
    ReturnedPayload,
    StartedPayload,
)
from fulfilment.scenes import InvoiceNotFound
from fulfilment.sessions import SessionOpen, StartsNothing, WrongState
from fulfilment.worked_sessions import SessionHeld
from fulfilment.workers import PrivilegeNotGiven, UserNotFound
from inventory.stock import InsufficientStock
from invoices.api.operations import Warned
from invoices.credits import HasCreditNotes
from invoices.importing import NumberTaken


class NotStarted(Struct, kw_only=True):
    """An invoice of which no delivery was started, and why."""

    invoice_no: str
    error: str
    code: str


def enveloped(name: str, data: Any, *beside: Member) -> type[Struct]:
    """Envelope B around this payload."""
    return success_of(name, data, *beside, warned=Warned)


def _either(name: str, says: str, *kinds: type[Struct]) -> type[Struct]:
    """The members of one of these payloads, as the request asks."""
    members = {field.name: field.type for kind in kinds for field in msgspec.structs.fields(kind)}
    fields = [(member, kind | UnsetType, UNSET) for member, kind in members.items()]
    return msgspec.defstruct(name, fields, kw_only=True, namespace={"__doc__": says})


OF_A_WORKER: tuple[type[Problem], ...] = (InvoiceNotFound, UserNotFound, PrivilegeNotGiven, WrongState)
_OF_A_START = (*OF_A_WORKER, StartsNothing, SessionOpen, SessionHeld)


def writes(
    name: str,
    summary: str,
    says: str,
    answer: Any,
    refusals: tuple[type[Problem], ...],
    *,
    status: int = 200,
    parameters: tuple[Parameter, ...] = (),
    files: tuple[str, ...] = (),
    only_form: bool = False,
) -> Operation:
    """A write. With `files` it also takes a form, and where it is `only_form` nothing else."""
    if files:
        refusals = (*refusals, UnknownMedia)
    return Operation(
        name=name,
        summary=summary,
        replies={status: Reply(says, answer, headers=REPEATED)},
        refusals=refusals,
        parameters=parameters,
        repeatable=True,
        files=files,
        body_media_type=MULTIPART if only_form else "application/json",
    )


_PICKING, _PACKING = enveloped("PickingAnswer", PickingPayload), enveloped("PackingAnswer", PackingPayload)
_ACTIVE = enveloped("ActiveAnswer", ActivePayload | None, ("in_review", list[str]))
_WHOSE = (
    Parameter("user", "Id of the worker; yourself without it. Another takes *act_for*.", {"type": "string"}),
    Parameter("user_email", "The same by address.", {"type": "string"}),
)

START_PICKING = writes(
    "start_picking", "Begin to pick an invoice.", "The session is open.", _PICKING, _OF_A_START, status=201
)
COMPLETE_PICKING = writes("complete_picking", "Say that an invoice is picked.", "It is picked.", _PICKING, OF_A_WORKER)
ACTIVE_PICKING = Operation(
    name="active_picking",
    summary="What a picker has in hand.",
    replies={200: Reply("His oldest open session, or null; numbers of his that wait in review.", _ACTIVE)},
    refusals=(UserNotFound,),
    parameters=_WHOSE,
)
START_PACKING = writes(
    "start_packing", "Begin to pack what was picked.", "The session is open.", _PACKING, _OF_A_START, status=201
)
COMPLETE_PACKING = writes(
    "complete_packing", "Say that an invoice is packed, without trays.", "It is packed.", _PACKING, OF_A_WORKER
)
ACTIVE_PACKING = Operation(
    name="active_packing",
    summary="What a packer has in hand.",
    replies={200: Reply("His oldest open session, or null; numbers of his that wait in review.", _ACTIVE)},
    refusals=(UserNotFound,),
    parameters=_WHOSE,
)
_STARTED = _either(
    "StartedDelivery",
    "Of one invoice its delivery, of several which have begun.",
    DeliveryPayload,
    StartedPayload,
)
START_DELIVERY = writes(
    "start_delivery",
    "Hand goods over the counter or to a courier, or assign a driver; one invoice or several, each by itself.",
    "The delivery has begun; of several, `errors` names those of which none has.",
    enveloped("StartedAnswer", _STARTED, ("errors", list[NotStarted] | None | UnsetType, UNSET)),
    (*OF_A_WORKER, StartsNothing, CourierNotFound, NoneStarted),
    status=201,
)
ASSIGN_DELIVERY = writes(
    "assign_delivery",
    "Let a driver set out, or name another courier.",
    "It is assigned.",
    enveloped("AssignedAnswer", AssignedPayload),
    (*OF_A_WORKER, CourierNotFound),
)
COMPLETE_DELIVERY = writes(
    "complete_delivery",
    "Say that the goods have arrived, or where they are on their way.",
    "It is told.",
    enveloped("DeliveryAnswer", DeliveryPayload),
    OF_A_WORKER,
    files=("attachment",),
)
CANCEL_SESSION = writes(
    "cancel_session",
    "End a session without its work done.",
    "It is cancelled.",
    enveloped("CancelledAnswer", CancelledPayload),
    (*OF_A_WORKER, NoSuchSession, NotFound),
)
RETURN_TO_BILLING = writes(
    "return_to_billing",
    "Send an invoice back to billing, with the reason.",
    "It is in review.",
    enveloped("ReturnedAnswer", ReturnedPayload),
    OF_A_WORKER,
)
CORRECT_INVOICE = writes(
    "correct_invoice",
    "Correct an invoice that is in review, or say that it is right; the warehouse goes on.",
    "It has left review.",
    enveloped("CorrectedAnswer", CorrectedPayload),
    (InvoiceNotFound, NotInReview, Stale, NumberTaken, HasCreditNotes, PeriodClosed, InsufficientStock),
    parameters=(IF_MATCH,),
)
