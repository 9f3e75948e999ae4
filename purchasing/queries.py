"""Reading the purchasing side as it is shown. A fixed number of queries, whatever the number of rows."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from accounting.entries import party_balances
from accounting.kinds import AccountRole
from accounting.parties import PartyPayload
from erp.access import Actor
from erp.models import Within
from purchasing.models import GoodsReceipt, GoodsReceiptLine, Supplier
from purchasing.payloads import (
    ReceiptPayload,
    ReceiptRowPayload,
    receipt_payload,
    receipt_row_payload,
    supplier_payload,
)


def show_suppliers(actor: Actor, suppliers: Sequence[Supplier]) -> list[PartyPayload]:
    """Suppliers as parties, with what we owe each."""
    balances = party_balances(actor.company_id, AccountRole.PAYABLE, [supplier.id for supplier in suppliers])
    code = actor.company.base_currency.code
    return [supplier_payload(one, owed=0 - balances[one.id], currency_code=code) for one in suppliers]


def read_supplier(actor: Actor, supplier_id: UUID) -> PartyPayload | None:
    """A supplier as a party; None for what does not exist or belongs to others."""
    supplier = Supplier.objects.of(actor).filter(id=supplier_id).first()
    return None if supplier is None else show_suppliers(actor, [supplier])[0]


def goods_receipts(company: UUID) -> QuerySet[GoodsReceipt]:
    """The company's receipts with what their rows show."""
    return GoodsReceipt.objects.of(Within(company)).select_related("supplier", "warehouse", "voucher")


def show_receipts(receipts: Sequence[GoodsReceipt], *, with_cost: bool) -> list[ReceiptRowPayload]:
    """Receipts of a list."""
    return [receipt_row_payload(receipt, with_cost=with_cost) for receipt in receipts]


def read_receipt(company_id: UUID, receipt_id: UUID, *, with_cost: bool) -> ReceiptPayload | None:
    """A whole receipt; None for what does not exist or belongs to others."""
    receipt = goods_receipts(company_id).filter(id=receipt_id).first()
    if receipt is None:
        return None
    lines = GoodsReceiptLine.objects.of(Within(company_id)).filter(receipt_id=receipt_id)
    found = lines.select_related("item", "layer__batch").order_by("line_no")
    return receipt_payload(receipt, list(found), with_cost=with_cost)


def show_receipt(company_id: UUID, receipt_id: UUID, *, with_cost: bool) -> ReceiptPayload:
    """A whole receipt that the running transaction has written."""
    shown = read_receipt(company_id, receipt_id, with_cost=with_cost)
    assert shown is not None, "the use case has just written it"
    return shown
