"""Batches that goods come in with or are taken of, inside somebody's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from erp.locking import Locks
from erp.problems import NotFound
from inventory.models import Batch

BatchKey = tuple[UUID, str]
"""An item and the number of its batch."""


def make_batches(locks: Locks, wanted: Mapping[BatchKey, date | None]) -> dict[BatchKey, Batch]:
    """The batches with these keys, made with this expiry when they are new; one that is there keeps its own."""
    if not wanted:
        return {}
    Batch.objects.of(locks).bulk_create(
        [
            Batch(company_id=locks.company_id, item_id=item_id, batch_no=batch_no, expiry_date=expiry)
            for (item_id, batch_no), expiry in sorted(wanted.items(), key=lambda one: (str(one[0][0]), one[0][1]))
        ],
        ignore_conflicts=True,
    )
    return _known(locks, wanted)


def find_batches(locks: Locks, wanted: Sequence[BatchKey]) -> dict[BatchKey, Batch]:
    """The batches that lines name, none for a line without one. Raises NotFound, saying in which lines there is none."""
    named = [key for key in wanted if key[1]]
    if not named:
        return {}
    known = _known(locks, named)
    text = "Batch not found"
    found = [{"batch_no": [text]} if key[1] and key not in known else {} for key in wanted]
    if any(found):
        raise NotFound(text, errors={"lines": found})
    return {key: known[key] for key in named}


def _known(locks: Locks, keys: Collection[BatchKey]) -> dict[BatchKey, Batch]:
    """Those that are there, and perhaps others of these items."""
    rows = Batch.objects.of(locks).filter(
        item_id__in={item_id for item_id, _ in keys}, batch_no__in={batch_no for _, batch_no in keys}
    )
    return {(batch.item_id, batch.batch_no): batch for batch in rows}
