"""What the warehouse sends. Unknown members are ignored and named in `warnings`; ``null`` means blank in optional texts."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from erp.bodies import sent
from erp.characters import CODE, EMAIL, MANY_LINES
from erp.parsing import BoundedDecimal, text_of
from fulfilment.delivering import Dispatch
from fulfilment.models import MOST_METRES, BillingReturn, CourierChange, DeliverySession, PackingSession, PickingSession
from fulfilment.status import CounterSubMode, DeliveryType, Section
from invoices.models import Invoice

MOST_AT_ONCE = 200
MOST_WEIGHTS = 100

Number = Annotated[str, text_of(Invoice, "invoice_no", pattern=CODE, required=True)]
Email = Annotated[str, text_of(PickingSession, "worker_email", pattern=EMAIL)]
Notes = Annotated[str, text_of(PickingSession, "notes", pattern=MANY_LINES)]


class Weight(BoundedDecimal):
    """Kilograms."""

    at_least, below, places = Decimal(0), Decimal("1000.001"), 3


class Latitude(BoundedDecimal):
    at_least, below, places = Decimal(-90), Decimal("90.00000001"), 8


class Longitude(BoundedDecimal):
    at_least, below, places = Decimal(-180), Decimal("180.00000001"), 8


class Accuracy(BoundedDecimal):
    """Metres."""

    at_least, below, places = Decimal(0), Decimal(MOST_METRES), 3


class WorkBody(Struct, kw_only=True, frozen=True):
    invoice_no: Number
    user_email: Email | None = ""
    notes: Notes | None = ""


class StartBody(WorkBody, kw_only=True, frozen=True):
    take_over: bool = False


class CompletePickingBody(WorkBody, kw_only=True, frozen=True):
    """`is_repick` of the published clients says nothing that the session does not know."""

    is_repick: bool | None = None


class CompletePackingBody(WorkBody, kw_only=True, frozen=True):
    label_count: Annotated[int, Meta(ge=1, le=999)] = 1


class StartDeliveryBody(Struct, kw_only=True, frozen=True):
    """One invoice, or several."""

    delivery_type: DeliveryType
    invoice_no: Number | None = None
    invoice_nos: Annotated[list[Number], Meta(min_length=1, max_length=MOST_AT_ONCE)] | None = None
    courier_id: UUID | None = None
    user_email: Email | None = ""
    counter_sub_mode: CounterSubMode | None = None
    pickup_person_name: Annotated[str, text_of(DeliverySession, "pickup_person_name")] | None = ""
    pickup_person_phone: Annotated[str, text_of(DeliverySession, "pickup_person_phone")] | None = ""
    pickup_company_name: Annotated[str, text_of(DeliverySession, "pickup_company_name")] | None = ""
    pickup_company_id: Annotated[str, text_of(DeliverySession, "pickup_company_id")] | None = ""
    box_weights: Annotated[list[Weight], Meta(max_length=MOST_WEIGHTS)] | None = None
    notes: Notes | None = ""

    @property
    def dispatch(self) -> Dispatch:
        pickup = ("pickup_person_name", "pickup_person_phone", "pickup_company_name", "pickup_company_id")
        return Dispatch(
            delivery_type=self.delivery_type,
            courier_id=self.courier_id,
            user_email=self.user_email or "",
            counter_sub_mode=self.counter_sub_mode.value if self.counter_sub_mode else "",
            pickup={name: getattr(self, name) or "" for name in pickup},
            box_weights=tuple(Decimal(weight) for weight in self.box_weights or ()),
            notes=self.notes or "",
        )


class AssignDeliveryBody(WorkBody, kw_only=True, frozen=True):
    delivery_type: DeliveryType
    courier_id: UUID | None = None


class CompleteDeliveryBody(WorkBody, kw_only=True, frozen=True):
    delivery_status: Literal["DELIVERED", "IN_TRANSIT"] = "DELIVERED"
    courier_name: Annotated[str, text_of(DeliverySession, "courier_name")] | None = ""
    tracking_no: Annotated[str, text_of(DeliverySession, "tracking_no")] | None = ""
    delivery_latitude: Latitude | None = None
    delivery_longitude: Longitude | None = None
    delivery_location_address: Annotated[str, text_of(DeliverySession, "location_address", pattern=MANY_LINES)] | None = ""
    delivery_location_accuracy: Accuracy | None = None


class ReturnBody(Struct, kw_only=True, frozen=True):
    invoice_no: Number
    return_reason: Annotated[str, text_of(BillingReturn, "reason", pattern=MANY_LINES, required=True)]
    user_email: Email | None = ""
    notes: Notes | None = ""


class CancelBody(Struct, kw_only=True, frozen=True):
    invoice_no: Number
    session_type: Section
    cancel_reason: Annotated[str, text_of(PickingSession, "cancel_reason", pattern=MANY_LINES)] | None = ""
    user_email: Email | None = ""
    notes: Notes | None = ""


class SlipBody(Struct, kw_only=True, frozen=True):
    """Invoices by number, or by the group in which they were boxed; `courier_slip`, `tracking_no` or both."""

    invoice_no: Number | None = None
    invoice_nos: Annotated[list[Number], Meta(min_length=1, max_length=MOST_AT_ONCE)] | None = None
    boxing_group_id: Annotated[str, text_of(PackingSession, "boxing_group_id", pattern=CODE)] | None = ""
    tracking_no: Annotated[str, text_of(DeliverySession, "tracking_no")] | None = ""
    user_email: Email | None = ""
    notes: Notes | None = ""

    @property
    def numbers(self) -> list[str]:
        return [*([self.invoice_no] if self.invoice_no else []), *(self.invoice_nos or [])]


class UpdateCourierBody(Struct, kw_only=True, frozen=True):
    invoice_nos: Annotated[list[Number], Meta(min_length=1, max_length=MOST_AT_ONCE)]
    courier_id: UUID
    reason: Annotated[str, text_of(CourierChange, "reason", pattern=MANY_LINES)] | None = ""
    user_email: Email | None = ""
    notes: Notes | None = ""


def columns_of(body: Struct) -> dict[str, Any]:
    """What was sent of a master; null in an optional text means blank."""
    return {name: "" if value is None else value for name, value in sent(body).items()}
