"""Comparing what was read with what is here, to the last cent: counts, sums, every invoice, every client."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from connectors.models import ImportRun
from connectors.runs import rows_of
from connectors.uisp.reconciliation_statements import (
    BOOKS_AGREE,
    COMPARE_INVOICES,
    COMPARE_PAYMENTS,
    DIFFERING_CLIENTS,
    DIFFERING_INVOICES,
)
from erp.locking import Locks

SHOWN = 20
"""Differences named one by one; all are counted."""

Sums = tuple[int, Decimal, Decimal]


class Group(NamedTuple):
    """Which invoices a line of the report is about: their status there, currency and month."""

    status: int
    currency: str
    month: str


@dataclass(slots=True)
class Comparison:
    """`groups`: count, total and paid, there and here. `payments`: those that invoices name, there and here.

    `money` and `credit` are sums of payments, there and here; `rounded` how many totals were changed, and by how much.
    """

    groups: dict[Group, tuple[Sums, Sums]] = field(default_factory=dict)
    payments: tuple[int, int] = (0, 0)
    payment_count: int = 0
    money: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    credit: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    rounded: tuple[int, Decimal] = (0, Decimal(0))
    invoices: list[tuple[str, str, str]] = field(default_factory=list)
    clients: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)

    def add(self, other: "Comparison") -> None:
        """Take in what was compared of other clients."""
        for group, (theirs, ours) in other.groups.items():
            before = self.groups.get(group, ((0, Decimal(0), Decimal(0)), (0, Decimal(0), Decimal(0))))
            self.groups[group] = (_sum(before[0], theirs), _sum(before[1], ours))
        self.payments = (self.payments[0] + other.payments[0], self.payments[1] + other.payments[1])
        self.payment_count += other.payment_count
        self.money = (self.money[0] + other.money[0], self.money[1] + other.money[1])
        self.credit = (self.credit[0] + other.credit[0], self.credit[1] + other.credit[1])
        self.rounded = (self.rounded[0] + other.rounded[0], self.rounded[1] + other.rounded[1])
        self.invoices += other.invoices
        self.clients += other.clients

    def differences(self, *, with_money: bool = True, closed: bool = True) -> list[str]:
        """What differs, in words; nothing when all agrees. `closed`: every payment that an invoice names was read, too."""
        found = []
        for group, (theirs, ours) in sorted(self.groups.items()):
            upto = 3 if with_money else 2
            if theirs[:upto] != ours[:upto]:
                found.append(f"status {group.status}, {group.month}: {_spelled(theirs)} there, {_spelled(ours)} here")
        if with_money and closed and self.payments[0] != self.payments[1]:
            found.append(f"{self.payments[0]:,} payments settle invoices there, {self.payments[1]:,} here")
        for name, (there, here) in (("paid in", self.money), ("credit", self.credit)):
            if with_money and there != here:
                found.append(f"{name}: {there} there, {here} here")
        found += _some("invoice", self.invoices)
        if with_money:
            found += _some("client", [(key, str(there), str(here)) for key, there, here in self.clients])
        return found

    def totals(self) -> dict[str, str | int]:
        """Of what is booked (status 1 to 3), as it is here."""
        booked = [ours for group, (_, ours) in self.groups.items() if group.status in {1, 2, 3}]
        total = sum((one[1] for one in booked), Decimal("0.00"))
        paid = sum((one[2] for one in booked), Decimal("0.00"))
        return {
            "invoices": sum(one[0] for one in booked),
            "total": f"{total:.2f}",
            "paid": f"{paid:.2f}",
            "open": f"{total - paid:.2f}",
            "payments": self.payment_count,
            "money": f"{self.money[1]:.2f}",
            "credit": f"{self.credit[1]:.2f}",
        }


def compare(
    locks: Locks, run: ImportRun, *, zone: str, with_money: bool, clients: Sequence[str] | None = None, whole: bool = True
) -> Comparison:
    """What the run brought of these clients, or of all. `whole`: all that they have was brought, so balances agree."""
    parameters = {
        "company": locks.company_id,
        "run": run.id,
        "zone": zone,
        "with_money": with_money,
        "clients": None if clients is None else list(clients),
    }
    found = Comparison()
    for row in rows_of(COMPARE_INVOICES, parameters):
        found.groups[Group(*row[:3])] = ((row[3], row[4], row[5]), (row[6], row[7], row[8]))
        found.rounded = (found.rounded[0] + row[9], found.rounded[1] + row[10])
    found.invoices = rows_of(DIFFERING_INVOICES, parameters)
    named, settling, count, money, our_money, credit, our_credit = rows_of(COMPARE_PAYMENTS, parameters)[0]
    found.payments, found.payment_count = (named, settling), count
    found.money, found.credit = (money, our_money), (credit, our_credit)
    if whole:
        found.clients = rows_of(DIFFERING_CLIENTS, parameters)
    return found


def books_disagree(locks: Locks, run: ImportRun) -> list[str]:
    """What the ledger says of the customers against their documents; nothing when they agree."""
    open_less_credit, receivable, balance = rows_of(
        BOOKS_AGREE, {"company": locks.company_id, "connection": run.connection_id}
    )[0]
    found = []
    if open_less_credit != receivable:
        found.append(f"open invoices less credit are {open_less_credit}, receivables {receivable}")
    if balance:
        found.append(f"the ledger is out of balance by {balance}")
    return found


def by_reason(counts: Iterable[tuple[str, str, str, int]]) -> dict[str, Counter[str]]:
    """Of each entity how many rows are DONE, UNCHANGED, SKIPPED, FAILED or CONFLICT, and for which reason."""
    found: dict[str, Counter[str]] = {}
    for entity, state, code, count in counts:
        found.setdefault(entity, Counter())[f"{state} {code}".rstrip()] += count
    return found


def _sum(one: Sums, other: Sums) -> Sums:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _spelled(sums: Sums) -> str:
    return f"{sums[0]:,} of {sums[1]:.2f}, paid {sums[2]:.2f}"


def _some(what: str, rows: Sequence[tuple[str, str, str]]) -> list[str]:
    found = [f"{what} {key}: {there} there, {here} here" for key, there, here in rows[:SHOWN]]
    return found + ([f"… and {len(rows) - SHOWN:,} more {what}s"] if len(rows) > SHOWN else [])
