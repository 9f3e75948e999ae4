"""Staging: every row of a history as a row of the run, after which its source may disappear."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from typing import Any, Literal

from connectors.models import ImportRun
from connectors.runs import NewRow, stage_rows
from connectors.states import Entity
from connectors.uisp.sources import Source, new_row
from connectors.uisp.translation import PAID, PARTIAL

Row = dict[str, Any]
Payments = Literal["real", "synthetic", "none"]
CASH = "6efe0fa8-36b2-4dd1-b049-427bffc7d369"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are brought: from `skip` on, at most `limit` invoices, with what hangs on them.

    `since` is a run that follows: what was created since then, three days before for the clocks of others, and every invoice
    that is not settled.
    """

    limit: int | None = None
    skip: int = 0
    payments: Payments = "real"
    method: str = CASH
    since: date | None = None

    @property
    def is_whole(self) -> bool:
        """Everything that clients have is brought, so that their balances agree."""
        return self.limit is None and not self.skip and self.since is None


def stage_history(run: ImportRun, source: Source, choice: Choice) -> int:
    """Keep all rows that are chosen; answers how many. Safe to repeat: what is there stays."""
    chosen = None if choice.limit is None and not choice.skip else _Chosen(source, choice)
    return stage_rows(run, chain(_clients(source, chosen), _invoices(source, chosen), _payments(source, choice, chosen)))


class _Chosen:
    """Some invoices, what the same payments cover, those payments, and their clients: so that all of it adds up."""

    def __init__(self, source: Source, choice: Choice) -> None:
        some = list(_picked(source.rows(Entity.INVOICE), choice))
        self.invoices = {str(row["id"]) for row in some}
        covers = {str(row["id"]): _covered(row) for row in source.rows(Entity.PAYMENT)} if choice.payments == "real" else {}
        self.payments: set[str] = set()
        while more := {key for key, ids in covers.items() if ids & self.invoices} - self.payments:
            self.payments |= more
            self.invoices |= set().union(*(covers[key] for key in more))
        self.clients = {str(row.get("clientId")) for row in source.rows(Entity.INVOICE) if str(row["id"]) in self.invoices}


def _picked(rows: Iterable[Row], choice: Choice) -> Iterator[Row]:
    return islice(rows, choice.skip, None if choice.limit is None else choice.skip + choice.limit)


def _covered(row: Row) -> set[str]:
    return {str(cover["invoiceId"]) for cover in row.get("paymentCovers") or [] if cover.get("invoiceId") is not None}


def _clients(source: Source, chosen: _Chosen | None) -> Iterator[NewRow]:
    for row in source.rows(Entity.CLIENT):
        if chosen is None or str(row.get("id")) in chosen.clients:
            yield new_row(Entity.CLIENT, row)


def _invoices(source: Source, chosen: _Chosen | None) -> Iterator[NewRow]:
    for row in source.rows(Entity.INVOICE):
        if chosen is None or str(row.get("id")) in chosen.invoices:
            yield new_row(Entity.INVOICE, row)


def _payments(source: Source, choice: Choice, chosen: _Chosen | None) -> Iterator[NewRow]:
    if choice.payments == "real":
        for row in source.rows(Entity.PAYMENT):
            if chosen is None or str(row.get("id")) in chosen.payments:
                yield new_row(Entity.PAYMENT, row)
    elif choice.payments == "synthetic":
        for row in source.rows(Entity.INVOICE):
            is_chosen = chosen is None or str(row.get("id")) in chosen.invoices
            if is_chosen and row.get("status") in {PARTIAL, PAID} and row.get("amountPaid"):
                yield new_row(Entity.PAYMENT, _made_up(row, choice.method))


def _made_up(invoice: Row, method: str) -> Row:
    """One payment of what the invoice says was paid, on its own day: an approximation, and marked as one."""
    return {
        "id": f"invoice-{invoice['id']}",
        "synthetic": True,
        "clientId": invoice.get("clientId"),
        "methodId": method,
        "amount": invoice["amountPaid"],
        "creditAmount": 0,
        "createdDate": invoice.get("createdDate"),
        "currencyCode": invoice.get("currencyCode"),
        "note": f"Made up of invoice {invoice.get('number')}: the payments themselves were not migrated.",
        "paymentCovers": [{"invoiceId": invoice["id"], "amount": invoice["amountPaid"]}],
    }
