"""Recalling a batch: while it is blocked, nothing of it is sold or promised."""

from datetime import datetime
from uuid import UUID

from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.changing import changes_text, require_version, save_next_version
from erp.locking import Locks
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import NotFound
from inventory.batch_queries import show_batch
from inventory.models import Batch, StockBalance
from inventory.stock import Place, lock_balances

SUBJECT = "batch"


@use_case
def block_batch(
    locks: Locks,
    *,
    batch_id: UUID,
    blocked: bool,
    reason: str,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Batch:
    """Block a batch, or unblock it; blocked, it is in no free stock. One that is so already stays as it is, silently.

    What is promised stays promised, and waits for other goods. Locks STOCK, wherever the item lies, so that nobody sells
    what he has just seen. Records `batch_blocked`, whose `is_blocked` tells; the audit entry keeps the reason. Raises
    NotFound, Stale.
    """
    batch = Batch.objects.of(actor).filter(id=batch_id).first()
    if batch is None:
        raise NotFound("Batch not found")
    places = StockBalance.objects.of(locks).filter(item_id=batch.item_id).values_list("item_id", "warehouse_id")
    lock_balances(locks, [Place(*place) for place in places])
    batch.refresh_from_db()
    if batch.is_blocked == blocked:
        return batch
    require_version(batch.version, expected_version)
    batch.is_blocked = blocked
    batch.block_reason = reason if blocked else ""
    save_next_version(batch, ["is_blocked", "block_reason"])
    changes = changes_text({"is_blocked": [not blocked, blocked], "reason": ["", reason]})
    record_audit(
        locks, [Audit("block_batch" if blocked else "unblock_batch", SUBJECT, batch.id, changes)], actor=actor, now=now
    )
    event = announcement(
        "batch_blocked",
        subject_kind=SUBJECT,
        subject_id=batch.id,
        payload=show_batch(locks.company_id, batch.id),
        actor=actor,
        now=now,
    )
    record_events(locks, [event], now=now)
    return batch
