"""Granting menus to members. What a menu carries beside itself, `erp.menus` says; that it counts, `erp.access`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from companies.employing import UnknownUser
from companies.owners import lock_member, refuse_owners
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text
from erp.identifiers import new_id
from erp.locking import Locks
from erp.menus import Menu
from erp.models import Membership, MenuGrant, User
from erp.performing import use_case


@dataclass(frozen=True, slots=True)
class Granted:
    """What became of a member's menus: those new to him, how many were taken back, how many he has now."""

    user: User
    added: list[MenuGrant]
    removed: int
    total: int


@use_case
def grant_menus(locks: Locks, *, user_id: UUID, menus: Collection[Menu], actor: Actor, now: datetime) -> Granted:
    """Let a member have these menus and no others; they count from his next request on.

    Only an OWNER touches an OWNER. Locks MEMBERSHIP. Raises UnknownUser, PermissionDenied (403).
    """
    membership, _ = lock_member(locks, user_id=user_id)
    if membership is None or membership.ended_at is not None:
        raise UnknownUser
    refuse_owners(actor, membership.role)
    every = MenuGrant.objects.of(locks).filter(membership=membership)
    before = set(every.values_list("menu", flat=True))
    wanted = {menu.value for menu in menus}
    added = [_grant(membership, menu, actor=actor, now=now) for menu in Menu if menu.value in wanted - before]
    MenuGrant.objects.of(locks).bulk_create(added)
    removed, _ = every.exclude(menu__in=wanted).delete()
    if added or removed:
        changes = changes_text({"menus": [" ".join(sorted(before)), " ".join(sorted(wanted))]})
        record_audit(locks, [Audit("grant_menus", "membership", membership.id, changes)], actor=actor, now=now)
    user = User.objects.get(id=user_id)
    return Granted(user, added, removed, len(wanted))


def _grant(membership: Membership, menu: Menu, *, actor: Actor, now: datetime) -> MenuGrant:
    return MenuGrant(
        id=new_id(),
        company_id=membership.company_id,
        membership=membership,
        menu=menu.value,
        assigned_by_id=actor.id,
        assigned_by_email=actor.email,
        assigned_at=now,
    )
