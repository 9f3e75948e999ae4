"""How audit entries are shown. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from erp.clock import instant_text
from erp.models import AuditEntry, AuditSeal


class AuditEntryPayload(Struct, kw_only=True, frozen=True):
    """Who did what to which row. `changes` is `{field: [before, after]}`, empty where something was made.

    `number` and `hash` (hex) are those of its seal, null until it has one, a moment later.
    """

    id: int
    at: str
    actor_kind: str
    actor: UUID | None
    actor_name: str
    key_prefix: str
    address: str
    request_id: str
    action: str
    subject_kind: str
    subject_id: UUID
    changes: dict[str, Any]
    number: int | None
    hash: str | None


def audit_entry_payloads(entries: Iterable[AuditEntry], seals: Mapping[int, AuditSeal]) -> Iterator[AuditEntryPayload]:
    """The entries with their seals, which are found by the entry's id."""
    for entry in entries:
        seal = seals.get(entry.id)
        yield AuditEntryPayload(
            id=entry.id,
            at=instant_text(entry.at),
            actor_kind=entry.actor_kind,
            actor=entry.actor_id,
            actor_name=entry.actor_name,
            key_prefix=entry.key_prefix,
            address=entry.address,
            request_id=entry.request_id,
            action=entry.action,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            changes=msgspec.json.decode(entry.changes) if entry.changes else {},
            number=seal.number if seal else None,
            hash=bytes(seal.hash).hex() if seal else None,
        )
