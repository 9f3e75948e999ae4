"""Reading ledger entries: the legs of a voucher, what a party owes."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from msgspec import Struct

from accounting.kinds import AccountRole
from accounting.models import LedgerEntry
from erp.models import Within
from erp.spelling import amount_text


class EntryPayload(Struct, kw_only=True, frozen=True):
    """A leg as vouchers show it; amounts with two places, `amount_currency` signed, debit positive."""

    line_no: int
    account: UUID
    account_code: str
    account_name: str
    role: str
    debit: str
    credit: str
    currency_code: str
    amount_currency: str


def entries_of(company_id: UUID, voucher_id: UUID) -> list[EntryPayload]:
    """The legs of a voucher, in their order."""
    rows = LedgerEntry.objects.of(Within(company_id)).filter(voucher_id=voucher_id).select_related("account", "currency")
    return [
        EntryPayload(
            line_no=entry.line_no,
            account=entry.account_id,
            account_code=entry.account.code,
            account_name=entry.account.name,
            role=entry.role,
            debit=amount_text(entry.debit),
            credit=amount_text(entry.credit),
            currency_code=entry.currency.code,
            amount_currency=amount_text(entry.amount_currency),
        )
        for entry in rows.order_by("line_no")
    ]


def party_balances(company_id: UUID, role: AccountRole, owners: Iterable[UUID]) -> dict[UUID, Decimal]:
    """What these parties owe us (negative: we them), in base currency; 0.00 for one without a booking."""
    wanted: Sequence[UUID] = list(owners)
    rows = (
        LedgerEntry.objects.of(Within(company_id))
        .filter(account__company_id=company_id, account__role=role.value, account__owner_id__in=wanted)
        .values("account__owner_id")
        .annotate(debits=Sum("debit"), credits=Sum("credit"))
        .values_list("account__owner_id", "debits", "credits")
    )
    found = {owner: debits - credits for owner, debits, credits in rows}
    return {owner: found.get(owner, Decimal("0.00")) for owner in wanted}
