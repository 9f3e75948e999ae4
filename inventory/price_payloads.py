"""How price lists are shown: rates two to four places, quantities three, percentages two; all as texts. Pure."""

from uuid import UUID

from msgspec import Struct

from erp.spelling import percent_text, quantity_text, rate_text
from inventory.models import Price, PriceList


class PricePayload(Struct, kw_only=True, frozen=True):
    """What a base unit costs when `min_quantity` or more is ordered."""

    id: UUID
    item: UUID
    item_sku: str
    item_name: str
    min_quantity: str
    unit_rate: str
    discount_pct: str
    valid_from: str | None
    valid_to: str | None


class PriceListPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    name: str
    kind: str
    currency: UUID
    currency_code: str
    valid_from: str | None
    valid_to: str | None
    is_default: bool
    version: int


class PricesSetPayload(PriceListPayload, kw_only=True, frozen=True):
    """The list, and the prices that were sent."""

    prices: list[PricePayload]


def price_payload(price: Price) -> PricePayload:
    """The price, read with its item."""
    return PricePayload(
        id=price.id,
        item=price.item_id,
        item_sku=price.item.sku,
        item_name=price.item.name,
        min_quantity=quantity_text(price.min_quantity),
        unit_rate=rate_text(price.unit_rate),
        discount_pct=percent_text(price.discount_pct),
        valid_from=price.valid_from.isoformat() if price.valid_from else None,
        valid_to=price.valid_to.isoformat() if price.valid_to else None,
    )


def price_list_payload(price_list: PriceList) -> PriceListPayload:
    """The list, read with its currency."""
    return PriceListPayload(
        id=price_list.id,
        name=price_list.name,
        kind=price_list.kind,
        currency=price_list.currency_id,
        currency_code=price_list.currency.code,
        valid_from=price_list.valid_from.isoformat() if price_list.valid_from else None,
        valid_to=price_list.valid_to.isoformat() if price_list.valid_to else None,
        is_default=price_list.is_default,
        version=price_list.version,
    )


def prices_set_payload(price_list: PriceList, prices: list[Price]) -> PricesSetPayload:
    shown = price_list_payload(price_list)
    members = {name: getattr(shown, name) for name in shown.__struct_fields__}
    return PricesSetPayload(**members, prices=[price_payload(price) for price in prices])
