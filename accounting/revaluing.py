"""The currency run at the end of a month: open items at the rate of that day, taken back on the next day."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import connection

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.models import Voucher
from accounting.periods import BookingYear, open_period, year_of
from accounting.rates import rate_on
from accounting.reversals import write_mirrors
from accounting.statements import OPEN_CURRENCIES
from accounting.unrealised import OpenInCurrency, Revalued, revaluation_legs, revalued
from accounting.vouchers import NewVoucher, write_vouchers
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.clock import day_in
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced
from erp.numbering import Series, take_numbers
from erp.performing import use_case
from erp.problems import ValidationFailed

SOURCE = "currency_revaluation"


@dataclass(frozen=True, slots=True)
class CurrencyRun:
    """A month's run. Without vouchers where nothing differed; `rows` only of the run that booked them."""

    as_of: date
    voucher_id: UUID | None
    voucher_number: str | None
    mirror_id: UUID | None
    mirror_number: str | None
    rows: Sequence[Revalued]
    already: bool = False

    @property
    def mirror_date(self) -> date:
        return self.as_of + timedelta(days=1)


@use_case
def revalue_currencies(locks: Locks, *, as_of: date, actor: Actor, now: datetime) -> CurrencyRun:
    """Book what open items in other currencies are worth at the end of a month (J15), and its mirror on the next day.

    Open is what parties' accounts hold of a currency by the dates of the books; what differs from the rate of the day goes
    against FX_UNREALISED, in base. Once a month: the same month again answers the same vouchers, whatever was booked since.
    Locks COMPANY (share), ACCOUNT, SERIES. Raises ValidationFailed for a day that ends no month or is still to come,
    NoExchangeRate, PeriodClosed, BeforeBooksStart, for either day (409).
    """
    _refuse_day(as_of, today=day_in(actor.company.timezone, now))
    year = open_period(locks, as_of, actor=actor)
    done = _find_run(locks, as_of)
    if done is not None:
        return done
    mirror_year = year_of(locks, as_of + timedelta(days=1), actor=actor)
    balances = _open_balances(locks, actor, as_of)
    codes = {one.currency_id: one.currency_code for one in balances}
    rates = {
        currency_id: rate_on(locks, actor, currency_id=currency_id, code=code, day=as_of)
        for currency_id, code in sorted(codes.items())
    }
    rows = revalued(balances, rates)
    if not rows:
        return CurrencyRun(as_of, None, None, None, None, [])
    return _book(locks, rows, as_of=as_of, years=(year, mirror_year), actor=actor, now=now)


def _book(
    locks: Locks,
    rows: Sequence[Revalued],
    *,
    as_of: date,
    years: tuple[BookingYear, BookingYear],
    actor: Actor,
    now: datetime,
) -> CurrencyRun:
    locks.claim(LockOrder.ACCOUNT)
    unrealised = accounts_by_role(locks.company_id, [AccountRole.FX_UNREALISED])[AccountRole.FX_UNREALISED]
    year, mirror_year = years
    here, there = Series("JV", year.year), Series("JV", mirror_year.year)
    taken = take_numbers(locks, {here: 2} if here == there else {here: 1, there: 1})
    # Nothing of a month can be locked before it is there; whoever came first has his numbers by now, and is seen.
    if _find_run(locks, as_of) is not None:
        raise Raced("the month was revalued by somebody else in this moment")
    voucher = NewVoucher(
        id=new_id(),
        kind=VoucherKind.FX,
        number=taken[here][0],
        fiscal_year_id=year.id,
        voucher_date=as_of,
        source_kind=SOURCE,
        source_id=_month(locks.company_id, as_of),
        legs=revaluation_legs(rows, unrealised),
        currency_id=actor.company.base_currency_id,
        narration=f"Open items at the exchange rates of {as_of}",
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    write_vouchers(locks, [voucher], now=now)
    (mirrored,) = write_mirrors(
        locks,
        [Voucher.objects.of(locks).get(id=voucher.id)],
        numbers=[taken[there][-1]],
        year=mirror_year,
        day=as_of + timedelta(days=1),
        reason="the month is over",
        actor=actor,
        now=now,
    )
    record_audit(locks, [Audit("revalue_currencies", SOURCE, voucher.source_id)], actor=actor, now=now)
    return CurrencyRun(
        as_of, voucher.id, voucher.number, mirrored.reversed_voucher_id, mirrored.reversed_voucher_number, rows
    )


def _refuse_day(as_of: date, *, today: date) -> None:
    """Raise ValidationFailed for what is no month's last day, and for a month that is not over."""
    if as_of.day != monthrange(as_of.year, as_of.month)[1]:
        raise ValidationFailed(errors={"as_of": ["Open items are revalued at the last day of a month."]})
    if as_of > today:
        raise ValidationFailed(errors={"as_of": ["This month is not over."]})


def _month(company_id: UUID, as_of: date) -> UUID:
    """What the vouchers of a month stand for: one source each, and the database takes one voucher of a source."""
    return uuid5(company_id, f"{SOURCE} {as_of:%Y-%m}")


def _find_run(locks: Locks, as_of: date) -> CurrencyRun | None:
    rows = Voucher.objects.of(locks).filter(source_kind=SOURCE, source_id=_month(locks.company_id, as_of))
    found = {voucher.reverses_id is None: voucher for voucher in rows}
    if not found:
        return None
    voucher, mirror = found[True], found[False]
    return CurrencyRun(as_of, voucher.id, voucher.number, mirror.id, mirror.number, [], already=True)


def _open_balances(locks: Locks, actor: Actor, as_of: date) -> list[OpenInCurrency]:
    base = actor.company.base_currency_id
    with connection.cursor() as cursor:
        cursor.execute(OPEN_CURRENCIES, {"company": locks.company_id, "base": base, "as_of": as_of, "source": SOURCE})
        rows: list[tuple[UUID, str, str, str, UUID, str, Decimal, Decimal]] = cursor.fetchall()
    return [OpenInCurrency(one[0], one[1], one[2], AccountRole(one[3]), *one[4:]) for one in rows]
