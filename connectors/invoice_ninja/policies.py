"""When a customer is made known there by itself: kept in the options of the connection, with the moment it was set. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from connectors.states import AutoCreate

_POLICY, _SINCE = "auto_create", "auto_create_since"


class HasOptions(Protocol):
    options: Any


def policy_of(connection: HasOptions) -> AutoCreate:
    return AutoCreate(connection.options.get(_POLICY, AutoCreate.OFF.value))


def since_of(connection: HasOptions) -> tuple[AutoCreate, datetime | None]:
    """The policy, and since when: customers from before are nobody's business."""
    since = connection.options.get(_SINCE)
    return policy_of(connection), datetime.fromisoformat(since) if since else None


def with_policy(options: Mapping[str, Any], policy: AutoCreate, *, now: datetime) -> dict[str, Any]:
    """The options with another policy, which begins now; with the same one, as they are."""
    if AutoCreate(options.get(_POLICY, AutoCreate.OFF.value)) is policy:
        return dict(options)
    return {**options, _POLICY: policy.value, _SINCE: now.isoformat()}
