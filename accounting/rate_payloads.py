"""How exchange rates are shown. Pure."""

from uuid import UUID

from msgspec import Struct

from accounting.models import ExchangeRate
from erp.clock import instant_text
from erp.spelling import shortest_text


class ExchangeRatePayload(Struct, kw_only=True, frozen=True):
    """`rate` is what one unit is worth in the company's own currency, with up to eight places."""

    id: UUID
    currency: UUID
    currency_code: str
    rate_date: str
    rate: str
    created_at: str


def exchange_rate_payload(quoted: ExchangeRate) -> ExchangeRatePayload:
    """The rate, read with its currency."""
    return ExchangeRatePayload(
        id=quoted.id,
        currency=quoted.currency_id,
        currency_code=quoted.currency.code,
        rate_date=quoted.rate_date.isoformat(),
        rate=shortest_text(quoted.rate),
        created_at=instant_text(quoted.created_at),
    )
