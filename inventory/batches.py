"""Batches that goods come in with, inside somebody's transaction."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from erp.locking import Locks
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
    rows = Batch.objects.of(locks).filter(
        item_id__in={item_id for item_id, _ in wanted}, batch_no__in={batch_no for _, batch_no in wanted}
    )
    return {(batch.item_id, batch.batch_no): batch for batch in rows}
