"""Keeping the price lists and their prices. Orders keep the price that they took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, require_version, save_next_version, unique_or_refused
from erp.currencies import find_currency
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.models import Company
from erp.performing import use_case
from erp.problems import FieldErrors, NotFound, ValidationFailed
from inventory.kinds import PriceKind
from inventory.masters import find_items
from inventory.models import Price, PriceList

SUBJECT = "price_list"
_TAKEN = {"pricelist_name": "name"}
_KEY = ("item_id", "min_quantity", "valid_from")


@dataclass(frozen=True, slots=True)
class NewPriceList:
    """`currency` is a code or an id; None: the company's. Both days are included; None: open."""

    name: str
    kind: PriceKind
    currency: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class NewPrice:
    """Of a base unit, in the list's currency, when `min_quantity` or more is ordered; the discount in percent."""

    item_id: UUID
    unit_rate: Decimal
    min_quantity: Decimal = Decimal(0)
    discount_pct: Decimal = Decimal(0)
    valid_from: date | None = None
    valid_to: date | None = None


@use_case
def create_price_list(locks: Locks, *, draft: NewPriceList, actor: Actor, now: datetime) -> PriceList:
    """A new, empty list; as the default one it takes the place of that of its kind and currency. Locks COMPANY.

    Raises NotFound for the currency, ValidationFailed, AlreadyExists.
    """
    _lock_company(locks)
    price_list = PriceList(
        id=new_id(),
        company_id=locks.company_id,
        name=draft.name,
        kind=draft.kind.value,
        currency=find_currency(actor, draft.currency),
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        is_default=draft.is_default,
    )
    _refuse_days(price_list.valid_from, price_list.valid_to)
    _make_way(price_list)
    with unique_or_refused(_TAKEN):
        price_list.save(force_insert=True)
    record_audit(locks, [Audit("create_price_list", SUBJECT, price_list.id, made_text(price_list))], actor=actor, now=now)
    return price_list


@use_case
def change_price_list(
    locks: Locks,
    *,
    list_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> PriceList:
    """Change columns of a list; its kind and its currency stay. Locks COMPANY, STOCK (the list).

    Raises NotFound, Stale, ValidationFailed, AlreadyExists.
    """
    _lock_company(locks)
    price_list = _lock_list(locks, list_id, expected_version)
    changed = apply_changes(price_list, changes)
    _refuse_days(price_list.valid_from, price_list.valid_to)
    if changed:
        _make_way(price_list)
        price_list.version += 1
        with unique_or_refused(_TAKEN):
            price_list.save()
        audit = Audit("change_price_list", SUBJECT, price_list.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return price_list


@dataclass(frozen=True, slots=True)
class PricesSet:
    """The list in its next version, and the prices that were sent, as they are now, with their items."""

    price_list: PriceList
    prices: list[Price]


@use_case
def set_prices(
    locks: Locks,
    *,
    list_id: UUID,
    prices: Sequence[NewPrice],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> PricesSet:
    """Put prices on a list; one of the same item, `min_quantity` and `valid_from` is replaced. Locks STOCK (the list).

    Raises NotFound, Stale, ValidationFailed.
    """
    price_list = _lock_list(locks, list_id, expected_version)
    items = find_items(actor, [price.item_id for price in prices], lines="prices")
    _refuse_bad_prices(prices)
    rows = [
        Price(
            id=new_id(),
            company_id=locks.company_id,
            price_list=price_list,
            item=items[price.item_id],
            min_quantity=price.min_quantity,
            unit_rate=price.unit_rate,
            discount_pct=price.discount_pct,
            valid_from=price.valid_from,
            valid_to=price.valid_to,
        )
        for price in prices
    ]
    Price.objects.of(locks).bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["company", "price_list", "item", "min_quantity", "valid_from"],
        update_fields=["unit_rate", "discount_pct", "valid_to"],
    )
    save_next_version(price_list, ())
    audit = Audit("set_prices", SUBJECT, price_list.id, changes_text({"prices": [None, len(rows)]}))
    record_audit(locks, [audit], actor=actor, now=now)
    return PricesSet(price_list, _written(locks, price_list, rows))


def _written(locks: Locks, price_list: PriceList, rows: Sequence[Price]) -> list[Price]:
    """The rows as they are there now: what was replaced has kept its id."""
    there = Price.objects.of(locks).filter(price_list=price_list, item_id__in={row.item_id for row in rows})
    by_key = {_key(price): price for price in there.select_related("item")}
    return [by_key[_key(row)] for row in rows]


def _key(price: Price | NewPrice) -> tuple[Any, ...]:
    return tuple(getattr(price, name) for name in _KEY)


def _refuse_bad_prices(prices: Sequence[NewPrice]) -> None:
    """Raise ValidationFailed, saying in which lines the days are the wrong way round or a price is there twice."""
    seen: set[tuple[Any, ...]] = set()
    faults: list[FieldErrors] = []
    for price in prices:
        fault = _days_fault(price.valid_from, price.valid_to)
        if _key(price) in seen:
            fault = {"item_id": ["There is a line with this item, min_quantity and valid_from already."]}
        seen.add(_key(price))
        faults.append(fault)
    if any(faults):
        raise ValidationFailed(errors={"prices": faults})


def _refuse_days(valid_from: date | None, valid_to: date | None) -> None:
    if fault := _days_fault(valid_from, valid_to):
        raise ValidationFailed(errors=fault)


def _days_fault(valid_from: date | None, valid_to: date | None) -> FieldErrors:
    wrong = valid_from is not None and valid_to is not None and valid_to < valid_from
    return {"valid_to": ["Lies before valid_from."]} if wrong else {}


def _make_way(price_list: PriceList) -> None:
    """The default one of this kind and currency, if it is to be another, is it no more."""
    if price_list.is_default:
        same = PriceList.objects.of(price_list).filter(kind=price_list.kind, currency_id=price_list.currency_id)
        for other in same.filter(is_default=True).exclude(id=price_list.id):
            other.is_default = False
            save_next_version(other, ["is_default"])


def _lock_company(locks: Locks) -> None:
    """One change of what there is one of at a time."""
    locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))


def _lock_list(locks: Locks, list_id: UUID, expected_version: int | None) -> PriceList:
    found = locks.take(LockOrder.STOCK, PriceList.objects.of(locks).filter(id=list_id))
    if not found:
        raise NotFound("Price list not found")
    require_version(found[0].version, expected_version)
    return found[0]
