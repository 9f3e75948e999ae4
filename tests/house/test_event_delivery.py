"""django-eventstream gives its wire format and nothing else: events are delivered by an engine of our own."""

import ast
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
WIRE_FORMAT = {"erp/events.py": {"parse_last_event_id"}, "erp/stream/frames.py": {"sse_encode_event"}}


def test_of_the_library_only_its_encoding_and_its_reading_of_ids_are_used() -> None:
    used: dict[str, set[str]] = {}
    for path in PROJECT.rglob("*.py"):
        name = path.relative_to(PROJECT).as_posix()
        if name.startswith((".", "tests/", "var/", "bench/")) or "/node_modules/" in name:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django_eventstream"):
                used.setdefault(name, set()).update(alias.name for alias in node.names)
            elif isinstance(node, ast.Import) and any(alias.name.startswith("django_eventstream") for alias in node.names):
                used.setdefault(name, set()).add("the whole module")
            elif isinstance(node, ast.Name | ast.Attribute):
                assert (node.id if isinstance(node, ast.Name) else node.attr) != "send_event", name
    assert used == WIRE_FORMAT
