"""Prices for lines of orders: which lists may speak, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from erp.access import Actor
from erp.models.scoped import HasCompany
from erp.problems import NotFound, ValidationFailed
from inventory.kinds import PriceKind
from inventory.models import PriceList
from inventory.price_choice import Candidate
from inventory.statements import PRICE_CANDIDATES


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """By what an order is priced: the lists that it and its party name, in this order, and the default one after them.

    Lists of another currency, and what is not valid on the `day`, say nothing.
    """

    kind: PriceKind
    currency_id: UUID
    day: date
    lists: tuple[UUID | None, ...] = ()


def find_price_list(actor: Actor, list_id: UUID, *, kind: PriceKind, currency_id: UUID | None = None) -> PriceList:
    """The named list. Raises NotFound, also for one of the other kind; ValidationFailed for one in another currency."""
    found = PriceList.objects.of(actor).filter(id=list_id, kind=kind.value).first()
    if found is None:
        text = "Price list not found"
        raise NotFound(text, errors={"price_list_id": [text]})
    if currency_id is not None and found.currency_id != currency_id:
        raise ValidationFailed(errors={"price_list_id": ["This price list is in another currency than the order."]})
    return found


def price_candidates(scope: HasCompany, terms: PriceTerms, items: Sequence[UUID]) -> list[Candidate]:
    """Every price of these items that may apply, in one statement; none without an item."""
    if not items:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            PRICE_CANDIDATES,
            {
                "company": scope.company_id,
                "kind": terms.kind.value,
                "currency": terms.currency_id,
                "day": terms.day,
                "lists": [one for one in terms.lists if one is not None],
                "items": list(items),
            },
        )
        return [Candidate(*row) for row in cursor.fetchall()]
