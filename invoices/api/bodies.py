"""Bodies of invoices and payments of the books' surface; limits come from the models."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from accounting.models import LedgerAccount
from erp.bodies import MAX_LINES, PositiveAmount, Quantity, given
from erp.characters import CODE, MANY_LINES, ONE_LINE
from erp.parsing import DocumentDate, text_of
from erp.problems import ValidationFailed
from invoices.batch_posting import MOST_AT_ONCE
from invoices.invoicing import GenerationOptions
from invoices.models import Invoice, Payment
from invoices.paying import NewReceipt
from invoices.status import PaymentMode

_Notes = Annotated[str, text_of(Invoice, "notes", pattern=MANY_LINES)]
_Address = Annotated[str, text_of(Invoice, "billing_address", pattern=MANY_LINES)]


class OrderShareBody(Struct, kw_only=True, frozen=True):
    """How much of an order's line."""

    order_item: UUID
    quantity: Quantity


class GenerationBody(Struct, kw_only=True, frozen=True):
    """Options of making an invoice of an order."""

    partial_allowed: bool | None = None
    apply_gst: bool | None = None
    company_state_code: Annotated[str, Meta(max_length=2, pattern=ONE_LINE)] | None = None
    lines: Annotated[list[OrderShareBody], Meta(max_length=MAX_LINES)] = []
    invoice_date: DocumentDate | None = None
    due_date: DocumentDate | None = None
    notes: _Notes | None = None

    def options(self) -> GenerationOptions:
        """Raises ValidationFailed for an order's line named twice."""
        members = given(self)
        shares: list[OrderShareBody] = members.pop("lines")
        lines = {share.order_item: share.quantity for share in shares}
        if len(lines) != len(shares):
            raise ValidationFailed(errors={"lines": ["An order's line is named twice."]})
        return GenerationOptions(**members, lines=lines)


class InvoicePatch(Struct, kw_only=True, frozen=True):
    due_date: DocumentDate | UnsetType = UNSET
    billing_address: _Address | UnsetType | None = UNSET
    shipping_address: _Address | UnsetType | None = UNSET
    notes: _Notes | UnsetType | None = UNSET


class PostingBody(Struct, kw_only=True, frozen=True):
    posting_date: DocumentDate | None = None


class BatchPostingBody(Struct, kw_only=True, frozen=True):
    """Which invoices to post: `ids`, or the drafts that pass a `filter` with the names and values of the list's own."""

    ids: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_AT_ONCE)] | UnsetType = UNSET
    filter: dict[str, str | bool | list[str]] | UnsetType = UNSET

    def filters(self) -> dict[str, list[str]] | None:
        """The filter as texts; None where ids are named. Raises ValidationFailed for both, and for neither."""
        if (self.ids is UNSET) == (self.filter is UNSET):
            raise ValidationFailed(errors={"ids": ["Name ids, or a filter."]})
        if self.filter is UNSET:
            return None
        return {name: _texts(value) for name, value in self.filter.items()}


def _texts(value: str | bool | list[str]) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return value if isinstance(value, list) else [value]


class CancelBody(Struct, kw_only=True, frozen=True):
    reason: Annotated[str, Meta(max_length=500, pattern=MANY_LINES)] | None = None


class ReverseBody(Struct, kw_only=True, frozen=True):
    """`reversal_date` is today unless said, and never before the day of what is reversed."""

    reason: Annotated[str, Meta(min_length=1, max_length=400, pattern=MANY_LINES)]
    reversal_date: DocumentDate | None = None


class PaymentBody(Struct, kw_only=True, frozen=True):
    """Money for one invoice, in one call. ``"excess": "advance"`` keeps what is over as a credit of the customer."""

    invoice_id: UUID
    amount: PositiveAmount
    payment_date: DocumentDate
    mode: PaymentMode | None = None
    account_code: Annotated[str, text_of(LedgerAccount, "code", pattern=CODE)] | None = None
    reference_number: Annotated[str, text_of(Payment, "reference_number")] | None = None
    notes: Annotated[str, text_of(Payment, "notes", pattern=MANY_LINES)] | None = None
    excess: Literal["advance"] | None = None

    def receipt(self) -> NewReceipt:
        members = given(self)
        advance = members.pop("excess", None) is not None
        return NewReceipt(**members, excess_as_advance=advance)
