"""The operations on price lists under ``/api/inventory/price_lists/``."""

from erp.api.describing import changes, lists, makes, shows
from erp.changing import AlreadyExists
from inventory.api.filters import PriceFilter, PriceListFilter
from inventory.price_payloads import PriceListPayload, PricePayload, PricesSetPayload

_PRICE_LIST = {"list_id": "Id of the price list."}

LIST_PRICE_LISTS = lists(
    "list_price_lists",
    "The price lists, newest first.",
    PriceListPayload,
    filters=PriceListFilter,
    purposes={
        "search": "The name contains this.",
        "kind": "Prices to sell at, or to buy at.",
        "currency": "In the currency with this id.",
        "is_default": "Whether it speaks where no other list does.",
    },
)
CREATE_PRICE_LIST = makes(
    "create_price_list",
    "Add a price list; as the default one it takes the place of that of its kind and currency.",
    PriceListPayload,
    refusals=(AlreadyExists,),
)
GET_PRICE_LIST = shows("get_price_list", "One price list.", PriceListPayload, ids=_PRICE_LIST)
CHANGE_PRICE_LIST = changes(
    "change_price_list",
    "Change a price list; its kind and its currency stay.",
    PriceListPayload,
    refusals=(AlreadyExists,),
    ids=_PRICE_LIST,
)
LIST_PRICES = lists(
    "list_prices",
    "The prices of a list, newest first.",
    PricePayload,
    filters=PriceFilter,
    purposes={"item": "Of the item with this id."},
    ids=_PRICE_LIST,
)
SET_PRICES = changes(
    "set_prices",
    "Put prices on a list; one of the same item, `min_quantity` and `valid_from` is replaced. Orders keep what they took.",
    PricesSetPayload,
    ids=_PRICE_LIST,
)
