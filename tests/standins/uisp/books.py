"""What a CRM remembers, and what it does with a POST: totals, statuses, covers, both of its dangerous defaults."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.standins.uisp.history import CUSTOM, METHODS, History, Row, _number, rounded, stamp

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}")
_INVOICE_FIELDS = {
    "items", "number", "createdDate", "emailSentDate", "maturityDays", "notes", "adminNotes", "discount", "discountLabel",
    "invoiceTemplateId", "proforma", "attributes", "draft", "applyCredit", "taxableSupplyDate",
}  # fmt: skip
_ITEM_FIELDS = {"label", "price", "quantity", "unit", "tax1Id", "tax2Id", "tax3Id", "type"}
_PAYMENT_FIELDS = {
    "clientId", "methodId", "amount", "createdDate", "currencyCode", "note", "checkNumber", "providerName",
    "providerPaymentId", "providerPaymentTime", "attributes", "invoiceIds", "applyToInvoicesAutomatically",
}  # fmt: skip


class Refused(Exception):
    """An answer that is no success: `code` is the HTTP status, `fields` what 422 adds."""

    def __init__(self, code: int, message: str, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.fields = code, message, fields


class Books:
    """One organisation and everything in it. `guard` is held while a request is answered."""

    def __init__(self, history: History | None = None) -> None:
        self.guard = threading.RLock()
        self.history = history
        self.reset()

    def reset(self) -> None:
        """As it was in the beginning."""
        history = self.history
        self.tables: dict[str, dict[Any, Row]] = {
            "clients": {row["id"]: row for row in history.clients()} if history else {},
            "invoices": {row["id"]: row for row in history.invoices()} if history else {},
            "payments": {row["id"]: row for row in history.payment_rows()} if history else {},
            "organizations": {1: {"id": 1, "name": "Isla Networks", "currencyCode": "PHP"}},
            "currencies": {1: {"id": 1, "code": "PHP", "name": "Peso"}, 2: {"id": 2, "code": "USD", "name": "Dollar"}},
            "taxes": {1: {"id": 1, "name": "VAT", "rate": 12, "selected": False}},
            "payment-methods": {key: {"id": key, "name": name, "isSystem": True} for key, name in METHODS.items()},
            "custom-attributes": {},
            "credit-notes": {},
            "refunds": {},
            "webhook-events": {},
        }

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def find(self, table: str, key: Any) -> Row:
        row = self.tables[table].get(key)
        if row is None:
            raise Refused(404, "Object is not found.")
        return row

    def listed(self, table: str, query: dict[str, list[str]]) -> list[Row]:
        """A bare array: no total, no envelope; without `limit` everything comes."""
        rows = list(self.tables[table].values())
        for name, values in query.items():
            if name not in {"limit", "offset", "order", "direction"}:
                rows = [row for row in rows if _passes(table, name, values, row)]
        if table == "clients" and "isArchived" not in query:
            rows = [row for row in rows if not row["isArchived"]]
        order = query.get("order", ["createdDate" if table in {"invoices", "payments"} else "id"])[0]
        # The CRM knows no order of rows that are equal: by id, as the database happens to give them.
        rows.sort(key=lambda row: (row.get(order) or "", row["id"]), reverse=query.get("direction", ["ASC"])[0] == "DESC")
        offset = _whole(query, "offset", 0)
        limit = _whole(query, "limit", len(rows))
        return rows[offset : offset + limit]

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def next_id(self, table: str) -> int:
        return max((key for key in self.tables[table] if isinstance(key, int)), default=0) + 1

    def make_client(self, body: Row) -> Row:
        client: Row = {
            "id": self.next_id("clients"), "userIdent": None, "clientType": 1, "companyName": None, "firstName": None,
            "lastName": None, "isLead": False, "isArchived": False, "organizationId": 1, "currencyCode": "PHP",
            "accountBalance": 0, "accountCredit": 0, "accountOutstanding": 0, "contacts": [], "attributes": [],
        } | body  # fmt: skip
        self.tables["clients"][client["id"]] = client
        return client

    def make_invoice(self, client_id: int, body: Row) -> Row:
        """Totals and due date are computed, item types become `other`, and credit is applied unless it is forbidden."""
        client = self.find("clients", client_id)
        if client["isArchived"]:
            raise Refused(404, "Object is not found.")
        if client["isLead"]:
            raise Refused(422, "Validation failed.", {"clientId": ["A lead takes no invoices."]})
        _only(body, _INVOICE_FIELDS)
        items = body.get("items") or []
        if not items:
            raise Refused(422, "Validation failed.", {"items": ["This collection should contain 1 element or more."]})
        for item in items:
            _only(item, _ITEM_FIELDS)
        number = body.get("number") or self._next_number()
        if not body.get("draft") and any(row["number"] == number for row in self.tables["invoices"].values()):
            raise Refused(422, "Validation failed.", {"number": ["This value is already used."]})
        at = _moment(body.get("createdDate")) or datetime.now(UTC)
        days = body.get("maturityDays", 14)
        subtotal = sum((_exact(one["price"]) * _exact(one.get("quantity", 1)) for one in items), Decimal(0))
        discount = body.get("discount")
        total = subtotal if discount is None else subtotal * (100 - _exact(discount)) / 100
        key = self.next_id("invoices")
        invoice = {
            "id": key, "clientId": client_id, "number": None if body.get("draft") else number,
            "status": 0 if body.get("draft") else 1 if total else 3, "createdDate": stamp(at),
            "dueDate": stamp(at + timedelta(days=days)), "maturityDays": days,
            "emailSentDate": body.get("emailSentDate"), "total": _number(total), "subtotal": _number(subtotal),
            "amountPaid": 0, "amountToPay": _number(total), "discount": discount, "taxes": [],
            "discountLabel": body.get("discountLabel"), "paymentCovers": [], "currencyCode": client["currencyCode"],
            "items": [
                one
                | {"id": key * 10 + place, "type": "other", "total": _number(_exact(one["price"]) * _exact(one["quantity"]))}
                for place, one in enumerate(items)
            ],
            "notes": body.get("notes"), "adminNotes": body.get("adminNotes"), "proforma": bool(body.get("proforma")),
            "uncollectible": False, "attributes": self._attributes(body), "organizationId": 1,
            "generatedInvoiceId": None, "proformaInvoiceId": None, "taxableSupplyDate": None,
            "isAppliedVatReverseCharge": False,
        }  # fmt: skip
        self.tables["invoices"][key] = invoice
        if body.get("applyCredit", True) and not body.get("draft"):
            for money in [row for row in self.tables["payments"].values() if row["clientId"] == client_id]:
                self._cover(money, [invoice])
        return invoice

    def _attributes(self, body: Row) -> list[Row]:
        """As they are shown: with the key and the name of what they are."""
        shown = []
        for place, one in enumerate(body.get("attributes") or [], start=1):
            what = self.tables["custom-attributes"].get(one["customAttributeId"])
            if what is None:
                raise Refused(422, "Validation failed.", {"attributes": ["This value is not valid."]})
            shown.append(one | {"id": place, "key": what["key"], "name": what["name"]})
        return shown

    def _next_number(self) -> str:
        used = [int(row["number"]) for row in self.tables["invoices"].values() if (row["number"] or "").isdigit()]
        return str(max(used, default=0) + 1)

    def make_payment(self, body: Row) -> Row:
        """Covers fill `invoiceIds` oldest first; the rest pays other invoices unless that is forbidden, then is credit."""
        _only(body, _PAYMENT_FIELDS)
        if body.get("methodId") not in self.tables["payment-methods"]:
            raise Refused(422, "Validation failed.", {"methodId": ["This value is not valid."]})
        if body["methodId"] == CUSTOM and not body.get("providerName"):
            raise Refused(422, "Validation failed.", {"providerName": ["This value should not be blank."]})
        client = self.find("clients", body["clientId"]) if body.get("clientId") is not None else None
        if client and body.get("currencyCode", client["currencyCode"]) != client["currencyCode"]:
            raise Refused(422, "Validation failed.", {"currencyCode": ["Currency of the client expected."]})
        named = [self.find("invoices", one) for one in body.get("invoiceIds") or []]
        at = _moment(body.get("createdDate")) or datetime.now(UTC)
        money = {
            "id": self.next_id("payments"), "clientId": body.get("clientId"), "methodId": body["methodId"],
            "amount": body["amount"], "creditAmount": body["amount"], "currencyCode": "PHP", "createdDate": stamp(at),
            "checkNumber": body.get("checkNumber"), "note": body.get("note"), "userId": None, "receiptSentDate": None,
            "providerName": body.get("providerName"), "providerPaymentId": body.get("providerPaymentId"),
            "providerPaymentTime": body.get("providerPaymentTime"), "attributes": self._attributes(body),
            "paymentCovers": [],
        }  # fmt: skip
        self.tables["payments"][money["id"]] = money
        self._cover(money, sorted(named, key=lambda row: (row["createdDate"], row["id"])))
        if body.get("applyToInvoicesAutomatically", True) and client:
            self._cover(money, self.listed("invoices", {"clientId": [str(client["id"])], "statuses[]": ["1", "2"]}))
        return money

    def _cover(self, money: Row, invoices: list[Row]) -> None:
        for invoice in invoices:
            left, owed = _exact(money["creditAmount"]), rounded(_exact(invoice["total"])) - _exact(invoice["amountPaid"])
            amount = min(left, owed)
            if amount <= 0 or invoice["status"] not in {1, 2}:
                continue
            place = money["id"] * 10 + len(money["paymentCovers"])
            cover = {"id": place, "invoiceId": invoice["id"], "paymentId": money["id"], "creditNoteId": None,
                     "refundId": None, "amount": _number(amount)}  # fmt: skip
            money["paymentCovers"].append(cover)
            invoice["paymentCovers"].append(cover)
            money["creditAmount"] = _number(left - amount)
            paid = _exact(invoice["amountPaid"]) + amount
            invoice["amountPaid"], invoice["amountToPay"] = _number(paid), _number(max(owed - amount, Decimal(0)))
            invoice["status"] = 3 if amount == owed else 2

    def void(self, key: int) -> Row:
        invoice = self.find("invoices", key)
        if _exact(invoice["amountPaid"]):
            raise Refused(422, "Validation failed.", {"status": ["A paid invoice cannot be voided."]})
        invoice["status"] = 4
        return invoice

    def approve(self, key: int) -> Row:
        invoice = self.find("invoices", key)
        if invoice["status"] == 0:
            invoice |= {"status": 1, "number": invoice["number"] or self._next_number()}
        return invoice

    def delete_payment(self, key: int) -> None:
        money = self.find("payments", key)
        for cover in money["paymentCovers"]:
            invoice = self.find("invoices", cover["invoiceId"])
            invoice["paymentCovers"].remove(cover)
            paid = _exact(invoice["amountPaid"]) - _exact(cover["amount"])
            invoice |= {"amountPaid": _number(paid), "status": 2 if paid else 1}
        del self.tables["payments"][key]

    def make_named(self, table: str, body: Row) -> Row:
        """A payment method, or a custom attribute, whose key is made of its name."""
        key: Any = f"00000000-0000-4000-9000-{len(self.tables[table]):012d}"
        row = body | {"id": key}
        if table == "custom-attributes":
            key = self.next_id(table)
            row = body | {"id": key, "key": re.sub(r"\W+", "", body["name"][:1].lower() + body["name"][1:])}
        self.tables[table][key] = row
        return row


def _passes(table: str, name: str, values: list[str], row: Row) -> bool:
    value = values[0]
    tests: dict[str, Callable[[], bool]] = {
        "clientId": lambda: str(row["clientId"]) == value,
        "organizationId": lambda: str(row["organizationId"]) == value,
        "statuses[]": lambda: str(row["status"]) in values,
        "number": lambda: row["number"] == value,
        "createdDateFrom": lambda: row["createdDate"][:10] >= _day(value),
        "createdDateTo": lambda: row["createdDate"][:10] <= _day(value),
        "proforma": lambda: row["proforma"] == (value == "1"),
        "userIdent": lambda: row["userIdent"] == value,
        "isArchived": lambda: row["isArchived"] == (value == "1"),
        "lead": lambda: row["isLead"] == (value == "1"),
        "unattached": lambda: (row["clientId"] is None) == (value == "1"),
        "customAttributeKey": lambda: any(one["key"] == value for one in row["attributes"]),
        "customAttributeValue": lambda: any(one["value"] == value for one in row["attributes"]),
    }
    return tests[name]() if name in tests else True


def _day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise Refused(400, "Invalid date.")
    return text


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    if not MOMENT.fullmatch(text):
        raise Refused(400, f"Invalid datetime {text!r}.")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def _only(body: Row, allowed: set[str]) -> None:
    if unknown := sorted(set(body) - allowed):
        raise Refused(422, "Validation failed.", {name: ["This field is not allowed."] for name in unknown})


def _whole(query: dict[str, list[str]], name: str, default: int) -> int:
    return int(query[name][0]) if name in query else default


def _exact(value: Any) -> Decimal:
    return Decimal(str(value))
