"""Keeping sites: a customer's places or services, of which a list shows how he stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from connectors.models import Site
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, require_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import NotFound
from sales.customers import find_customer

SUBJECT = "site"
MISSING = "Site not found"
_UNIQUE = {"site_name": "name"}


@dataclass(frozen=True, slots=True)
class NewSite:
    customer_id: UUID
    name: str
    url: str = ""
    address: str = ""
    note: str = ""
    is_active: bool = True


@use_case
def create_site(locks: Locks, *, new: NewSite, actor: Actor, now: datetime) -> Site:
    """A new site of an active customer. Raises NotFound for the customer, AlreadyExists for a name that he has."""
    customer = find_customer(actor, new.customer_id)
    row = Site(
        id=new_id(),
        company_id=locks.company_id,
        customer=customer,
        name=new.name,
        url=new.url,
        address=new.address,
        note=new.note,
        is_active=new.is_active,
        created_at=now,
        updated_at=now,
    )
    with unique_or_refused(_UNIQUE):
        row.save(force_insert=True)
    record_audit(locks, [Audit("create_site", SUBJECT, row.id, made_text(row))], actor=actor, now=now)
    return row


@use_case
def change_site(
    locks: Locks,
    *,
    site_id: UUID,
    wanted: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Site:
    """Change a site, its customer too. Locks the site's row. Raises NotFound, Stale, AlreadyExists."""
    rows = Site.objects.of(locks).select_related("customer").filter(id=site_id)
    row = rows.select_for_update(no_key=True, of=("self",)).first()
    if row is None:
        raise NotFound(MISSING)
    require_version(row.version, expected_version)
    columns, before = dict(wanted), row.customer_id
    customer_id = columns.pop("customer_id", before)
    changes = apply_changes(row, columns)
    if customer_id != before:
        row.customer = find_customer(actor, customer_id)
        changes["customer"] = [before, customer_id]
    if changes:
        row.version, row.updated_at = row.version + 1, now
        with unique_or_refused(_UNIQUE):
            row.save()
        audit = Audit("change_site", SUBJECT, row.id, changes_text(changes))
        record_audit(locks, [audit], actor=actor, now=now)
    return row
