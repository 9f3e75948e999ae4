"""The operations on orders, customers and salesmen under ``/api/orders/``."""

from accounting.parties import BadGstin, PartyPayload
from accounting.rates import NoExchangeRate
from erp.api.describing import changes, lists, makes, removes, shows
from erp.changing import AlreadyExists
from erp.numbering import SeriesExhausted
from inventory.masters import WarehouseInactive
from inventory.order_billing import HasInvoices
from inventory.order_lines import NoPrice, WrongState
from inventory.stock import InsufficientStock
from sales.api.filters import CustomerFilter, OrderFilter, SalesmanFilter
from sales.exposures import CreditLimitExceeded
from sales.ordering import CreditHold
from sales.payloads import (
    CreditPayload,
    OrderActPayload,
    OrderLinePayload,
    OrderPayload,
    OrderRowPayload,
    SalesmanRowPayload,
)

_ORDER = {"order_id": "Id of the order."}
_LINE = _ORDER | {"line_id": "Id of its line."}
_CUSTOMER = {"customer_id": "Id of the customer."}
_SALESMAN = {"salesman_id": "Id of the salesman."}

# ── Orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────
LIST_ORDERS = lists(
    "list_orders",
    "The sales orders, newest first.",
    OrderRowPayload,
    filters=OrderFilter,
    purposes={
        "status": "State of the order.",
        "customer": "Id of the customer.",
        "start_date": "Ordered on this day or later.",
        "end_date": "Ordered on this day or before.",
        "search": "Number, or code or name of the customer, contains this.",
    },
)
CREATE_ORDER = makes(
    "create_order",
    "Take an order: a DRAFT with its number.",
    OrderPayload,
    refusals=(CreditHold, NoPrice, WarehouseInactive, SeriesExhausted),
)
GET_ORDER = shows("get_order", "One order with its lines.", OrderPayload, ids=_ORDER)
CHANGE_ORDER = changes(
    "change_order", "Change what is said of an order.", OrderPayload, refusals=(WrongState, WarehouseInactive), ids=_ORDER
)
ADD_ORDER_ITEM = makes(
    "add_order_item",
    "Add a line to a DRAFT order.",
    OrderLinePayload,
    refusals=(WrongState, NoPrice),
    ids=_ORDER,
    checks_version=True,
)
CHANGE_ORDER_LINE = changes(
    "change_order_line", "Change a line of a DRAFT order.", OrderLinePayload, refusals=(WrongState,), ids=_LINE
)
REMOVE_ORDER_LINE = removes("remove_order_line", "Take a line off a DRAFT order.", refusals=(WrongState,), ids=_LINE)
CONFIRM_ORDER = changes(
    "confirm_order",
    "Confirm a DRAFT order and promise it stock; `warnings` names what is short. Safe to repeat.",
    OrderActPayload,
    refusals=(WrongState, CreditHold, CreditLimitExceeded, NoExchangeRate, InsufficientStock),
    ids=_ORDER,
)
RESERVE_ORDER = changes(
    "reserve_order",
    "Try again to promise stock to the lines that are short.",
    OrderActPayload,
    refusals=(WrongState,),
    ids=_ORDER,
)
CANCEL_ORDER = changes(
    "cancel_order",
    "Cancel an order that has no live invoice. Safe to repeat.",
    OrderActPayload,
    refusals=(WrongState, HasInvoices),
    ids=_ORDER,
)
CLOSE_ORDER = changes(
    "close_order",
    "Give up what is left of an order of which a part is posted.",
    OrderActPayload,
    refusals=(WrongState, HasInvoices),
    ids=_ORDER,
)

# ── Parties ──────────────────────────────────────────────────────────────────────────────────────────────────────────
LIST_CUSTOMERS = lists(
    "list_customers",
    "The customers, newest first, with what each owes.",
    PartyPayload,
    filters=CustomerFilter,
    purposes={
        "search": "Name, code, phone or e-mail contains this.",
        "code": "Exactly this code.",
        "gstin": "Exactly this GSTIN.",
        "is_active": "Whether he may be sold to.",
    },
)
CREATE_CUSTOMER = makes(
    "create_customer",
    "Enrol a customer; without a code he gets the next one.",
    PartyPayload,
    refusals=(BadGstin, AlreadyExists, SeriesExhausted),
)
GET_CUSTOMER = shows("get_customer", "One customer, with what he owes.", PartyPayload, ids=_CUSTOMER)
CHANGE_CUSTOMER = changes(
    "change_customer",
    "Change a customer; documents keep what they printed.",
    PartyPayload,
    refusals=(BadGstin, AlreadyExists),
    ids=_CUSTOMER,
)
GET_CREDIT = shows("get_customer_credit", "How much more a customer may order.", CreditPayload, ids=_CUSTOMER)
LIST_SALESMEN = lists(
    "list_salesmen",
    "The salesmen, newest first.",
    SalesmanRowPayload,
    filters=SalesmanFilter,
    purposes={"search": "Name, code or phone contains this.", "is_active": "Whether new documents may name him."},
)
CREATE_SALESMAN = makes("create_salesman", "Add a salesman.", SalesmanRowPayload, refusals=(AlreadyExists,))
GET_SALESMAN = shows("get_salesman", "One salesman.", SalesmanRowPayload, ids=_SALESMAN)
CHANGE_SALESMAN = changes(
    "change_salesman",
    "Change a salesman.",
    SalesmanRowPayload,
    refusals=(AlreadyExists,),
    ids=_SALESMAN,
)
