"""Looking up the currency of a document."""

from erp.access import Actor
from erp.identifiers import as_uuid
from erp.models import Currency
from erp.problems import NotFound


def find_currency(actor: Actor, text: str | None) -> Currency:
    """By code or id; None is the company's base currency. Raises NotFound."""
    if not text:
        return actor.company.base_currency
    rows, wanted = Currency.objects.all(), as_uuid(text)
    found = rows.filter(code=text).first() if wanted is None else rows.filter(id=wanted).first()
    if found is None:
        message = "Currency not found"
        raise NotFound(message, errors={"currency_id": [message]})
    return found
