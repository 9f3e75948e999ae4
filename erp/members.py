"""People as members: a person and the company he works for, found by one statement.

Every request of a person asks for them, and nothing is remembered from one request to the next: a role that was taken away
is gone at once (contract of companies, memberships). So the statement is written by hand, and prepared once per connection.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, models

from erp.identifiers import as_uuid
from erp.models import Company, Currency
from erp.problems import NotFound
from erp.rights import Role


@dataclass(frozen=True, slots=True)
class Member:
    """An active person; `company` and `role` are None when he is an active member of none. `menus` were granted to him."""

    user_id: UUID
    name: str
    email: str
    role: Role | None
    company: Company | None
    menus: tuple[str, ...] = ()


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _selected(alias: str, model: type[models.Model]) -> str:
    return ", ".join(f"{alias}.{column} AS {alias}_{column}" for column in _columns(model))


FIND_MEMBER = f"""
SELECT u.id, u.name, u.email, chosen.*
FROM erp_user u
LEFT JOIN LATERAL (
    SELECT m.role, ARRAY(SELECT g.menu FROM erp_menugrant g WHERE g.company_id = m.company_id AND g.membership_id = m.id),
        {_selected("c", Company)}, {_selected("k", Currency)}
    FROM erp_membership m
    JOIN erp_company c ON c.id = m.company_id AND c.is_active
    JOIN erp_currency k ON k.id = c.base_currency_id
    WHERE m.user_id = u.id AND m.is_active AND (%(company)s::uuid IS NULL OR c.id = %(company)s)
    -- The company he chose, else the oldest of his.
    ORDER BY c.id = u.active_company_id DESC NULLS LAST, c.created_at, m.id
    LIMIT 1
) chosen ON true
WHERE u.id = %(user)s AND u.is_active
"""  # noqa: S608  the columns are our models'

FIND_LOGGED_IN = (
    FIND_MEMBER
    + """    AND EXISTS (
        SELECT FROM erp_login l
        WHERE l.id = %(login)s AND l.user_id = u.id AND l.ended_at IS NULL AND l.expires_at > %(now)s
    )
"""
)


def find_member(user_id: UUID, *, company: str = "") -> Member | None:
    """The active person in the company he names (its id as sent), else in the one he works for; None for nobody.

    Raises NotFound when he is not a member of the company he names.
    """
    return _found(FIND_MEMBER, {"user": user_id}, company)


def find_logged_in(*, login_id: UUID, user_id: UUID, company: str, now: datetime) -> Member | None:
    """The same, and None too when this login of his has ended."""
    return _found(FIND_LOGGED_IN, {"user": user_id, "login": login_id, "now": now}, company)


def _found(statement: str, parameters: dict[str, Any], company: str) -> Member | None:
    company_id = as_uuid(company) if company else None
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | {"company": company_id})
        row = cursor.fetchone()
    if row is None:
        return None
    user, name, email, role, menus, *rest = row
    if company and (company_id is None or role is None):
        raise NotFound("Company not found.")
    if role is None:
        return Member(user, name, email, None, None)
    return Member(user, name, email, Role(role), _company(rest), tuple(menus))


def _company(values: list[Any]) -> Company:
    columns = _columns(Company)
    company = Company.from_db(DEFAULT_DB_ALIAS, columns, values[: len(columns)])
    company.base_currency = Currency.from_db(DEFAULT_DB_ALIAS, _columns(Currency), values[len(columns) :])
    return company
