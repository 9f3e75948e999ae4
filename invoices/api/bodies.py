"""Bodies of invoices and payments of the books' surface; limits come from the models."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from accounting.models import LedgerAccount
from erp.bodies import MAX_LINES, DiscountPct, GstPct, PositiveAmount, Quantity, UnitRate, given, read_lines, sent
from erp.characters import CODE, MANY_LINES, ONE_LINE
from erp.parsing import DocumentDate, text_of
from erp.problems import ValidationFailed
from inventory.models import Uom
from invoices.batch_posting import MOST_AT_ONCE
from invoices.billing import SuppliersBill
from invoices.drafting import HandLine, NewInvoice
from invoices.models import Invoice, InvoiceItem, Payment
from invoices.order_invoices import GenerationOptions
from invoices.paying import OneCall
from invoices.payment_drafting import NewPayment, Part
from invoices.status import InvoiceType, PaymentKind, PaymentMode

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
        members = {name: value for name, value in given(self).items() if name in GenerationBody.__struct_fields__}
        shares: list[OrderShareBody] = members.pop("lines")
        lines = {share.order_item: share.quantity for share in shares}
        if len(lines) != len(shares):
            raise ValidationFailed(errors={"lines": ["An order's line is named twice."]})
        return GenerationOptions(**members, lines=lines)


class BillBody(GenerationBody, kw_only=True, frozen=True):
    """Options of entering a supplier's bill of a purchase order, and what the bill says of itself."""

    supplier_invoice_number: Annotated[str, text_of(Invoice, "supplier_invoice_number", required=True)]
    supplier_invoice_date: DocumentDate | None = None

    def bill(self) -> SuppliersBill:
        """Raises ValidationFailed for a number of blanks."""
        number = self.supplier_invoice_number.strip()
        if not number:
            raise ValidationFailed(errors={"supplier_invoice_number": ["This field may not be blank."]})
        return SuppliersBill(number, self.supplier_invoice_date.plain() if self.supplier_invoice_date else None)


class InvoiceLineBody(Struct, kw_only=True, frozen=True):
    """A line of an invoice drawn up by hand. `discount_percent` is what published clients say.

    A bill of goods that came without an order names their `receipt_line`, which says which item it is.
    """

    item_id: UUID | None = None
    description: Annotated[str, text_of(InvoiceItem, "name", pattern=ONE_LINE)] | None = None
    quantity: Quantity
    unit_rate: UnitRate
    discount_pct: DiscountPct | None = None
    discount_percent: DiscountPct | None = None
    gst_rate: GstPct | None = None
    account_code: Annotated[str, text_of(LedgerAccount, "code", pattern=CODE)] | None = None
    uom_code: Annotated[str, text_of(Uom, "code", pattern=CODE)] | None = None
    receipt_line: UUID | None = None

    def line(self) -> HandLine:
        """Raises ValidationFailed for a discount that is said twice, and differently."""
        members = given(self)
        said = members.pop("discount_percent", None)
        if said is not None and members.setdefault("discount_pct", said) != said:
            raise ValidationFailed(errors={"discount_percent": ["Differs from discount_pct, which means the same."]})
        return HandLine(**members)


class InvoiceBody(Struct, kw_only=True, frozen=True):
    """An invoice drawn up by hand; a purchase says what the supplier's paper says of itself."""

    invoice_type: InvoiceType
    party_id: UUID
    lines: Annotated[list[InvoiceLineBody], Meta(min_length=1, max_length=MAX_LINES)]
    apply_gst: bool | None = None
    company_state_code: Annotated[str, Meta(max_length=2, pattern=ONE_LINE)] | None = None
    warehouse_id: UUID | None = None
    invoice_date: DocumentDate | None = None
    due_date: DocumentDate | None = None
    notes: _Notes | None = None
    supplier_invoice_number: Annotated[str, text_of(Invoice, "supplier_invoice_number")] | None = None
    supplier_invoice_date: DocumentDate | None = None

    def draft(self) -> NewInvoice:
        """Raises ValidationFailed for what a sale has not, for a bill without its number, and for bad lines."""
        members = given(self)
        options = {
            name: members[name]
            for name in ("apply_gst", "company_state_code", "invoice_date", "due_date", "notes")
            if name in members
        }
        return NewInvoice(
            party_id=self.party_id,
            lines=read_lines(self.lines, InvoiceLineBody.line, member="lines"),
            options=GenerationOptions(**options),
            bill=self._bill(members),
            warehouse_id=self.warehouse_id,
        )

    def _bill(self, members: dict[str, Any]) -> SuppliersBill | None:
        number = (self.supplier_invoice_number or "").strip()
        if self.invoice_type is InvoiceType.PURCHASE:
            if not number:
                raise ValidationFailed(errors={"supplier_invoice_number": ["Say the number of the supplier's paper."]})
            return SuppliersBill(number, members.get("supplier_invoice_date"))
        foreign = [name for name in ("supplier_invoice_number", "supplier_invoice_date") if members.get(name)]
        if foreign:
            raise ValidationFailed(errors={name: ["Only a purchase has this."] for name in foreign})
        return None


class InvoicePatch(Struct, kw_only=True, frozen=True):
    due_date: DocumentDate | UnsetType = UNSET
    billing_address: _Address | UnsetType | None = UNSET
    shipping_address: _Address | UnsetType | None = UNSET
    notes: _Notes | UnsetType | None = UNSET


class PostingBody(Struct, kw_only=True, frozen=True):
    posting_date: DocumentDate | None = None


class BatchPostingBody(Struct, kw_only=True, frozen=True):
    """Which invoices to post: `invoice_ids`, or the drafts that pass a `filter` with the names and values of the list's."""

    invoice_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_AT_ONCE)] | UnsetType = UNSET
    filter: dict[str, str | bool | list[str]] | UnsetType = UNSET

    def filters(self) -> dict[str, list[str]] | None:
        """The filter as texts; None where ids are named. Raises ValidationFailed for both, and for neither."""
        if (self.invoice_ids is UNSET) == (self.filter is UNSET):
            raise ValidationFailed(errors={"invoice_ids": ["Name invoices, or a filter."]})
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


class PartBody(Struct, kw_only=True, frozen=True):
    """How much of a payment an invoice is to get."""

    invoice_id: UUID
    amount: PositiveAmount

    def part(self) -> Part:
        return Part(self.invoice_id, Decimal(self.amount))


_Parts = Annotated[list[PartBody], Meta(max_length=MAX_LINES)]
_Account = Annotated[str, text_of(LedgerAccount, "code", pattern=CODE)]
_Reference = Annotated[str, text_of(Payment, "reference_number")]
_PaymentNotes = Annotated[str, text_of(Payment, "notes", pattern=MANY_LINES)]
_OF_ONE_CALL = ("excess",)
_OF_THE_FULL_FORM = ("kind", "currency_id", "allocations", "post")


class PaymentBody(Struct, kw_only=True, frozen=True):
    """Money from a customer, or to a supplier.

    With `invoice_id`: for one invoice, posted in one call, in for a sale and out for a purchase; ``"excess": "advance"``
    keeps what is over as a credit of the party. With `party_id`: of the `kind` that is said, RECEIPT or PAYMENT; a draft, or
    posted at once with `post`, for the invoices that `allocations` name, if any.
    """

    invoice_id: UUID | None = None
    party_id: UUID | None = None
    kind: PaymentKind | None = None
    amount: PositiveAmount
    payment_date: DocumentDate
    currency_id: Annotated[str, Meta(min_length=1, max_length=36, pattern=ONE_LINE)] | None = None
    mode: PaymentMode | None = None
    account_code: _Account | None = None
    reference_number: _Reference | None = None
    notes: _PaymentNotes | None = None
    allocations: _Parts | None = None
    post: bool | None = None
    excess: Literal["advance"] | None = None

    def read(self) -> OneCall | NewPayment:
        """Raises ValidationFailed for members of both forms, or of none."""
        members = given(self)
        if (self.invoice_id is None) == (self.party_id is None):
            raise ValidationFailed(errors={"invoice_id": ["Name an invoice, or a party."]})
        foreign = _OF_THE_FULL_FORM if self.party_id is None else _OF_ONE_CALL
        if wrong := [name for name in foreign if name in members]:
            other = "party_id" if self.party_id is None else "invoice_id"
            raise ValidationFailed(errors={name: [f"Goes with {other} only."] for name in wrong})
        if self.party_id is None:
            advance = members.pop("excess", None) is not None
            return OneCall(**members, excess_as_advance=advance)
        members["currency"] = members.pop("currency_id", None)
        return NewPayment(**members | {"allocations": parts(self.allocations or [])})


class PaymentPatch(Struct, kw_only=True, frozen=True):
    """Of a draft. `allocations` replaces what was planned."""

    amount: PositiveAmount | UnsetType = UNSET
    payment_date: DocumentDate | UnsetType = UNSET
    mode: PaymentMode | UnsetType = UNSET
    account_code: _Account | UnsetType | None = UNSET
    reference_number: _Reference | UnsetType | None = UNSET
    notes: _PaymentNotes | UnsetType | None = UNSET
    allocations: _Parts | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        members = sent(self)
        return members if self.allocations is UNSET else members | {"allocations": parts(self.allocations)}


class ReleaseBody(Struct, kw_only=True, frozen=True):
    reason: Annotated[str, Meta(min_length=1, max_length=400, pattern=MANY_LINES)]


def parts(bodies: list[PartBody]) -> list[Part]:
    """Raises ValidationFailed for an invoice that is named twice."""
    if len({one.invoice_id for one in bodies}) != len(bodies):
        raise ValidationFailed(errors={"allocations": ["An invoice is named twice."]})
    return [one.part() for one in bodies]
