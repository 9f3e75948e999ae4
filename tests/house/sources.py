"""Our own Python, parsed: for rules that no linter of ours can say."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from erp.starting import PROJECT_DIR
from tests.house.registry import FLOORS


class Source(NamedTuple):
    """A file with its text and its tree; `name` is its path from the project."""

    name: str
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, name: str, text: str) -> "Source":
        return cls(name, text, ast.parse(text))


@cache
def app_sources() -> list[Source]:
    """Every module of the apps; what migrations froze is no longer ours to change."""
    files = [file for app in FLOORS for file in (PROJECT_DIR / app).rglob("*.py") if "migrations" not in file.parts]
    return [Source.of(_name(file), file.read_text(encoding="utf-8")) for file in sorted(files)]


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _name(file: Path) -> str:
    return str(file.relative_to(PROJECT_DIR))
