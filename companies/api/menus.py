"""Menus over HTTP: ``/api/access/``, in envelope C. One's own, and those that are granted to others."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from companies.api.envelopes import EnvelopedView, enveloped, reads, writes
from companies.employing import UnknownUser
from companies.granting import Granted, grant_menus
from erp.api.describing import path_ids
from erp.api.views import scoped_read
from erp.clock import instant_text
from erp.menus import MENU_OF_ID, MENUS, Menu, menu_id, menu_tree
from erp.models import MenuGrant
from erp.problems import PermissionDenied, ValidationFailed
from erp.profiles import (
    ShownMenu,
    ShownUser,
    find_profile,
    menus_of,
    own_membership,
    shown_menus,
    shown_user,
)
from erp.rights import Right


class AssignBody(Struct, kw_only=True, frozen=True):
    """`menu_ids` is the whole set: what is not in it is taken back."""

    user_id: UUID
    menu_ids: Annotated[list[UUID], Meta(max_length=200)]


class OwnMenus(Struct, kw_only=True):
    menus: list[ShownMenu]
    user: ShownUser


class EveryMenu(Struct, kw_only=True):
    menus: list[ShownMenu]


class NamedUser(Struct, kw_only=True):
    id: UUID
    email: str
    name: str


class Assignment(Struct, kw_only=True):
    """A menu granted to a user. `menu` is its id."""

    id: UUID
    menu: UUID
    menu_name: str
    menu_code: str
    menu_url: str
    is_active: bool
    assigned_by_email: str
    assigned_at: str


class Assigned(Struct, kw_only=True):
    user: NamedUser
    added: list[Assignment]
    removed_count: int
    total_added: int
    total_menus: int


class UsersMenus(Struct, kw_only=True):
    user: NamedUser
    assignments: list[Assignment]
    menu_structure: list[ShownMenu]
    total_menus: int


class MenusView(EnvelopedView):
    """GET the menus that one's client shows."""

    message = "Menus"
    rights: ClassVar = {"GET": Right.MEMBER}
    operations: ClassVar = {
        "GET": reads(
            "own_menus",
            "The menus that one's client shows: those granted, else those of the role. An OWNER's client shows all it has.",
            "As a tree.",
            enveloped("OwnMenusAnswer", OwnMenus),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        with scoped_read(self.actor):
            membership = own_membership(self.actor)
            shown = OwnMenus(menus=menus_of(membership), user=shown_user(membership, url_of=self.file_urls()))
        return self.shown(shown)


class EveryMenuView(EnvelopedView):
    """GET every menu that can be granted."""

    message = "Menus"
    rights: ClassVar = {"GET": Right.KEEP_PEOPLE}
    operations: ClassVar = {
        "GET": reads("list_menus", "Every menu that can be granted.", "As a tree.", enveloped("MenusAnswer", EveryMenu))
    }

    def get(self, request: Request) -> HttpResponse:
        return self.shown(EveryMenu(menus=shown_menus(menu_tree(Menu))))


class AssignMenusView(EnvelopedView):
    """POST the menus that a user is to have, and with them the rights that they carry."""

    message = "Menus assigned successfully"
    rights: ClassVar = {"POST": Right.KEEP_PEOPLE}
    bodies: ClassVar = {"POST": AssignBody}
    operations: ClassVar = {
        "POST": writes(
            "assign_menus",
            "Let a user have these menus and no others, and with them the rights that they carry.",
            "They count from his next request on.",
            enveloped("AssignedMenusAnswer", Assigned),
            UnknownUser,
            PermissionDenied,
        )
    }

    def post(self, request: Request) -> HttpResponse:
        body = self.body(AssignBody)
        unknown = [f"There is no menu {one}." for one in body["menu_ids"] if one not in MENU_OF_ID]
        if unknown:
            raise ValidationFailed(errors={"menu_ids": unknown})
        answer = grant_menus.answer(
            self.terms(_assigned),
            user_id=body["user_id"],
            menus={MENU_OF_ID[one] for one in body["menu_ids"]},
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class UserMenusView(EnvelopedView):
    """GET the menus granted to a user."""

    message = "Menus"
    missing = UnknownUser
    rights: ClassVar = {"GET": Right.KEEP_PEOPLE}
    operations: ClassVar = {
        "GET": reads(
            "user_menus",
            "The menus granted to a user; none while his role decides.",
            "As a list and as a tree.",
            enveloped("UserMenusAnswer", UsersMenus),
            UnknownUser,
            parameters=path_ids({"user_id": "Id of the user."}),
        )
    }

    def get(self, request: Request, user_id: str) -> HttpResponse:
        with scoped_read(self.actor):
            membership = find_profile(self.actor, self.path_id(user_id))
            if membership is None:
                raise UnknownUser
            rows = list(MenuGrant.objects.of(self.actor).filter(membership=membership))
        order = list(MENUS)
        rows.sort(key=lambda grant: order.index(Menu(grant.menu)))
        shown = UsersMenus(
            user=_named(membership.user),
            assignments=[_assignment(row) for row in rows],
            menu_structure=shown_menus(menu_tree([Menu(row.menu) for row in rows])),
            total_menus=len(rows),
        )
        return self.shown(shown)


def _assigned(granted: Granted) -> Assigned:
    return Assigned(
        user=_named(granted.user),
        added=[_assignment(grant) for grant in granted.added],
        removed_count=granted.removed,
        total_added=len(granted.added),
        total_menus=granted.total,
    )


def _named(user: Any) -> NamedUser:
    return NamedUser(id=user.id, email=user.email, name=user.name)


def _assignment(grant: MenuGrant) -> Assignment:
    menu = Menu(grant.menu)
    return Assignment(
        id=grant.id,
        menu=menu_id(menu),
        menu_name=MENUS[menu].name,
        menu_code=menu.value,
        menu_url=MENUS[menu].url,
        is_active=True,
        assigned_by_email=grant.assigned_by_email,
        assigned_at=instant_text(grant.assigned_at),
    )
