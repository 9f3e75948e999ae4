"""Balances of accounts: days that are folded already, and the entries since; exact at any moment, as of any date.

Posting writes entries and touches no balance row, so no posting waits for another. The fold moves what has committed into
one row per account and day; a reader adds the entries after the mark, in the same statement and so from one snapshot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from accounting.statements import BALANCES, BALANCES_OF_ACCOUNTS, FOLD, FOLD_ANEW
from erp.locking import LockOrder, one_transaction
from erp.models import Company


@dataclass(frozen=True, slots=True)
class Balance:
    """An account over a period, in base currency. `opening` and `closing` are debit minus credit; the rest is turnover."""

    opening: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit


NOTHING = Balance(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))


def read_balances(
    company_id: UUID, *, first: date, last: date, accounts: Sequence[UUID] | None = None
) -> dict[UUID, Balance]:
    """Account → its balance over ``first…last`` (booking dates, both included); accounts without entries are missing."""
    parameters: dict[str, Any] = {"company": company_id, "first": first, "last": last}
    if accounts is not None:
        parameters["accounts"] = list(accounts)
    with connection.cursor() as cursor:
        cursor.execute(BALANCES if accounts is None else BALANCES_OF_ACCOUNTS, parameters)
        return {account: Balance(opening, debit, credit) for account, opening, debit, credit in cursor.fetchall()}


def balance_of(company_id: UUID, account_id: UUID, *, as_of: date) -> Decimal:
    """Debit minus credit of an account at the end of a day, in base currency."""
    found = read_balances(company_id, first=as_of, last=as_of, accounts=[account_id])
    return found.get(account_id, NOTHING).closing


def fold_balances(*, company_id: UUID, anew: bool = False) -> None:
    """Move the company's committed entries into its account days, up to the oldest transaction that is still running.

    Safe at any time and from any number of processes: folds of a company wait for each other, postings for none. `anew`
    forgets what was folded and begins again. Locks ACCOUNT (the mark).
    """
    with one_transaction(company_id=company_id) as locks, connection.cursor() as cursor:
        locks.claim(LockOrder.ACCOUNT)
        # The first fold of a large company takes longer than a request may.
        cursor.execute("SET LOCAL statement_timeout = '15min'")
        cursor.execute("INSERT INTO accounting_foldmark (company_id) VALUES (%s) ON CONFLICT DO NOTHING", [company_id])
        cursor.execute(FOLD_ANEW if anew else FOLD, [company_id])


def fold_all() -> int:
    """Fold every active company, one transaction each; how many there were. What a worker calls every few seconds."""
    companies = list(Company.objects.filter(is_active=True).order_by("id").values_list("id", flat=True))
    for company_id in companies:
        fold_balances(company_id=company_id)
    return len(companies)
