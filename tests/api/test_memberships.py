"""Members of a company over HTTP: who may take in, promote and let go, and that it holds at once."""

import threading
from typing import Any

import psycopg
import pytest

from erp.models import AuditEntry
from erp.rights import Role
from tests.api.routes import NOBODY
from tests.builders import PASSWORD, World, new_world, send
from tests.cluster import owner_connection
from tests.trade import Trade

PATH = "/api/companies/memberships/"
ME = "/api/auth/users/me/"


@pytest.fixture
def trade(world: World) -> Trade:
    world.user(Role.OWNER)
    return Trade(world)


def guest_of(trade: Trade, role: Role = Role.VIEWER) -> Any:
    """Somebody of another company, who becomes a member of this one."""
    return trade.made(PATH, {"user_email": new_world().user(Role.OWNER).email, "role": role})


def test_a_person_with_an_account_becomes_a_member(trade: Trade, other_world: World) -> None:
    user = other_world.user(Role.OWNER)
    answer = trade.post(PATH, {"user_email": user.email.upper(), "role": "PICKER"})
    assert answer.status == 201, answer.raw
    made = answer.body
    assert made == {
        "id": made["id"],
        "user": str(user.id),
        "user_email": user.email,
        "user_name": user.name,
        "role": "PICKER",
        "is_active": True,
        "version": 1,
    }
    assert answer.headers["Location"] == f"{PATH}{made['id']}/"
    assert trade.get(f"{PATH}{made['id']}/").body == made
    ours = {"X-Company-ID": str(trade.world.company.id)}
    assert Trade(other_world).get("/api/orders/customers/", headers=ours).status == 200
    again = trade.post(PATH, {"user_email": user.email, "role": "VIEWER"})
    assert (again.status, again.body["code"], list(again.body["fields"])) == (409, "already-exists", ["user_email"])


def test_an_address_without_an_account_is_not_there(trade: Trade) -> None:
    refused = trade.post(PATH, {"user_email": "nobody@nowhere.example", "role": "VIEWER"})
    assert (refused.status, refused.body["fields"]) == (404, {"user_email": ["User not found"]})


def test_another_role_and_an_end_hold_from_the_next_request_on(trade: Trade) -> None:
    member = trade.member(Role.BILLER)
    token = trade.world.token(Role.BILLER)

    def order(body: Any) -> int:
        return send("POST", "/api/orders/customers/", body, Authorization=f"Bearer {token}").status

    assert order({"name": "A"}) == 201
    assert trade.patch(f"{PATH}{member['id']}/", {"role": "VIEWER"}).body["role"] == "VIEWER"
    assert order({"name": "B"}) == 403
    assert trade.patch(f"{PATH}{member['id']}/", {"is_active": False}).body["is_active"] is False
    assert order({"name": "C"}) == 401
    assert trade.patch(f"{PATH}{member['id']}/", {"role": "BILLER", "is_active": True}).status == 200
    assert order({"name": "D"}) == 401
    token = trade.world.token(Role.BILLER)
    assert order({"name": "D"}) == 201
    audits = AuditEntry.objects.of(trade.world.actor(Role.OWNER)).filter(subject_id=member["id"]).order_by("id")
    assert [entry.action for entry in audits] == ["change_member"] * 3
    assert audits[0].changes == '{"role":["BILLER","VIEWER"]}'


def test_who_works_elsewhere_too_keeps_his_tokens_and_who_had_left_comes_back_with_his_account(trade: Trade) -> None:
    elsewhere = new_world()
    user, token = elsewhere.user(Role.PICKER), elsewhere.token(Role.PICKER)
    elsewhere.user(Role.OWNER)
    member = trade.made(PATH, {"user_email": user.email, "role": "VIEWER"})
    assert trade.patch(f"{PATH}{member['id']}/", {"is_active": False}).status == 200
    assert send("GET", ME, None, Authorization=f"Bearer {token}").status == 200
    theirs = {"X-Company-ID": str(trade.world.company.id)}
    assert send("GET", ME, None, Authorization=f"Bearer {token}", **theirs).status == 404
    for world in (trade.world, elsewhere):
        assert world.send("DELETE", f"/api/auth/users/{user.id}/", None, role=Role.OWNER).status == 204
    assert log_in(user.email) == 401
    assert trade.patch(f"{PATH}{member['id']}/", {"is_active": True}).status == 200
    assert log_in(user.email) == 200


def log_in(email: str) -> int:
    return send("POST", "/api/auth/login/", {"email": email, "password": PASSWORD}).status


def test_only_an_owner_touches_an_owner_or_appoints_one(trade: Trade) -> None:
    owner, admin, viewer = (trade.member(role) for role in (Role.OWNER, Role.ADMIN, Role.VIEWER))
    stranger = new_world().user(Role.OWNER).email
    for method, path, body in (
        ("POST", PATH, {"user_email": stranger, "role": "OWNER"}),
        ("PATCH", f"{PATH}{viewer['id']}/", {"role": "OWNER"}),
        ("PATCH", f"{PATH}{admin['id']}/", {"role": "OWNER"}),
        ("PATCH", f"{PATH}{owner['id']}/", {"role": "VIEWER"}),
        ("PATCH", f"{PATH}{owner['id']}/", {"is_active": False}),
        ("PATCH", f"{PATH}{owner['id']}/", {}),
    ):
        refused = trade.world.send(method, path, body, role=Role.ADMIN)
        assert (refused.status, refused.body["error"]) == (403, "Permission denied. Requires OWNER role."), body
    assert trade.patch(f"{PATH}{viewer['id']}/", {"role": "PICKER"}, role=Role.ADMIN).status == 200
    assert trade.post(PATH, {"user_email": stranger, "role": "ADMIN"}, role=Role.ADMIN).status == 201
    assert trade.patch(f"{PATH}{viewer['id']}/", {"role": "OWNER"}).body["role"] == "OWNER"


def test_one_owner_stays(trade: Trade) -> None:
    owner = trade.member(Role.OWNER)
    for changes in ({"role": "ADMIN"}, {"is_active": False}):
        refused = trade.patch(f"{PATH}{owner['id']}/", changes)
        assert (refused.status, refused.body["code"]) == (409, "last-owner")
    second = guest_of(trade, Role.OWNER)
    assert trade.patch(f"{PATH}{owner['id']}/", {"role": "ADMIN"}).body["role"] == "ADMIN"
    assert trade.get(f"{PATH}{second['id']}/").body["role"] == "OWNER"


def test_two_owners_do_not_let_each_other_go(trade: Trade) -> None:
    first, second = trade.member(Role.OWNER), guest_of(trade, Role.OWNER)
    told: list[str] = []
    changed, judged = threading.Barrier(2), threading.Barrier(2)

    def let_go(membership: str) -> None:
        with owner_connection() as connection:
            connection.autocommit = False
            connection.execute("UPDATE erp_membership SET is_active = false WHERE id = %s", [membership])
            changed.wait(timeout=30)
            try:
                # As COMMIT would, but nothing is committed before both are judged.
                connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                told.append("gone")
            except (psycopg.errors.RestrictViolation, psycopg.errors.DeadlockDetected):
                connection.rollback()
                told.append("refused")
            judged.wait(timeout=30)
            connection.commit()

    threads = [threading.Thread(target=let_go, args=[one["id"]]) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["gone", "refused"]
    owners = [row for row in trade.get(f"{PATH}?role=OWNER", role=Role.VIEWER).body if row["is_active"]]
    assert len(owners) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user_email": "x", "role": "VIEWER"}, "user_email"),
        ({"user_email": "a@b.example", "role": "KING"}, "role"),
        ({"user_email": "a@b.example"}, "role"),
        ({"user_email": "a@b.example", "role": "VIEWER", "is_active": "yes"}, "is_active"),
        ({"user_email": "a@b.example", "role": "VIEWER", "user_id": NOBODY}, "user_id"),
    ],
)
def test_what_is_no_member_is_refused(trade: Trade, body: Any, field: str) -> None:
    refused = trade.post(PATH, body)
    assert (refused.status, list(refused.body["fields"])) == (400, [field])


def test_every_filter_of_the_members_works(trade: Trade) -> None:
    owner, picker = trade.member(Role.OWNER), trade.member(Role.PICKER)
    gone = guest_of(trade)
    trade.patch(f"{PATH}{gone['id']}/", {"is_active": False})

    def found(query: str) -> list[str]:
        return [row["id"] for row in trade.get(f"{PATH}?{query}").body]

    assert found("") == [gone["id"], picker["id"], owner["id"]]
    assert found("role=OWNER&role=PICKER") == [picker["id"], owner["id"]]
    assert found("is_active=false") == [gone["id"]]
    assert found(f"search={picker['user_email']}") == [picker["id"]]
    assert len(trade.get(f"{PATH}?page_size=2").body["results"]) == 2
