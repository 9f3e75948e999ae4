"""Identifiers made by the application: UUIDv7, so that new rows land at the end of their index."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): ordered by the millisecond it was made in, unguessable in its tail."""
    return compat.uuid7()
