"""The operations on slips, couriers under way, and what is to be considered, under ``/api/sales/delivery/``."""

from erp.api.contracts import Operation, Parameter, Reply
from fulfilment.api.operations import OF_A_WORKER, enveloped, writes
from fulfilment.api.packing_operations import PAGING, WorkPage
from fulfilment.couriers import CourierNotFound
from fulfilment.delivery_payloads import CourierChangePayload, DriversPayload, ReroutedPayload, SlipPayload
from fulfilment.status import DeliveryType

UPLOAD_SLIP = writes(
    "upload_slip",
    "Prove that a courier's parcels arrived: of all that are named, or of none.",
    "They are delivered.",
    enveloped("SlipAnswer", SlipPayload),
    OF_A_WORKER,
    files=("courier_slip",),
    only_form=True,
)
UPDATE_COURIER = writes(
    "update_courier",
    "Give parcels that are under way to another courier: all that are named, or none.",
    "He carries them.",
    enveloped("ReroutedAnswer", ReroutedPayload),
    (*OF_A_WORKER, CourierNotFound),
)
COURIER_CHANGES = Operation(
    name="courier_changes",
    summary="Who carried an invoice's parcels before, the latest change first.",
    replies={200: Reply("The changes.", enveloped("CourierChangesAnswer", list[CourierChangePayload], ("count", int)))},
    parameters=(Parameter("invoice_no", "Number of the invoice; required.", {"type": "string", "maxLength": 100}),),
)
CONSIDER_LIST = Operation(
    name="consider_list",
    summary="Invoices that wait for their driver, or for a courier's slip, the oldest first.",
    replies={200: Reply("The page.", WorkPage)},
    parameters=(
        Parameter("delivery_type", "How the goods leave.", {"enum": list(DeliveryType)}),
        Parameter("search", "Number, customer, phone or person contains this.", {"type": "string", "maxLength": 100}),
        *PAGING,
    ),
)
ELIGIBLE_STAFF = Operation(
    name="eligible_staff",
    summary="Members who may take goods out.",
    replies={200: Reply("They, by name.", enveloped("DriversAnswer", DriversPayload))},
)
