"""Locking the past: lock dates, closing a fiscal year, opening it again."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.balances import Balance, read_balances
from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, AccountType, VoucherKind
from accounting.models import FiscalYear, LedgerAccount, Voucher
from accounting.payloads import fiscal_year_payload
from accounting.periods import PeriodClosed
from accounting.reversals import reverse_voucher
from accounting.vouchers import Leg, NewVoucher, write_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, require_version, save_next_version
from erp.locking import LockOrder, Locks
from erp.models import Company
from erp.money import add
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound

SOURCE = "fiscal_year"


class LockMovesForward(Conflict):
    """The hard lock only moves forward."""

    code = "wrong-state"
    message = "The hard lock only moves forward."


class YearState(Conflict):
    """The year is in a state that does not allow this, or another year comes first: the message says which."""

    code = "wrong-state"


@use_case
def set_locks(
    locks: Locks, *, dates: Mapping[str, date | None], actor: Actor, now: datetime, expected_version: int | None = None
) -> Company:
    """Set lock dates of the company (`soft_lock_date`, `tax_lock_date`, `hard_lock_date`); None lifts one.

    Waits for bookings in flight, because each of them holds the company row. Locks COMPANY. Raises Stale, LockMovesForward
    (409).
    """
    (company,) = locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))
    require_version(company.version, expected_version)
    before = company.hard_lock_date
    changes = apply_changes(company, dates)
    if before is not None and (company.hard_lock_date is None or company.hard_lock_date < before):
        raise LockMovesForward(f"The hard lock only moves forward; it is {before}.", data={"hard_lock_date": before})
    if changes:
        save_next_version(company, changes)
        record_audit(locks, [Audit("set_locks", "company", company.id, changes_text(changes))], actor=actor, now=now)
    return company


@use_case
def close_year(locks: Locks, *, year_id: UUID, actor: Actor, now: datetime) -> FiscalYear:
    """Close a fiscal year: its income and expenses go to retained earnings (J16), and nothing is booked in it any more.

    Years are closed in their order. Waits for bookings in flight and blocks new ones until it commits. Locks COMPANY,
    ACCOUNT, SERIES. Records `period_closed`. Raises NotFound, YearState, PeriodClosed (409).
    """
    year = _find_year(locks, actor, year_id)
    if year.closed_at is not None:
        raise YearState(f"The fiscal year {year.year} is closed already.", data={"closed_at": year.closed_at})
    earlier = FiscalYear.objects.of(actor).filter(year__lt=year.year, closed_at=None).order_by("year").first()
    if earlier is not None:
        raise YearState(f"The fiscal year {earlier.year} comes first.", data={"id": earlier.id})
    locks.claim(LockOrder.ACCOUNT)
    legs = _closing_legs(locks, year)
    series = Series("JV", year.year)
    number = take_numbers(locks, {series: 1})[series][0]
    closings = Voucher.objects.of(actor).filter(source_kind=SOURCE, source_id=year.id, reverses=None).count()
    voucher = NewVoucher(
        kind=VoucherKind.YEAR_CLOSE,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=year.end_date,
        source_kind=SOURCE,
        source_id=year.id,
        source_revision=closings + 1,
        legs=legs,
        currency_id=actor.company.base_currency_id,
        narration=f"Closing of {year.year}",
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    write_vouchers(locks, [voucher], now=now)
    year.closed_at = now
    year.save(update_fields=["closed_at"])
    record_audit(locks, [Audit("close_year", SOURCE, year.id)], actor=actor, now=now)
    payload = fiscal_year_payload(year)
    event = announcement("period_closed", subject_kind=SOURCE, subject_id=year.id, payload=payload, actor=actor, now=now)
    record_events(locks, [event], now=now)
    return year


@use_case
def reopen_year(locks: Locks, *, year_id: UUID, actor: Actor, now: datetime) -> FiscalYear:
    """Open the last closed year again; its year-end voucher is reversed on its own day.

    Locks COMPANY, SERIES. Raises NotFound, YearState, PeriodClosed (409).
    """
    year = _find_year(locks, actor, year_id)
    if year.closed_at is None:
        raise YearState(f"The fiscal year {year.year} is open.")
    later = FiscalYear.objects.of(actor).filter(year__gt=year.year, closed_at__isnull=False).order_by("-year").first()
    if later is not None:
        raise YearState(f"Only the last closed year is reopened, {later.year}.", data={"id": later.id})
    year.closed_at = None
    year.save(update_fields=["closed_at"])
    closings = Voucher.objects.of(actor).filter(source_kind=SOURCE, source_id=year.id, reverses=None)
    original = closings.order_by("-source_revision")[0]
    reason = f"{year.year} is open again"
    reverse_voucher(locks, original, year=year, day=original.voucher_date, reason=reason, actor=actor, now=now)
    record_audit(locks, [Audit("reopen_year", SOURCE, year.id)], actor=actor, now=now)
    return year


def _find_year(locks: Locks, actor: Actor, year_id: UUID) -> FiscalYear:
    """The year, after the company is locked. Raises NotFound, and PeriodClosed when its last day is locked for good."""
    (company,) = locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))
    year = FiscalYear.objects.of(actor).filter(id=year_id).first()
    if year is None:
        raise NotFound("Fiscal year not found")
    if company.hard_lock_date is not None and year.end_date <= company.hard_lock_date:
        raise PeriodClosed(
            f"{year.end_date} lies in a closed period (hard_lock_date).",
            data={"date": year.end_date, "lock": "hard_lock_date"},
        )
    return year


def _closing_legs(locks: Locks, year: FiscalYear) -> list[Leg]:
    """What every income and expense account holds at the end of the year, taken out of it; the rest is earned."""
    results = {AccountType.INCOME.value, AccountType.EXPENSE.value}
    accounts = {account.id: account for account in LedgerAccount.objects.of(locks).filter(type__in=results, is_group=False)}
    balances = read_balances(locks.company_id, first=year.start_date, last=year.end_date, accounts=list(accounts))
    legs = [
        _taken_out(accounts[account_id], balance)
        for account_id, balance in sorted(balances.items(), key=lambda one: accounts[one[0]].code)
        if balance.closing
    ]
    profit = add([leg.debit - leg.credit for leg in legs])
    if profit:
        role = AccountRole.RETAINED_EARNINGS
        earnings = accounts_by_role(locks.company_id, [role])[role]
        nothing = Decimal("0.00")
        legs.append(Leg(earnings, role, debit=max(-profit, nothing), credit=max(profit, nothing)))
    return legs


def _taken_out(account: LedgerAccount, balance: Balance) -> Leg:
    role = AccountRole(account.role) if account.role else None
    if balance.closing > 0:
        return Leg(account.id, role, credit=balance.closing)
    return Leg(account.id, role, debit=-balance.closing)
