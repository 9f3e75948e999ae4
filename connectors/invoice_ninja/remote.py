"""Reading clients and their invoices there, as ours can hold them. Talks; never inside a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from connectors.foreign_rows import Row, RowRefused
from connectors.invoice_ninja.access import client_for
from connectors.invoice_ninja.client import NinjaClient
from connectors.invoice_ninja.translation import (
    RemoteClient,
    RemoteInvoice,
    translate_client,
    translate_invoice,
    without_secrets,
)
from connectors.models import Connection
from connectors.problems import RemoteUnfit
from erp.money import add
from erp.spelling import amount_text

CURRENCIES_FOR_S = 3600
MOST_INVOICES = 1000


@dataclass(frozen=True, slots=True)
class Fetched:
    """A client as he was a moment ago. `namesakes` are how many active clients there have his e-mail, himself included.

    `data` is what is kept of him: `client`, `invoices` (the newest), `raw`, `currency`, sums.
    """

    client: RemoteClient
    data: Mapping[str, Any]
    namesakes: int = 0


def fetch_client(connection: Connection | None, external_id: str, *, with_namesakes: bool = False) -> Fetched:
    """The client with his invoices. Raises RemoteNotFound, RemoteUnfit, and as `client_for` and `Transport`."""
    with client_for(connection, patient=False) as ninja:
        assert connection is not None
        row = ninja.one("clients", external_id)
        client = read_client(row)
        namesakes = len(ninja.clients_by_email(client.email)) if with_namesakes and client.email else 0
        return fetch_with(connection, ninja, row, client, namesakes=namesakes)


def fetch_with(connection: Connection, ninja: NinjaClient, row: Row, client: RemoteClient, *, namesakes: int = 0) -> Fetched:
    """The rest of a client who was read: his invoices, his currency."""
    invoices = ninja.invoices_of(client.external_id)
    return Fetched(client, kept(client, row, invoices, _currency(connection, ninja, client.currency_id)), namesakes)


def find_clients(connection: Connection | None, email: str) -> list[RemoteClient]:
    """Active clients there with this e-mail; several may be. Raises as `fetch_client`."""
    with client_for(connection, patient=False) as ninja:
        return [read_client(row) for row in ninja.clients_by_email(email)]


def read_client(row: Row) -> RemoteClient:
    try:
        return translate_client(row)
    except RowRefused as refused:
        raise RemoteUnfit(refused.message) from refused


def kept(client: RemoteClient, row: Row, rows: list[Row], currency: str) -> dict[str, Any]:
    """What is kept of a client. Invoices that ours cannot hold are counted as `unread`."""
    invoices, unread = list[RemoteInvoice](), 0
    for one in rows:
        try:
            invoices.append(translate_invoice(one))
        except RowRefused:
            unread += 1
    invoices.sort(key=lambda one: (one.date, one.number), reverse=True)
    owing = [one for one in invoices if one.is_open]
    # Who owes is never cut off: what a badge is made of must be whole.
    shown = (owing + [one for one in invoices if not one.is_open])[:MOST_INVOICES]
    return {
        "client": client.shown(),
        "raw": without_secrets(row),
        "invoices": [one.shown() for one in sorted(shown, key=lambda one: (one.date, one.number), reverse=True)],
        "invoice_count": len(invoices),
        "open_count": len(owing),
        "outstanding": amount_text(add([one.balance for one in owing])),
        "unread": unread,
        "currency": currency,
    }


def _currency(connection: Connection, ninja: NinjaClient, currency_id: str) -> str:
    """The code of his currency; empty when he has none of his own: then it is that of the company there."""
    if not currency_id:
        return ""
    key = f"ninja-currencies-{connection.id}"
    codes = cache.get(key)
    if codes is None:
        codes = ninja.currencies()
        cache.set(key, codes, CURRENCIES_FOR_S)
    return str(codes.get(currency_id, ""))
