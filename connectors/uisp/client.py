"""The CRM API of UISP, v1.0: what is asked of it, and its ways that bite.

Lists are bare arrays without a total; `limit` is always sent, since without it everything comes. Archived clients are
hidden unless they are asked for, their invoices are not. A POST of an invoice applies credit, and one of a payment pays
other invoices, unless each is forbidden.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from connectors.problems import RemoteNonsense
from connectors.rates import TokenBucket
from connectors.transport import MOST_BYTES, TIME_LIMITS, Transport

Row = dict[str, Any]

PAGE = 500
RATE = 10
"""Requests a second; no figure is published."""


def base_of(url: str) -> str:
    """Where the API begins, of a host, of what people copy from their browser, or of the API itself."""
    text = url.strip().rstrip("/")
    head, found, _ = text.partition("/api/v")
    if found:
        return f"{head}/api/v1.0/"
    return f"{text.removesuffix('/crm')}/crm/api/v1.0/"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list from `offset` on; the last one where `is_last`."""

    rows: list[Row]
    offset: int
    is_last: bool


class UispClient:
    """One CRM, asked with one key. Raises as `Transport`."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        bucket: TokenBucket | None = None,
        verify: Any = True,
        time_limits: httpx.Timeout = TIME_LIMITS,
        most_bytes: int | None = None,
    ) -> None:
        self.transport = Transport(
            base_of(url),
            {"X-Auth-App-Key": key, "Accept": "application/json"},
            bucket=bucket or TokenBucket(RATE),
            verify=verify,
            time_limits=time_limits,
            most_bytes=most_bytes or MOST_BYTES,
        )

    def close(self) -> None:
        self.transport.close()

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def version(self) -> str:
        answer = self.transport.read("version")
        if not isinstance(answer, dict) or "version" not in answer:
            raise RemoteNonsense("This is no CRM of UISP: it tells no version.")
        return str(answer["version"])

    def one(self, entity: str, key: int | str) -> Row:
        answer = self.transport.read(f"{entity}/{key}")
        if not isinstance(answer, dict):
            raise RemoteNonsense(f"{entity}/{key} is no object.")
        return answer

    def some(
        self, entity: str, parameters: Mapping[str, Any] | None = None, *, limit: int = PAGE, offset: int = 0
    ) -> list[Row]:
        answer = self.transport.read(entity, {**(parameters or {}), "limit": limit, "offset": offset})
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
            raise RemoteNonsense(f"{entity} is no list.")
        return answer

    def pages(
        self, entity: str, parameters: Mapping[str, Any] | None = None, *, offset: int = 0, size: int = PAGE
    ) -> Iterator[Page]:
        """All rows of a list, page by page, from an offset on."""
        while True:
            rows = self.some(entity, parameters, limit=size, offset=offset)
            yield Page(rows, offset, len(rows) < size)
            if len(rows) < size:
                return
            offset += len(rows)

    def every(self, entity: str, parameters: Mapping[str, Any] | None = None) -> Iterator[Row]:
        for page in self.pages(entity, parameters):
            yield from page.rows

    def clients(self) -> Iterator[Row]:
        """Active and archived ones: both have invoices."""
        yield from self.every("clients", {"order": "id", "isArchived": 0})
        yield from self.every("clients", {"order": "id", "isArchived": 1})

    def count(self, entity: str, parameters: Mapping[str, Any] | None = None) -> int:
        """How many rows a list has, found by doubling and halving: no answer ever tells."""

        def is_there(offset: int) -> bool:
            return bool(self.some(entity, parameters, limit=1, offset=offset))

        if not is_there(0):
            return 0
        known = 1
        while is_there(known):
            known *= 2
        low, high = known // 2, known
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if is_there(middle) else (low, middle)
        return high

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def make_invoice(self, client_id: int, body: Row, *, organization_id: int) -> Row:
        """An invoice, once: credit is not applied to it. After any doubt it is looked up by its number."""

        def present() -> Row | None:
            asked = {"number": body["number"], "organizationId": organization_id}
            return next((row for row in self.some("invoices", asked) if row["clientId"] == client_id), None)

        body = {**body, "applyCredit": False}
        made: Row = self.transport.make(f"clients/{client_id}/invoices", body, look_up=present)
        return made

    def make_payment(self, body: Row, *, mark_key: str, mark: str) -> Row:
        """A payment, once: it pays what it names and nothing else. `mark` is the value of the attribute that finds it."""

        def present() -> Row | None:
            found = self.some("payments", {"customAttributeKey": mark_key, "customAttributeValue": mark})
            return found[0] if found else None

        made: Row = self.transport.make("payments", {**body, "applyToInvoicesAutomatically": False}, look_up=present)
        return made


def day_text(day: date) -> str:
    """A date as queries want it."""
    return day.isoformat()
