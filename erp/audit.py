"""Audit entries: who did what to which row, written with the change itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from erp.access import Actor
from erp.locking import Locks
from erp.logging import current_request_id
from erp.rows import as_json


@dataclass(frozen=True, slots=True)
class Audit:
    """`action` is a verb_noun of the use case, `changes` the JSON text ``{field: [before, after]}`` or empty."""

    action: str
    subject_kind: str
    subject_id: UUID
    changes: str = ""


INSERT_AUDIT = """
INSERT INTO erp_auditentry
    (company_id, at, actor_kind, actor_id, actor_name, key_prefix, address, request_id, action, subject_kind, subject_id,
    changes)
SELECT %(company)s, %(now)s, a.actor_kind, a.actor_id, a.actor_name, a.key_prefix, a.address, a.request_id, a.action,
    a.subject_kind, a.subject_id, a.changes
FROM jsonb_populate_recordset(NULL::erp_auditentry, %(audit)s::jsonb) AS a
"""
"""Fit to stand alone or as a part of a larger statement; `audit` is what `audit_rows` gives."""


def audit_rows(entries: Sequence[Audit], signature: dict[str, Any]) -> str:
    """The entries, signed by who acts (`Actor.signature`), as one JSON parameter."""
    return as_json(msgspec.to_builtins(entry) | signature for entry in entries)


def record_audit(locks: Locks, entries: Sequence[Audit], *, actor: Actor, now: datetime) -> None:
    """Write the entries into the running transaction, signed by who acts and the request he sent."""
    rows = audit_rows(entries, actor.signature(current_request_id.get()))
    with connection.cursor() as cursor:
        cursor.execute(INSERT_AUDIT, {"company": locks.company_id, "now": now, "audit": rows})
