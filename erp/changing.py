"""Making and changing rows: what differs goes onto the row and into the audit entry; what is taken is refused by name."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, models

from erp.locking import constraint_of
from erp.problems import Conflict, Problem

Changes = dict[str, list[Any]]
"""``{column: [before, after]}`` of what differs."""


def apply_changes(row: models.Model, wanted: Mapping[str, Any]) -> Changes:
    """Set the columns of a locked row to what is wanted and tell what that changed; nothing is saved.

    ``None`` for a column that takes no null means its default.
    """
    changes: Changes = {}
    for column, value in wanted.items():
        field: Any = row._meta.get_field(column)
        if value is None and not field.null:
            value = field.get_default()
        before = getattr(row, column)
        if before != value:
            changes[column] = [before, value]
            setattr(row, column, value)
    return changes


def save_next_version(row: Any, columns: Iterable[str]) -> None:
    """Write these columns of a locked row, in its next version."""
    row.version += 1
    row.save(update_fields=[*columns, "version"])


class Stale(Problem):
    """The row has another version than `If-Match` names. Read it again, then decide."""

    status, code = 412, "stale"
    message = "This was changed by somebody else meanwhile; read it again."


def require_version(version: int, expected: int | None) -> None:
    """Raise Stale unless the locked row has the version that the client has seen; None says that he does not mind."""
    if expected is not None and expected != version:
        raise Stale


class AlreadyExists(Conflict):
    """Another row has this code, number or name: `errors` names the field. Use that row, or choose another."""

    code = "already-exists"


@contextmanager
def unique_or_refused(fields: Mapping[str, str]) -> Iterator[None]:
    """Turn the refusal of a unique constraint into `AlreadyExists`; `fields` maps its name to what the client sent."""
    try:
        yield
    except IntegrityError as problem:
        field = fields.get(constraint_of(problem) or "")
        if field is None:
            raise
        text = f"There is one with this {field} already."
        raise AlreadyExists(text, errors={field: [text]}) from problem


def changes_text(changes: Mapping[str, Any]) -> str:
    """The changes as an audit entry keeps them."""
    return msgspec.json.encode({name: [_plain(value) for value in pair] for name, pair in changes.items()}).decode()


_NOT_TOLD = {"id", "company", "version", "created_at", "updated_at", "hashed_key", "secret", "previous_secret"}


def made_text(row: models.Model) -> str:
    """A new row as its audit entry keeps it: what its columns hold that is no default. Secrets are not told."""
    changes: Changes = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.name not in _NOT_TOLD and value not in (None, "", field.get_default()):
            changes[field.attname] = [None, value]
    return changes_text(changes)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date | datetime | UUID | Decimal):
        return str(value)
    return value
