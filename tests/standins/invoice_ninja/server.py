"""The API over HTTP: `/api/v1` only, HTML to who does not ask for JSON, 403 for a bad token, 400 for what is not there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.standins import frame
from tests.standins.frame import Answered, Asked, Handler, answering, odd_row
from tests.standins.invoice_ninja.books import COUNTRIES, CURRENCIES, Books, Refused
from tests.standins.invoice_ninja.sending import Sender

TOKEN = "standin-token"
_PLACE = re.compile(r"/api/v1/(.*?)/?")
_SIGN_IN = b"<!DOCTYPE html><html><body>Sign in</body></html>"
_SHELVES = {"archive", "delete", "restore"}


class StandIn(frame.StandIn):
    """An Invoice Ninja with its books; `deliver` sends what webhooks have not been told yet."""

    def __init__(self, books: Books) -> None:
        super().__init__(guard=books.guard)
        self.books = books
        self.sender = Sender(books)

    def forget(self) -> None:
        self.books.reset()
        self.sender.reset()

    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.books.tables.items()}

    def deliver(self, **options: Any) -> list[int]:
        """The statuses that the receivers answered; see `Sender.deliver`."""
        return self.sender.deliver(**options)


@contextmanager
def serving(
    *, host: str = "127.0.0.1", port: int = 0, certificate: tuple[str, str] | None = None, clock: Any = None
) -> Iterator[StandIn]:
    """A stand-in that answers on `url` until the block ends. `certificate` is the paths of a certificate and its key."""
    books = Books(clock) if clock is not None else Books()
    with answering(StandIn(books), _Handler, host=host, port=port, certificate=certificate) as here:
        books.url = here.url
        yield here


class _Handler(Handler):
    standin: StandIn

    def error(self, code: int, message: str) -> Any:
        return {"message": message}

    def spoiled(self, answer: Any, options: dict[str, Any]) -> Any:
        rows = answer.get("data") if isinstance(answer, dict) else None
        if isinstance(rows, dict):
            return answer | {"data": odd_row(rows, options)}
        return answer | {"data": [odd_row(rows[0], options), *rows[1:]]} if rows else answer

    def answer(self, asked: Asked, faults: dict[str, dict[str, Any]]) -> Answered:
        wants_json = "json" in self.headers.get("Accept", "") and self.headers.get("X-Requested-With") == "XMLHttpRequest"
        with self.standin.guard:
            try:
                return self._judged(asked, faults)
            except Refused as refused:
                if not wants_json:
                    # A browser is shown a page, and for what it filled in wrong the form again.
                    return (302, _SIGN_IN, {"Location": "/"}) if refused.code == 422 else (refused.code, _SIGN_IN, {})
                errors = {} if refused.fields is None else {"errors": refused.fields}
                return refused.code, self.error(refused.code, refused.message) | errors, {}

    def _judged(self, asked: Asked, faults: dict[str, dict[str, Any]]) -> Answered:
        found = _PLACE.fullmatch(asked.path)
        if found is None:
            return 404, self.error(404, "There is no such route."), {}
        if self.standin.is_revoked or self.headers.get("X-API-TOKEN", "") != TOKEN:
            raise Refused(403, "Invalid token")
        self._move_rows(found[1], faults)
        actions = [name for name, values in asked.query.items() if values[-1] == "true"]
        return self._routed(found[1].split("/"), asked, actions)

    def _move_rows(self, place: str, faults: dict[str, dict[str, Any]]) -> None:
        """Somebody makes a client, or deletes one for good, while pages are read."""
        clients = self.standin.books.tables["clients"]
        if "row_comes" in faults and place == "clients":
            self.standin.books.make_client({"name": "Came meanwhile"})
        if "row_goes" in faults and place == "clients":
            del clients[next(iter(clients))]

    def _routed(self, path: list[str], asked: Asked, actions: list[str]) -> Answered:
        books, body = self.standin.books, asked.body
        if self.command == "GET":
            return self._read(path, asked)
        match [self.command, *path]:
            case ["POST", "clients"]:
                return 200, {"data": books.make_client(body)}, {}
            case ["PUT", "clients", key]:
                return 200, {"data": books.change_client(key, body)}, {}
            case ["POST", "invoices"]:
                return 200, {"data": books.make_invoice(body, actions)}, {}
            case ["PUT", "invoices", key]:
                return 200, {"data": books.change_invoice(key, body, actions)}, {}
            case ["POST", "payments"]:
                return 200, {"data": books.make_payment(body)}, {}
            case ["POST", "webhooks"]:
                return 200, {"data": books.make_webhook(body)}, {}
            case ["DELETE", "webhooks", key]:
                books.find("webhooks", key)
                return 200, {"data": books.tables["webhooks"].pop(key)}, {}
            case ["DELETE", table, key] if table in books.tables:
                return 200, {"data": books.shelve(table, key, "delete")}, {}
            case ["POST", table, "bulk"] if table in books.tables and body.get("action") in _SHELVES:
                return 200, {"data": [books.shelve(table, key, body["action"]) for key in body["ids"]]}, {}
        return 404, self.error(404, "There is no such route."), {}

    def _read(self, path: list[str], asked: Asked) -> Answered:
        books = self.standin.books
        match path:
            case ["ping"]:
                return 200, {"company_name": "Stand-in Ltd", "user_name": "Ninja Admin"}, {}
            case ["statics"]:
                return 200, {"countries": COUNTRIES, "currencies": CURRENCIES}, {}
            case [table] if table in books.tables:
                return 200, books.listed(table, asked.query), {}
            case [table, key] if table in books.tables:
                return 200, {"data": books.find(table, key)}, {}
        return 404, self.error(404, "There is no such route."), {}
