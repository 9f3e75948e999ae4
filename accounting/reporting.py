"""Trial balance, profit and loss, balance sheet: the books on a day, in base currency.

Each report is one statement and so one snapshot. It reads folded days and the entries since, and is exact at any moment.
With `known_at` it reads the entries of what had been posted by then: what was known, not what is known now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import connection

from accounting.kinds import AccountRole, AccountType
from accounting.statements import REPORT, REPORT_KNOWN_THEN
from erp.money import add

Detail = Literal["control", "account"]

COST_OF_GOODS = frozenset({AccountRole.COGS, AccountRole.PRICE_VARIANCE})
"""Roles between income and gross profit; every other expense stands below it."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """An account over a period, or a control account with its party accounts in one line.

    `opening` and `closing` are debit minus credit. `owing` and `owed` are the sums of the single accounts' debit and
    credit balances at the end; where several accounts are folded, both can be positive.
    """

    account_id: UUID
    code: str
    name: str
    type: AccountType
    role: AccountRole | None
    opening: Decimal
    debit: Decimal
    credit: Decimal
    owing: Decimal
    owed: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit

    @property
    def closing_debit(self) -> Decimal:
        return max(self.closing, Decimal("0.00"))

    @property
    def closing_credit(self) -> Decimal:
        return max(-self.closing, Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class Period:
    """Booking dates, both included; `known_at` is the moment whose knowledge is asked for, None for now."""

    first: date
    last: date
    known_at: datetime | None = None


def trial_balance(company_id: UUID, period: Period, *, detail: Detail = "control") -> list[ReportLine]:
    """Every account that was ever booked on, by code; debit and credit are the turnover of the period."""
    return _read(company_id, period, detail, year_ends=True)


@dataclass(frozen=True, slots=True)
class ProfitAndLoss:
    """Lines and their sums; income positive as credit, costs and expenses positive as debit."""

    income: Sequence[ReportLine]
    cost_of_goods: Sequence[ReportLine]
    expenses: Sequence[ReportLine]

    @property
    def total_income(self) -> Decimal:
        return -_turnover(self.income)

    @property
    def total_cost_of_goods(self) -> Decimal:
        return _turnover(self.cost_of_goods)

    @property
    def gross_profit(self) -> Decimal:
        return self.total_income - self.total_cost_of_goods

    @property
    def total_expenses(self) -> Decimal:
        return _turnover(self.expenses)

    @property
    def net_profit(self) -> Decimal:
        return self.gross_profit - self.total_expenses


def profit_and_loss(company_id: UUID, period: Period) -> ProfitAndLoss:
    """What was earned and spent in the period. Year-end vouchers, and reversals of them, are left out."""
    lines = [line for line in _read(company_id, period, "control", year_ends=False) if line.debit or line.credit]
    expenses = [line for line in lines if line.type is AccountType.EXPENSE]
    return ProfitAndLoss(
        income=[line for line in lines if line.type is AccountType.INCOME],
        cost_of_goods=[line for line in expenses if line.role in COST_OF_GOODS],
        expenses=[line for line in expenses if line.role not in COST_OF_GOODS],
    )


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line of the balance sheet, positive on its side."""

    code: str
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """What the company has and owes. `running_profit` is what the income and expense accounts hold, part of the equity."""

    assets: Sequence[SheetLine]
    liabilities: Sequence[SheetLine]
    equity: Sequence[SheetLine]
    running_profit: Decimal

    @property
    def total_assets(self) -> Decimal:
        return add([line.amount for line in self.assets])

    @property
    def total_liabilities(self) -> Decimal:
        return add([line.amount for line in self.liabilities])

    @property
    def total_equity(self) -> Decimal:
        return add([line.amount for line in self.equity]) + self.running_profit

    @property
    def difference(self) -> Decimal:
        """0.00, because every voucher balances."""
        return self.total_assets - self.total_liabilities - self.total_equity


def balance_sheet(company_id: UUID, *, as_of: date, known_at: datetime | None = None) -> BalanceSheet:
    """The books at the end of a day.

    A customer we owe stands among the liabilities, a supplier who owes us among the assets.
    """
    lines = _read(company_id, Period(as_of, as_of, known_at), "control", year_ends=True)
    assets: list[SheetLine] = []
    liabilities: list[SheetLine] = []
    for line in lines:
        if line.role in {AccountRole.RECEIVABLE, AccountRole.PAYABLE}:
            assets.append(SheetLine(line.code, line.name, line.owing))
            liabilities.append(SheetLine(line.code, line.name, line.owed))
        elif line.type is AccountType.ASSET:
            assets.append(SheetLine(line.code, line.name, line.closing))
        elif line.type is AccountType.LIABILITY:
            liabilities.append(SheetLine(line.code, line.name, -line.closing))
    results = [line.closing for line in lines if line.type in {AccountType.INCOME, AccountType.EXPENSE}]
    equity = [SheetLine(line.code, line.name, -line.closing) for line in lines if line.type is AccountType.EQUITY]
    return BalanceSheet(_with_amount(assets), _with_amount(liabilities), _with_amount(equity), running_profit=-add(results))


def _read(company_id: UUID, period: Period, detail: Detail, *, year_ends: bool) -> list[ReportLine]:
    source = REPORT if period.known_at is None else REPORT_KNOWN_THEN
    with connection.cursor() as cursor:
        cursor.execute(
            source[detail, year_ends],
            {"company": company_id, "first": period.first, "last": period.last, "known_at": period.known_at},
        )
        return [_line(*row) for row in cursor.fetchall()]


def _line(account_id: UUID, code: str, name: str, kind: str, role: str | None, *amounts: Decimal) -> ReportLine:
    return ReportLine(account_id, code, name, AccountType(kind), AccountRole(role) if role else None, *amounts)


def _turnover(lines: Iterable[ReportLine]) -> Decimal:
    return add([line.debit - line.credit for line in lines])


def _with_amount(lines: Iterable[SheetLine]) -> list[SheetLine]:
    return [line for line in lines if line.amount]
