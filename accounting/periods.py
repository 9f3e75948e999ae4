"""Fiscal years and the dates that are locked: may this be booked on this day?"""

from datetime import date, timedelta
from uuid import UUID

import msgspec
from django.db import connection
from msgspec import Struct

from accounting.models import FiscalYear
from accounting.statements import READ_PERIOD
from erp.access import Actor
from erp.locking import LockOrder, Locks
from erp.problems import Conflict
from erp.rights import Role


class PeriodClosed(Conflict):
    """The date lies in a closed period. Take a later one, or open the period."""

    code = "period-closed"
    message = "This date lies in a closed period."


class BeforeBooksStart(Conflict):
    """The date lies before the day on which the company's books start. Take a later one."""

    code = "before-books-start"
    message = "This date lies before the start of the books."


def fiscal_year_start(day: date, first_month: int) -> int:
    """The calendar year in which the fiscal year of this day starts; it names the year and its numbers."""
    return day.year if day.month >= first_month else day.year - 1


class BookingYear(Struct, kw_only=True, frozen=True):
    """The fiscal year in which a voucher is numbered; `year` is the calendar year in which it starts."""

    id: UUID
    year: int
    is_closed: bool = False


class Period(Struct, kw_only=True, frozen=True):
    """What decides whether a day takes a booking: the company's dates, and the fiscal year of the day if there is one."""

    books_start_date: date | None
    soft_lock_date: date | None
    tax_lock_date: date | None
    hard_lock_date: date | None
    fiscal_year_start: int
    year: BookingYear | None


def open_period(locks: Locks, day: date, *, actor: Actor, has_tax: bool = False) -> BookingYear:
    """The fiscal year that takes a booking on this day; made when it is the first.

    Locks the company row FOR SHARE (rank COMPANY), so that nobody closes the period before we commit. Raises
    PeriodClosed with the lock that holds, BeforeBooksStart. The database checks the hard ones again at insert.
    """
    hold_periods(locks)
    return year_of(locks, day, actor=actor, has_tax=has_tax)


def hold_periods(locks: Locks) -> None:
    """Lock the company row FOR SHARE (rank COMPANY): nobody closes a period before we commit."""
    locks.claim(LockOrder.COMPANY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM erp_company WHERE id = %s FOR SHARE", [locks.company_id])


def year_of(locks: Locks, day: date, *, actor: Actor, has_tax: bool = False) -> BookingYear:
    """As `open_period`, for whoever has locked the company: who closed the year before us has committed."""
    with connection.cursor() as cursor:
        cursor.execute(READ_PERIOD, {"company": locks.company_id, "day": day})
        (text,) = cursor.fetchone()
    return booking_year(locks, msgspec.json.decode(text, type=Period), day, actor=actor, has_tax=has_tax)


def booking_year(locks: Locks, period: Period, day: date, *, actor: Actor, has_tax: bool) -> BookingYear:
    """As `open_period`, for whoever has locked the company and read the period of this day already."""
    if period.books_start_date and day < period.books_start_date:
        raise BeforeBooksStart(data={"date": day, "books_start_date": period.books_start_date})
    held = _holding_lock(period, day, actor=actor, has_tax=has_tax)
    if held:
        raise PeriodClosed(f"{day} lies in a closed period ({held}).", data={"date": day, "lock": held})
    year = period.year or _make_year(locks, period, day)
    if year.is_closed:
        raise PeriodClosed(f"The fiscal year {year.year} is closed.", data={"date": day, "lock": "fiscal_year"})
    return year


def _holding_lock(period: Period, day: date, *, actor: Actor, has_tax: bool) -> str:
    if period.hard_lock_date and day <= period.hard_lock_date:
        return "hard_lock_date"
    if has_tax and period.tax_lock_date and day <= period.tax_lock_date:
        return "tax_lock_date"
    if period.soft_lock_date and day <= period.soft_lock_date and actor.role not in {Role.OWNER, Role.ADMIN}:
        return "soft_lock_date"
    return ""


def _make_year(locks: Locks, period: Period, day: date) -> BookingYear:
    start_year = fiscal_year_start(day, period.fiscal_year_start)
    start = date(start_year, period.fiscal_year_start, 1)
    end = date(start_year + 1, period.fiscal_year_start, 1) - timedelta(days=1)
    FiscalYear.objects.of(locks).bulk_create(
        [FiscalYear(company_id=locks.company_id, year=start_year, start_date=start, end_date=end)], ignore_conflicts=True
    )
    year = FiscalYear.objects.of(locks).get(year=start_year)
    return BookingYear(id=year.id, year=year.year, is_closed=year.closed_at is not None)
