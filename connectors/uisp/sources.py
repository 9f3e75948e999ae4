"""Where a history is read from: the files of an export, a failure file, or the CRM itself. Row by row, never as a whole."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any, Protocol

import ijson

from connectors.runs import NewRow, exact_json, exact_text
from connectors.states import Entity
from connectors.uisp.client import PAGE, UispClient, day_text

Row = dict[str, Any]

FILES = {
    Entity.CLIENT: "clients_export.json",
    Entity.INVOICE: "invoices_export.json",
    Entity.PAYMENT: "payments_export.json",
}
_PATHS = {Entity.CLIENT: "clients", Entity.INVOICE: "invoices", Entity.PAYMENT: "payments"}
_RE_READS = 3
OVERLAP, UNSETTLED = timedelta(days=3), (0, 1, 2)
"""A run that follows reads three days before, and what is a draft or not paid: nothing tells what was changed since."""


class BadExport(Exception):
    """The export cannot be read: the message says which file and why."""


class Source(Protocol):
    """Where rows come from. `fingerprint` tells one source from another."""

    fingerprint: str

    def rows(self, entity: Entity) -> Iterator[Row]: ...

    def methods(self) -> dict[str, str]: ...

    def taxes(self) -> dict[str, str]: ...


def new_row(entity: Entity, row: Row) -> NewRow:
    """As it is staged. A client belongs to itself; a payment of nobody to ''. Raises BadExport for what has no id."""
    if "id" not in row:
        raise BadExport(f"A row of {entity.value}s has no id: {str(row)[:200]}")
    client = row["id"] if entity is Entity.CLIENT else row.get("clientId")
    return NewRow(entity.value, str(row["id"])[:64], "" if client is None else str(client)[:64], row)


class FileSource:
    """An export: its folder, its `invoices_export.json` with the other files beside it, or a failure file of a run.

    An array of JSON, or a line for each row. `.part` is what was not written to its end, and is refused.
    """

    def __init__(self, path: Path, *, since: date | None = None) -> None:
        self._since = since
        if path.suffix == ".part":
            raise BadExport(f"{path} was not written to its end; export again.")
        self._path, self._folder = path, path if path.is_dir() else path.parent
        self._is_failures = path.is_file() and _begins_with(path, b'{"run"')
        if not path.exists():
            raise BadExport(f"There is no {path}.")
        if not self._is_failures and not self._file(Entity.INVOICE).exists():
            raise BadExport(f"There is no {self._file(Entity.INVOICE)}.")
        parts = [
            f"{one.name} {one.stat().st_size} {one.stat().st_mtime_ns}" for one in sorted(self._parts()) if one.is_file()
        ]
        self.fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _parts(self) -> list[Path]:
        return [self._path] if self._is_failures else [self._file(entity) for entity in FILES]

    def _file(self, entity: Entity) -> Path:
        if entity is Entity.INVOICE and self._path.is_file():
            return self._path
        return self._folder / FILES[entity]

    def rows(self, entity: Entity) -> Iterator[Row]:
        if self._is_failures:
            for row in _read(self._path):
                if row.get("entity") == entity:
                    yield row["payload"]
        elif self._file(entity).exists():
            rows = _read(self._file(entity))
            yield from rows if self._since is None else (row for row in rows if _follows(entity, row, self._since))

    def methods(self) -> dict[str, str]:
        return self._names("methods")

    def taxes(self) -> dict[str, str]:
        return self._names("taxes")

    def _names(self, what: str) -> dict[str, str]:
        path = self._folder / f"{what}_export.json"
        return {str(row["id"]): str(row["name"]) for row in _read(path)} if path.exists() else {}


class CrmSource:
    """The CRM itself, page by page.

    A page overlaps the one before by a row: what is inserted or deleted meanwhile shifts the pages, and then the list is
    read again. At the end rows are counted there, and if there are more, it is read once more.
    """

    def __init__(self, client: UispClient, url: str, *, page: int = PAGE, since: date | None = None) -> None:
        self._client, self._page, self._since = client, page, since
        self.fingerprint = hashlib.sha256(url.encode()).hexdigest()

    def rows(self, entity: Entity) -> Iterator[Row]:
        if entity is Entity.CLIENT:
            yield from self._client.clients()
            return
        given: set[Any] = set()
        for asked in self._questions(entity):
            for row in self._answered(_PATHS[entity], asked):
                if row["id"] not in given:
                    given.add(row["id"])
                    yield row

    def _questions(self, entity: Entity) -> list[dict[str, Any]]:
        if self._since is None:
            return [{}]
        created = {"createdDateFrom": day_text(self._since - OVERLAP)}
        return [created, {"statuses[]": list(UNSETTLED)}] if entity is Entity.INVOICE else [created]

    def _answered(self, path: str, asked: dict[str, Any]) -> Iterator[Row]:
        seen: set[Any] = set()
        for _ in range(1 + _RE_READS):
            is_whole = True
            for row in self._overlapping(path, asked):
                if row is None:
                    is_whole = False
                elif row["id"] not in seen:
                    seen.add(row["id"])
                    yield row
            if is_whole and self._client.count(path, asked) <= len(seen):
                return
        raise BadExport(f"The {path} changed while they were read, {1 + _RE_READS} times. Try when nobody works.")

    def _overlapping(self, path: str, asked: dict[str, Any]) -> Iterator[Row | None]:
        """Rows in their order; None where the pages have shifted."""
        offset, last = 0, None
        while True:
            parameters = asked | {"order": "createdDate"}
            rows = self._client.some(path, parameters, limit=self._page, offset=max(offset - 1, 0))
            if last is not None:
                if not rows or rows[0]["id"] != last:
                    yield None
                    return
                rows = rows[1:]
            yield from rows
            if not rows:
                return
            offset += len(rows)
            last = rows[-1]["id"]

    def methods(self) -> dict[str, str]:
        return {str(row["id"]): str(row["name"]) for row in self._client.every("payment-methods")}

    def taxes(self) -> dict[str, str]:
        return {str(row["id"]): str(row["name"]) for row in self._client.every("taxes")}


def write_export(source: Source, invoices: Path) -> dict[str, int]:
    """Write the files of an export, each as `.part` first: one that was broken off never looks whole. Counts by file."""
    counts = {}
    for entity, name in FILES.items():
        path = invoices if entity is Entity.INVOICE else invoices.parent / name
        part = path.with_name(path.name + ".part")
        with part.open("w", encoding="utf-8") as file:
            counts[path.name] = _write_rows(file, source.rows(entity))
        part.replace(path)
    for what, names in (("methods", source.methods()), ("taxes", source.taxes())):
        part = invoices.parent / f"{what}_export.json.part"
        with part.open("w", encoding="utf-8") as file:
            _write_rows(file, ({"id": key, "name": name} for key, name in names.items()))
        part.replace(part.with_suffix(""))
    return counts


def _write_rows(file: IO[str], rows: Iterator[Row]) -> int:
    count = 0
    file.write("[")
    for count, row in enumerate(rows, start=1):
        file.write(("," if count > 1 else "") + "\n" + exact_text(row))
    file.write("\n]\n")
    return count


def _follows(entity: Entity, row: Row, since: date) -> bool:
    """Whether a run that follows reads the row of an export, as it would be asked of the CRM."""
    if entity is Entity.CLIENT or (entity is Entity.INVOICE and row.get("status") in UNSETTLED):
        return True
    return str(row.get("createdDate"))[:10] >= day_text(since - OVERLAP)


def _begins_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start


def _read(path: Path) -> Iterator[Row]:
    """Rows of an array, or of lines; amounts as `Decimal`, digit by digit. Raises BadExport."""
    try:
        with path.open("rb") as file:
            if _begins_with(path, b"["):
                yield from ijson.items(file, "item")
            else:
                for line in file:
                    if line.strip():
                        yield exact_json(line.decode())
    except (ijson.JSONError, ValueError) as problem:
        raise BadExport(f"{path} is no JSON, or not all of it: {problem}") from problem
