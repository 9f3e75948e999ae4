"""Bodies of credit notes."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from erp.bodies import MAX_LINES, PositiveAmount, Quantity, given
from erp.parsing import DocumentDate
from erp.problems import FieldErrors, ValidationFailed
from invoices.credit_rules import Wish
from invoices.crediting import NewCredit
from invoices.status import CreditReason


class CreditLineBody(Struct, kw_only=True, frozen=True):
    """A line of the invoice with a quantity at its own rate, or an amount that its net is reduced by."""

    line: UUID
    quantity: Quantity | None = None
    amount: PositiveAmount | None = None


class CreditNoteBody(Struct, kw_only=True, frozen=True):
    """No `lines`: all that is not yet credited. `return_stock` is taken for granted when the reason is SALES_RETURN.

    Of a supplier's bill the goods go back to him. Of a sale they come back to the warehouse that they left, or go on into
    `warehouse_id`, a quarantine for one.
    """

    credit_date: DocumentDate | None = None
    reason: CreditReason
    return_stock: bool | None = None
    warehouse_id: UUID | None = None
    post: bool | None = None
    lines: Annotated[list[CreditLineBody], Meta(max_length=MAX_LINES)] = []

    def credit(self, invoice_id: UUID, *, today: date) -> NewCredit:
        """Raises ValidationFailed for a line named twice, or without exactly one of quantity and amount."""
        wishes: list[Wish] = []
        faults: list[FieldErrors] = []
        for line in self.lines:
            members = given(line)
            line_id: UUID = members.pop("line")
            faults.append({} if len(members) == 1 else {"quantity": ["Either a quantity or an amount, one of them."]})
            wishes.append(Wish(line_id, **members))
        if any(faults):
            raise ValidationFailed(errors={"lines": faults})
        if len({wish.line_id for wish in wishes}) != len(wishes):
            raise ValidationFailed(errors={"lines": ["A line of the invoice is named twice."]})
        returns = self.reason is CreditReason.SALES_RETURN if self.return_stock is None else self.return_stock
        return NewCredit(
            invoice_id=invoice_id,
            credit_date=self.credit_date.plain() if self.credit_date else today,
            reason=self.reason,
            return_stock=returns,
            warehouse_id=self.warehouse_id,
            wishes=wishes,
            post=self.post is not False,
        )


class ApplyCreditBody(Struct, kw_only=True, frozen=True):
    invoice_id: UUID
    amount: PositiveAmount
