"""How people are shown: to themselves, to those who keep them, and at login. U and UL of the sales contract."""

from uuid import UUID

from msgspec import Struct

from erp.access import Actor
from erp.clock import instant_text
from erp.menus import MENUS, MenuNode, menu_id, menus_for
from erp.models import Membership, MenuGrant
from erp.models.scoped import HasCompany
from erp.rights import Role, shown_role
from erp.storing import UrlOf

RELATED = ("user", "department", "job_title")
"""What a membership is read with, to be shown."""


class ShownTitle(Struct, kw_only=True):
    id: UUID
    title: str


class ShownUser(Struct, kw_only=True):
    """A person as a login shows him. `role` is the name that published web clients know, `company_role` the real one."""

    id: UUID
    email: str
    name: str
    avatar: str | None
    role: str
    company_role: str
    department: str | None
    department_id: UUID | None
    job_title: ShownTitle | None
    is_staff: bool
    is_superuser: bool
    groups: list[str]


class ListedProfile(Struct, kw_only=True):
    """A member as a list shows him. `is_active` is whether he may work for this company."""

    id: UUID | None
    email: str
    name: str
    avatar: str | None
    role: str
    company_role: str
    department: str | None
    department_id: UUID | None
    job_title_name: str | None
    is_active: bool
    is_staff: bool
    created_by_name: str | None


class Profile(ListedProfile, kw_only=True):
    """A member in whole. `id` is null when a dry run kept nothing."""

    phone: str
    job_title: UUID | None
    date_joined: str
    last_login: str | None


class ShownMenu(Struct, kw_only=True):
    """A menu of the published web client, with those below it."""

    id: UUID
    name: str
    code: str
    icon: str
    url: str
    order: int
    children: list["ShownMenu"]


def find_profile(company: HasCompany, user_id: UUID) -> Membership | None:
    """The person's membership, whether or not he may work, read to be shown; None once it has ended."""
    rows = Membership.objects.of(company).select_related(*RELATED)
    return rows.filter(user_id=user_id, ended_at=None).first()


def granted_menus(company: HasCompany, membership_id: UUID) -> list[str]:
    """Codes of the menus granted to a member."""
    rows = MenuGrant.objects.of(company).filter(membership_id=membership_id)
    return list(rows.values_list("menu", flat=True))


def shown_user(membership: Membership, *, url_of: UrlOf) -> ShownUser:
    user, role, title = membership.user, Role(membership.role), membership.job_title
    return ShownUser(
        id=user.id,
        email=user.email,
        name=user.name,
        avatar=url_of(membership.avatar_id),
        role=shown_role(role),
        company_role=role.value,
        department=membership.department.name if membership.department else None,
        department_id=membership.department_id,
        job_title=ShownTitle(id=title.id, title=title.title) if title else None,
        is_staff=_is_staff(role),
        is_superuser=role is Role.OWNER,
        groups=[],
    )


def listed_profile(membership: Membership, *, url_of: UrlOf) -> ListedProfile:
    user, role = membership.user, Role(membership.role)
    return ListedProfile(
        id=user.id,
        email=user.email,
        name=user.name,
        avatar=url_of(membership.avatar_id),
        role=shown_role(role),
        company_role=role.value,
        department=membership.department.name if membership.department else None,
        department_id=membership.department_id,
        job_title_name=membership.job_title.title if membership.job_title else None,
        is_active=membership.is_active and user.is_active,
        is_staff=_is_staff(role),
        created_by_name=membership.created_by_name or None,
    )


def profile(membership: Membership, *, url_of: UrlOf) -> Profile:
    user, listed = membership.user, listed_profile(membership, url_of=url_of)
    return Profile(
        **{name: getattr(listed, name) for name in listed.__struct_fields__},
        phone=user.phone,
        job_title=membership.job_title_id,
        date_joined=instant_text(user.date_joined),
        last_login=instant_text(user.last_login) if user.last_login else None,
    )


def shown_menus(nodes: list[MenuNode]) -> list[ShownMenu]:
    return [
        ShownMenu(
            id=menu_id(node.menu),
            name=MENUS[node.menu].name,
            code=node.menu.value,
            icon=MENUS[node.menu].icon,
            url=node.url,
            order=node.order,
            children=shown_menus(node.children),
        )
        for node in nodes
    ]


def menus_of(membership: Membership) -> list[ShownMenu]:
    """What this member's client shows, by his grants, else by his role."""
    return shown_menus(menus_for(Role(membership.role), granted_menus(membership, membership.id)))


def own_membership(actor: Actor) -> Membership:
    """The membership as which a person acts."""
    membership = find_profile(actor, actor.id)
    assert membership is not None, "who acts has just been found to be a member"
    return membership


def _is_staff(role: Role) -> bool:
    return role in {Role.OWNER, Role.ADMIN}
