"""Reading ledger entries: the legs of a voucher, what a party owes."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from accounting.balances import NOTHING, read_balances
from accounting.kinds import AccountRole
from accounting.models import LedgerAccount, LedgerEntry
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
    wanted = list(owners)
    rows = LedgerAccount.objects.of(Within(company_id)).filter(role=role.value, owner_id__in=wanted)
    accounts = dict(rows.values_list("owner_id", "id"))
    if not accounts:
        return dict.fromkeys(wanted, Decimal("0.00"))
    balances = read_balances(company_id, first=date.max, last=date.max, accounts=list(accounts.values()))
    by_owner = {owner: balances.get(account, NOTHING).closing for owner, account in accounts.items() if owner}
    return {owner: by_owner.get(owner, Decimal("0.00")) for owner in wanted}
