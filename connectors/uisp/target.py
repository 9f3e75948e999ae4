"""The CRM that a history goes into: what it has already, and what things are called there."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from connectors.foreign_rows import Row
from connectors.uisp.bodies import ERP_REF, Names
from connectors.uisp.client import UispClient


class BadClientMap(Exception):
    """The file that says which client is which cannot be read: the message says why."""


class There(NamedTuple):
    """An invoice of the target: enough to tell whether it is the one that was to be sent."""

    id: int
    client_id: int
    total: Any
    created: str
    status: int


@dataclass(slots=True)
class Stock:
    """What the target had when the run began. `clients` by the ident that they bear there, which is the source's id.

    `payments` by their mark, id and covers as they are shown there.
    """

    clients: dict[str, int] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    organizations: dict[int, int] = field(default_factory=dict)
    invoices: dict[str, There] = field(default_factory=dict)
    payments: dict[str, Row] = field(default_factory=dict)


class Target:
    """A UISP that is written to, through one client that its workers share. Raises as `Transport`."""

    def __init__(self, client: UispClient, url: str, *, client_map: Path | None = None) -> None:
        self.client, self.url = client, url
        self._mapped = {} if client_map is None else read_client_map(client_map)

    def stock(self) -> Stock:
        """Read all of it that matters."""
        found = Stock()
        idents = defaultdict[str, list[int]](list)
        for row in self.client.clients():
            found.organizations[row["id"]] = row.get("organizationId") or 0
            if ident := str(row.get("userIdent") or "").strip():
                idents[ident].append(row["id"])
        found.clients = {ident: ids[0] for ident, ids in idents.items() if len(ids) == 1} | self._mapped
        found.shared = {ident for ident, ids in idents.items() if len(ids) > 1} - self._mapped.keys()
        for row in self.client.every("invoices", {"order": "createdDate"}):
            if row.get("number") and not row.get("proforma"):
                found.invoices[row["number"]] = there_of(row)
        for row in self.client.every("payments", {"order": "createdDate"}):
            if mark := mark_of(row):
                found.payments[mark] = {"id": row["id"], "amount": row["amount"], "clientId": row.get("clientId")} | {
                    "paymentCovers": row.get("paymentCovers") or []
                }
        return found

    def currencies(self) -> set[str]:
        return {str(row.get("code")) for row in self.client.every("currencies")}

    def names(
        self,
        source: str,
        *,
        taxes: Mapping[str, str],
        methods: Mapping[str, str],
        attributes: Mapping[str, Mapping[str, str]],
        write: bool,
    ) -> Names:
        """What the source's things are called there; with `write`, ways to pay and attributes that lack are made by name.

        `attributes` are names by key, of `invoice` and of `payment`. Without `write` what lacks is called 0, or ''.
        """
        of_taxes = {str(row["name"]): int(row["id"]) for row in self.client.every("taxes")}
        of_methods = {str(row["name"]): str(row["id"]) for row in self.client.every("payment-methods")}
        by_ids = set(of_methods.values())
        found_methods = {key: key for key in of_methods.values()}
        for key, name in methods.items():
            if key not in by_ids and name not in of_methods:
                of_methods[name] = str(self._made("payment-methods", {"name": name})["id"]) if write else ""
            found_methods[key] = key if key in by_ids else of_methods[name]
        rows = list(self.client.every("custom-attributes"))
        wanted = {"invoice": dict(attributes["invoice"]), "payment": {ERP_REF: ERP_REF} | dict(attributes["payment"])}
        ids: dict[str, dict[str, int]] = {"invoice": {}, "payment": {}}
        for kind, names in wanted.items():
            present = {str(row["name"]): int(row["id"]) for row in rows if row.get("attributeType", kind) == kind}
            for key, name in names.items():
                if name not in present:
                    body = {"name": name, "attributeType": kind}
                    present[name] = int(self._made("custom-attributes", body)["id"]) if write else 0
                ids[kind][key] = present[name]
        return Names(
            source,
            ref_id=ids["payment"].pop(ERP_REF),
            taxes={key: of_taxes[name] for key, name in taxes.items() if name in of_taxes},
            methods=found_methods,
            invoice_attributes=ids["invoice"],
            payment_attributes=ids["payment"],
        )

    def _made(self, table: str, body: Row) -> Row:
        """Once: after any doubt it is looked up by its name."""

        def present() -> Row | None:
            return next((row for row in self.client.every(table) if row.get("name") == body["name"]), None)

        made: Row = self.client.transport.make(table, body, look_up=present)
        return made

    def mark_key(self) -> str:
        """The key under which payments are asked for by their mark; the CRM makes it of the name, in its own way."""
        rows = self.client.every("custom-attributes")
        return next(
            (str(row["key"]) for row in rows if row["name"] == ERP_REF and row.get("attributeType") == "payment"), ""
        )


def there_of(row: Row) -> There:
    return There(row["id"], row["clientId"], row.get("total"), str(row.get("createdDate") or ""), row.get("status") or 0)


def mark_of(row: Row) -> str:
    """The mark of a payment that a run like this has brought; '' for any other."""
    marks = (
        one.get("value")
        for one in row.get("attributes") or []
        if isinstance(one, dict) and (one.get("name") == ERP_REF or one.get("key") == ERP_REF)
    )
    return str(next(marks, None) or "")


def read_client_map(path: Path) -> dict[str, int]:
    """``source id,target id`` in each line, a heading or none. Raises BadClientMap."""
    found: dict[str, int] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for place, line in enumerate(csv.reader(file), start=1):
            if not line or (place == 1 and not line[-1].strip().isdigit()):
                continue
            if len(line) != 2 or not line[1].strip().isdigit():
                raise BadClientMap(f"{path}, line {place}: write the source's id, a comma, and the target's id.")
            if (key := line[0].strip()) in found:
                raise BadClientMap(f"{path}, line {place}: {key} is there twice.")
            found[key] = int(line[1])
    return found
