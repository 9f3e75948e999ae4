"""Writing vouchers: a header and its legs, set-based, balanced before they are sent and judged again at commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounting.kinds import AccountRole, VoucherKind
from accounting.statements import INSERT_VOUCHERS, PARTY_ACCOUNTS
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced
from erp.money import add
from erp.rows import as_json


class Foreign(NamedTuple):
    """A leg's amount in a currency that is not the company's: signed, debit positive, two places."""

    currency_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a booking: exactly one of debit and credit is positive, two places, base currency.

    `role` is the account's; None for an account without one. `foreign` is what it is in the document's currency, where that
    is another than the company's; None for a leg that is base only.
    """

    account_id: UUID
    role: AccountRole | None
    debit: Decimal = Decimal("0.00")
    credit: Decimal = Decimal("0.00")
    foreign: Foreign | None = None


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """A voucher about to be written. Amounts in the company's base currency, whose id is `currency_id`."""

    kind: VoucherKind
    number: str
    fiscal_year_id: UUID
    voucher_date: date
    source_kind: str
    source_id: UUID
    legs: Sequence[Leg]
    currency_id: UUID
    narration: str = ""
    source_revision: int = 1
    reverses_id: UUID | None = None
    posted_by_id: UUID | None = None
    id: UUID = field(default_factory=new_id)

    @property
    def total(self) -> Decimal:
        return add([leg.debit for leg in self.legs])


class Unbalanced(Exception):
    """A bug in the rules: debit and credit differ. Nothing was written."""


def legs_of(amounts: Mapping[AccountRole, Decimal], accounts: Mapping[AccountRole, UUID]) -> list[Leg]:
    """A leg for each role on its account: debit what is positive, credit what is negative, nothing for zero."""
    return [
        Leg(accounts[role], role, debit=amount) if amount > 0 else Leg(accounts[role], role, credit=-amount)
        for role, amount in amounts.items()
        if amount
    ]


def merge_legs(legs: Sequence[Leg]) -> list[Leg]:
    """Legs of the same account, role and currency made one, on the side they net to; legs of zero dropped. Order kept."""
    nets: dict[tuple[UUID, AccountRole | None, UUID | None], tuple[Decimal, Decimal]] = {}
    for leg in legs:
        key = (leg.account_id, leg.role, leg.foreign.currency_id if leg.foreign else None)
        net, foreign = nets.get(key, (Decimal("0.00"), Decimal("0.00")))
        nets[key] = net + leg.debit - leg.credit, foreign + (leg.foreign.amount if leg.foreign else 0)
    return [
        signed_leg(account, role, net, Foreign(currency, foreign) if currency else None)
        for (account, role, currency), (net, foreign) in nets.items()
        if net
    ]


def signed_leg(account_id: UUID, role: AccountRole | None, net: Decimal, foreign: Foreign | None = None) -> Leg:
    """A leg on the side that its sign says, debit positive."""
    if net > 0:
        return Leg(account_id, role, debit=net, foreign=foreign)
    return Leg(account_id, role, credit=-net, foreign=foreign)


def write_vouchers(locks: Locks, vouchers: Sequence[NewVoucher], *, now: datetime) -> None:
    """Write the vouchers with their entries in one statement. Their numbers are taken already (rank SERIES).

    Raises Unbalanced before anything is sent; at commit the database judges each voucher again.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT_VOUCHERS, {"company": locks.company_id, "now": now, **voucher_rows(vouchers)})


def voucher_rows(vouchers: Sequence[NewVoucher]) -> dict[str, str]:
    """What `WRITE_VOUCHERS` is given, the company and the time apart. Raises Unbalanced."""
    return entry_rows(vouchers) | header_rows(vouchers)


def entry_rows(vouchers: Sequence[NewVoucher]) -> dict[str, str]:
    """Of what `WRITE_VOUCHERS` is given, the entries: they know no number. Raises Unbalanced."""
    for voucher in vouchers:
        debit, credit = add([leg.debit for leg in voucher.legs]), add([leg.credit for leg in voucher.legs])
        if debit != credit:
            raise Unbalanced(f"{voucher.narration}: debit {debit}, credit {credit}")
    return {"entries": as_json([entry for voucher in vouchers for entry in _entries(voucher)])}


def header_rows(vouchers: Sequence[NewVoucher]) -> dict[str, str]:
    """Of what `WRITE_VOUCHERS` is given, the numbered headers."""
    return {"vouchers": as_json([_header(voucher) for voucher in vouchers])}


def _header(voucher: NewVoucher) -> dict[str, Any]:
    return {
        "id": voucher.id,
        "kind": voucher.kind.value,
        "number": voucher.number,
        "fiscal_year_id": voucher.fiscal_year_id,
        "voucher_date": voucher.voucher_date,
        "source_kind": voucher.source_kind,
        "source_id": voucher.source_id,
        "source_revision": voucher.source_revision,
        "reverses_id": voucher.reverses_id,
        "total": voucher.total,
        "entry_count": len(voucher.legs),
        "narration": voucher.narration,
        "posted_by_id": voucher.posted_by_id,
    }


def _entries(voucher: NewVoucher) -> list[dict[str, Any]]:
    return [
        {
            "voucher_id": voucher.id,
            "voucher_date": voucher.voucher_date,
            "line_no": line_no,
            "account_id": leg.account_id,
            "debit": leg.debit,
            "credit": leg.credit,
            "currency_id": leg.foreign.currency_id if leg.foreign else voucher.currency_id,
            "amount_currency": leg.foreign.amount if leg.foreign else leg.debit - leg.credit,
            "role": leg.role.value if leg.role else "",
        }
        for line_no, leg in enumerate(voucher.legs, start=1)
    ]


@dataclass(frozen=True, slots=True)
class PartyName:
    """A party whose sub-account is wanted: its id, and the code and name the account gets when it is made."""

    id: UUID
    code: str
    name: str


def party_accounts(locks: Locks, role: AccountRole, parties: Sequence[PartyName]) -> dict[UUID, UUID]:
    """Party id → its sub-account of 1100 or 2000, made now when this is its first booking (rank ACCOUNT)."""
    locks.claim(LockOrder.ACCOUNT)
    rows = [
        {"id": new_id(), "owner_id": party.id, "suffix": party.code, "name": party.name}
        for party in {party.id: party for party in parties}.values()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            PARTY_ACCOUNTS,
            {
                "company": locks.company_id,
                "role": role.value,
                "parties": as_json(rows),
                "owners": [party.id for party in parties],
            },
        )
        found = dict(cursor.fetchall())
    if not all(party.id in found for party in parties):
        raise Raced("a party's account was made by somebody else in this moment")
    return found
