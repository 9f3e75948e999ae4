"""Keeping exchange rates: one of a currency and day, entered once."""

from datetime import date, datetime
from decimal import Decimal

from accounting.models import ExchangeRate
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import made_text, unique_or_refused
from erp.currencies import find_currency
from erp.identifiers import new_id
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import ValidationFailed


@use_case
def quote_rate(locks: Locks, *, currency: str, rate_date: date, rate: Decimal, actor: Actor, now: datetime) -> ExchangeRate:
    """What one unit of a currency (code or id) is worth on a day in the company's own, up to eight places.

    It never changes, since documents were booked at it. Raises NotFound, ValidationFailed for the company's own currency,
    AlreadyExists for a second one of the day.
    """
    found = find_currency(actor, currency)
    if found.id == actor.company.base_currency_id:
        raise ValidationFailed(errors={"currency_id": [f"{found.code} is the company's own currency; its rate is 1."]})
    quoted = ExchangeRate(
        id=new_id(), company_id=locks.company_id, currency=found, rate_date=rate_date, rate=rate, created_at=now
    )
    with unique_or_refused({"exchangerate_one_a_day": "rate_date"}):
        quoted.save(force_insert=True)
    record_audit(locks, [Audit("quote_rate", "exchange_rate", quoted.id, made_text(quoted))], actor=actor, now=now)
    return quoted
