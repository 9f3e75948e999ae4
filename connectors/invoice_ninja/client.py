"""The API of Invoice Ninja v5: what is asked of it, and its ways that bite.

Its path says `v1` although the product says v5. Without two headers errors come as pages of HTML. What does not exist is
400, a bad token 403. Lists hold deleted rows unless active ones are asked for, and a filter that it does not know is not
heard: everything comes back, so each answer is held against what was asked.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import httpx

from connectors.foreign_rows import Row
from connectors.problems import RemoteNonsense, RemoteNotFound, RemoteRefused
from connectors.rates import TokenBucket
from connectors.transport import READS, TIME_LIMITS, Transport

PAGE = 500
RATE = 8
"""Requests a second: the cloud allows 500 a minute, with bursts."""
PASSES = 3
ACTIVE = {"status": "active"}
_MISSING = "no query results"


def root_of(url: str) -> str:
    """Where the installation is, of its address or of what people copy out of a document: with `/api/v1`, with a slash."""
    text = url.strip().rstrip("/")
    return text.partition("/api/v")[0].removesuffix("/api").rstrip("/")


def page_of_client(url: str, client_id: str) -> str:
    """Where people look at a client there."""
    return f"{root_of(url)}/#/clients/{client_id}"


class NinjaClient:
    """One company there, asked with one token. Raises as `Transport`; RemoteNotFound for what is not there."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        bucket: TokenBucket | None = None,
        verify: Any = True,
        time_limits: httpx.Timeout = TIME_LIMITS,
        attempts: int = READS,
        door: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"X-API-TOKEN": token, "Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
        self.transport = Transport(
            f"{root_of(url)}/api/v1/",
            headers,
            bucket=bucket or TokenBucket(RATE),
            verify=verify,
            time_limits=time_limits,
            attempts=attempts,
            door=door,
        )

    def close(self) -> None:
        self.transport.close()

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def ping(self) -> Row:
        """Whose token it is: `company_name`, `user_name`."""
        answer = self.transport.read("ping")
        if not isinstance(answer, dict) or "company_name" not in answer:
            raise RemoteNonsense("This is no Invoice Ninja: it does not say whose it is.")
        return answer

    def currencies(self) -> dict[str, str]:
        """Id there → code."""
        answer = self.transport.read("statics")
        rows = answer.get("currencies") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise RemoteNonsense("The answer lists no currencies.")
        return {str(row.get("id")): str(row.get("code")) for row in rows if isinstance(row, dict)}

    def one(self, entity: str, key: str) -> Row:
        with _missing_told():
            return _data(self.transport.read(f"{entity}/{key}"), entity)

    def every(self, entity: str, parameters: Mapping[str, Any] | None = None) -> Iterator[Row]:
        """All rows, each once. One that vanishes between pages pushes another over the edge: then all is read again."""
        seen: set[str] = set()
        for _ in range(PASSES):
            total: int | None = None
            shrank = False
            for rows, of_all in self._pages(entity, {**ACTIVE, "sort": "id|asc", **(parameters or {})}):
                shrank = shrank or (total is not None and of_all < total)
                total = of_all
                for row in rows:
                    if (key := str(row.get("id", ""))) not in seen:
                        seen.add(key)
                        yield row
            if not shrank:
                return

    def _pages(self, entity: str, parameters: Mapping[str, Any]) -> Iterator[tuple[list[Row], int]]:
        page = 1
        while True:
            answer = self.transport.read(entity, {**parameters, "per_page": PAGE, "page": page})
            rows, pagination = _page(answer, entity)
            yield rows, pagination["total"]
            if page >= pagination["total_pages"]:
                return
            page += 1

    def clients_by_email(self, email: str) -> list[Row]:
        """Every active client one of whose contacts has this e-mail, capitals or not."""
        wanted = email.casefold()
        return [row for row in self.every("clients", {"email": email}) if wanted in emails_of(row)]

    def clients_by_id_number(self, id_number: str) -> list[Row]:
        found = self.every("clients", {"id_number": id_number})
        return [row for row in found if str(row.get("id_number", "")) == id_number]

    def invoices_of(self, client_id: str) -> list[Row]:
        """The active invoices of a client."""
        found = self.every("invoices", {"client_id": client_id})
        return [row for row in found if str(row.get("client_id", "")) == client_id]

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def make_client(self, body: Row) -> Row:
        """A client, once: his `id_number` is how he is found again after any doubt."""

        def present() -> Row | None:
            found = self.clients_by_id_number(str(body["id_number"]))
            return {"data": found[0]} if found else None

        return _data(self.transport.make("clients", body, look_up=present), "clients")

    def change_client(self, key: str, body: Row) -> Row:
        """Change what is named; contacts that are not listed by id would be deleted, so all of them are, or none."""
        with _missing_told():
            return _data(self.transport.write("PUT", f"clients/{key}", body), "clients")


def emails_of(row: Row) -> set[str]:
    contacts = row.get("contacts")
    rows = contacts if isinstance(contacts, list) else []
    return {str(one.get("email") or "").strip().casefold() for one in rows if isinstance(one, dict)} - {""}


class _missing_told:
    """What is not there is 400 there, and RemoteNotFound here."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, problem: BaseException | None, trace: Any) -> None:
        if isinstance(problem, RemoteRefused) and problem.status_there == 400 and _MISSING in problem.message.lower():
            raise RemoteNotFound from problem


def _data(answer: Any, entity: str) -> Row:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("id"), str):
        raise RemoteNonsense(f"{entity}: the answer is no row.")
    return data


def _page(answer: Any, entity: str) -> tuple[list[Row], dict[str, int]]:
    rows = answer.get("data") if isinstance(answer, dict) else None
    meta = answer.get("meta") if isinstance(answer, dict) else None
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not isinstance(pagination, dict):
        raise RemoteNonsense(f"{entity}: the answer is no page of a list.")
    told = {name: pagination.get(name) for name in ("total", "total_pages")}
    if not all(isinstance(value, int | Decimal) and value >= 0 for value in told.values()):
        raise RemoteNonsense(f"{entity}: the page does not say how many there are.")
    return rows, {name: int(value) for name, value in told.items() if value is not None}
