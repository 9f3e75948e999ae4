"""Audit entries: who did what to which row, written with the change itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Audit:
    """`action` is a verb_noun of the use case, `changes` the JSON text ``{field: [before, after]}`` or empty."""

    action: str
    subject_kind: str
    subject_id: UUID
    changes: str = ""


INSERT_AUDIT = """
INSERT INTO erp_auditentry
    (company_id, at, actor_kind, actor_id, actor_name, request_id, action, subject_kind, subject_id, changes)
SELECT %(company)s, %(now)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(request_id)s,
    a.action, a.subject_kind, a.subject_id, a.changes
FROM unnest(%(audit_actions)b::text[], %(audit_kinds)b::text[], %(audit_ids)b::uuid[], %(audit_changes)b::text[])
    AS a (action, subject_kind, subject_id, changes)
"""
"""Fit to stand alone or as a part of a larger statement; see `audit_parameters` and `Actor.signature`."""


def audit_parameters(entries: Sequence[Audit]) -> dict[str, Any]:
    """Parameters of `INSERT_AUDIT` beside `company`, `now` and the actor's signature."""
    return {
        "audit_actions": [entry.action for entry in entries],
        "audit_kinds": [entry.subject_kind for entry in entries],
        "audit_ids": [entry.subject_id for entry in entries],
        "audit_changes": [entry.changes for entry in entries],
    }
