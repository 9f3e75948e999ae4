"""What a row of Invoice Ninja means here. Pure: no database, no clock; the same row always means the same.

Amounts are rounded half up to two places. Empty texts are empty there, never null. What opens a portal without a password
is taken out before anything is kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.gst import is_gstin
from connectors.foreign_rows import Row, RowRefused, amount_of, hash_of, line_of
from connectors.states import Badge, Reason
from erp.characters import REFUSED
from erp.money import add
from erp.spelling import amount_text

DRAFT, SENT, PARTIAL, PAID, CANCELLED, REVERSED = "1", "2", "3", "4", "5", "6"
_OPEN = {SENT, PARTIAL}
_STATES = {DRAFT: "draft", SENT: "sent", PARTIAL: "partial", PAID: "paid", CANCELLED: "cancelled", REVERSED: "reversed"}
_SECRET = {"link", "contact_key", "key", "password", "token", "client_hash", "invitations", "gateway_tokens"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST_CODE = 50
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class RemoteClient:
    """A client as he is there. `balance` is what he owes; `email`, `phone` and `person` are those of his first contact."""

    external_id: str
    name: str
    number: str
    id_number: str
    vat_number: str
    website: str
    phone: str
    email: str
    person: str
    address1: str
    address2: str
    city: str
    state: str
    postal_code: str
    currency_id: str
    balance: Decimal
    paid_to_date: Decimal
    credit_balance: Decimal
    is_active: bool
    is_deleted: bool
    updated_at: int

    @property
    def code(self) -> str:
        """By what the customer is known here: his id number, else one made of the id there."""
        return self.id_number if 0 < len(self.id_number) <= _LONGEST_CODE else f"IN-{self.external_id}"

    def columns(self) -> dict[str, Any]:
        """Columns of our customer that Invoice Ninja decides; a GSTIN only if it is one."""
        gstin = self.vat_number.upper().replace(" ", "")
        columns = {
            "name": self.name,
            "email": self.email,
            "phone1": self.phone,
            "address1": self.address1,
            "address2": self.address2,
            "area": self.city,
            "pincode": self.postal_code,
        }
        return columns | ({"gstin": gstin} if is_gstin(gstin) else {})

    def hash(self) -> str:
        """Of what is mapped and shown; that something else was touched there is no change."""
        return hash_of([str(value) for name, value in sorted(asdict(self).items()) if name != "updated_at"])

    def shown(self) -> dict[str, Any]:
        """As it is kept and shown: amounts as texts."""
        members = asdict(self) | {name: amount_text(getattr(self, name)) for name in _AMOUNTS}
        return {name: value for name, value in members.items() if name not in {"external_id", "updated_at"}}


_AMOUNTS = ("balance", "paid_to_date", "credit_balance")


@dataclass(frozen=True, slots=True)
class RemoteInvoice:
    """An invoice as it is there; days are its own, without a zone."""

    external_id: str
    number: str
    state: str
    date: str
    due_date: str
    amount: Decimal
    balance: Decimal

    @property
    def is_open(self) -> bool:
        return self.state in {_STATES[one] for one in _OPEN} and self.balance > 0

    def shown(self) -> dict[str, Any]:
        return asdict(self) | {"amount": amount_text(self.amount), "balance": amount_text(self.balance)}


def translate_client(row: Row) -> RemoteClient:
    """Raises RowRefused for texts and amounts that ours cannot hold."""
    external_id = external_id_of(row)
    contacts = row.get("contacts")
    people = [one for one in contacts if isinstance(one, dict)] if isinstance(contacts, list) else []
    people.sort(key=lambda one: not one.get("is_primary"))
    contact: Row = people[0] if people else {}
    person = " ".join(part for part in (line_of(contact, "first_name", 120), line_of(contact, "last_name", 120)) if part)
    number, settings = line_of(row, "number", 100), row.get("settings")
    is_deleted = bool(row.get("is_deleted"))
    return RemoteClient(
        external_id=external_id,
        name=line_of(row, "name", 255) or person or f"Client {number or external_id}",
        number=number,
        id_number=line_of(row, "id_number", 250),
        vat_number=line_of(row, "vat_number", 100),
        website=line_of(row, "website", 300),
        phone=line_of(row, "phone", 30) or line_of(contact, "phone", 30),
        email=line_of(contact, "email", 254),
        person=person,
        address1=line_of(row, "address1", 500),
        address2=line_of(row, "address2", 500),
        city=line_of(row, "city", 150),
        state=line_of(row, "state", 100),
        postal_code=line_of(row, "postal_code", 10),
        currency_id=str(settings.get("currency_id") or "") if isinstance(settings, dict) else "",
        balance=amount_of(row, "balance"),
        paid_to_date=amount_of(row, "paid_to_date"),
        credit_balance=amount_of({"credit_balance": 0, **row}, "credit_balance"),
        is_active=not is_deleted and not row.get("archived_at"),
        is_deleted=is_deleted,
        updated_at=instant_of(row),
    )


def translate_invoice(row: Row) -> RemoteInvoice:
    """Raises RowRefused, for a state too that nobody has heard of."""
    state = _STATES.get(str(row.get("status_id")))
    if state is None:
        raise RowRefused(Reason.UNKNOWN_STATUS, f"Its status is {row.get('status_id')!r}.")
    return RemoteInvoice(
        external_id=external_id_of(row),
        number=line_of(row, "number", 100),
        state=state,
        date=_day_of(row, "date"),
        due_date=_day_of(row, "due_date"),
        amount=amount_of(row, "amount"),
        balance=amount_of(row, "balance"),
    )


def shut(value: Any) -> Any:
    """The row without what opens a portal."""
    if isinstance(value, Mapping):
        return {str(key): shut(one) for key, one in value.items() if key not in _SECRET}
    return [shut(one) for one in value] if isinstance(value, list) else value


def without_secrets(value: Any) -> Any:
    """The row as it may be kept: shut, with no character that the database cannot hold, and no `Decimal`."""
    if isinstance(value, Mapping):
        return {REFUSED.sub("�", key): without_secrets(one) for key, one in shut(value).items()}
    if isinstance(value, list):
        return [without_secrets(one) for one in value]
    if isinstance(value, Decimal):
        return str(value)
    return REFUSED.sub("�", value) if isinstance(value, str) else value


def badge_of(invoices: Sequence[Mapping[str, Any]], balance: Decimal, *, today: date) -> Badge:
    """How a client stands, of his invoices as they are kept: the first that fits, of overdue, due, credit, paid."""
    owing = [one for one in invoices if one["state"] in {"sent", "partial"} and Decimal(one["balance"]) > 0]
    if any(one["due_date"] and one["due_date"] < today.isoformat() for one in owing):
        return Badge.OVERDUE
    if owing or balance > 0:
        return Badge.DUE
    return Badge.CREDIT if balance < 0 else Badge.PAID


def outstanding_of(invoices: Sequence[RemoteInvoice]) -> Decimal:
    return add([one.balance for one in invoices if one.is_open])


def instant_of(row: Row) -> int:
    """Unix seconds at which it was last changed there; 0 when it does not say."""
    value = row.get("updated_at")
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 2**40:
        return 0
    return int(value)


def external_id_of(row: Row) -> str:
    key = row.get("id")
    if not isinstance(key, str) or not key or len(key) > _LONGEST_ID or REFUSED.search(key):
        raise RowRefused(Reason.BAD_ROW, f"Its id is {key!r}.")
    return key


def _day_of(row: Row, name: str) -> str:
    """A day as it is written there, or nothing."""
    text = str(row.get(name) or "")[:10]
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat() if _DAY.fullmatch(text) else _bad_day(name, text)
    except ValueError:
        return _bad_day(name, text)


def _bad_day(name: str, text: str) -> str:
    raise RowRefused(Reason.BAD_DATE, f"{name} is {text!r}, and no day.")
