"""Every mounted route with its policy, asked of the URL resolver."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from erp.api.streamed import stream_apps
from erp.rights import Right, Scope


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One method of one path, with its parameters in braces."""

    path: str
    method: str
    right: Right
    scopes: tuple[Scope, ...]


def policy() -> list[Entry]:
    """The whole policy, by path. Fails for a view that has none."""
    entries = [
        Entry(path, method, right, tuple(view.scopes.get(method, ())))
        for path, view in _mounted(get_resolver().url_patterns, "/")
        for method, right in view.rights.items()
    ]
    streams = [Entry(path, "GET", app.right, app.scopes) for path, app in stream_apps().items()]
    return sorted([*entries, *streams])


def _mounted(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _mounted(pattern.url_patterns, path)
        else:
            callback: Any = pattern.callback
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), callback.cls
