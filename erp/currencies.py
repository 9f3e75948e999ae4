"""Looking up the currency of a document, and whether an amount can be paid in it."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.identifiers import as_uuid
from erp.models import Currency
from erp.money import places_of
from erp.problems import FieldErrors, NotFound, ValidationFailed


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


def currency_named(actor: Actor, currency_id: UUID | None) -> Currency:
    """The currency that a document names, the company's own when it names none; that one is not looked up."""
    base = actor.company.base_currency
    return base if currency_id in {None, base.id} else Currency.objects.get(id=currency_id)


def has_whole_units(currency: Currency) -> bool:
    """Whether there is nothing smaller than its unit, as of the yen: what documents come to is whole then."""
    return currency.decimal_places == 0


def coin_fault(amount: Decimal | None, currency: Currency, *, member: str = "amount") -> FieldErrors:
    """What is wrong with an amount that has a part for which the currency has no coin; nothing when it has none."""
    if amount is None or places_of(amount) <= currency.decimal_places:
        return {}
    return {member: [f"{currency.code} has whole units only."]}


def refuse_parts(currency: Currency, amount: Decimal, parts: Sequence[Decimal] = (), *, lines: str = "allocations") -> None:
    """Raise ValidationFailed, naming `amount` and which of the `parts` cannot be paid in the currency."""
    faults = [coin_fault(part, currency) for part in parts]
    errors = coin_fault(amount, currency) | ({lines: faults} if any(faults) else {})
    if errors:
        raise ValidationFailed(errors=errors)
