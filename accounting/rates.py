"""Exchange rates: what a unit of a currency is worth in the company's own on a booking date."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from accounting.statements import READ_RATE
from erp.access import Actor
from erp.models.scoped import HasCompany
from erp.problems import Conflict

ONE = Decimal(1)
"""The rate of the company's own currency."""


class NoExchangeRate(Conflict):
    """No rate of this currency is good for this day: `data` names both. Enter one, or book on a day that has one."""

    code = "no-exchange-rate"
    message = "There is no exchange rate for this currency on this day."


def no_rate(code: str, day: date) -> NoExchangeRate:
    """The refusal, naming the currency by its code and the booking date."""
    text = f"There is no exchange rate of {code} on {day}, nor one that is still good for it."
    return NoExchangeRate(text, data={"currency": code, "date": day})


def first_rate(actor: Actor, currency_id: UUID) -> Decimal | None:
    """What a draft says of its rate: 1 in the company's own currency, nothing in another until it is posted."""
    return ONE if currency_id == actor.company.base_currency_id else None


def rate_on(scope: HasCompany, actor: Actor, *, currency_id: UUID, code: str, day: date) -> Decimal:
    """Base per unit of the currency, up to eight places: the latest rate of the day or before it.

    None older than the company's `rate_max_age_days`. The company's own currency is worth 1. Raises NoExchangeRate.
    """
    if currency_id == actor.company.base_currency_id:
        return ONE
    with connection.cursor() as cursor:
        cursor.execute(READ_RATE, {"company": scope.company_id, "currency": currency_id, "day": day})
        found = cursor.fetchone()
    rate: Decimal | None = found[0] if found else None
    if rate is None:
        raise no_rate(code, day)
    return rate
