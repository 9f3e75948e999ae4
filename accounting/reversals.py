"""Reversing a voucher: the same accounts, roles and amounts with the sides changed, inside somebody's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from accounting.kinds import AccountRole, VoucherKind
from accounting.models import LedgerEntry, Voucher
from accounting.vouchers import Foreign, Leg, NewVoucher, write_vouchers
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
    return reverse_vouchers(locks, [original], year=year, day=day, reason=reason, actor=actor, now=now)[0]


def reverse_vouchers(
    locks: Locks, originals: Sequence[Voucher], *, year: HasYear, day: date, reason: str, actor: Actor, now: datetime
) -> list[Reversed]:
    """The same for vouchers that are undone together, numbered in their order and written at once."""
    series = Series("JV", year.year)
    numbers = take_numbers(locks, {series: len(originals)})[series]
    return write_mirrors(locks, originals, numbers=numbers, year=year, day=day, reason=reason, actor=actor, now=now)


def write_mirrors(
    locks: Locks,
    originals: Sequence[Voucher],
    *,
    numbers: Sequence[str],
    year: HasYear,
    day: date,
    reason: str,
    actor: Actor,
    now: datetime,
) -> list[Reversed]:
    """The same under numbers that are taken already. Database law: one mirror each, never of a mirror."""
    mirrors = [
        _mirror_of(locks, one, number=number, fiscal_year_id=year.id, voucher_date=day, reason=reason, actor=actor)
        for one, number in zip(originals, numbers, strict=True)
    ]
    write_vouchers(locks, mirrors, now=now)
    return [
        Reversed(mirror.id, mirror.number, one.id, one.number, reason, already=False)
        for one, mirror in zip(originals, mirrors, strict=True)
    ]


def _mirror_of(
    locks: Locks, original: Voucher, *, number: str, fiscal_year_id: UUID, voucher_date: date, reason: str, actor: Actor
) -> NewVoucher:
    base = actor.company.base_currency_id
    entries = LedgerEntry.objects.of(locks).filter(voucher_id=original.id).order_by("line_no")
    return NewVoucher(
        kind=VoucherKind.REVERSAL,
        number=number,
        fiscal_year_id=fiscal_year_id,
        voucher_date=voucher_date,
        source_kind=original.source_kind,
        source_id=original.source_id,
        source_revision=original.source_revision,
        legs=[_mirrored(entry, base) for entry in entries],
        currency_id=base,
        narration=_narration(original.number, reason)[:500],
        reverses_id=original.id,
        posted_by_id=actor.id if actor.kind == "user" else None,
    )


def _mirrored(entry: LedgerEntry, base: UUID) -> Leg:
    """The same amounts on the other side, in the currency of the entry."""
    return Leg(
        entry.account_id,
        AccountRole(entry.role) if entry.role else None,
        debit=entry.credit,
        credit=entry.debit,
        foreign=None if entry.currency_id == base else Foreign(entry.currency_id, -entry.amount_currency),
    )


def _narration(number: str, reason: str) -> str:
    """What the mirror says of itself; its reason is read back from here when the reversal is repeated."""
    return f"Reversal of {number}: {reason}"
