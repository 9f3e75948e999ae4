"""The operations on movements and batches under ``/api/inventory/``."""

from msgspec import Struct

from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import changes, lists, shows
from erp.api.filtering import UnknownParameter
from inventory.api.filters import BatchFilter, MovementFilter
from inventory.batch_queries import ExpiringPayload, GoodsBatchPayload
from inventory.movement_queries import MovementPayload

LIST_MOVEMENTS = lists(
    "list_movements",
    "What came and went, the latest day first; what it is worth for those who may see costs.",
    MovementPayload,
    filters=MovementFilter,
    purposes={
        "item": "Id of the item.",
        "warehouse": "Id of the warehouse.",
        "batch": "Id of a batch: only what moved of it.",
        "source": "Id of the document that moved the goods.",
        "kind": "Why goods moved.",
        "start_date": "Booked on this day or later.",
        "end_date": "Booked on this day or before.",
    },
)

_BATCH = {"batch_id": "Id of the batch."}


class ExpiringAnswer(Struct, kw_only=True):
    """What was asked, and what expires by then."""

    within_days: int
    currency_code: str
    rows: list[ExpiringPayload]


LIST_BATCHES = lists(
    "list_batches",
    "The batches, newest first, with what there is of each.",
    GoodsBatchPayload,
    filters=BatchFilter,
    purposes={
        "item": "Id of the item.",
        "batch_no": "Exactly this number.",
        "expires_before": "Expires before this day.",
        "blocked": "Whether it is blocked.",
    },
)
GET_BATCH = shows("get_batch", "One batch, with what there is of it.", GoodsBatchPayload, ids=_BATCH)
BLOCK_BATCH = changes(
    "block_batch",
    "Block a batch: nothing of it is sold or promised from now on. Safe to repeat.",
    GoodsBatchPayload,
    ids=_BATCH,
)
UNBLOCK_BATCH = changes(
    "unblock_batch",
    "Sell of a batch again that was blocked. Safe to repeat.",
    GoodsBatchPayload,
    ids=_BATCH,
)
SHOW_EXPIRING = Operation(
    name="show_expiring_batches",
    summary="What lies there and expires soon, or has expired, which comes first.",
    replies={200: Reply("A batch and a warehouse to a row.", ExpiringAnswer)},
    refusals=(UnknownParameter,),
    parameters=(Parameter("within_days", "Within so many days; 90 unless told.", {"type": "integer", "minimum": 0}),),
)
