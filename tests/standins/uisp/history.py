"""A billing history of any size, always the same for the same size and seed, and the truth about it.

Its proportions are those of a history that was migrated for real: 64,301 invoices in a year, of which 60,012 are paid, 3,478
unpaid, 688 partly paid, 122 void and one a draft, of 10,113 clients, with 60,610 payments. So are its traps: totals that
nobody rounded, discounts in per cent, invoices of 0.00 that are paid without a payment, payments over two invoices, two
payments for one invoice, money paid too much, nine ways to pay, clients without a name, and 04:00 in Manila, which is the
day before in Greenwich.

The truth is added up here from what was dealt out, and never read back from what the product made of it.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

Row = dict[str, Any]

WHOLE = 64301
MANILA = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2025, 3, 1, 4, 0, 14, tzinfo=MANILA)
DAYS = 348
CURRENCY = "PHP"

CASH = "6efe0fa8-36b2-4dd1-b049-427bffc7d369"
CHECK = "11721cdf-a498-48be-903e-daa67552e4f6"
BANK_TRANSFER = "4145b5f5-3bbc-45e3-8fc5-9cda970c62fb"
CUSTOM = "d8c1eae9-d41d-479f-aeaf-38497975d7b3"
METHODS = {
    CASH: "Cash",
    CHECK: "Check",
    BANK_TRANSFER: "Bank transfer",
    CUSTOM: "Custom",
    "00000000-0000-4000-8000-000000000001": "GCash",
    "00000000-0000-4000-8000-000000000002": "Maya",
    "00000000-0000-4000-8000-000000000003": "PayPal",
    "00000000-0000-4000-8000-000000000004": "Stripe",
    "00000000-0000-4000-8000-000000000005": "Over the counter",
}
_FIRST_NAMES = ("Maria", "José", "Niño", "Ana", "Ramon", "Luz", "Begoña", "Carlo")
_LAST_NAMES = ("Peña", "Santos", "Reyes", "Muñoz", "dela Cruz", "Bautista", "Ocampo", "Ibañez")
_PLANS = ("799", "899", "999", "1299", "1499", "1999")


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def stamp(moment: datetime) -> str:
    """As the CRM writes it: an offset without a colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S%z")


@dataclass(slots=True)
class Bill:
    """An invoice as it was dealt out; `total` is what the CRM computed, perhaps with a tail that nobody rounded."""

    id: int
    client_id: int
    status: int
    at: datetime
    lines: list[tuple[str, Decimal, Decimal]]
    discount: Decimal | None = None
    paid: Decimal = Decimal(0)
    covers: list[tuple[int, int, Decimal]] = field(default_factory=list)
    """(cover, payment, amount)"""

    @property
    def exact(self) -> Decimal:
        whole = sum((price * quantity for _, price, quantity in self.lines), Decimal(0))
        return whole if self.discount is None else whole * (100 - self.discount) / 100

    @property
    def total(self) -> Decimal:
        return rounded(self.exact)


@dataclass(slots=True)
class Money:
    """A payment as it was dealt out; `covers` are (cover, invoice, amount)."""

    id: int
    client_id: int
    at: datetime
    method: str
    covers: list[tuple[int, int, Decimal]]
    credit: Decimal = Decimal(0)

    @property
    def amount(self) -> Decimal:
        return sum((amount for _, _, amount in self.covers), self.credit)


class History:
    """So many invoices with their clients and payments. Rows are rendered when asked for, so that a large one fits."""

    def __init__(self, invoices: int = 300, *, seed: int = 1) -> None:
        self.size = invoices
        self._random = random.Random(seed)
        self.client_count = max(4, self._share(10113))
        self.missing_clients = list(range(1, 1 + max(1, self._share(158))))
        self.bills: list[Bill] = []
        self.payments: list[Money] = []
        self._deal_bills()
        self._deal_payments()

    def _share(self, of_whole: int) -> int:
        """What a count of the whole history is in one of this size; one at least, so that no trap is left out."""
        return max(1, (of_whole * self.size + WHOLE // 2) // WHOLE)

    # ── What happened ────────────────────────────────────────────────────────────────────────────────────────────────

    def _deal_bills(self) -> None:
        chance, size = self._random, self.size
        statuses = [1] * self._share(3478) + [2] * self._share(688) + [4] * self._share(122) + [0]
        statuses += [3] * (size - len(statuses))
        chance.shuffle(statuses)
        kept = [client for client in range(1, self.client_count + 1) if client not in set(self.missing_clients)]
        clients = [chance.choice(self.missing_clients) for _ in range(self._share(1000))]
        clients += [chance.choice(kept) for _ in range(size - len(clients))]
        chance.shuffle(clients)
        paid = [place for place, status in enumerate(statuses) if status == 3]
        odd = chance.sample(paid, self._share(844) + self._share(657) + self._share(58))
        unrounded, discounted = set(odd[: self._share(844)]), set(odd[self._share(844) : -self._share(58)])
        free = set(odd[-self._share(58) :])
        for place in range(size):
            # In order of time, several on a day, as a monthly run writes them.
            at = FIRST_DAY + timedelta(days=place * DAYS // size, seconds=place % 600)
            price = Decimal(chance.choice(_PLANS))
            if place in unrounded:
                price = price * Decimal(chance.randint(3, 29)) / Decimal(41)
                price = Decimal(f"{price:.14g}")
            lines = [("Fiber plan", Decimal(0) if place in free else price, Decimal(1))]
            if place not in free and chance.random() < 0.1:
                lines.append(("Router rental", Decimal("49.50"), Decimal(chance.choice(("1", "2", "0.5")))))
            bill = Bill(place + 1, clients[place], statuses[place], at, lines)
            if place in discounted:
                bill.discount = Decimal(chance.choice(("5", "10", "12.5", "50")))
            if bill.status == 3:
                bill.paid = bill.total
            elif bill.status == 2:
                bill.paid = rounded(bill.total / 2)
            self.bills.append(bill)

    def _deal_payments(self) -> None:
        chance = self._random
        owing = [bill for bill in self.bills if bill.paid]
        in_two = {bill.id for bill in chance.sample(owing, self._share(884))}
        pairs, together = self._share(916), dict[int, Bill]()
        waiting: dict[int, Bill] = {}
        for bill in owing:
            if len(together) == 2 * pairs:
                break
            if bill.status != 3 or bill.id in in_two:
                continue
            other = waiting.pop(bill.client_id, None)
            if other is None:
                waiting[bill.client_id] = bill
            else:
                together[other.id], together[bill.id] = bill, other
        done: set[int] = set()
        for bill in owing:
            if bill.id in done:
                continue
            done.add(bill.id)
            if bill.id in in_two:
                first = rounded(bill.paid / 3)
                self._pay([(bill, first)])
                self._pay([(bill, bill.paid - first)])
            elif bill.id in together:
                other = together[bill.id]
                done.add(other.id)
                self._pay([(bill, bill.paid), (other, other.paid)])
            else:
                self._pay([(bill, bill.paid)])
        for money in chance.sample(self.payments, self._share(300)):
            money.credit = Decimal("100.00")
        self.payments.sort(key=lambda money: (money.at, money.id))

    def _pay(self, parts: list[tuple[Bill, Decimal]]) -> None:
        number = len(self.payments) + 1
        first = max((bill for bill, _ in parts), key=lambda bill: bill.at)
        money = Money(number, first.client_id, first.at + timedelta(days=number % 3), self._method(), [])
        for bill, amount in parts:
            cover = number * 10 + len(money.covers)
            money.covers.append((cover, bill.id, amount))
            bill.covers.append((cover, number, amount))
        self.payments.append(money)

    def _method(self) -> str:
        return self._random.choices(list(METHODS), weights=(60, 3, 10, 5, 10, 5, 3, 2, 2))[0]

    # ── As the CRM shows it ──────────────────────────────────────────────────────────────────────────────────────────

    def clients(self) -> Iterator[Row]:
        owed: defaultdict[int, Decimal] = defaultdict(Decimal)
        for bill in self.bills:
            if bill.status in {1, 2}:
                owed[bill.client_id] += bill.total - bill.paid
        nameless = {client * 7 % self.client_count + 1 for client in range(self._share(36))}
        for client in range(1, self.client_count + 1):
            yield self._client(client, owed[client], is_nameless=client in nameless)

    def _client(self, client: int, owed: Decimal, *, is_nameless: bool) -> Row:
        is_company = client % 9 == 0
        first, last = _FIRST_NAMES[client % 8], _LAST_NAMES[client // 8 % 8]
        credit = self._credit_of_clients[client]
        name = f"{last} Trading {client}" if is_company and not is_nameless else None
        return {
            "id": client,
            "userIdent": None if client % 17 == 0 else f"C{client:05d}",
            "clientType": 2 if is_company else 1,
            "companyName": name,
            "firstName": None if is_company or is_nameless else first,
            "lastName": None if is_company or is_nameless else last,
            "street1": f"{client} Rizal Street",
            "street2": None,
            "city": "Zamboanga",
            "countryId": 173,
            "zipCode": "7000",
            "isLead": False,
            "isArchived": client % 50 == 0,
            "organizationId": 1,
            "currencyCode": CURRENCY,
            "registrationDate": stamp(FIRST_DAY),
            "accountBalance": _number(credit - owed),
            "accountCredit": _number(credit),
            "accountOutstanding": _number(owed),
            "contacts": [
                {
                    "id": client,
                    "email": f"client{client}@example.com",
                    "phone": f"+63 917 {client:07d}",
                    "name": None,
                    "isBilling": True,
                    "isContact": True,
                }
            ],
            "attributes": [],
        }

    @cached_property
    def _credit_of_clients(self) -> defaultdict[int, Decimal]:
        found: defaultdict[int, Decimal] = defaultdict(Decimal)
        for money in self.payments:
            found[money.client_id] += money.credit
        return found

    def invoices(self) -> Iterator[Row]:
        return (shown_bill(bill) for bill in self.bills)

    def payment_rows(self) -> Iterator[Row]:
        return (shown_money(money) for money in self.payments)

    # ── The truth ────────────────────────────────────────────────────────────────────────────────────────────────────

    def expected(self) -> Row:
        """What must come out of a migration of all that is issued: counts, and sums as text with two places."""
        issued = [bill for bill in self.bills if bill.status in {1, 2, 3}]
        by_status = Counter(bill.status for bill in self.bills)
        months: defaultdict[str, list[Bill]] = defaultdict(list)
        for bill in issued:
            months[f"{bill.at:%Y-%m}"].append(bill)
        balances: defaultdict[int, Decimal] = defaultdict(Decimal)
        for bill in issued:
            balances[bill.client_id] += bill.total - bill.paid
        for client, credit in self._credit_of_clients.items():
            balances[client] -= credit
        changed = [bill.total - bill.exact for bill in issued if bill.total != bill.exact]
        return {
            "clients": self.client_count,
            "invoices": self.size,
            "by_status": {str(status): by_status[status] for status in sorted(by_status)},
            "migrated": len(issued),
            "payments": len(self.payments),
            "covers": sum(len(money.covers) for money in self.payments),
            "total": _text(bill.total for bill in issued),
            "paid": _text(bill.paid for bill in issued),
            "open": _text(bill.total - bill.paid for bill in issued),
            "money": _text(money.amount for money in self.payments),
            "credit": _text(money.credit for money in self.payments),
            "months": {month: [len(ones), _text(one.total for one in ones)] for month, ones in sorted(months.items())},
            "balances": {str(client): f"{balance:.2f}" for client, balance in sorted(balances.items()) if balance},
            "rounded": [len(changed), f"{sum(changed, Decimal(0)):.14f}".rstrip("0")],
            "missing_clients": [len(self.missing_clients), self._share(1000)],
        }

    def write(self, folder: Path) -> None:
        """`invoices_export.json` and what belongs to it, a row at a time, and `expected.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in (
            ("invoices_export.json", self.invoices()),
            ("payments_export.json", self.payment_rows()),
            ("clients_export.json", self.clients()),
            ("taxes_export.json", iter(())),
            ("methods_export.json", iter({"id": key, "name": name} for key, name in METHODS.items())),
        ):
            with (folder / name).open("w", encoding="utf-8") as file:
                file.write("[")
                for place, row in enumerate(rows):
                    file.write((",\n" if place else "\n") + json.dumps(row, ensure_ascii=False))
                file.write("\n]\n")
        (folder / "expected.json").write_text(json.dumps(self.expected(), indent=1) + "\n", encoding="utf-8")


def shown_bill(bill: Bill) -> Row:
    items = [
        {
            "id": bill.id * 10 + place,
            "type": "service" if place == 0 else "product",
            "label": label,
            "price": _number(price),
            "quantity": _number(quantity),
            "total": _number(price * quantity),
            "unit": None,
            "tax1Id": None,
            "tax2Id": None,
            "tax3Id": None,
            "serviceId": bill.client_id if place == 0 else None,
            "discountPrice": None,
            "discountQuantity": None,
            "discountTotal": None,
        }
        for place, (label, price, quantity) in enumerate(bill.lines)
    ]
    subtotal = sum((price * quantity for _, price, quantity in bill.lines), Decimal(0))
    return {
        "id": bill.id,
        "clientId": bill.client_id,
        "number": None if bill.status == 0 else str(100000 + bill.id),
        "status": bill.status,
        "createdDate": stamp(bill.at),
        "dueDate": stamp(bill.at + timedelta(days=14)),
        "maturityDays": 14,
        "emailSentDate": None if bill.status == 0 else stamp(bill.at),
        "taxableSupplyDate": None,
        "total": _number(bill.exact),
        "subtotal": _number(subtotal),
        "amountPaid": _number(bill.paid),
        "amountToPay": _number(max(bill.exact - bill.paid, Decimal(0))),
        "totalUntaxed": _number(bill.exact),
        "totalDiscount": _number(subtotal - bill.exact),
        "totalTaxAmount": 0,
        "discount": None if bill.discount is None else _number(bill.discount),
        "discountLabel": None if bill.discount is None else "Loyalty",
        "taxes": [],
        "items": items,
        "paymentCovers": [
            {"id": cover, "invoiceId": bill.id, "paymentId": payment, "creditNoteId": None, "refundId": None,
             "amount": _number(amount)}
            for cover, payment, amount in bill.covers
        ],
        "currencyCode": CURRENCY,
        "organizationName": "Isla Networks",
        "clientFirstName": None,
        "clientLastName": None,
        "clientCompanyName": None,
        "attributes": [],
        "notes": None,
        "adminNotes": None,
        "uncollectible": False,
        "proforma": False,
        "generatedInvoiceId": None,
        "proformaInvoiceId": None,
        "invoiceTemplateId": 1,
        "organizationId": 1,
        "isAppliedVatReverseCharge": False,
    }  # fmt: skip


def shown_money(money: Money) -> Row:
    gateway = "ISLAPAY" if money.method == CUSTOM else None
    return {
        "id": money.id,
        "clientId": money.client_id,
        "methodId": money.method,
        "amount": _number(money.amount),
        "creditAmount": _number(money.credit),
        "currencyCode": CURRENCY,
        "createdDate": stamp(money.at),
        "checkNumber": str(5000 + money.id) if money.method == CHECK else None,
        "note": None,
        "userId": 1000,
        "receiptSentDate": None,
        "providerName": gateway,
        "providerPaymentId": f"P-{money.id}" if gateway else None,
        "providerPaymentTime": stamp(money.at) if gateway else None,
        "attributes": [{"id": str(UUID(int=money.id)), "key": "branch", "name": "Branch", "value": "Main"}],
        "paymentCovers": [
            {"id": cover, "invoiceId": bill, "paymentId": money.id, "creditNoteId": None, "refundId": None,
             "amount": _number(amount)}
            for cover, bill, amount in money.covers
        ],
    }  # fmt: skip


def _number(value: Decimal) -> int | float:
    """As JSON of the CRM has it: a float, tail and all."""
    return int(value) if value == value.to_integral_value() else float(value)


def _text(amounts: Iterator[Decimal]) -> str:
    return f"{sum(amounts, Decimal(0)):.2f}"
