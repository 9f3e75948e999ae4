"""Announcing a document as its detail shows it, with who did what to it and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from erp.access import Actor
from erp.clock import instant_text
from erp.outbox import Event

MAX_EVENT_BYTES = 256 * 1024


def announcement(
    kind: str,
    *,
    subject_kind: str,
    subject_id: UUID,
    payload: Struct,
    actor: Actor,
    now: datetime,
    lines: str = "",
    changed: list[str] | None = None,
) -> Event:
    """The event; above 256 KiB the list called `lines` is left out, which the payload then says. `changed` names fields."""
    members: dict[str, Any] = msgspec.to_builtins(payload) | {
        "type": kind,
        "timestamp": instant_text(now),
        "actor": {"kind": actor.kind, "name": actor.name, "email": actor.email},
    }
    if changed is not None:
        members["changed"] = changed
    text = msgspec.json.encode(members)
    if len(text) > MAX_EVENT_BYTES and lines:
        text = msgspec.json.encode(members | {lines: [], f"{lines}_omitted": True})
    return Event(type=kind, subject_kind=subject_kind, subject_id=subject_id, payload=text.decode())
