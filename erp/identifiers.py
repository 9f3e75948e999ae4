"""Identifiers: UUIDv7 made by the application, so that new rows land at the end of their index; and reading them."""

from uuid import UUID

from uuid_utils import compat


def as_uuid(text: str) -> UUID | None:
    """A UUID in its usual spelling; `UUID` by itself reads braces, underscores and other scripts' digits, too."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): ordered by the millisecond it was made in, unguessable in its tail."""
    return compat.uuid7()
