"""Accounts, vouchers, fiscal years and locks over HTTP, under ``/api/accounting/``."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounting.api.bodies import AccountBody, AccountPatch, JournalBody, JournalLineBody, LocksBody, ReverseBody
from accounting.api.filters import AccountFilter, FiscalYearFilter, VoucherFilter
from accounting.api.operations import (
    BOOK_JOURNAL,
    CHANGE_ACCOUNT,
    CLOSE_YEAR,
    CREATE_ACCOUNT,
    GET_ACCOUNT,
    GET_LOCKS,
    GET_VOUCHER,
    LIST_ACCOUNTS,
    LIST_VOUCHERS,
    LIST_YEARS,
    REOPEN_YEAR,
    REVERSE_JOURNAL,
    SET_LOCKS,
)
from accounting.charting import MISSING, NewAccount, change_account, create_account
from accounting.closing import close_year, reopen_year, set_locks
from accounting.entries import entries_of
from accounting.journaling import JournalLine, NewJournal, book_journal, reverse_journal
from accounting.kinds import VoucherKind
from accounting.models import FiscalYear, LedgerAccount, Voucher
from accounting.payloads import (
    VoucherPayload,
    account_payload,
    fiscal_year_payload,
    locks_payload,
    reversed_payload,
    voucher_payload,
)
from accounting.queries import find_account, reversals_of, vouchers
from erp.access import require
from erp.api.resources import ResourceView
from erp.bodies import EmptyBody, given, sent
from erp.models import Company
from erp.rights import Right


class AccountListView(ResourceView):
    """GET the chart of accounts with the parties' accounts, by code; POST an account of one's own."""

    rights: ClassVar = {"GET": Right.READ_BOOKS, "POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": AccountBody}
    operations: ClassVar = {"GET": LIST_ACCOUNTS, "POST": CREATE_ACCOUNT}

    def get(self, request: Request) -> HttpResponse:
        rows = LedgerAccount.objects.of(self.actor).select_related("currency")
        return self.listed(rows, lambda found: map(account_payload, found), filters=AccountFilter, columns=("code",))

    def post(self, request: Request) -> HttpResponse:
        members = given(self.body(AccountBody))
        currency = members.pop("currency_id", "")
        new = NewAccount(**members, currency=currency)
        answer = create_account.answer(self.terms(account_payload, status=201), new=new, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/accounting/accounts/")


class AccountDetailView(ResourceView):
    """GET an account; PATCH its name, its place or its being used."""

    rights: ClassVar = {"GET": Right.READ_BOOKS, "PATCH": Right.KEEP_BOOKS}
    bodies: ClassVar = {"PATCH": AccountPatch}
    operations: ClassVar = {"GET": GET_ACCOUNT, "PATCH": CHANGE_ACCOUNT}
    missing = MISSING

    def get(self, request: Request, account_id: str) -> HttpResponse:
        key = self.path_id(account_id)

        def read() -> Any:
            account = find_account(self.actor, key)
            return None if account is None else account_payload(account)

        return self.found(read)

    def patch(self, request: Request, account_id: str) -> HttpResponse:
        changes = sent(self.body(AccountPatch))
        answer = change_account.answer(
            self.terms(account_payload),
            account_id=self.path_id(account_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class VoucherListView(ResourceView):
    """GET vouchers, newest first; POST a journal or a tax set-off by hand."""

    rights: ClassVar = {"GET": Right.READ_BOOKS, "POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": JournalBody}
    operations: ClassVar = {"GET": LIST_VOUCHERS, "POST": BOOK_JOURNAL}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(vouchers(self.actor), self._rows, filters=VoucherFilter, columns=("voucher_date", "id"))

    def _rows(self, found: Sequence[Voucher]) -> list[VoucherPayload]:
        mirrors = reversals_of(self.actor.company_id, [voucher.id for voucher in found])
        return [voucher_payload(voucher, mirrors.get(voucher.id), None) for voucher in found]

    def post(self, request: Request) -> HttpResponse:
        body = self.body(JournalBody)
        journal = NewJournal(
            kind=VoucherKind(body.kind),
            voucher_date=body.voucher_date.plain(),
            narration=body.narration,
            lines=[_line(line) for line in body.lines],
        )
        answer = book_journal.answer(self.terms(self._shown, status=201), journal=journal, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/accounting/vouchers/")

    def _shown(self, voucher_id: UUID) -> VoucherPayload:
        return _detail(self, voucher_id)


class VoucherDetailView(ResourceView):
    """GET a voucher with its entries."""

    rights: ClassVar = {"GET": Right.READ_BOOKS}
    operations: ClassVar = {"GET": GET_VOUCHER}
    missing = "Voucher not found"

    def get(self, request: Request, voucher_id: str) -> HttpResponse:
        key = self.path_id(voucher_id)
        return self.found(lambda: _detail(self, key) if vouchers(self.actor).filter(id=key).exists() else None)


class VoucherReverseView(ResourceView):
    """POST: the mirror of a journal. A document's voucher is undone through its document."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": ReverseBody}
    operations: ClassVar = {"POST": REVERSE_JOURNAL}
    missing = "Voucher not found"

    def post(self, request: Request, voucher_id: str) -> HttpResponse:
        key = self.path_id(voucher_id)
        body = self.body(ReverseBody)
        answer = reverse_journal.answer(
            self.terms(reversed_payload),
            voucher_id=key,
            reason=body.reason,
            reversal_date=body.reversal_date.plain() if body.reversal_date else self.today,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class FiscalYearListView(ResourceView):
    """GET the fiscal years; they appear when they are first booked in."""

    rights: ClassVar = {"GET": Right.READ_BOOKS}
    operations: ClassVar = {"GET": LIST_YEARS}

    def get(self, request: Request) -> HttpResponse:
        rows = FiscalYear.objects.of(self.actor)
        return self.listed(rows, lambda found: map(fiscal_year_payload, found), filters=FiscalYearFilter)


class CloseYearView(ResourceView):
    """POST: close a year; its result goes to retained earnings."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    operations: ClassVar = {"POST": CLOSE_YEAR}
    missing = "Fiscal year not found"

    def post(self, request: Request, year_id: str) -> HttpResponse:
        key = self.path_id(year_id)
        self.body(EmptyBody)
        answer = close_year.answer(self.terms(fiscal_year_payload), year_id=key, actor=self.actor, now=self.now)
        return self.respond(answer)


class ReopenYearView(ResourceView):
    """POST: open the last closed year again."""

    rights: ClassVar = {"POST": Right.ADMINISTER}
    operations: ClassVar = {"POST": REOPEN_YEAR}
    missing = "Fiscal year not found"

    def post(self, request: Request, year_id: str) -> HttpResponse:
        key = self.path_id(year_id)
        self.body(EmptyBody)
        answer = reopen_year.answer(self.terms(fiscal_year_payload), year_id=key, actor=self.actor, now=self.now)
        return self.respond(answer)


class LocksView(ResourceView):
    """GET the lock dates; PATCH them. The tax lock and the hard lock are the administrators'."""

    rights: ClassVar = {"GET": Right.READ_BOOKS, "PATCH": Right.KEEP_BOOKS}
    bodies: ClassVar = {"PATCH": LocksBody}
    operations: ClassVar = {"GET": GET_LOCKS, "PATCH": SET_LOCKS}

    def get(self, request: Request) -> HttpResponse:
        return self.found(lambda: locks_payload(Company.objects.get(id=self.actor.company_id)))

    def patch(self, request: Request) -> HttpResponse:
        dates = sent(self.body(LocksBody))
        if dates.keys() - {"soft_lock_date"}:
            require(self.actor, Right.ADMINISTER, ())
        answer = set_locks.answer(
            self.terms(locks_payload),
            dates=dates,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


def _line(body: JournalLineBody) -> JournalLine:
    return JournalLine(**given(body))


def _detail(view: ResourceView, voucher_id: UUID) -> VoucherPayload:
    company = view.actor.company_id
    mirrors = reversals_of(company, [voucher_id])
    return voucher_payload(vouchers(view.actor).get(id=voucher_id), mirrors.get(voucher_id), entries_of(company, voucher_id))
