"""Statements and reports over HTTP, under ``/api/accounting/``."""

import base64
import binascii
from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, cast
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
from django.http import HttpResponse, QueryDict
from rest_framework.request import Request

from accounting.api.operations import BALANCE_SHEET, PROFIT_AND_LOSS, STATEMENT, TRIAL_BALANCE
from accounting.kinds import AccountRole
from accounting.models import LedgerAccount
from accounting.payloads import (
    balance_sheet_payload,
    profit_and_loss_payload,
    statement_payload,
    trial_balance_payload,
)
from accounting.periods import fiscal_year_start
from accounting.queries import Place, Statement, find_account, read_statement
from accounting.reporting import Detail, Period, balance_sheet, profit_and_loss, trial_balance
from erp.api.listing import DEFAULT_SIZE, UNPAGED_ROWS, Window
from erp.api.parameters import Parameters
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
from erp.parsing import DocumentDate
from erp.problems import NotFound, ValidationFailed
from erp.rights import Right, Role

FIRST_DAY = date(1900, 1, 1)
_OWN_PARTIES = {Role.SALES_MANAGER: AccountRole.RECEIVABLE, Role.PURCHASE_MANAGER: AccountRole.PAYABLE}
"""Roles that do not keep the books see the accounts of their own parties."""


class ReportView(ResourceView):
    """Base of the reports: read in one snapshot, answered with their parameters and currency."""

    rights: ClassVar = {"GET": Right.READ_BOOKS}

    def period_of(self, params: Parameters) -> Period:
        """``from``/``to``, or ``as_of`` with the beginning of its fiscal year; today when nothing is said."""
        as_of, last = params.day("as_of"), params.day("to")
        last = last or as_of or self.today
        first = params.day("from") or self._year_begin(last)
        params.period(first=first, last=last)
        return Period(first, last, params.instant("known_at"))

    def _year_begin(self, day: date) -> date:
        month = self.actor.company.fiscal_year_start
        return date(fiscal_year_start(day, month), month, 1)

    def report(self, read: Callable[[], Any], show: Callable[..., Any], period: Period, **more: str) -> HttpResponse:
        with scoped_read(self.actor):
            found = read()
        known_at = period.known_at.isoformat() if period.known_at else None
        told: dict[str, str | None] = {"from": period.first.isoformat(), "to": period.last.isoformat(), "known_at": known_at}
        return json_response(show(found, parameters=told | more, currency=self.actor.company.base_currency.code))


_PERIOD = frozenset({"as_of", "from", "to", "known_at"})


class TrialBalanceView(ReportView):
    """GET every account with its opening, turnover and closing; `control` folds the parties' accounts."""

    operations: ClassVar = {"GET": TRIAL_BALANCE}

    def get(self, request: Request) -> HttpResponse:
        params = Parameters(request._request.GET, _PERIOD | {"detail"})
        period, detail = self.period_of(params), params.choice("detail", "control", "account")
        params.judge()
        return self.report(
            lambda: trial_balance(self.actor.company_id, period, detail=cast(Detail, detail)),
            trial_balance_payload,
            period,
            detail=detail,
        )


class ProfitAndLossView(ReportView):
    """GET income, cost of goods, expenses and what remains; year-end vouchers left out."""

    operations: ClassVar = {"GET": PROFIT_AND_LOSS}

    def get(self, request: Request) -> HttpResponse:
        params = Parameters(request._request.GET, _PERIOD)
        period = self.period_of(params)
        params.judge()
        return self.report(lambda: profit_and_loss(self.actor.company_id, period), profit_and_loss_payload, period)


class BalanceSheetView(ReportView):
    """GET what the company has and owes at the end of a day."""

    operations: ClassVar = {"GET": BALANCE_SHEET}

    def get(self, request: Request) -> HttpResponse:
        params = Parameters(request._request.GET, frozenset({"as_of", "known_at"}))
        as_of, known_at = params.day("as_of") or self.today, params.instant("known_at")
        params.judge()
        return self.report(
            lambda: balance_sheet(self.actor.company_id, as_of=as_of, known_at=known_at),
            balance_sheet_payload,
            Period(as_of, as_of, known_at),
        )


class StatementView(ResourceView):
    """GET an account's entries with the running balance, oldest first; parties' accounts also for who deals with them."""

    rights: ClassVar = {"GET": Right.READ_STATEMENTS}
    operations: ClassVar = {"GET": STATEMENT}
    missing = "Account not found"

    def get(self, request: Request, account_id: str) -> HttpResponse:
        raw = request._request
        key = self.path_id(account_id)
        params = Parameters(raw.GET, frozenset({"from", "to", "page_size", "cursor"}))
        first, last = params.day("from") or FIRST_DAY, params.day("to") or self.today
        params.period(first=first, last=last)
        params.judge()
        window = Window.read(raw.GET)
        after = _read_cursor(window.cursor) if window.cursor else None
        size = window.size if window.paged else UNPAGED_ROWS
        with scoped_read(self.actor):
            account = find_account(self.actor, key)
            if account is None or not self._may_see(account):
                raise NotFound(self.missing)
            if account.is_group:
                raise ValidationFailed(errors={"account": [f"{account.code} is a group; ask for one of its accounts."]})
            statement = read_statement(self.actor.company_id, key, first=first, last=last, size=size, after=after)
        next_url = _next_url(raw.build_absolute_uri(), statement, size)
        currency = self.actor.company.base_currency.code
        return json_response(statement_payload(account, statement, currency=currency, next_url=next_url))

    def _may_see(self, account: LedgerAccount) -> bool:
        return self.may(Right.READ_BOOKS) or (
            self.actor.role in _OWN_PARTIES and account.role == _OWN_PARTIES[self.actor.role]
        )


def _next_url(url: str, statement: Statement, size: int) -> str | None:
    if not statement.more:
        return None
    place = statement.place_after
    text = msgspec.json.encode([place.day.isoformat(), place.entry_id])
    parts = urlsplit(url)
    params = QueryDict(parts.query, mutable=True)
    params["cursor"] = base64.urlsafe_b64encode(text).decode().rstrip("=")
    params.setdefault("page_size", str(min(size, DEFAULT_SIZE)))
    pairs = [(name, str(value)) for name, values in params.lists() for value in values]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _read_cursor(text: str) -> Place:
    """A cursor comes back from outside: what is in it is judged like any other input."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        day, entry_id = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[str, int])
        if not 0 <= entry_id < 2**63:
            raise ValueError
        return Place(DocumentDate.read(day).plain(), entry_id)
    except (ValueError, UnicodeError, binascii.Error, msgspec.MsgspecError):
        raise ValidationFailed(errors={"cursor": ["This cursor was not made by this list."]}) from None
