"""Reversing a voucher: the same accounts, roles and amounts with the sides changed, inside somebody's transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from accounting.kinds import AccountRole, VoucherKind
from accounting.models import LedgerEntry, Voucher
from accounting.vouchers import Leg, NewVoucher, write_vouchers
from erp.access import Actor
from erp.locking import Locks
from erp.numbering import Series, take_numbers


class HasYear(Protocol):
    """A fiscal year, however it was read."""

    @property
    def id(self) -> UUID: ...

    @property
    def year(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Reversed:
    """A voucher and the one that undid it."""

    reversed_voucher_id: UUID
    reversed_voucher_number: str
    original_voucher_id: UUID
    original_voucher_number: str
    reason: str
    already: bool


def find_reversal(locks: Locks, voucher_id: UUID) -> Reversed | None:
    """The reversal of this voucher, when there is one; the document that owns it is locked."""
    mirror = Voucher.objects.of(locks).filter(reverses_id=voucher_id).select_related("reverses").first()
    if mirror is None or mirror.reverses is None:
        return None
    original = mirror.reverses
    reason = mirror.narration.removeprefix(_narration(original.number, ""))
    return Reversed(mirror.id, mirror.number, original.id, original.number, reason, already=True)


def reverse_voucher(
    locks: Locks, original: Voucher, *, year: HasYear, day: date, reason: str, actor: Actor, now: datetime
) -> Reversed:
    """Number the voucher that undoes `original` and write it. Locks rank SERIES."""
    series = Series("JV", year.year)
    number = take_numbers(locks, {series: 1})[series][0]
    return write_mirror(locks, original, number=number, year=year, day=day, reason=reason, actor=actor, now=now)


def write_mirror(
    locks: Locks, original: Voucher, *, number: str, year: HasYear, day: date, reason: str, actor: Actor, now: datetime
) -> Reversed:
    """The same under a number that is taken already. Database law: one mirror each, never of a mirror."""
    mirror = _mirror_of(locks, original, number=number, fiscal_year_id=year.id, voucher_date=day, reason=reason, actor=actor)
    write_vouchers(locks, [mirror], now=now)
    return Reversed(mirror.id, number, original.id, original.number, reason, already=False)


def _mirror_of(
    locks: Locks, original: Voucher, *, number: str, fiscal_year_id: UUID, voucher_date: date, reason: str, actor: Actor
) -> NewVoucher:
    entries = LedgerEntry.objects.of(locks).filter(voucher_id=original.id).order_by("line_no")
    return NewVoucher(
        kind=VoucherKind.REVERSAL,
        number=number,
        fiscal_year_id=fiscal_year_id,
        voucher_date=voucher_date,
        source_kind=original.source_kind,
        source_id=original.source_id,
        source_revision=original.source_revision,
        legs=[
            Leg(entry.account_id, AccountRole(entry.role) if entry.role else None, debit=entry.credit, credit=entry.debit)
            for entry in entries
        ],
        currency_id=actor.company.base_currency_id,
        narration=_narration(original.number, reason)[:500],
        reverses_id=original.id,
        posted_by_id=actor.id if actor.kind == "user" else None,
    )


def _narration(number: str, reason: str) -> str:
    """What the mirror says of itself; its reason is read back from here when the reversal is repeated."""
    return f"Reversal of {number}: {reason}"
