"""The worked tables of the documents, read for tests: what a page shows is what the code computes."""

from decimal import Decimal
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def worked_rows(page: str, *head: str) -> list[list[str]]:
    """The rows of the table with exactly this head, as texts. It is there once, and has rows."""
    found = [rows for cells, rows in _tables((DOCS / page).read_text()) if tuple(cells) == head]
    assert len(found) == 1, f"{page} has {len(found)} tables headed {head}"
    assert found[0], f"the table headed {head} in {page} is empty"
    return found[0]


def numbers(cell: str) -> list[Decimal]:
    """The numbers of a cell: ``1, 1, 1``."""
    return [Decimal(part) for part in cell.split(",")]


def _tables(text: str) -> list[tuple[list[str], list[list[str]]]]:
    tables: list[tuple[list[str], list[list[str]]]] = []
    inside = False
    for line in text.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not inside:
            tables.append((cells, []))
            inside = True
        elif not set("".join(cells)) <= set("-: ") or not any(cells):
            tables[-1][1].append(cells)
    return tables
