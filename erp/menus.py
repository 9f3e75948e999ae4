"""Menus of the published web client: a table, the same for every company. Pure.

A menu steers what that client shows. Some also carry rights: to whom one is granted, he may do what the page behind it
does (`RIGHTS_CARRIED`), beyond his role. Source: "Login, users, menus" and "Rights carried by menu grants" in the sales
contract.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from erp.rights import Right, Role


class Menu(StrEnum):
    """A menu by its code; the codes are published."""

    DASHBOARD = "dashboard"
    ADMIN_PRIVILEGE = "admin-privilege"
    USER_LIST = "user_list"
    USER_CONTROL = "user_control"
    JOB_TITLE = "job_title"
    DEPARTMENT = "department"
    COURIER = "courier"
    TRAY = "tray"
    BILLING = "billing"
    BILLING_INVOICE_LIST = "billing_invoice_list"
    BILLING_REVIEWED = "billing_reviewed"
    EXPRESS_BILLING = "express_billing"
    PICKING = "picking"
    PICKING_LIST = "picking_list"
    MY_ASSIGNED_PICKING = "my_assigned_picking"
    PACKING = "packing"
    PACKING_LIST = "packing_list"
    MY_ASSIGNED_PACKING = "my_assigned_packing"
    BOXING_LIST = "boxing_list"
    DELIVERY = "delivery"
    DELIVERY_DISPATCH = "delivery_dispatch"
    DELIVERY_COURIER_LIST = "delivery_courier_list"
    DELIVERY_COMPANY_LIST = "delivery_company_list"
    MY_ASSIGNED_DELIVERY = "my_assigned_delivery"
    HISTORY = "history"
    HISTORY_CONSOLIDATE = "history_consolidate"
    HISTORY_INVOICE_WORKFLOW = "history_invoice_workflow"
    INVOICE_REPORTS = "invoice_reports"
    PICKING_REPORTS = "picking_reports"
    PACKING_REPORTS = "packing_reports"
    DELIVERY_REPORTS = "delivery_reports"
    ITEMS_WISE_REPORTS = "items_wise_reports"
    BILLING_USER_SUMMARY = "billing_user_summary"
    USER_SUMMARY_PICKING = "user_summary_picking"
    USER_SUMMARY_PACKING = "user_summary_packing"
    USER_SUMMARY_DELIVERY = "user_summary_delivery"


class Entry(NamedTuple):
    """What a menu shows. `ops_url` is where the people of one section are sent instead; `parent` is its group."""

    name: str
    url: str
    icon: str
    parent: Menu | None = None
    ops_url: str = ""


_B, _I, _K, _D, _H = Menu.BILLING, Menu.PICKING, Menu.PACKING, Menu.DELIVERY, Menu.HISTORY

MENUS: Mapping[Menu, Entry] = {
    Menu.DASHBOARD: Entry("Dashboard", "/dashboard", "dashboard"),
    Menu.BILLING: Entry("Billing", "/billing/invoices", "file-text", ops_url="/ops/billing/invoices"),
    Menu.BILLING_INVOICE_LIST: Entry("Invoices", "/billing/invoices", "list", _B, "/ops/billing/invoices"),
    Menu.BILLING_REVIEWED: Entry("Reviewed", "/billing/reviewed", "rotate-ccw", _B, "/ops/billing/reviewed"),
    Menu.EXPRESS_BILLING: Entry("Express billing", "/billing/express", "zap", _B, "/ops/billing/express"),
    Menu.PICKING: Entry("Picking", "/invoices", "shopping-cart", ops_url="/ops/picking/invoices"),
    Menu.PICKING_LIST: Entry("Picking list", "/invoices", "list", _I, "/ops/picking/invoices"),
    Menu.MY_ASSIGNED_PICKING: Entry("My picking", "/invoices/my", "user", _I, "/ops/picking/my"),
    Menu.PACKING: Entry("Packing", "/packing/invoices", "package", ops_url="/ops/packing/invoices"),
    Menu.PACKING_LIST: Entry("Packing list", "/packing/invoices", "list", _K, "/ops/packing/invoices"),
    Menu.MY_ASSIGNED_PACKING: Entry("My packing", "/packing/my", "user", _K, "/ops/packing/my"),
    Menu.BOXING_LIST: Entry("Boxing", "/packing/boxing", "box", _K, "/ops/packing/boxing"),
    Menu.DELIVERY: Entry("Delivery", "/delivery/dispatch", "truck", ops_url="/ops/delivery/dispatch"),
    Menu.DELIVERY_DISPATCH: Entry("Dispatch", "/delivery/dispatch", "send", _D, "/ops/delivery/dispatch"),
    Menu.DELIVERY_COURIER_LIST: Entry("By courier", "/delivery/courier-list", "list", _D, "/ops/delivery/courier-list"),
    Menu.DELIVERY_COMPANY_LIST: Entry("By our own", "/delivery/company-list", "list", _D, "/ops/delivery/company-list"),
    Menu.MY_ASSIGNED_DELIVERY: Entry("My deliveries", "/delivery/my", "user", _D, "/ops/delivery/my"),
    Menu.HISTORY: Entry("History", "/history", "clock"),
    Menu.HISTORY_CONSOLIDATE: Entry("History", "/history", "clock", _H),
    Menu.HISTORY_INVOICE_WORKFLOW: Entry("Workflow of invoices", "/history/consolidate", "git-branch", _H),
    Menu.INVOICE_REPORTS: Entry("Invoice report", "/history/invoice-report", "bar-chart", _H),
    Menu.PICKING_REPORTS: Entry("Picking report", "/history/picking-report", "bar-chart", _H),
    Menu.PACKING_REPORTS: Entry("Packing report", "/history/packing-report", "bar-chart", _H),
    Menu.DELIVERY_REPORTS: Entry("Delivery report", "/history/delivery-report", "bar-chart", _H),
    Menu.ITEMS_WISE_REPORTS: Entry("Items sold today", "/history/items-sold-today", "bar-chart", _H),
    Menu.BILLING_USER_SUMMARY: Entry("Billing by person", "/history/billing-user-summary", "users", _H),
    Menu.USER_SUMMARY_PICKING: Entry("Picking by person", "/history/picking-user-summary", "users", _H),
    Menu.USER_SUMMARY_PACKING: Entry("Packing by person", "/history/packing-user-summary", "users", _H),
    Menu.USER_SUMMARY_DELIVERY: Entry("Delivery by person", "/history/delivery-user-summary", "users", _H),
    Menu.ADMIN_PRIVILEGE: Entry("Privileges", "/admin/privilege", "shield"),
    Menu.USER_LIST: Entry("Users", "/user-management", "users"),
    Menu.USER_CONTROL: Entry("User control", "/user-control", "user-check"),
    Menu.JOB_TITLE: Entry("Job titles", "/master/job-title", "briefcase"),
    Menu.DEPARTMENT: Entry("Departments", "/master/department", "building"),
    Menu.COURIER: Entry("Couriers", "/master/courier", "truck"),
    Menu.TRAY: Entry("Trays", "/master/tray", "inbox"),
}
"""Every menu in the order in which it is shown; that client opens the first, so what is kept seldom comes last."""

_PICKS = frozenset({Right.PICK, Right.HANDLE_GOODS, Right.RETURN_INVOICES})
_PACKS = frozenset({Right.PACK, Right.HANDLE_GOODS, Right.RETURN_INVOICES})
_DELIVERS = frozenset({Right.HANDLE_DELIVERIES, Right.HANDLE_GOODS, Right.RETURN_INVOICES})
_RETURNS, _REPORTS = frozenset({Right.RETURN_INVOICES}), frozenset({Right.SEE_REPORTS})

RIGHTS_CARRIED: Mapping[Menu, frozenset[Right]] = {
    Menu.MY_ASSIGNED_PICKING: _PICKS,
    Menu.MY_ASSIGNED_PACKING: _PACKS,
    Menu.BOXING_LIST: _PACKS,
    Menu.MY_ASSIGNED_DELIVERY: _DELIVERS | {Right.DELIVER},
    Menu.DELIVERY_DISPATCH: _DELIVERS | {Right.DISPATCH},
    Menu.DELIVERY_COURIER_LIST: _DELIVERS | {Right.DISPATCH},
    Menu.DELIVERY_COMPANY_LIST: _DELIVERS | {Right.DISPATCH},
    Menu.EXPRESS_BILLING: frozenset({Right.EXPRESS}),
    Menu.BILLING_INVOICE_LIST: _RETURNS,
    Menu.BILLING_REVIEWED: _RETURNS,
    Menu.PICKING_REPORTS: frozenset({Right.ALL_PICKINGS}),
    Menu.PACKING_REPORTS: frozenset({Right.ALL_PACKINGS}),
    Menu.DELIVERY_REPORTS: frozenset({Right.ALL_DELIVERIES}),
    Menu.INVOICE_REPORTS: _REPORTS,
    Menu.ITEMS_WISE_REPORTS: _REPORTS,
    Menu.BILLING_USER_SUMMARY: _REPORTS,
    Menu.USER_SUMMARY_PICKING: _REPORTS,
    Menu.USER_SUMMARY_PACKING: _REPORTS,
    Menu.USER_SUMMARY_DELIVERY: _REPORTS,
}
"""Menu → the rights that its grant adds; a menu that is not here adds none."""

GRANTABLE = frozenset({right for rights in RIGHTS_CARRIED.values() for right in rights})
"""All that a grant can ever add. Import, people, administration, masters and the books are not among it."""

_LOOKS_BACK = (Menu.HISTORY_CONSOLIDATE, Menu.HISTORY_INVOICE_WORKFLOW)
_REPORTS_SHOWN = (Menu.INVOICE_REPORTS, Menu.ITEMS_WISE_REPORTS, Menu.BILLING_USER_SUMMARY)
_OF_OFFICE = (*_LOOKS_BACK, *_REPORTS_SHOWN)
_OF_PICKING = (Menu.PICKING_LIST, Menu.MY_ASSIGNED_PICKING)
_OF_PACKING = (Menu.PACKING_LIST, Menu.MY_ASSIGNED_PACKING, Menu.BOXING_LIST)
_OF_DELIVERY = (Menu.DELIVERY_DISPATCH, Menu.DELIVERY_COURIER_LIST, Menu.DELIVERY_COMPANY_LIST, Menu.MY_ASSIGNED_DELIVERY)
_OF_BILLING = (Menu.BILLING_INVOICE_LIST, Menu.BILLING_REVIEWED, Menu.EXPRESS_BILLING)

SHOWN_BY_DEFAULT: Mapping[Role, tuple[Menu, ...]] = {
    Role.ACCOUNTANT: _OF_OFFICE,
    Role.SALES_MANAGER: _OF_OFFICE,
    Role.PURCHASE_MANAGER: _OF_OFFICE,
    Role.STOCK_KEEPER: (*_OF_PICKING, *_OF_PACKING, *_OF_DELIVERY, *_OF_OFFICE, Menu.COURIER, Menu.TRAY),
    Role.BILLER: (*_OF_BILLING, *_OF_OFFICE),
    Role.PICKER: (*_OF_PICKING, *_LOOKS_BACK),
    Role.PACKER: (*_OF_PACKING, *_LOOKS_BACK),
    Role.DELIVERY: (*_OF_DELIVERY, *_LOOKS_BACK),
    Role.VIEWER: _OF_OFFICE,
}
"""What a role is shown to whom no menu was granted. They show and give no right: the role has its own."""

_LANDS_IN_A_SECTION = frozenset({Role.BILLER, Role.PICKER, Role.PACKER, Role.DELIVERY})


def menu_id(menu: Menu) -> UUID:
    """The id under which clients know a menu: the same everywhere."""
    return uuid5(NAMESPACE_URL, f"urn:distributor-erp:menu:{menu.value}")


MENU_OF_ID: Mapping[UUID, Menu] = {menu_id(menu): menu for menu in Menu}


class MenuNode(NamedTuple):
    """A menu as it is shown, with those below it."""

    menu: Menu
    url: str
    order: int
    children: list["MenuNode"]


def rights_carried(codes: Iterable[str]) -> frozenset[Right]:
    """What the grants of these menus add to a role."""
    return frozenset(right for code in codes for right in RIGHTS_CARRIED.get(Menu(code), ()))


def menus_carrying(right: Right) -> list[Menu]:
    """The menus of which each adds the right."""
    return [menu for menu, rights in RIGHTS_CARRIED.items() if right in rights]


def menus_for(role: Role, granted: Collection[str]) -> list[MenuNode]:
    """The tree that a member is shown: of an OWNER none (the client then shows all it has), of an ADMIN all."""
    if role is Role.OWNER:
        return []
    if role is Role.ADMIN:
        return menu_tree(Menu)
    return menu_tree([Menu(code) for code in granted] or SHOWN_BY_DEFAULT[role], in_section=role in _LANDS_IN_A_SECTION)


def menu_tree(menus: Iterable[Menu], *, in_section: bool = False) -> list[MenuNode]:
    """The menus with the groups they belong to, in their order; with `in_section`, at the URLs of the sections' people."""
    wanted = set(menus)
    wanted |= {parent for menu in wanted if (parent := MENUS[menu].parent) is not None}
    nodes: dict[Menu, MenuNode] = {}
    for order, (menu, entry) in enumerate(MENUS.items(), start=1):
        if menu in wanted:
            nodes[menu] = MenuNode(menu, (in_section and entry.ops_url) or entry.url, order, [])
            if entry.parent is not None:
                nodes[entry.parent].children.append(nodes[menu])
    # A group leads where the first of its menus does, which need not be the first that there is.
    return [
        node._replace(url=node.children[0].url if node.children else node.url)
        for menu, node in nodes.items()
        if MENUS[menu].parent is None
    ]
