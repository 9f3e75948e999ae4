"""Founding a company, and taking people in: what must exist before anybody can work."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from accounting.charts import plant_chart
from companies.governing import judge_zone
from companies.keys import NewKey, make_key
from companies.registering import read_registration
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import made_text, unique_or_refused
from erp.identifiers import new_id
from erp.locking import Locks, one_transaction, set_company
from erp.models import ApiKey, Company, Currency, EventChannel, Membership, Registration, User
from erp.performing import use_case
from erp.problems import NotFound
from erp.rights import Role, Scope
from inventory.models import Uom, Warehouse


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to take in; an existing user keeps his password."""

    email: str
    name: str
    password: str
    role: Role


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What a company begins with. `state` and `gstin` are its first GST registration; both or none."""

    code: str
    name: str
    currency_code: str = "INR"
    zone: str = "Asia/Kolkata"
    first_month: int = 4
    state: str = ""
    gstin: str = ""


def found_company(*, code: str, name: str, now: datetime, currency_code: str = "INR", zone: str = "Asia/Kolkata") -> Company:
    """Make a company with channel, chart, unit PCS and default warehouse, in one transaction. Code must be free."""
    with one_transaction(company_id=None):
        return _plant(NewCompany(code, name, currency_code, zone), now)


@use_case
def found_own_company(locks: Locks, *, new: NewCompany, actor: Actor, now: datetime) -> Company:
    """A company of his own for somebody who has an account: as `found_company`, with him as OWNER, all or nothing.

    Raises ValidationFailed, NotFound for a currency that nobody knows, BadGstin (400), AlreadyExists for a code (409).
    """
    if new.currency_code not in _CURRENCY_NAMES and not Currency.objects.filter(code=new.currency_code).exists():
        text = "Currency not found"
        raise NotFound(text, errors={"base_currency": [text]})
    judge_zone(new.zone)
    registered = read_registration(new.state, new.gstin) if new.state or new.gstin else ""
    with unique_or_refused({"erp_company_code_key": "code"}):
        company = _plant(new, now)
    Membership.unscoped.create(company=company, user_id=actor.id, role=Role.OWNER.value)
    if registered:
        Registration.unscoped.create(company=company, state_code=registered, gstin=new.gstin, is_default=True)
    # What remains is told where he works now.
    set_company(locks.company_id)
    record_audit(locks, [Audit("found_company", "company", company.id, made_text(company))], actor=actor, now=now)
    return company


def _plant(new: NewCompany, now: datetime) -> Company:
    """The rows of a new company, whose they are from here on until the transaction ends."""
    currency, _ = Currency.objects.get_or_create(
        code=new.currency_code, defaults={"name": _CURRENCY_NAMES.get(new.currency_code, new.currency_code)}
    )
    company = Company.objects.create(
        id=new_id(),
        code=new.code,
        name=new.name,
        base_currency=currency,
        timezone=new.zone,
        fiscal_year_start=new.first_month,
        created_at=now,
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
