"""The CRM over HTTP: any version segment, read and write keys, bare arrays, its error bodies; faults to order."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.standins import frame
from tests.standins.frame import Answered, Asked, Handler, answering, odd_row
from tests.standins.uisp.books import Books, Refused
from tests.standins.uisp.history import History, shown_bill

READ_KEY = "standin-read-key"
WRITE_KEY = "standin-write-key"
_PLACE = re.compile(r"/(?:crm/)?api/v[0-9.]+/(.*?)/?")


class StandIn(frame.StandIn):
    """A CRM with its books."""

    def __init__(self, books: Books) -> None:
        super().__init__(guard=books.guard)
        self.books = books

    def forget(self) -> None:
        self.books.reset()

    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.books.tables.items()}


@contextmanager
def serving(
    history: History | None = None, *, host: str = "127.0.0.1", port: int = 0, certificate: tuple[str, str] | None = None
) -> Iterator[StandIn]:
    """A stand-in that answers on `url` until the block ends. `certificate` is the paths of a certificate and its key."""
    with answering(StandIn(Books(history)), _Handler, host=host, port=port, certificate=certificate) as here:
        yield here


class _Handler(Handler):
    standin: StandIn

    def error(self, code: int, message: str) -> Any:
        return _error(code, message)

    def spoiled(self, answer: Any, options: dict[str, Any]) -> Any:
        return [odd_row(answer[0], options), *answer[1:]] if isinstance(answer, list) and answer else answer

    def answer(self, asked: Asked, faults: dict[str, dict[str, Any]]) -> Answered:
        found = _PLACE.fullmatch(asked.path)
        if found is None:
            return 404, _error(404, "Object is not found."), {}
        key = self.headers.get("X-Auth-App-Key", "")
        if self.standin.is_revoked or key not in {READ_KEY, WRITE_KEY}:
            return 401, _error(401, "Unauthorized."), {}
        if key == READ_KEY and self.command != "GET":
            return 403, _error(403, "Forbidden."), {}
        with self.standin.books.guard:
            self._move_rows(found[1], faults)
            try:
                return self._routed(found[1].split("/"), asked)
            except Refused as refused:
                errors = {} if refused.fields is None else {"errors": refused.fields}
                return refused.code, _error(refused.code, refused.message) | errors, {}

    def _move_rows(self, place: str, faults: dict[str, dict[str, Any]]) -> None:
        """Somebody writes an invoice, or deletes one, while pages are read."""
        rows = self.standin.books.tables["invoices"]
        if "row_comes" in faults and place == "invoices":
            history = self.standin.books.history
            assert history is not None
            new = shown_bill(next(bill for bill in history.bills if bill.status == 1))
            key = self.standin.books.next_id("invoices")
            rows[key] = new | {"id": key, "number": str(100000 + key), "createdDate": "2025-03-01T00:00:00+0800"}
        if "row_goes" in faults and place == "invoices":
            del rows[next(key for key, row in rows.items() if row["status"] == 1)]

    def _routed(self, path: list[str], asked: Asked) -> tuple[int, Any, dict[str, str]]:
        if self.command == "GET":
            return 200, self._read(path, asked.query), {}
        books, body = self.standin.books, asked.body
        match [self.command, *path]:
            case ["POST", "clients"]:
                return self._made("clients", books.make_client(body))
            case ["POST", "clients", key, "invoices"]:
                return self._made("invoices", books.make_invoice(int(key), body))
            case ["POST", "payments"]:
                return self._made("payments", books.make_payment(body))
            case ["POST", ("payment-methods" | "custom-attributes") as table]:
                return self._made(table, books.make_named(table, body))
            case ["PATCH", "invoices", key, "void"]:
                return 200, books.void(int(key)), {}
            case ["PATCH", "invoices", key, "approve"]:
                return 200, books.approve(int(key)), {}
            case ["PATCH", ("payments" | "invoices" | "clients") as table, key]:
                row = books.find(table, int(key))
                row |= body
                return 200, row, {}
            case ["DELETE", "payments", key]:
                books.delete_payment(int(key))
                return 204, None, {}
        raise Refused(404, "Object is not found.")

    def _read(self, path: list[str], query: dict[str, list[str]]) -> Any:
        books = self.standin.books
        match path:
            case ["version"]:
                return {"version": "4.4.30"}
            case ["organizations", _, "next-invoice-number"]:
                return {"number": books._next_number()}
            case [table] if table in books.tables:
                return books.listed(table, query)
            case [table, key] if table in books.tables:
                return books.find(table, int(key) if key.isdigit() else key)
        raise Refused(404, "Object is not found.")

    def _made(self, table: str, row: Any) -> tuple[int, Any, dict[str, str]]:
        return 201, row, {"Location": f"{self.standin.url}/crm/api/v1.0/{table}/{row['id']}"}


def _error(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}
