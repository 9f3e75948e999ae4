"""Changing a purchase order, as ``inventory.order_drafting`` says for orders of either kind. Locks PURCHASE_ORDER."""

from erp.performing import use_case
from inventory.kinds import PriceKind
from inventory.order_drafting import OrderDrafting
from purchasing.orders import TABLES, new_lines

LATER = frozenset({"expected_date", "shipping_address", "billing_address", "payment_terms", "notes"})
_DRAFTING = OrderDrafting(tables=TABLES, noun="purchase", price_kind=PriceKind.PURCHASE, later=LATER, new_lines=new_lines)

change_purchase = use_case(_DRAFTING.change_order)
add_line = use_case(_DRAFTING.add_line)
change_line = use_case(_DRAFTING.change_line)
remove_line = use_case(_DRAFTING.remove_line)
