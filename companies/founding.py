"""Founding a company, and taking people in: what must exist before anybody can work."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from accounting.charts import plant_chart
from companies.keys import NewKey, make_key
from erp.identifiers import new_id
from erp.locking import one_transaction, set_company
from erp.models import ApiKey, Company, Currency, EventChannel, Membership, User
from erp.rights import Role, Scope
from inventory.models import Uom, Warehouse


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to take in; an existing user keeps his password."""

    email: str
    name: str
    password: str
    role: Role


def found_company(*, code: str, name: str, now: datetime, currency_code: str = "INR", zone: str = "Asia/Kolkata") -> Company:
    """Make a company with its event channel, unit PCS and default warehouse, in one transaction. Code must be free."""
    with one_transaction(company_id=None):
        currency, _ = Currency.objects.get_or_create(
            code=currency_code, defaults={"name": _CURRENCY_NAMES.get(currency_code, currency_code)}
        )
        company = Company.objects.create(
            id=new_id(), code=code, name=name, base_currency=currency, timezone=zone, created_at=now
        )
        set_company(company.id)
        EventChannel.objects.create(company=company)
        plant_chart(company.id)
        Uom.unscoped.create(company=company, code="PCS", name="Piece", uqc="PCS")
        Warehouse.unscoped.create(company=company, code="MAIN", name="Main warehouse", is_default=True)
    return company


_CURRENCY_NAMES = {"INR": "Indian rupee", "USD": "US dollar", "EUR": "Euro"}


def take_in(*, company: Company, person: Person) -> User:
    """Make the user when he is new, and his membership with the role; run again, it only corrects the role."""
    with one_transaction(company_id=company.id):
        user, is_new = User.objects.get_or_create(
            email=person.email.lower(), defaults={"name": person.name, "active_company": company}
        )
        if is_new:
            User.objects.filter(id=user.id).update(password=make_password(person.password))
        Membership.unscoped.update_or_create(
            company=company, user=user, defaults={"role": person.role.value, "is_active": True}
        )
    return user


def issue_api_key(
    *, company: Company, name: str, scopes: list[Scope], now: datetime, expires_at: datetime | None = None
) -> str:
    """A key for a company that nobody acts for yet: it is shown this once, only its hash is kept."""
    with one_transaction(company_id=company.id) as locks:
        return make_key(locks, NewKey(name, scopes, expires_at=expires_at), now=now).text


def find_api_key(prefix: str) -> ApiKey | None:
    """The key with this prefix, whosever it is, with its company."""
    return ApiKey.unscoped.select_related("company").filter(prefix=prefix).first()
