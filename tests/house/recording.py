"""Recording real requests and answers as the examples of the OpenAPI document.

What differs from run to run (ids, instants, today, secrets) is written as something fixed; lists keep their first two rows.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from erp.api.examples import Example
from erp.api.policy import Entry
from erp.rights import Right, Role
from tests.builders import World, new_world
from tests.house.calling import Asker, Call, in_path, member

_ROWS = 2
_PREFIXES = {"prefix", "key_prefix"}
_SECRETS = {"access", "refresh", "secret", "key", "token", "ticket"}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{6,}(?![0-9A-Za-z])|(?<=\.)\d{12}(?=@)")
_MARKED = re.compile(r"((?:token|cursor)=)[^&\"]+|(/api/files/)[^/]+")


class Steady:
    """The same texts for what is random; each id keeps being one."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = defaultdict(lambda: f"01a21575-4362-7146-80c4-{len(self._ids) + 1:012x}")
        self._today = f"{datetime.now(UTC):%Y-%m-%d}"

    def of(self, value: Any, name: str = "") -> Any:
        if isinstance(value, Mapping):
            return {key: self.of(member, key) for key, member in value.items()}
        if isinstance(value, list):
            return [self.of(member, name) for member in value[:_ROWS]]
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, text: str, name: str) -> str:
        if name in _SECRETS and len(text) > 12:
            return "…"
        if name in _PREFIXES and len(text) == 8:
            return "Xk7mQ2rT"
        text = _UUID.sub(lambda found: self._ids[found[0]], text)
        text = _INSTANT.sub(lambda found: f"2026-01-23T10:15:00{found[1] or ''}", text)
        text = _MARKED.sub(lambda found: f"{found[1] or found[2]}…", text).replace(self._today, "2026-01-23")
        return text if _UUID.search(text) else _HEX.sub("3f9a1c", text)


def record(entry: Entry, call: Call, shop: World) -> Example:
    """The exchange of somebody who may do this: reads in the shop, writes in a company of their own."""
    world = shop if entry.method == "GET" else new_world()
    asker = _asker(world, entry, call)
    ids = call.ids(world) if in_path(entry.path) else {}
    body = call.body(asker)
    answer = Call(body=lambda asker: body, headers=call.headers, query=call.query).ask(asker, entry, ids)
    assert answer.status == call.status, (entry.method, entry.path, answer.status, answer.raw[:300])
    steady = Steady()
    if entry.path == "/api/schema/":  # is all of this itself
        return Example(answer.status)
    is_json = answer.headers.get("Content-Type", "").startswith("application/json") and answer.raw
    sent = None if body is None or isinstance(body, bytes) else msgspec.json.decode(msgspec.json.encode(body))
    return Example(answer.status, steady.of(sent), steady.of(json.loads(answer.raw)) if is_json else None)


def _asker(world: World, entry: Entry, call: Call) -> Asker:
    if entry.right is Right.ANYONE:
        return Asker(world, refresh=member(world, Role.OWNER).refresh)
    return member(world, next(role for role in Role if call.answers(role, entry.right) == call.status))


def shape(value: Any) -> Any:
    """Which keys, and which kinds of values; of a list that of its first row."""
    if isinstance(value, Mapping):
        return {key: shape(member) for key, member in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__
