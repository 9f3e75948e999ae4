"""What an Invoice Ninja remembers, and what it does with a write: hashids, unique numbers, recomputed amounts, contacts."""

import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from threading import RLock
from typing import Any

from tests.standins.invoice_ninja.lists import Query, page_of, passing

Row = dict[str, Any]

_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_MARKUP = re.compile(r"<[^>]*>")
DRAFT, SENT, PARTIAL, PAID, CANCELLED, REVERSED = "123456"
COUNTRIES = [
    {"id": "356", "iso_3166_2": "IN", "iso_3166_3": "IND", "name": "India"},
    {"id": "840", "iso_3166_2": "US", "iso_3166_3": "USA", "name": "United States"},
]
CURRENCIES = [
    {"id": "1", "code": "USD", "name": "Dollar", "precision": 2},
    {"id": "8", "code": "INR", "name": "Rupee", "precision": 2},
    {"id": "45", "code": "JPY", "name": "Yen", "precision": 0},
]
_TEXTS = [
    "name", "number", "id_number", "vat_number", "website", "phone", "address1", "address2", "city", "state", "postal_code",
    "country_id", "custom_value1", "custom_value2", "custom_value3", "custom_value4", "private_notes", "public_notes",
]  # fmt: skip
_CONTACT_TEXTS = ["first_name", "last_name", "email", "phone"]
_EVENTS = {
    ("clients", "created"): 1, ("clients", "updated"): 10, ("clients", "deleted"): 11, ("clients", "archived"): 37,
    ("clients", "restored"): 45, ("invoices", "created"): 2, ("invoices", "updated"): 8, ("invoices", "deleted"): 9,
    ("invoices", "archived"): 33, ("invoices", "restored"): 41, ("invoices", "sent"): 60, ("payments", "created"): 4,
    ("payments", "updated"): 31, ("payments", "deleted"): 12, ("payments", "archived"): 32, ("payments", "restored"): 40,
}  # fmt: skip


class Refused(Exception):
    """An answer that is no success: `code` is the HTTP status, `fields` what 422 adds."""

    def __init__(self, code: int, message: str, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.fields = code, message, fields


def hashid(number: int) -> str:
    """Ten letters for a number; no two numbers share them."""
    left, letters = number * 2_654_435_761 + 58**9, ""
    for _ in range(10):
        left, place = divmod(left, len(_LETTERS))
        letters += _LETTERS[place]
    return letters


@dataclass
class Happened:
    """Something that webhooks are told: the body is the entity and nothing else."""

    event: int
    body: Row


@dataclass
class Books:
    """One company. `clock` gives seconds; `guard` is held while a request is answered."""

    clock: Callable[[], float] = time.time
    guard: RLock = field(default_factory=RLock)
    url: str = ""

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in ("clients", "invoices", "payments", "webhooks")}
        self.happened: list[Happened] = []
        self._last, self._moment = 0, 0
        self._paid_at: dict[tuple[str, Decimal], float] = {}

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def find(self, table: str, key: str) -> Row:
        row = self.tables[table].get(key)
        if row is None:
            raise Refused(400, f"No query results for model [{table[:-1].title()}].")
        return row

    def listed(self, table: str, query: Query) -> Row:
        return page_of(passing(table, self.tables[table].values(), query, today=self.today()), query)

    def today(self) -> str:
        return datetime.fromtimestamp(self.clock(), tz=UTC).date().isoformat()

    # ── Clients ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def make_client(self, body: Row) -> Row:
        """Nothing is required, and the same e-mail twice makes two clients."""
        self._refuse_used("clients", body, "number", "id_number")
        row = self._new("clients") | dict.fromkeys(_TEXTS, "")
        row |= {"balance": 0, "paid_to_date": 0, "credit_balance": 0, "settings": {}, "contacts": []}
        self._write_client(row, {"contacts": [{}]} | body)
        if not row["number"]:
            row["number"] = f"{len(self.tables['clients']) + 1:04}"
        self.tables["clients"][row["id"]] = row
        return self.tell("clients", "created", row)

    def change_client(self, key: str, body: Row) -> Row:
        row = self.find("clients", key)
        self._refuse_used("clients", body, "number", "id_number", but=key)
        self._write_client(row, body)
        return self.tell("clients", "updated", row)

    def _write_client(self, row: Row, body: Row) -> None:
        for name in _TEXTS:
            if name in body:
                row[name] = _MARKUP.sub("", str(body[name] or "")) if name == "name" else str(body[name] or "")
        if "settings" in body:
            row["settings"] = row["settings"] | body["settings"]
        if "contacts" in body:
            # Whoever is not listed by his id is gone.
            kept = {contact["id"]: contact for contact in row["contacts"]}
            row["contacts"] = [self._contact(kept.get(str(one.get("id", ""))), one) for one in body["contacts"]]
            for place, contact in enumerate(row["contacts"]):
                contact["is_primary"] = place == 0

    def _contact(self, there: Row | None, body: Row) -> Row:
        if there is None:
            key = secrets.token_hex(16)
            self._last += 1
            there = dict.fromkeys(_CONTACT_TEXTS, "") | {"id": hashid(self._last), "send_email": True, "contact_key": key}
            there["link"] = f"{self.url}/client/key_login/{key}"
        for name in _CONTACT_TEXTS:
            if name in body:
                there[name] = str(body[name] or "")
        return there

    # ── Invoices ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def make_invoice(self, body: Row, actions: Iterable[str]) -> Row:
        client = self._named("clients", body.get("client_id"), "client_id")
        self._refuse_used("invoices", body, "number")
        row = self._new("invoices") | {
            "client_id": client["id"], "number": "", "date": self.today(), "due_date": "", "status_id": DRAFT, "balance": 0,
            "discount": 0, "is_amount_discount": False, "uses_inclusive_taxes": False, "line_items": [], "paid_to_date": 0,
        }  # fmt: skip
        row["invitations"] = [
            {"id": hashid(self._last + 500_000), "link": f"{self.url}/client/invoice/{secrets.token_hex(16)}"}
        ]
        self.tables["invoices"][row["id"]] = row
        self._write_invoice(row, body)
        if not row["number"]:
            row["number"] = f"N{len(self.tables['invoices']):05}"
        self.tell("invoices", "created", row)
        return self._act(row, actions)

    def change_invoice(self, key: str, body: Row, actions: Iterable[str]) -> Row:
        row = self.find("invoices", key)
        if row["status_id"] in {CANCELLED, REVERSED}:
            raise Refused(422, "This invoice takes no changes.", {"status_id": ["Cancelled invoices stay as they are."]})
        self._refuse_used("invoices", body, "number", but=key)
        self._write_invoice(row, body)
        self.tell("invoices", "updated", row)
        return self._act(row, actions)

    def _write_invoice(self, row: Row, body: Row) -> None:
        for name in ("number", "date", "due_date", "public_notes", "private_notes", "po_number"):
            if name in body:
                row[name] = str(body[name] or "")
        for name in ("discount", "is_amount_discount", "uses_inclusive_taxes", "line_items"):
            if name in body:
                row[name] = body[name]
        before = row.get("amount", 0)
        row["amount"], row["total_taxes"] = map(float, amount_of(row))  # whatever the sender thinks it is
        if row["status_id"] in {SENT, PARTIAL, PAID}:
            self._owe(row, _cents(row["amount"]) - _cents(before))

    def _act(self, row: Row, actions: Iterable[str]) -> Row:
        for action in actions:
            if action == "mark_sent" and row["status_id"] == DRAFT:
                row["status_id"] = SENT
                self._owe(row, _cents(row["amount"]))
                self.tell("invoices", "sent", row)
            elif action == "cancel" and row["status_id"] in {SENT, PARTIAL}:
                self._owe(row, -_cents(row["balance"]))
                row["status_id"] = CANCELLED
                self.tell("invoices", "updated", row)
        return row

    def _owe(self, invoice: Row, change: Decimal) -> None:
        """The balances of the invoice and of its client move, and the status follows."""
        client = self.tables["clients"][invoice["client_id"]]
        invoice["balance"] = float(_cents(invoice["balance"]) + change)
        client["balance"] = float(_cents(client["balance"]) + change)
        if invoice["status_id"] in {SENT, PARTIAL, PAID}:
            paid = invoice["balance"] <= 0 < invoice["amount"]
            invoice["status_id"] = PAID if paid else PARTIAL if invoice["balance"] < invoice["amount"] else SENT

    # ── Payments ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def make_payment(self, body: Row) -> Row:
        client = self._named("clients", body.get("client_id"), "client_id")
        amount, now = _cents(body.get("amount", 0)), self.clock()
        # The guard against double clicks: per client and amount, whatever else is said.
        if now - self._paid_at.get((client["id"], amount), -10.0) < 1:
            raise Refused(429, "Duplicate request.")
        self._refuse_used("payments", body, "idempotency_key")
        row = self._new("payments") | {
            "client_id": client["id"], "amount": float(amount), "applied": 0, "refunded": 0, "status_id": "4",
            "date": body.get("date") or self.today(), "type_id": str(body.get("type_id", "")), "paymentables": [],
            "transaction_reference": str(body.get("transaction_reference", "")),
            "number": f"{len(self.tables['payments']) + 1:04}",
            "idempotency_key": str(body.get("idempotency_key", "")),
        }  # fmt: skip
        for one in body.get("invoices", []):
            invoice = self._named("invoices", one["invoice_id"], "invoices")
            share = _cents(one["amount"])
            if share > _cents(invoice["balance"]):
                raise Refused(422, "Not so much.", {"invoices": ["More than the balance of the invoice."]})
            self._owe(invoice, -share)
            self.touch(invoice)
            row["applied"] = float(_cents(row["applied"]) + share)
            row["paymentables"].append(
                {"id": hashid(self._last + 900_000), "invoice_id": invoice["id"], "amount": float(share)}
            )
        client["paid_to_date"] = float(_cents(client["paid_to_date"]) + amount)
        self.touch(client)
        self._paid_at[client["id"], amount] = now
        self.tables["payments"][row["id"]] = row
        return self.tell("payments", "created", row)

    # ── Any of them ──────────────────────────────────────────────────────────────────────────────────────────────────

    def make_webhook(self, body: Row) -> Row:
        row = self._new("webhooks") | {"rest_method": "post", "format": "JSON", "headers": {}} | body
        self.tables["webhooks"][row["id"]] = row
        return row

    def shelve(self, table: str, key: str, action: str) -> Row:
        """Archive, delete or restore it: a deleted row is still listed, unless one asks for active ones."""
        row, now = self.find(table, key), int(self.clock())
        if action == "archive":
            row["archived_at"] = now
        else:
            row["is_deleted"], row["archived_at"] = action == "delete", now if action == "delete" else 0
        return self.tell(table, {"archive": "archived", "delete": "deleted", "restore": "restored"}[action], row)

    def tell(self, table: str, what: str, row: Row) -> Row:
        self.touch(row)
        event = _EVENTS.get((table, what))
        if event is not None:
            self.happened.append(Happened(event, dict(row)))
        return row

    def touch(self, row: Row) -> None:
        row["updated_at"] = self._moment = max(int(self.clock()), self._moment)

    def _new(self, table: str) -> Row:
        self._last += 1
        return {
            "id": hashid(self._last),
            "is_deleted": False,
            "archived_at": 0,
            "created_at": int(self.clock()),
            "updated_at": 0,
        }

    def _named(self, table: str, key: Any, member: str) -> Row:
        row = self.tables[table].get(str(key or ""))
        if row is None:
            raise Refused(422, "The given data was invalid.", {member: ["There is none with this id."]})
        return row

    def _refuse_used(self, table: str, body: Row, *names: str, but: str = "") -> None:
        used = {
            name: ["It is in use."]
            for name in names
            for row in self.tables[table].values()
            if body.get(name) and row["id"] != but and row.get(name) == body[name]
        }
        if used:
            raise Refused(422, "The given data was invalid.", used)


def amount_of(invoice: Row) -> tuple[Decimal, Decimal]:
    """What the lines come to, and the tax in it: each line rounded, its discount and the bill's taken off before tax."""
    total = taxes = Decimal(0)
    for line in invoice["line_items"]:
        net = _number(line.get("cost", 0)) * _number(line.get("quantity", 0))
        net -= _less(net, line.get("discount", 0), amount=bool(line.get("is_amount_discount")))
        net = _cents(net)
        if not invoice["is_amount_discount"]:
            net -= _cents(_less(net, invoice["discount"], amount=False))
        tax = sum((_tax(net, line.get(f"tax_rate{n}", 0), invoice) for n in (1, 2, 3)), Decimal(0))
        total, taxes = total + net, taxes + tax
    if invoice["is_amount_discount"]:
        total -= _cents(invoice["discount"])
    return (total if invoice["uses_inclusive_taxes"] else total + taxes), taxes


def _tax(net: Decimal, rate: Any, invoice: Row) -> Decimal:
    percent = _number(rate)
    return _cents(net * percent / (100 + percent) if invoice["uses_inclusive_taxes"] else net * percent / 100)


def _less(of: Decimal, discount: Any, *, amount: bool) -> Decimal:
    return _number(discount) if amount else of * _number(discount) / 100


def _number(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def _cents(value: Any) -> Decimal:
    return _number(value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
