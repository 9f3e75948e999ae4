"""Rows on their way into a statement: one parameter, whatever their number."""

from collections.abc import Iterable
from typing import Any

import msgspec


def as_json(rows: Iterable[Any]) -> str:
    """The rows as JSON text, for ``jsonb_to_recordset`` and its like."""
    return msgspec.json.encode(list(rows)).decode()
