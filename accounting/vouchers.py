"""Writing vouchers: a header and its legs, set-based, balanced before they are sent and judged again at commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from accounting.kinds import AccountRole, VoucherKind
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced
from erp.money import add


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a booking: exactly one of debit and credit is positive, two places, base currency.

    `role` is the account's; None for an account without one.
    """

    account_id: UUID
    role: AccountRole | None
    debit: Decimal = Decimal("0.00")
    credit: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """A voucher about to be written. Amounts in the company's base currency."""

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


WRITE_VOUCHERS = """
WITH voucher AS (
    INSERT INTO accounting_voucher (id, company_id, kind, number, fiscal_year_id, voucher_date, source_kind, source_id,
        source_revision, reverses_id, total, entry_count, narration, posted_by_id, posted_at)
    SELECT v.id, %(company)s, v.kind, v.number, v.fiscal_year_id, v.voucher_date, v.source_kind, v.source_id,
        v.source_revision, v.reverses_id, v.total, v.entry_count, v.narration, v.posted_by_id, %(now)s
    FROM jsonb_populate_recordset(NULL::accounting_voucher, %(vouchers)s::jsonb) AS v
    ORDER BY v.number
    RETURNING 1
)
INSERT INTO accounting_ledgerentry (company_id, voucher_id, voucher_date, line_no, account_id, debit, credit, currency_id,
    amount_currency, role)
SELECT %(company)s, e.voucher_id, e.voucher_date, e.line_no, e.account_id, e.debit, e.credit, e.currency_id,
    e.amount_currency, e.role
FROM jsonb_populate_recordset(NULL::accounting_ledgerentry, %(entries)s::jsonb) AS e
WHERE (SELECT count(*) FROM voucher) >= 0
ORDER BY e.voucher_id, e.line_no
"""


def merge_legs(legs: Sequence[Leg]) -> list[Leg]:
    """Legs of the same account and role made one, on the side they net to; legs of zero dropped. Order kept."""
    nets: dict[tuple[UUID, AccountRole | None], Decimal] = {}
    for leg in legs:
        key = (leg.account_id, leg.role)
        nets[key] = nets.get(key, Decimal("0.00")) + leg.debit - leg.credit
    return [
        Leg(account, role, debit=net) if net > 0 else Leg(account, role, credit=-net)
        for (account, role), net in nets.items()
        if net
    ]


def write_vouchers(locks: Locks, vouchers: Sequence[NewVoucher], *, now: datetime) -> None:
    """Write the vouchers with their entries in one statement. Their numbers are taken already (rank SERIES).

    Raises Unbalanced before anything is sent; at commit the database judges each voucher again.
    """
    for voucher in vouchers:
        debit, credit = add([leg.debit for leg in voucher.legs]), add([leg.credit for leg in voucher.legs])
        if debit != credit:
            raise Unbalanced(f"{voucher.number}: debit {debit}, credit {credit}")
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_VOUCHERS,
            {
                "company": locks.company_id,
                "now": now,
                "vouchers": _encoded([_header(voucher) for voucher in vouchers]),
                "entries": _encoded([entry for voucher in vouchers for entry in _entries(voucher)]),
            },
        )


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
            "currency_id": voucher.currency_id,
            "amount_currency": leg.debit - leg.credit,
            "role": leg.role.value if leg.role else "",
        }
        for line_no, leg in enumerate(voucher.legs, start=1)
    ]


def _encoded(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


_PARTY_ACCOUNTS = """
WITH missing AS (
    INSERT INTO accounting_ledgeraccount (id, company_id, code, name, type, role, owner_id, parent_id, is_group, is_control,
        is_active)
    SELECT p.id, %(company)s, parent.code || '-' || p.suffix, p.name, parent.type, parent.role, p.owner_id, parent.id, false,
        true, true
    FROM jsonb_to_recordset(%(parties)s::jsonb) AS p (id uuid, owner_id uuid, suffix text, name text)
    JOIN accounting_ledgeraccount parent ON parent.company_id = %(company)s AND parent.role = %(role)s
        AND parent.owner_id IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM accounting_ledgeraccount a WHERE a.company_id = %(company)s AND a.role = %(role)s
        AND a.owner_id = p.owner_id)
    ORDER BY p.owner_id
    ON CONFLICT (company_id, role, owner_id) WHERE role IS NOT NULL DO NOTHING
    RETURNING owner_id, id
)
SELECT owner_id, id FROM missing
UNION ALL
SELECT a.owner_id, a.id FROM accounting_ledgeraccount a
WHERE a.company_id = %(company)s AND a.role = %(role)s AND a.owner_id = ANY(%(owners)s)
"""


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
            _PARTY_ACCOUNTS,
            {
                "company": locks.company_id,
                "role": role.value,
                "parties": _encoded(rows),
                "owners": [party.id for party in parties],
            },
        )
        found = dict(cursor.fetchall())
    if not all(party.id in found for party in parties):
        raise Raced("a party's account was made by somebody else in this moment")
    return found
