"""Menus: what a member's client shows, and the rights that a granted menu adds to his role."""

from typing import Any
from uuid import UUID

import pytest
from psycopg import errors

from erp.access import having
from erp.menus import MENUS, RIGHTS_CARRIED, Menu, menu_id
from erp.models import AuditEntry, Membership, MenuGrant, User
from erp.rights import ROLES_WITH, Right, Role
from tests.api.test_people import ask, done, membership_of
from tests.builders import Answer, World, send
from tests.cluster import owner_connection
from tests.house.calls_of_people import colleague
from tests.warehouse import Warehouse

ASSIGN = "/api/access/admin/assign-menus/"
MENUS_PATH = "/api/access/menus/"


def assign(world: World, user: User, *menus: Menu, role: Role = Role.ADMIN) -> Answer:
    body = {"user_id": str(user.id), "menu_ids": [str(menu_id(menu)) for menu in menus]}
    return ask(world, "POST", ASSIGN, body, role=role)


def codes(nodes: list[Any]) -> list[str]:
    return [code for node in nodes for code in (node["code"], *codes(node["children"]))]


def as_user(world: World, user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.log_in_as(user).access}"}


@pytest.fixture(autouse=True)
def everybody(world: World) -> None:
    world.user(Role.OWNER)


# ── What is shown ────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("role", "first"),
    [
        (Role.ADMIN, "/dashboard"),
        (Role.ACCOUNTANT, "/history"),
        (Role.SALES_MANAGER, "/history"),
        (Role.PURCHASE_MANAGER, "/history"),
        (Role.STOCK_KEEPER, "/invoices"),
        (Role.BILLER, "/ops/billing/invoices"),
        (Role.PICKER, "/ops/picking/invoices"),
        (Role.PACKER, "/ops/packing/invoices"),
        (Role.DELIVERY, "/ops/delivery/dispatch"),
        (Role.VIEWER, "/history"),
    ],
)
def test_each_role_lands_where_the_published_client_sends_it(world: World, role: Role, first: str) -> None:
    shown = done(world, "GET", MENUS_PATH, role=role)
    assert shown.keys() == {"menus", "user"}
    assert (shown["menus"][0]["url"], shown["user"]["company_role"]) == (first, role)
    assert shown["menus"][0].keys() == {"id", "name", "code", "icon", "url", "order", "children"}


def test_an_owner_is_shown_none_and_an_admin_all(world: World) -> None:
    assert done(world, "GET", MENUS_PATH)["menus"] == []
    every = done(world, "GET", "/api/access/admin/menus/", role=Role.ADMIN)["menus"]
    assert done(world, "GET", MENUS_PATH, role=Role.ADMIN)["menus"] == every
    assert sorted(codes(every)) == sorted(Menu)


def test_grants_take_the_place_of_the_roles_menus_and_a_group_leads_to_its_first(world: World) -> None:
    viewer = colleague(world)
    answer = assign(world, viewer, Menu.DELIVERY_COURIER_LIST, Menu.MY_ASSIGNED_PICKING, Menu.DASHBOARD)
    assert answer.status == 200, answer.raw
    assert answer.data.keys() == {"user", "added", "removed_count", "total_added", "total_menus"}
    shown = send("GET", MENUS_PATH, None, **as_user(world, viewer)).data["menus"]
    assert [(node["code"], node["url"], codes(node["children"])) for node in shown] == [
        ("dashboard", "/dashboard", []),
        ("picking", "/invoices/my", ["my_assigned_picking"]),
        ("delivery", "/delivery/courier-list", ["delivery_courier_list"]),
    ]
    picker = colleague(world, Role.PICKER)
    assign(world, picker, Menu.PACKING_LIST)
    (group,) = send("GET", MENUS_PATH, None, **as_user(world, picker)).data["menus"]
    assert (group["url"], group["children"][0]["url"]) == ("/ops/packing/invoices", "/ops/packing/invoices")
    login = send("POST", "/api/auth/login/", {"email": picker.email, "password": "correct horse battery staple"}).data
    assert login["menus"] == [group]


def test_an_assignment_is_the_whole_set_and_is_told_as_such(world: World) -> None:
    viewer = colleague(world)
    first = assign(world, viewer, Menu.DASHBOARD, Menu.PICKING_LIST).data
    assert (first["total_added"], first["removed_count"], first["total_menus"]) == (2, 0, 2)
    second = assign(world, viewer, Menu.PICKING_LIST, Menu.BOXING_LIST).data
    assert (second["total_added"], second["removed_count"], second["total_menus"]) == (1, 1, 2)
    assert second["user"] == {"id": str(viewer.id), "email": viewer.email, "name": viewer.name}
    shown = done(world, "GET", f"/api/access/admin/users/{viewer.id}/menus/", role=Role.ADMIN)
    assert [row["menu_code"] for row in shown["assignments"]] == ["picking_list", "boxing_list"]
    assert shown["assignments"][1] == second["added"][0]
    assert second["added"][0].keys() == {
        "id", "menu", "menu_name", "menu_code", "menu_url", "is_active", "assigned_by_email", "assigned_at",
    }  # fmt: skip
    assert (codes(shown["menu_structure"]), shown["total_menus"]) == (
        ["picking", "picking_list", "packing", "boxing_list"],
        2,
    )
    assert assign(world, viewer, Menu.PICKING_LIST, Menu.BOXING_LIST).data["total_added"] == 0
    audits = AuditEntry.objects.of(world.actor(Role.OWNER)).filter(action="grant_menus").order_by("id")
    assert [entry.changes for entry in audits] == [
        '{"menus":["","dashboard picking_list"]}',
        '{"menus":["dashboard picking_list","boxing_list picking_list"]}',
    ]


def test_an_unknown_menu_or_user_is_refused_and_a_dry_run_grants_nothing(world: World, other_world: World) -> None:
    viewer = colleague(world)
    refused = ask(world, "POST", ASSIGN, {"user_id": str(viewer.id), "menu_ids": [str(UUID(int=7))]})
    assert (refused.status, list(refused.body["errors"])) == (400, ["menu_ids"])
    assert assign(world, colleague(other_world), Menu.DASHBOARD).status == 404
    body = {"user_id": str(viewer.id), "menu_ids": [str(menu_id(Menu.BOXING_LIST))]}
    tried = ask(world, "POST", f"{ASSIGN}?dry_run=true", body)
    assert (tried.status, tried.body["dry_run"], tried.data["total_added"]) == (200, True, 1)
    assert not MenuGrant.unscoped.filter(company=world.company).exists()
    first = ask(world, "POST", ASSIGN, body, key="k")
    assert ask(world, "POST", ASSIGN, body, key="k").body == first.body


# ── What they add ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_grant_adds_exactly_what_it_carries_from_the_next_request_on(world: World) -> None:
    """As the actor judges it, and as SQL finds those who may: one and the same."""
    viewer = colleague(world)
    membership = membership_of(world, viewer.id)
    for menu in MENUS:
        assert assign(world, viewer, menu).status == 200
        actor = world.actor_of(viewer)
        expected = {
            right for right in Right if right in RIGHTS_CARRIED.get(menu, ()) or Role.VIEWER in ROLES_WITH.get(right, ())
        }
        assert {right for right in Right if right is not Right.ANYONE and actor.allows(right, None)} == expected, menu
        members = Membership.objects.of(actor).filter(id=membership.id)
        assert {right for right in ROLES_WITH if members.filter(having(right)).exists()} == expected, menu
    assign(world, viewer)
    assert world.actor_of(viewer).granted == frozenset()


def test_a_viewer_with_the_menu_picks_and_without_it_does_not(world: World) -> None:
    warehouse, viewer = Warehouse(world), colleague(world)
    number = warehouse.imported()

    def start(user: User, path: str, **more: Any) -> int:
        return send("POST", f"/api/sales/{path}", {"invoice_no": number} | more, **as_user(world, user)).status

    assert start(viewer, "picking/start/") == 403
    assign(world, viewer, Menu.MY_ASSIGNED_PICKING)
    assert start(viewer, "picking/start/") == 201
    assert start(viewer, "packing/start/") == 403
    assign(world, viewer)
    assert start(viewer, "picking/complete/") == 403
    assign(world, viewer, Menu.MY_ASSIGNED_PICKING)
    assert start(viewer, "picking/complete/") == 200


def test_who_is_named_as_a_worker_or_driver_needs_the_right_or_its_menu(world: World) -> None:
    warehouse, viewer = Warehouse(world), colleague(world)
    body = {"invoice_no": warehouse.packed(), "delivery_type": "INTERNAL", "user_email": viewer.email}

    def assigned(**headers: str) -> Answer:
        return send("POST", "/api/sales/delivery/start/", body, **headers)

    def may_drive() -> bool:
        staff = send("GET", "/api/sales/delivery/eligible-staff/", None, **keeper).body["data"]["results"]
        return viewer.email in {one["email"] for one in staff}

    keeper = as_user(world, world.user(Role.STOCK_KEEPER))
    assign(world, viewer, Menu.DELIVERY_DISPATCH)
    assert not may_drive()
    assert assigned(**keeper).body["message"] == "Privilege Not Given"
    assert assigned(**as_user(world, viewer)).body["message"] == "Privilege Not Given", (
        "he sends out, and drives not himself"
    )
    assign(world, viewer, Menu.MY_ASSIGNED_DELIVERY)
    assert may_drive()
    assert assigned(**keeper).status == 201


def test_the_report_menu_shows_everybodys_sessions(world: World) -> None:
    viewer = colleague(world)
    Warehouse(world).picked()

    def seen() -> int:
        count: int = send("GET", "/api/sales/picking/history/", None, **as_user(world, viewer)).body["count"]
        return count

    assert seen() == 0
    assign(world, viewer, Menu.PICKING_REPORTS)
    assert seen() == 1


def test_the_database_knows_no_other_menu_and_none_twice(world: World) -> None:
    viewer = colleague(world)
    assign(world, viewer, Menu.DASHBOARD)
    (grant,) = MenuGrant.unscoped.filter(company=world.company)
    copy = (
        "INSERT INTO erp_menugrant (id, company_id, membership_id, menu, assigned_by_id, assigned_by_email, assigned_at)"
        " SELECT gen_random_uuid(), company_id, membership_id, {}, assigned_by_id, assigned_by_email, assigned_at"
        " FROM erp_menugrant WHERE id = %s"
    )
    for menu, constraint in (("menu", "menugrant_once"), ("'everything'", "menugrant_menu")):
        with owner_connection() as owner, pytest.raises(errors.IntegrityError) as refused:
            owner.execute(copy.format(menu), [grant.id])
        assert refused.value.diag.constraint_name == constraint
