"""What schemathesis has to be told of this API: how a body of lines is written down."""

from typing import Any

import msgspec
import schemathesis


@schemathesis.serializer("application/x-ndjson")
def as_lines(context: Any, value: Any) -> bytes:
    """One line for each row; a single row is one line."""
    rows = value if isinstance(value, list) else [value]
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
