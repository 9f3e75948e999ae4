"""Entries for the sealer, and the sealer's work done by hand."""

from typing import Any

from django.utils import timezone

from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from erp.leading import Connection
from erp.locking import one_transaction
from erp.models import AuditHead, AuditSeal
from erp.sealing import PLANNED_BY_KEY, seal_entries
from tests.builders import World
from tests.cluster import owner_connection
from tests.stream.relaying import relayed

AWKWARD = '{"remarks": ["", "„é“ \\"q\\" \\\\ \\u0001 \x7f \u2028 \N{GRINNING FACE}/"]}\r\n\t'
"""Whatever JSON may or may not escape."""


def act(world: World, count: int = 1, *, dry_run: bool = False, changes: str = "") -> None:
    """So many audited acts, in one transaction."""
    actor = world.key_actor
    audits = [Audit("test_act\x01\x1f\b\f", "invoice", new_id(), changes) for _ in range(count)]
    with one_transaction(company_id=world.company.id, dry_run=dry_run) as locks:
        record_audit(locks, audits, actor=actor, now=timezone.now())


def seal_everything(*, batch: int = 5_000) -> None:
    async def run(relay: Connection) -> None:
        await relay.execute(PLANNED_BY_KEY)
        while await seal_entries(relay, batch=batch) == batch:
            pass

    relayed(run)


def seals_of(world: World) -> list[tuple[int, int]]:
    """(number, entry) in the order of numbers."""
    return list(AuditSeal.objects.of(world.key_actor).order_by("number").values_list("number", "entry_id"))


def head_of(world: World) -> tuple[int, bytes]:
    head = AuditHead.objects.of(world.key_actor).get()
    return head.last_number, bytes(head.hash)


def violations(world: World) -> list[Any]:
    """What the audit view of I35 says of the company."""
    with owner_connection() as owner:
        query = "SELECT key, detail FROM audit_i35_audit_is_sealed WHERE company_id = %s"
        return owner.execute(query, [world.company.id]).fetchall()
