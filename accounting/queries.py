"""Reading the books: accounts, vouchers with their entries, the statement of an account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounting.models import LedgerAccount, Voucher
from accounting.statements import STATEMENT
from erp.access import Actor
from erp.models import Within


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an account's entries a page begins: after this one. They are ordered by booking date, then id."""

    day: date
    entry_id: int


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """A leg on the account; `balance` is the account's balance after it, debit minus credit."""

    day: date
    entry_id: int
    voucher_id: UUID
    voucher_number: str
    kind: str
    narration: str
    debit: Decimal
    credit: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """An account between two days, in base currency; `entries` may be a page of them, `more` says that others follow."""

    opening: Decimal
    closing: Decimal
    entries: list[StatementEntry]
    more: bool

    @property
    def place_after(self) -> Place:
        """Where the next page begins."""
        last = self.entries[-1]
        return Place(last.day, last.entry_id)


def read_statement(
    company_id: UUID, account_id: UUID, *, first: date, last: date, size: int, after: Place | None = None
) -> Statement:
    """Opening balance, up to `size` entries with the running balance, closing balance; one statement, so one snapshot.

    A page costs the same wherever it begins: what came before it is read from the folded days.
    """
    after = after or Place(first, 0)
    parameters: dict[str, Any] = {
        "company": company_id,
        "account": account_id,
        "accounts": [account_id],
        "first": first,
        "last": last,
        "after_date": after.day,
        "after_id": after.entry_id,
        "size": size + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        rows = cursor.fetchall()
    opening, closing = rows[0][:2]
    entries = [StatementEntry(*row[2:]) for row in rows if row[2] is not None]
    return Statement(opening, closing, entries[:size], more=len(entries) > size)


def find_account(actor: Actor, account_id: UUID) -> LedgerAccount | None:
    return LedgerAccount.objects.of(actor).select_related("currency").filter(id=account_id).first()


def vouchers(actor: Actor) -> QuerySet[Voucher]:
    return Voucher.objects.of(actor).select_related("posted_by")


def reversals_of(company_id: UUID, voucher_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Voucher → the voucher that reversed it; those that stand are missing."""
    rows = Voucher.objects.of(Within(company_id)).filter(reverses_id__in=list(voucher_ids))
    return {original: mirror for original, mirror in rows.values_list("reverses_id", "id") if original is not None}
