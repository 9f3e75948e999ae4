"""Undoing an invoice's voucher inside somebody's transaction: its mirror, and the goods back in their layers (J9)."""

from collections.abc import Sequence
from datetime import date, datetime

from accounting.models import Voucher
from accounting.periods import BookingYear
from accounting.reversals import Reversed, write_mirrors
from erp.access import Actor
from erp.locking import Locks
from inventory.kinds import MovementKind
from inventory.restores import Restore, Taken, write_restores
from invoices.events import SUBJECT


def book_mirror(
    locks: Locks,
    original: Voucher,
    taken: Sequence[Taken],
    *,
    number: str,
    year: BookingYear,
    day: date,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Reversed:
    """The mirror voucher, and all that the invoice took and has not got back, in the layers it came from, at its cost.

    The invoice and the places of `taken` (rank STOCK) are locked, the number is taken.
    """
    (done,) = write_mirrors(locks, [original], numbers=[number], year=year, day=day, reason=reason, actor=actor, now=now)
    write_restores(
        locks,
        [Restore(row, row.quantity_left, row.cost_left) for row in taken],
        kind=MovementKind.REVERSAL,
        source_kind=SUBJECT,
        source_id=original.source_id,
        voucher_id=done.reversed_voucher_id,
        day=day,
        now=now,
    )
    return done
