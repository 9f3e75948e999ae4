"""Who may do what: roles × rights, as data. `docs/reference/permissions.md` is generated from it.

Source: chapter "Permissions" of the sales contract, the role columns of the invoices contract. Every view names, per method,
the right it asks for (and the API key scope, where keys are accepted at all); a route without one fails the tests.
"""

from enum import StrEnum


class Role(StrEnum):
    """A member's role in one company."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    ACCOUNTANT = "ACCOUNTANT"
    SALES_MANAGER = "SALES_MANAGER"
    PURCHASE_MANAGER = "PURCHASE_MANAGER"
    STOCK_KEEPER = "STOCK_KEEPER"
    BILLER = "BILLER"
    PICKER = "PICKER"
    PACKER = "PACKER"
    DELIVERY = "DELIVERY"
    VIEWER = "VIEWER"


class Right(StrEnum):
    """What a route asks for. ANYONE needs no credential, MEMBER any valid one."""

    ANYONE = "anyone"
    MEMBER = "member"
    READ = "read"
    IMPORT = "import"
    ADMINISTER = "administer"
    KEEP_BOOKS = "keep_books"
    READ_BOOKS = "read_books"
    READ_STATEMENTS = "read_statements"
    SEE_COST = "see_cost"
    TAKE_ORDERS = "take_orders"
    MANAGE_ORDERS = "manage_orders"
    RESERVE_STOCK = "reserve_stock"
    INVOICE_ORDERS = "invoice_orders"
    KEEP_SALESMEN = "keep_salesmen"
    KEEP_SUPPLIERS = "keep_suppliers"
    ORDER_GOODS = "order_goods"
    RECEIVE_GOODS = "receive_goods"
    ENTER_BILLS = "enter_bills"
    REVERSE_RECEIPTS = "reverse_receipts"
    KEEP_ITEMS = "keep_items"
    KEEP_STOCK = "keep_stock"
    KEEP_GST_RATES = "keep_gst_rates"
    KEEP_PRICES = "keep_prices"
    ADJUST_STOCK = "adjust_stock"
    TRACE_BATCHES = "trace_batches"
    PICK = "pick"
    PACK = "pack"
    DISPATCH = "dispatch"
    DELIVER = "deliver"
    HANDLE_GOODS = "handle_goods"
    HANDLE_DELIVERIES = "handle_deliveries"
    ACT_FOR = "act_for"
    RETURN_INVOICES = "return_invoices"
    EXPRESS = "express"
    ALL_PICKINGS = "all_pickings"
    ALL_PACKINGS = "all_packings"
    ALL_DELIVERIES = "all_deliveries"
    BILLING_LIST = "billing_list"
    SEE_REPORTS = "see_reports"
    KEEP_COURIERS = "keep_couriers"
    KEEP_TRAYS = "keep_trays"
    KEEP_PEOPLE = "keep_people"
    LINK_CUSTOMERS = "link_customers"
    RESOLVE_CONFLICTS = "resolve_conflicts"
    KEEP_SITES = "keep_sites"


class Scope(StrEnum):
    """What an API key may do. Keys have scopes, not roles."""

    INVOICES_IMPORT = "invoices:import"
    INVOICES_UPDATE = "invoices:update"
    EVENTS_READ = "events:read"


_EVERY_ROLE = frozenset(Role)
_ADMINS = frozenset({Role.OWNER, Role.ADMIN})
_ACCOUNTANTS = _ADMINS | {Role.ACCOUNTANT}
_SALES_MANAGERS = _ADMINS | {Role.SALES_MANAGER}
_STOCK_KEEPERS = _ADMINS | {Role.STOCK_KEEPER}
_SEE_EVERYBODYS_WORK = _ACCOUNTANTS | {Role.SALES_MANAGER, Role.STOCK_KEEPER, Role.BILLER}

ROLES_WITH: dict[Right, frozenset[Role]] = {
    Right.MEMBER: _EVERY_ROLE,
    Right.READ: _EVERY_ROLE,
    Right.IMPORT: _EVERY_ROLE - {Role.VIEWER},
    Right.ADMINISTER: _ADMINS,
    Right.KEEP_BOOKS: _ACCOUNTANTS,
    Right.READ_BOOKS: _ACCOUNTANTS | {Role.VIEWER},
    Right.READ_STATEMENTS: _ACCOUNTANTS | {Role.SALES_MANAGER, Role.PURCHASE_MANAGER, Role.VIEWER},
    Right.SEE_COST: _ACCOUNTANTS | {Role.PURCHASE_MANAGER, Role.VIEWER},
    Right.TAKE_ORDERS: _ACCOUNTANTS | {Role.SALES_MANAGER, Role.BILLER},
    Right.MANAGE_ORDERS: _SALES_MANAGERS,
    Right.RESERVE_STOCK: _SALES_MANAGERS | {Role.STOCK_KEEPER},
    Right.INVOICE_ORDERS: _ACCOUNTANTS | {Role.SALES_MANAGER},
    Right.KEEP_SALESMEN: _SALES_MANAGERS | {Role.BILLER},
    Right.KEEP_SUPPLIERS: _ACCOUNTANTS | {Role.PURCHASE_MANAGER},
    Right.ORDER_GOODS: _ADMINS | {Role.PURCHASE_MANAGER},
    Right.RECEIVE_GOODS: _STOCK_KEEPERS | {Role.PURCHASE_MANAGER},
    Right.ENTER_BILLS: _ACCOUNTANTS | {Role.PURCHASE_MANAGER},
    Right.REVERSE_RECEIPTS: _ACCOUNTANTS | {Role.PURCHASE_MANAGER},
    Right.KEEP_ITEMS: _ACCOUNTANTS | {Role.SALES_MANAGER, Role.PURCHASE_MANAGER, Role.STOCK_KEEPER},
    Right.KEEP_STOCK: _STOCK_KEEPERS,
    Right.KEEP_GST_RATES: _ACCOUNTANTS,
    Right.KEEP_PRICES: _SALES_MANAGERS | {Role.PURCHASE_MANAGER},
    Right.ADJUST_STOCK: _STOCK_KEEPERS | {Role.ACCOUNTANT},
    Right.TRACE_BATCHES: _ACCOUNTANTS | {Role.SALES_MANAGER, Role.PURCHASE_MANAGER, Role.STOCK_KEEPER, Role.VIEWER},
    Right.PICK: _STOCK_KEEPERS | {Role.PICKER},
    Right.PACK: _STOCK_KEEPERS | {Role.PACKER},
    Right.DISPATCH: _STOCK_KEEPERS | {Role.DELIVERY},
    Right.DELIVER: _STOCK_KEEPERS | {Role.DELIVERY},
    Right.HANDLE_GOODS: _STOCK_KEEPERS | {Role.PICKER, Role.PACKER, Role.DELIVERY},
    Right.HANDLE_DELIVERIES: _STOCK_KEEPERS | {Role.DELIVERY},
    Right.ACT_FOR: _STOCK_KEEPERS,
    Right.RETURN_INVOICES: _STOCK_KEEPERS | {Role.BILLER, Role.PICKER, Role.PACKER, Role.DELIVERY},
    Right.EXPRESS: _STOCK_KEEPERS | {Role.BILLER},
    Right.ALL_PICKINGS: _SEE_EVERYBODYS_WORK | {Role.PICKER},
    Right.ALL_PACKINGS: _SEE_EVERYBODYS_WORK | {Role.PACKER},
    Right.ALL_DELIVERIES: _SEE_EVERYBODYS_WORK | {Role.DELIVERY},
    Right.BILLING_LIST: _ACCOUNTANTS | {Role.SALES_MANAGER, Role.BILLER},
    Right.SEE_REPORTS: _EVERY_ROLE - {Role.PICKER, Role.PACKER, Role.DELIVERY},
    Right.KEEP_COURIERS: _STOCK_KEEPERS,
    Right.KEEP_TRAYS: _STOCK_KEEPERS,
    Right.KEEP_PEOPLE: _ADMINS,
    Right.LINK_CUSTOMERS: _ACCOUNTANTS | {Role.SALES_MANAGER},
    Right.RESOLVE_CONFLICTS: _ACCOUNTANTS,
    Right.KEEP_SITES: _SALES_MANAGERS,
}
"""Right → roles that have it."""


PURPOSES: dict[Right, str] = {
    Right.MEMBER: "one's own account and companies",
    Right.READ: "reading orders, stock, invoices, payments, events",
    Right.IMPORT: "importing invoices of an outside billing system",
    Right.ADMINISTER: "GST registrations; policies; members, keys, webhooks and connections; the audit",
    Right.KEEP_BOOKS: "posting and correcting invoices; payments; exchange rates; opening stock; revaluing; taking back",
    Right.READ_BOOKS: "reading accounts, vouchers and reports",
    Right.READ_STATEMENTS: "reading ageing, and statements; SALES_MANAGER of customers, PURCHASE_MANAGER of suppliers only",
    Right.SEE_COST: "seeing what goods cost",
    Right.TAKE_ORDERS: "taking, changing and confirming orders; keeping customers",
    Right.MANAGE_ORDERS: "cancelling and closing orders",
    Right.RESERVE_STOCK: "promising stock to orders again",
    Right.INVOICE_ORDERS: "making draft invoices of orders",
    Right.KEEP_SALESMEN: "keeping salesmen",
    Right.KEEP_SUPPLIERS: "keeping suppliers",
    Right.ORDER_GOODS: "ordering goods of suppliers",
    Right.RECEIVE_GOODS: "receiving goods of a supplier",
    Right.ENTER_BILLS: "entering suppliers' bills of purchase orders",
    Right.REVERSE_RECEIPTS: "taking goods receipts back",
    Right.KEEP_ITEMS: "keeping items",
    Right.KEEP_STOCK: "keeping units and warehouses; counting, writing off, moving goods; blocking batches",
    Right.KEEP_GST_RATES: "keeping the GST rates of HSN codes",
    Right.KEEP_PRICES: "keeping price lists",
    Right.ADJUST_STOCK: "adjusting stock; opening stock takes *keep_books* besides, all else *keep_stock*",
    Right.TRACE_BATCHES: "seeing from whom a batch came and to whom it went",
    Right.PICK: "picking",
    Right.PACK: "packing",
    Right.DISPATCH: "sending goods out, by whom and how; reporting and cancelling any delivery",
    Right.DELIVER: "taking out and completing one's own deliveries",
    Right.HANDLE_GOODS: "cancelling sessions; which ones, the section's right and *act_for* say",
    Right.ACT_FOR: "naming another worker, ending another's session, undoing a finished step",
    Right.RETURN_INVOICES: "sending an invoice back to billing",
    Right.HANDLE_DELIVERIES: "setting out, reporting and completing; which ones, *deliver* and *dispatch* say",
    Right.EXPRESS: "passing an invoice over picking and packing",
    Right.ALL_PICKINGS: "seeing who picked what; without it, one's own sessions",
    Right.ALL_PACKINGS: "seeing who packed what; without it, one's own sessions",
    Right.ALL_DELIVERIES: "seeing who delivered what; without it, one's own sessions",
    Right.KEEP_COURIERS: "keeping couriers",
    Right.KEEP_TRAYS: "keeping trays",
    Right.BILLING_LIST: "seeing in billing's history what others have billed",
    Right.BILLING_LIST: "seeing in billing's lists and history what others have billed",
    Right.SEE_REPORTS: "billing by salesman, the invoice report, items billed, missing numbers",
    Right.KEEP_SITES: "keeping customers' places and services",
    Right.RESOLVE_CONFLICTS: "deciding what an outside billing system and the company do not agree on",
    Right.LINK_CUSTOMERS: "linking customers with clients of an outside billing system, and reading them anew",
    Right.KEEP_PEOPLE: "users, departments, job titles, menus; only an OWNER touches an OWNER",
}
"""Right → what it is for."""


def named_roles(right: Right) -> list[str]:
    """The roles with a right as a refusal names them, the mighty first; OWNER goes without saying where ADMIN may."""
    roles = ROLES_WITH[right]
    return [role.value for role in Role if role in roles and not (role is Role.OWNER and Role.ADMIN in roles)]


ALL_BUT_VIEWER = [role.value for role in Role if role is not Role.VIEWER]

SHOWN_ROLE: dict[Role, str] = {
    Role.OWNER: "SUPERADMIN",
    Role.ADMIN: "ADMIN",
    Role.BILLER: "BILLER",
    Role.PICKER: "PICKER",
    Role.PACKER: "PACKER",
    Role.DELIVERY: "DELIVERY",
}
"""The role names published web clients know; every other role is shown as USER."""


def shown_role(role: Role) -> str:
    return SHOWN_ROLE.get(role, "USER")


class WrittenRole(StrEnum):
    """Every name by which a client may write a role: our own, those that are shown, and some that are only read."""

    OWNER = "OWNER"
    SUPERADMIN = "SUPERADMIN"
    ADMIN = "ADMIN"
    ACCOUNTANT = "ACCOUNTANT"
    SALES_MANAGER = "SALES_MANAGER"
    PURCHASE_MANAGER = "PURCHASE_MANAGER"
    STOCK_KEEPER = "STOCK_KEEPER"
    STORE = "STORE"
    BILLER = "BILLER"
    BILLING = "BILLING"
    PICKER = "PICKER"
    PACKER = "PACKER"
    DELIVERY = "DELIVERY"
    DRIVER = "DRIVER"
    VIEWER = "VIEWER"
    USER = "USER"


_MEANT_BY: dict[WrittenRole, Role] = {
    WrittenRole.SUPERADMIN: Role.OWNER,
    WrittenRole.STORE: Role.STOCK_KEEPER,
    WrittenRole.BILLING: Role.BILLER,
    WrittenRole.DRIVER: Role.DELIVERY,
    WrittenRole.USER: Role.VIEWER,
}


def written_role(name: WrittenRole, *, present: Role | None = None) -> Role:
    """The role that a client writes. The name that `present` is shown under means that it stays: several share USER."""
    if present is not None and name == shown_role(present):
        return present
    return _MEANT_BY.get(name) or Role(name.value)


def roles_shown_as(name: WrittenRole) -> list[Role]:
    """The roles that a list filtered by this name shows: those shown under it, or the one that is called so."""
    return [role for role in Role if shown_role(role) == name] or [written_role(name)]
