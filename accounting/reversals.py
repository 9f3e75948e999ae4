"""Mirroring a voucher: the same accounts, roles and amounts with the sides changed, inside somebody's transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounting.kinds import AccountRole, VoucherKind
from accounting.models import LedgerEntry, Voucher
from accounting.vouchers import Foreign, Leg, NewVoucher
from erp.access import Actor
from erp.locking import Locks


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


def mirror_of(
    locks: Locks, original: Voucher, *, number: str, fiscal_year_id: UUID, voucher_date: date, reason: str, actor: Actor
) -> NewVoucher:
    """The voucher that undoes `original`; the caller writes it. Database law: one mirror each, never of a mirror."""
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
