"""Which GST rate an item has on a day: its own history, else that of its HSN code."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from erp.changing import Changes
from erp.identifiers import new_id
from erp.models.scoped import HasCompany
from inventory.models import Item, ItemRate
from inventory.statements import GST_RATES


class GstRates(NamedTuple):
    """Of an item on a day, in percent: its own, null where it has none, and the one that holds, null where none is known.

    On what bears no GST (`tax_category`) 0 holds, whatever its own rate.
    """

    own: Decimal | None
    holding: Decimal | None


def rates_on(scope: HasCompany, items: Iterable[UUID], day: date) -> dict[UUID, GstRates]:
    """The rates of the items on a day, in one statement; of HSN rates the longest code that the item's begins with."""
    wanted = list(set(items))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(GST_RATES, {"company": scope.company_id, "items": wanted, "day": day})
        return {item: GstRates(own, holding) for item, own, holding in cursor.fetchall()}


def holding_rates(scope: HasCompany, items: Sequence[UUID], day: date) -> dict[UUID, Decimal | None]:
    """The rate that holds for each item on a day, in percent."""
    return {item: rates.holding for item, rates in rates_on(scope, items, day).items()}


def change_rate(item: Item, gst_rate: Decimal | None, *, valid_from: date) -> Changes:
    """Give a locked item another rate from a day on, until its next change; what that changed, written already."""
    before = rates_on(item, [item.id], valid_from)[item.id].own
    if before == gst_rate:
        return {}
    ItemRate.objects.of(item).update_or_create(
        item=item,
        valid_from=valid_from,
        defaults={"gst_rate": gst_rate},
        create_defaults={"id": new_id(), "company_id": item.company_id, "gst_rate": gst_rate},
    )
    return {"gst_rate": [before, gst_rate], "gst_rate_from": [None, valid_from]}
