"""Who may do what: roles × rights, as data. `docs/reference/permissions.md` is generated from it.

Source: chapter "Permissions" of the sales contract. Every view names, per method, the right it asks for (and the API key
scope, where keys are accepted at all); a route without one fails the tests.
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


class Scope(StrEnum):
    """What an API key may do. Keys have scopes, not roles."""

    INVOICES_IMPORT = "invoices:import"
    INVOICES_UPDATE = "invoices:update"
    EVENTS_READ = "events:read"


_EVERY_ROLE = frozenset(Role)

ROLES_WITH: dict[Right, frozenset[Role]] = {
    Right.MEMBER: _EVERY_ROLE,
    Right.READ: _EVERY_ROLE,
    Right.IMPORT: _EVERY_ROLE - {Role.VIEWER},
}
"""Right → roles that have it."""

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
