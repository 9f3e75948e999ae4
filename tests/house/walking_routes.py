"""What is mounted, asked of the URL resolver itself: a route that no list knows of is here all the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import View

HANDLED = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    """A mounted path; `path` with its parameters in braces, as OpenAPI spells it."""

    path: str
    name: str
    view: Any

    @property
    def methods(self) -> list[str]:
        """Methods that the view has a handler for, whatever its policy says."""
        return [method.upper() for method in HANDLED if hasattr(self.view, method)]

    @property
    def is_page(self) -> bool:
        """Shown to people, not to programs."""
        return not getattr(self.view, "operations", {})


def routes() -> list[Route]:
    return sorted(_walk(get_resolver().url_patterns, ""), key=lambda route: route.path)


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", pattern.callback)
            yield Route("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), pattern.name or "", view)


def is_class_based(view: Any) -> bool:
    return isinstance(view, type) and issubclass(view, View)
