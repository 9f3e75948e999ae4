"""Keeping the parties of the sales side: customers and salesmen. Imports make and change them, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounting.gst import GstTreatment
from accounting.parties import chosen_treatment, judge_gstin, next_code, read_state
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, require_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.models import Membership
from erp.performing import use_case
from erp.problems import NotFound
from inventory.kinds import PriceKind
from inventory.prices import find_price_list
from sales.customers import find_salesman
from sales.models import Customer, Salesman

_PREFIX = "C"
_TAKEN_OF_SALESMAN = {"salesman_name": "name", "salesman_code": "code"}


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """An empty code is made; `state_code` takes digits or letters. Amounts in the company's currency, two places."""

    name: str
    code: str = ""
    gstin: str = ""
    gst_treatment: GstTreatment | None = None
    state_code: str = ""
    email: str = ""
    phone1: str = ""
    billing_address: str = ""
    shipping_address: str = ""
    credit_limit: Decimal = Decimal("0.00")
    credit_hold: bool = False
    credit_days: int = 30
    price_list_id: UUID | None = None
    salesman_id: UUID | None = None
    is_active: bool = True


@use_case
def create_customer(locks: Locks, *, draft: NewCustomer, actor: Actor, now: datetime) -> Customer:
    """A new customer. Locks SERIES when his code is made.

    Raises NotFound for the price list and the salesman, BadGstin, ValidationFailed, AlreadyExists.
    """
    customer = Customer(
        id=new_id(),
        company_id=locks.company_id,
        name=draft.name,
        gstin=draft.gstin,
        gst_treatment=chosen_treatment(draft.gst_treatment, draft.gstin).value,
        state_code=read_state(draft.state_code) or draft.gstin[:2],
        email=draft.email,
        phone1=draft.phone1,
        billing_address=draft.billing_address,
        shipping_address=draft.shipping_address,
        credit_limit=draft.credit_limit,
        credit_hold=draft.credit_hold,
        credit_days=draft.credit_days,
        price_list_id=draft.price_list_id,
        salesman_id=draft.salesman_id,
        is_active=draft.is_active,
        created_at=now,
        updated_at=now,
    )
    _judge(customer)
    if draft.price_list_id:
        find_price_list(actor, draft.price_list_id, kind=PriceKind.SALES)
    if draft.salesman_id:
        find_salesman(actor, draft.salesman_id)
    customer.code = draft.code or _next_code(locks)
    with unique_or_refused({"customer_code": "code"}):
        customer.save(force_insert=True)
    record_audit(locks, [Audit("create_customer", "customer", customer.id, made_text(customer))], actor=actor, now=now)
    return customer


@use_case
def change_customer(
    locks: Locks,
    *,
    customer_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Customer:
    """Change columns of a customer; documents keep what they printed. Locks PARTY.

    Raises NotFound, Stale, BadGstin, ValidationFailed, AlreadyExists.
    """
    found = locks.take(LockOrder.PARTY, Customer.objects.of(actor).filter(id=customer_id))
    if not found:
        raise NotFound("Customer not found")
    (customer,) = found
    require_version(customer.version, expected_version)
    wanted = dict(changes)
    if "state_code" in wanted:
        wanted["state_code"] = read_state(wanted["state_code"] or "")
    if wanted.get("price_list_id"):
        find_price_list(actor, wanted["price_list_id"], kind=PriceKind.SALES)
    if wanted.get("salesman_id"):
        find_salesman(actor, wanted["salesman_id"])
    changed = apply_changes(customer, wanted)
    if changed:
        _judge(customer)
        customer.version += 1
        customer.updated_at = now
        with unique_or_refused({"customer_code": "code"}):
            customer.save()
        audit = Audit("change_customer", "customer", customer.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return customer


def _judge(customer: Customer) -> None:
    judge_gstin(customer.gstin, customer.gst_treatment, party="customer")


def _next_code(locks: Locks) -> str:
    """The next code that no import has brought."""
    codes = Customer.objects.of(locks).filter(code__startswith=f"{_PREFIX}-").values_list("code", flat=True)
    return next_code(locks, _PREFIX, codes)


@use_case
def create_salesman(
    locks: Locks,
    *,
    name: str,
    actor: Actor,
    now: datetime,
    code: str = "",
    phone: str = "",
    user_id: UUID | None = None,
    is_active: bool = True,
) -> Salesman:
    """A new salesman; `user_id` links him to a member of the company. Raises NotFound, AlreadyExists."""
    _find_member(actor, user_id)
    salesman = Salesman(
        id=new_id(),
        company_id=locks.company_id,
        name=name,
        code=code,
        phone=phone,
        user_id=user_id,
        is_active=is_active,
        created_at=now,
    )
    with unique_or_refused(_TAKEN_OF_SALESMAN):
        salesman.save(force_insert=True)
    record_audit(locks, [Audit("create_salesman", "salesman", salesman.id, made_text(salesman))], actor=actor, now=now)
    return salesman


@use_case
def change_salesman(
    locks: Locks,
    *,
    salesman_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Salesman:
    """Change columns of a salesman. Locks PARTY. Raises NotFound, Stale, AlreadyExists."""
    found = locks.take(LockOrder.PARTY, Salesman.objects.of(actor).filter(id=salesman_id))
    if not found:
        raise NotFound("Salesman not found")
    (salesman,) = found
    require_version(salesman.version, expected_version)
    _find_member(actor, changes.get("user_id"))
    changed = apply_changes(salesman, changes)
    if changed:
        salesman.version += 1
        with unique_or_refused(_TAKEN_OF_SALESMAN):
            salesman.save()
        audit = Audit("change_salesman", "salesman", salesman.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return salesman


def _find_member(actor: Actor, user_id: UUID | None) -> None:
    if user_id is not None and not Membership.objects.of(actor).filter(user_id=user_id, is_active=True).exists():
        raise NotFound("User not found", errors={"user_id": ["User not found"]})
