"""Fiscal years and the dates that are locked: may this be booked on this day?"""

from datetime import date, timedelta

from django.db import connection

from accounting.models import FiscalYear
from erp.access import Actor
from erp.locking import LockOrder, Locks
from erp.models import Company, Within
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


def open_period(locks: Locks, day: date, *, actor: Actor, has_tax: bool = False) -> FiscalYear:
    """The fiscal year that takes a booking on this day; made when it is the first.

    Locks the company row FOR SHARE (rank COMPANY), so that nobody closes the period before we commit. Raises
    PeriodClosed with the lock that holds, BeforeBooksStart. The database checks the hard ones again at insert.
    """
    locks.claim(LockOrder.COMPANY)
    company = _share_company(locks)
    if company.books_start_date and day < company.books_start_date:
        raise BeforeBooksStart(data={"date": day, "books_start_date": company.books_start_date})
    held = _holding_lock(company, day, actor=actor, has_tax=has_tax)
    if held:
        raise PeriodClosed(f"{day} lies in a closed period ({held}).", data={"date": day, "lock": held})
    year = _year_of(company, day)
    if year.closed_at is not None:
        raise PeriodClosed(f"The fiscal year {year.year} is closed.", data={"date": day, "lock": "fiscal_year"})
    return year


def _share_company(locks: Locks) -> Company:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT books_start_date, soft_lock_date, tax_lock_date, hard_lock_date, fiscal_year_start"
            " FROM erp_company WHERE id = %s FOR SHARE",
            [locks.company_id],
        )
        start, soft, tax, hard, month = cursor.fetchone()
    return Company(
        id=locks.company_id,
        books_start_date=start,
        soft_lock_date=soft,
        tax_lock_date=tax,
        hard_lock_date=hard,
        fiscal_year_start=month,
    )


def _holding_lock(company: Company, day: date, *, actor: Actor, has_tax: bool) -> str:
    if company.hard_lock_date and day <= company.hard_lock_date:
        return "hard_lock_date"
    if has_tax and company.tax_lock_date and day <= company.tax_lock_date:
        return "tax_lock_date"
    if company.soft_lock_date and day <= company.soft_lock_date and actor.role not in {Role.OWNER, Role.ADMIN}:
        return "soft_lock_date"
    return ""


def _year_of(company: Company, day: date) -> FiscalYear:
    start_year = fiscal_year_start(day, company.fiscal_year_start)
    year = FiscalYear.objects.of(Within(company.id)).filter(year=start_year).first()
    if year is not None:
        return year
    start = date(start_year, company.fiscal_year_start, 1)
    end = date(start_year + 1, company.fiscal_year_start, 1) - timedelta(days=1)
    FiscalYear.objects.of(Within(company.id)).bulk_create(
        [FiscalYear(company_id=company.id, year=start_year, start_date=start, end_date=end)], ignore_conflicts=True
    )
    return FiscalYear.objects.of(Within(company.id)).get(year=start_year)
