"""Reading the purchasing side as it is shown. A fixed number of queries, whatever the number of rows."""

from collections.abc import Sequence
from uuid import UUID

from accounting.entries import party_balances
from accounting.kinds import AccountRole
from accounting.parties import PartyPayload
from erp.access import Actor
from purchasing.models import Supplier
from purchasing.payloads import supplier_payload


def show_suppliers(actor: Actor, suppliers: Sequence[Supplier]) -> list[PartyPayload]:
    """Suppliers as parties, with what we owe each."""
    balances = party_balances(actor.company_id, AccountRole.PAYABLE, [supplier.id for supplier in suppliers])
    code = actor.company.base_currency.code
    return [supplier_payload(one, owed=0 - balances[one.id], currency_code=code) for one in suppliers]


def read_supplier(actor: Actor, supplier_id: UUID) -> PartyPayload | None:
    """A supplier as a party; None for what does not exist or belongs to others."""
    supplier = Supplier.objects.of(actor).filter(id=supplier_id).first()
    return None if supplier is None else show_suppliers(actor, [supplier])[0]
