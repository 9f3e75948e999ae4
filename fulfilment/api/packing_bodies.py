"""What who packs sends about trays. Unknown members are ignored and named in `warnings`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from erp.bodies import Quantity
from erp.characters import CODE, EMAIL, ONE_LINE
from erp.parsing import text_of
from fulfilment.api.bodies import Email, Notes, Number, WorkBody
from fulfilment.contents import BoxDraft
from fulfilment.models import PackingSession, Tray
from invoices.drafts import MAX_ITEMS

MOST_TRAYS = 500


class HoldBody(WorkBody, kw_only=True, frozen=True):
    """`customer_name` is whose other orders it waits for, the invoice's customer without it."""

    customer_name: Annotated[str, text_of(PackingSession, "consolidation_customer_name", pattern=ONE_LINE)] | None = ""
    assign_to_email: Annotated[str, text_of(PackingSession, "worker_email", pattern=EMAIL)] | None = ""


class ContentBody(Struct, kw_only=True, frozen=True):
    item_id: UUID
    quantity: Quantity


class BoxBody(Struct, kw_only=True, frozen=True):
    """A tray by its code, and what lies in it; a line that is named twice lies there with the sum."""

    box_id: Annotated[str, text_of(Tray, "tray_code", pattern=CODE, required=True)]
    is_sealed: bool = False
    items: Annotated[list[ContentBody], Meta(max_length=MAX_ITEMS)] = []

    @property
    def draft(self) -> BoxDraft:
        items: dict[UUID, Decimal] = {}
        for item in self.items:
            items[item.item_id] = items.get(item.item_id, Decimal(0)) + item.quantity
        return BoxDraft(self.box_id, self.is_sealed, items)


class DraftBody(Struct, kw_only=True, frozen=True):
    invoice_no: Number
    boxes: Annotated[list[BoxBody], Meta(max_length=MOST_TRAYS)]
    user_email: Email | None = ""
    notes: Notes | None = ""

    @property
    def drafts(self) -> Sequence[BoxDraft]:
        return [box.draft for box in self.boxes]


class CompleteTraysBody(DraftBody, kw_only=True, frozen=True):
    self_boxing: bool = False


class CompleteBoxingBody(WorkBody, kw_only=True, frozen=True):
    label_count: Annotated[int, Meta(ge=1, le=999)] | None = None
    courier_id: UUID | None = None
    boxing_group_id: Annotated[str, text_of(PackingSession, "boxing_group_id", pattern=CODE)] | None = ""
