"""Users over HTTP: taken in, changed, suspended, let go; and what one company may not do to another's people."""

import hashlib
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from erp.models import AuditEntry, IdempotencyKey, Login, Membership, StoredFile, User
from erp.rights import Role, shown_role
from tests.builders import PASSWORD, Answer, World, form_of, send
from tests.cluster import owner_connection
from tests.house.calls_of_people import colleague, department_of, job_title_of, user_body
from tests.house.test_query_counts import counted

PATH = "/api/auth/users/"
ME = f"{PATH}me/"


def ask(world: World, method: str, path: str, body: Any = None, *, role: Role = Role.OWNER, key: str = "") -> Answer:
    """As a member of this role; with an idempotency key, if one is given."""
    return world.send(method, path, body, role=role, **({"Idempotency-Key": key} if key else {}))


def done(world: World, method: str, path: str, body: Any = None, *, role: Role = Role.OWNER) -> Any:
    answer = ask(world, method, path, body, role=role)
    assert answer.status < 300, answer.raw
    return answer.data


def log_in(email: str, password: str = PASSWORD) -> Answer:
    return send("POST", "/api/auth/login/", {"email": email, "password": password})


def membership_of(world: World, user_id: Any) -> Membership:
    return Membership.unscoped.get(company=world.company, user_id=user_id)


@pytest.fixture(autouse=True)
def everybody(world: World) -> None:
    """An owner stays, whoever else goes."""
    world.user(Role.OWNER)


# ── Taking in ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_somebody_taken_in_is_shown_in_whole_and_logs_in(world: World) -> None:
    department = department_of(world, name="Warehouse")
    title = job_title_of(world, title="Picker", department=department)
    body = user_body(email="Asha.Of.One@Example.com", phone="0495", job_title=str(title.id))
    answer = ask(world, "POST", PATH, body)
    assert answer.status == 201, answer.raw
    assert answer.body.keys() == {"success", "status_code", "message", "data"}
    shown = answer.data
    assert shown | {"id": "", "date_joined": ""} == {
        "id": "",
        "email": "asha.of.one@example.com",
        "name": "Asha",
        "phone": "0495",
        "avatar": None,
        "role": "PICKER",
        "company_role": "PICKER",
        "department": "Warehouse",
        "department_id": str(department.id),
        "job_title": str(title.id),
        "job_title_name": "Picker",
        "is_active": True,
        "is_staff": False,
        "date_joined": "",
        "last_login": None,
        "created_by_name": "Owner",
    }
    assert done(world, "GET", f"{PATH}{shown['id']}/") == shown
    logged_in = log_in("asha.of.one@example.com").data
    assert logged_in["user"]["job_title"] == {"id": str(title.id), "title": "Picker"}
    assert (logged_in["user"]["department"], logged_in["user"]["department_id"]) == ("Warehouse", str(department.id))
    mine = send("GET", ME, None, Authorization=f"Bearer {logged_in['access']}").data
    assert mine.pop("last_login") is not None
    assert mine == {name: value for name, value in shown.items() if name != "last_login"}
    send("DELETE", f"{PATH}{shown['id']}/", None, Authorization=f"Bearer {world.token(Role.OWNER)}")


def test_a_field_that_is_wrong_is_named_in_errors_and_at_top_level(world: World) -> None:
    body = {"email": "nobody", "password": "short", "role": "KING", "job_title": "x"}
    answer = ask(world, "POST", PATH, body)
    assert (answer.status, answer.body["code"], answer.body["status_code"]) == (400, "validation", 400)
    assert answer.body["errors"].keys() == {"email", "name", "password", "role", "job_title"}
    assert answer.body["errors"].items() <= answer.body.items()
    taken = ask(world, "POST", PATH, user_body(email=world.user(Role.OWNER).email))
    assert (taken.status, taken.body["code"]) == (409, "already-exists")
    assert taken.body["email"] == taken.body["errors"]["email"]
    common = ask(world, "POST", PATH, user_body(password="password"))
    assert (common.status, list(common.body["errors"])) == (400, ["password"])
    nowhere = ask(world, "POST", PATH, user_body(department_id=str(UUID(int=7))))
    assert (nowhere.status, nowhere.body["department_id"]) == (400, ["Department not found."])


def test_another_companys_department_and_title_are_unknown(world: World, other_world: World) -> None:
    theirs = {"department_id": str(department_of(other_world).id)}, {"job_title": str(job_title_of(other_world).id)}
    for body in theirs:
        assert ask(world, "POST", PATH, user_body(**body)).status == 400


@pytest.mark.parametrize(
    ("written", "role"),
    [("SUPERADMIN", "OWNER"), ("STORE", "STOCK_KEEPER"), ("BILLING", "BILLER"), ("DRIVER", "DELIVERY"), ("USER", "VIEWER")],
)
def test_a_role_is_known_by_the_names_of_published_clients(world: World, written: str, role: str) -> None:
    assert done(world, "POST", PATH, user_body(role=written))["company_role"] == role


def test_the_role_that_one_is_shown_under_changes_nothing(world: World) -> None:
    for role in Role:
        user = colleague(world, role)
        sent = {"email": user.email, "name": "Saved", "role": shown_role(role), "is_active": True}
        assert done(world, "PUT", f"{PATH}{user.id}/", sent)["company_role"] == role
    viewer = colleague(world)
    assert done(world, "PATCH", f"{PATH}{viewer.id}/", {"role": "STORE"})["company_role"] == "STOCK_KEEPER"


def test_what_is_shown_may_be_sent_back_and_what_nobody_knows_is_told(world: World) -> None:
    user = colleague(world)
    shown = done(world, "GET", f"{PATH}{user.id}/")
    again = ask(world, "PUT", f"{PATH}{user.id}/", shown | {"created_by": "x", "colour": "red"})
    assert (again.status, again.data) == (200, shown)
    assert [warning["field"] for warning in again.body["warnings"]] == ["colour"]
    assert not AuditEntry.objects.of(world.actor(Role.OWNER)).filter(action="change_person").exists()


# ── The list ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_list_is_searched_filtered_and_paged_and_shows_this_company_only(world: World, other_world: World) -> None:
    other_world.user(Role.VIEWER)
    users = [colleague(world, role) for role in (Role.PICKER, Role.STOCK_KEEPER, Role.VIEWER)]
    page = done(world, "GET", PATH)
    assert page.keys() == {"count", "next", "previous", "results"}
    assert [row["email"] for row in page["results"]] == [
        *(user.email for user in reversed(users)),
        world.user(Role.OWNER).email,
    ]
    assert page["results"][0].keys() == {
        "id", "email", "name", "avatar", "role", "company_role", "department", "department_id", "job_title_name",
        "is_active", "is_staff", "created_by_name",
    }  # fmt: skip

    def found(query: str) -> set[str]:
        return {row["email"] for row in done(world, "GET", PATH + query)["results"]}

    assert found("?role=USER") == {users[1].email, users[2].email}
    assert found("?role=VIEWER") == {users[2].email}
    assert found("?role=STORE") == {users[1].email}
    assert found(f"?search={users[0].email[:20].upper()}") == {users[0].email}
    assert done(world, "GET", f"{PATH}?page_size=3&page=2")["next"] is None
    for query, field in (("role=KING", "role"), ("page=0", "page"), (f"search={'x' * 101}", "search")):
        refused = ask(world, "GET", f"{PATH}?{query}")
        assert (refused.status, list(refused.body["errors"])) == (400, [field])
    assert ask(world, "GET", f"{PATH}?page=9").status == 404


def test_a_list_takes_as_many_statements_for_many_as_for_few(world: World) -> None:
    department = department_of(world)
    title = job_title_of(world, department=department)

    def statements(path: str) -> list[str]:
        headers = {"Authorization": f"Bearer {world.token(Role.OWNER)}"}
        with counted() as trips:
            assert send("GET", path, None, **headers).status == 200
        return trips.statements

    paths = (f"{PATH}?page_size=all", "/api/auth/departments/", "/api/auth/job-titles/")
    few = [statements(path) for path in paths]
    for _ in range(20):
        user = colleague(world)
        done(world, "PATCH", f"{PATH}{user.id}/", {"job_title": str(title.id)})
        job_title_of(world, department=department_of(world))
    assert [statements(path) for path in paths] == few


# ── Owners ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_only_an_owner_touches_an_owner_or_appoints_one(world: World) -> None:
    owner, viewer = colleague(world, Role.OWNER), colleague(world)
    for method, path, body in (
        ("POST", PATH, user_body(role="SUPERADMIN")),
        ("PATCH", f"{PATH}{viewer.id}/", {"role": "OWNER"}),
        ("PATCH", f"{PATH}{owner.id}/", {"phone": "1"}),
        ("PATCH", f"{PATH}{owner.id}/", {"role": "VIEWER"}),
        ("POST", f"{PATH}{owner.id}/deactivate/", None),
        ("DELETE", f"{PATH}{owner.id}/", None),
        ("POST", "/api/access/admin/assign-menus/", {"user_id": str(owner.id), "menu_ids": []}),
    ):
        refused = ask(world, method, path, body, role=Role.ADMIN)
        assert (refused.status, refused.body["code"]) == (403, "permission-denied"), path
        allowed = ask(world, method, path, body, role=Role.OWNER)
        assert allowed.status < 300, allowed.raw
        Membership.unscoped.filter(company=world.company, user=owner).update(role="OWNER", is_active=True, ended_at=None)


def test_nobody_ends_himself_and_the_last_owner_stays(world: World) -> None:
    owner = world.user(Role.OWNER)
    admin = world.user(Role.ADMIN)
    for method, path, body in (
        ("POST", f"{PATH}{{}}/deactivate/", None),
        ("PATCH", f"{PATH}{{}}/", {"is_active": False}),
        ("DELETE", f"{PATH}{{}}/", None),
    ):
        for user, role in ((owner, Role.OWNER), (admin, Role.ADMIN)):
            refused = ask(world, method, path.format(user.id), body, role=role)
            assert (refused.status, refused.body["code"]) == (409, "oneself")
    last = ask(world, "PATCH", f"{PATH}{owner.id}/", {"role": "VIEWER"})
    assert (last.status, last.body["code"]) == (409, "last-owner")
    other = colleague(world, Role.OWNER)
    assert done(world, "POST", f"{PATH}{other.id}/deactivate/") == {"email": other.email, "is_active": False}
    assert (
        done(
            world,
            "DELETE",
            f"{PATH}{other.id}/",
        )
        is None
        if False
        else True
    )
    assert done(world, "POST", f"{PATH}{owner.id}/activate/")["is_active"] is True


# ── Refused at once ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "let_go",
    [
        lambda world, user: ask(world, "POST", f"{PATH}{user.id}/deactivate/"),
        lambda world, user: ask(world, "PATCH", f"{PATH}{user.id}/", {"is_active": False}),
        lambda world, user: ask(world, "DELETE", f"{PATH}{user.id}/"),
    ],
)
def test_whoever_is_let_go_is_refused_at_once(world: World, let_go: Callable[[World, User], Answer]) -> None:
    user = world.user(Role.BILLER)
    tokens = world.log_in(Role.BILLER)
    headers = {"Authorization": f"Bearer {tokens.access}"}
    assert send("GET", ME, None, **headers).status == 200
    assert let_go(world, user).status < 300
    assert send("GET", ME, None, **headers).status == 401
    assert send("POST", "/api/auth/token/refresh/", {"refresh": tokens.refresh}).status == 401
    assert log_in(user.email).status == 401
    assert not Login.objects.filter(user=user, ended_at=None).exists()


def test_somebody_suspended_works_again_and_somebody_who_left_is_taken_in_anew(world: World) -> None:
    user = world.user(Role.BILLER)
    done(world, "POST", f"{PATH}{user.id}/deactivate/")
    assert done(world, "GET", f"{PATH}{user.id}/")["is_active"] is False
    done(world, "POST", f"{PATH}{user.id}/activate/")
    assert log_in(user.email).status == 200
    assert ask(world, "DELETE", f"{PATH}{user.id}/").status == 204
    assert User.objects.get(id=user.id).is_active is False
    for method, path in (
        ("GET", f"{PATH}{user.id}/"),
        ("POST", f"{PATH}{user.id}/activate/"),
        ("DELETE", f"{PATH}{user.id}/"),
    ):
        assert ask(world, method, path).status == 404
    assert user.email not in {row["email"] for row in done(world, "GET", PATH)["results"]}
    back = done(world, "POST", PATH, user_body(email=user.email, password="horse battery correct", role="PACKER"))
    assert (back["id"], back["company_role"], back["is_active"]) == (str(user.id), "PACKER", True)
    assert log_in(user.email, "horse battery correct").status == 200


def test_who_works_for_two_companies_keeps_the_other_one(world: World, other_world: World) -> None:
    user = other_world.user(Role.PICKER)
    joined = ask(world, "POST", PATH, user_body(email=user.email, name="Another name", password="horse battery correct"))
    assert (joined.status, joined.body["warnings"][0]["code"]) == (201, "account-kept")
    assert (joined.data["name"], log_in(user.email).status) == (user.name, 200)
    headers = {"Authorization": f"Bearer {other_world.token(Role.PICKER)}"}
    assert ask(world, "DELETE", f"{PATH}{user.id}/").status == 204
    assert send("GET", ME, None, **headers).status == 200
    assert send("GET", ME, None, **headers, **{"X-Company-ID": str(world.company.id)}).status == 404
    assert User.objects.get(id=user.id).is_active
    other_world.user(Role.OWNER)
    assert ask(other_world, "DELETE", f"{PATH}{user.id}/").status == 204
    assert not User.objects.get(id=user.id).is_active


@pytest.mark.parametrize(
    "change", [{"password": "horse battery correct"}, {"email": "mine@example.com"}, {"name": "X"}, {"phone": "1"}]
)
def test_nobody_changes_an_account_that_another_company_knows(world: World, other_world: World, change: Any) -> None:
    """Else an administrator could take somebody in, give him a new password, and be let in next door."""
    user = other_world.user(Role.OWNER)
    done(world, "POST", PATH, user_body(email=user.email))
    before = User.objects.get(id=user.id)
    refused = ask(world, "PATCH", f"{PATH}{user.id}/", change)
    assert (refused.status, refused.body["code"]) == (403, "shared-account")
    assert refused.body["errors"].keys() == change.keys()
    after = User.objects.get(id=user.id)
    assert (after.password, after.email, after.name, after.phone) == (
        before.password, before.email, before.name, before.phone,
    )  # fmt: skip
    assert done(world, "PATCH", f"{PATH}{user.id}/", {"role": "PACKER"})["company_role"] == "PACKER"


# ── Passwords ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_new_password_ends_the_logins_and_is_written_down_nowhere(world: World) -> None:
    user = world.user(Role.BILLER)
    token = world.token(Role.BILLER)
    secret = "horse battery correct"
    answer = ask(world, "PATCH", f"{PATH}{user.id}/", {"password": secret}, key="once")
    assert answer.status == 200
    assert "password" not in answer.data
    assert send("GET", ME, None, Authorization=f"Bearer {token}").status == 401
    assert (log_in(user.email).status, log_in(user.email, secret).status) == (401, 200)
    (audit,) = AuditEntry.objects.of(world.actor(Role.OWNER)).filter(action="change_person")
    assert audit.changes == '{"password":[null,null]}'
    again = ask(world, "PATCH", f"{PATH}{user.id}/", {"password": secret}, key="once")
    assert again.headers["Idempotent-Replayed"] == "true"
    other = ask(world, "PATCH", f"{PATH}{user.id}/", {"password": "another secret"}, key="once")
    assert other.status == 422


def test_what_an_idempotency_key_keeps_gives_no_password_away(world: World) -> None:
    user = colleague(world)
    raw = b'{"password":"horse battery correct"}'
    answer = ask(world, "PATCH", f"{PATH}{user.id}/", raw, key="once")
    assert answer.status == 200
    kept = IdempotencyKey.objects.of(world.actor(Role.OWNER)).get(key="once")
    assert bytes(kept.body_hash) != hashlib.sha256(b"\x00" + raw).digest()


def test_ones_own_password_takes_the_old_one(world: World) -> None:
    owner = world.user(Role.OWNER)
    refused = ask(world, "PATCH", f"{PATH}{owner.id}/", {"password": "horse battery correct"})
    assert (refused.status, list(refused.body["errors"])) == (400, ["password"])


# ── Oneself, others ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_everybody_sees_himself_and_nobody_else(world: World) -> None:
    user = world.user(Role.PICKER)
    assert done(world, "GET", f"{PATH}{user.id}/", role=Role.PICKER)["email"] == user.email
    assert ask(world, "GET", f"{PATH}{world.user(Role.OWNER).id}/", role=Role.PICKER).status == 403


def test_a_dry_run_keeps_nothing_and_a_repeat_does_nothing_more(world: World) -> None:
    body = user_body()
    tried = ask(world, "POST", f"{PATH}?dry_run=true", body)
    assert (tried.status, tried.data["id"], tried.body["dry_run"]) == (201, None, True)
    assert not User.objects.filter(email=body["email"]).exists()
    user = colleague(world)
    for method, path, sent in (
        ("PATCH", f"{PATH}{user.id}/", {"phone": "1", "role": "PACKER"}),
        ("POST", f"{PATH}{user.id}/deactivate/", None),
        ("DELETE", f"{PATH}{user.id}/", None),
    ):
        assert ask(world, method, f"{path}?dry_run=true", sent).status < 300
    kept = membership_of(world, user.id)
    assert (kept.role, kept.is_active, kept.ended_at, User.objects.get(id=user.id).phone) == ("VIEWER", True, None, "")
    first = ask(world, "POST", PATH, body, key="new")
    again = ask(world, "POST", PATH, body, key="new")
    assert (again.status, again.data, again.headers["Idempotent-Replayed"]) == (201, first.data, "true")
    assert ask(world, "POST", PATH, body | {"name": "B"}, key="new").status == 422
    gone = ask(world, "DELETE", f"{PATH}{first.data['id']}/", key="end")
    assert (gone.status, ask(world, "DELETE", f"{PATH}{first.data['id']}/", key="end").status) == (
        204,
        204,
    )


# ── Departments and job titles ───────────────────────────────────────────────────────────────────────────────────────
def test_departments_and_titles_are_made_changed_listed_and_forgotten(world: World) -> None:
    made = done(world, "POST", "/api/auth/departments/", {"name": "Stores", "description": None})
    assert made.keys() == {"id", "name", "description", "is_active", "job_titles", "created_at", "updated_at"}
    title = done(world, "POST", "/api/auth/job-titles/", {"title": "Packer", "department_id": made["id"]})
    assert (title["department"], title["department_id"], title["is_active"]) == ("Stores", made["id"], True)
    (listed,) = done(world, "GET", "/api/auth/departments/", role=Role.VIEWER)
    assert listed["job_titles"] == [title]
    assert done(world, "GET", f"/api/auth/departments/{made['id']}/", role=Role.VIEWER) == listed
    changed = done(world, "PATCH", f"/api/auth/departments/{made['id']}/", {"is_active": False})
    assert (changed["is_active"], changed["job_titles"]) == (False, [title])
    loose = done(world, "POST", "/api/auth/job-titles/", {"title": "Packer"})
    assert [row["id"] for row in done(world, "GET", f"/api/auth/job-titles/?department={made['id']}")] == [title["id"]]
    assert ask(world, "GET", "/api/auth/job-titles/?department=x").status == 400
    for path, body, field in (
        ("/api/auth/departments/", {"name": "Stores"}, "name"),
        ("/api/auth/job-titles/", {"title": "Packer", "department_id": made["id"]}, "title"),
        ("/api/auth/job-titles/", {"title": "Packer"}, "title"),
    ):
        taken = ask(world, "POST", path, body)
        assert (taken.status, taken.body["code"], list(taken.body["errors"])) == (409, "already-exists", [field])
    assert ask(world, "POST", "/api/auth/job-titles/", {"title": "X", "department_id": str(UUID(int=7))}).status == 400
    used = ask(world, "DELETE", f"/api/auth/departments/{made['id']}/")
    assert (used.status, used.body["code"]) == (409, "in-use")
    user = colleague(world)
    done(world, "PATCH", f"{PATH}{user.id}/", {"job_title": loose["id"], "department_id": made["id"]})
    assert ask(world, "DELETE", f"/api/auth/job-titles/{loose['id']}/").body["code"] == "in-use"
    assert done(world, "PATCH", f"{PATH}{user.id}/", {"job_title": None, "department_id": None})["job_title_name"] is None
    for path in (f"job-titles/{loose['id']}", f"job-titles/{title['id']}", f"departments/{made['id']}"):
        assert ask(world, "DELETE", f"/api/auth/{path}/?dry_run=true").status == 204
        assert ask(world, "DELETE", f"/api/auth/{path}/").status == 204
        assert ask(world, "GET", f"/api/auth/{path}/").status == 404


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def drawn(width: int, height: int) -> bytes:
    """The beginning of a PNG of this size."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"


def picture(world: World, user: User, content: bytes, texts: Any = None, *, query: str = "", key: str = "") -> Answer:
    body, headers = form_of(texts or {}, avatar=content)
    if key:
        headers["Idempotency-Key"] = key
    headers["Authorization"] = f"Bearer {world.token(Role.ADMIN)}"
    return send("PATCH", f"{PATH}{user.id}/{query}", body, **headers)


def test_a_picture_is_shown_wherever_its_user_is_and_each_company_has_its_own(world: World, other_world: World) -> None:
    user = world.user(Role.DELIVERY)
    token = world.token(Role.DELIVERY)
    dry = picture(world, user, drawn(2, 3), query="?dry_run=true")
    assert (dry.status, world.uploads()) == (200, [])
    answers = [picture(world, user, drawn(2, 3), {"phone": "77"}, key="once") for _ in range(2)]
    assert [(answer.status, answer.data["phone"]) for answer in answers] == [(200, "77")] * 2
    assert len(world.uploads()) == 1
    drivers = send("GET", "/api/sales/delivery/eligible-staff/", None, Authorization=f"Bearer {token}").data["results"]
    shown = [
        answers[0].data,
        done(world, "GET", f"{PATH}{user.id}/"),
        *(row for row in done(world, "GET", PATH)["results"] + drivers if row["id"] == str(user.id)),
        log_in(user.email).data["user"],
        send("GET", "/api/access/menus/", None, Authorization=f"Bearer {token}").data["user"],
        send("GET", ME, None, Authorization=f"Bearer {token}").data,
    ]
    assert len(shown) == 7
    for one in shown:
        got = send("GET", urlsplit(one["avatar"]).path, None)
        assert (got.status, got.raw, got.headers["Content-Type"]) == (200, drawn(2, 3), "image/png")
    assert done(other_world, "POST", PATH, user_body(email=user.email))["avatar"] is None
    assert picture(world, user, drawn(4, 5)).status == 200  # though another company knows him: this picture is ours
    assert done(world, "PATCH", f"{PATH}{user.id}/", {"avatar": None})["avatar"] is not None  # sent as it had been shown
    assert done(world, "PATCH", f"{PATH}{user.id}/", {"remove_avatar": True})["avatar"] is None
    changes = [entry.changes for entry in AuditEntry.objects.of(world.actor(Role.OWNER)).filter(action="change_person")]
    assert all("avatar_id" in told for told in changes)


def test_what_is_no_picture_to_be_shown_small_is_refused_and_no_file_of_it_is_kept(world: World) -> None:
    user = colleague(world)
    for content, status, code in (
        (b"%PDF-1.7", 415, "unsupported-file"),
        (b"<svg onload=alert(1)>", 415, "unsupported-file"),
        (drawn(1, 1)[:20], 400, "validation"),
        (drawn(0, 7), 400, "validation"),
        (drawn(5_001, 5_000), 400, "validation"),
        (drawn(1, 1) + b"\0" * 5 * 1024 * 1024, 413, "too-large"),
    ):
        refused = picture(world, user, content)
        assert (refused.status, refused.body["code"]) == (status, code), content[:40]
        assert status != 400 or list(refused.body["errors"]) == ["avatar"]
    owner = picture(world, world.user(Role.OWNER), drawn(1, 1))
    assert (owner.status, owner.body["code"], world.uploads()) == (403, "permission-denied", [])


# ── What the database keeps ──────────────────────────────────────────────────────────────────────────────────────────
def test_the_database_keeps_who_has_left_inactive_and_places_within_the_company(world: World, other_world: World) -> None:
    member = membership_of(world, colleague(world).id).id
    title = job_title_of(world).id
    theirs = {"department": department_of(other_world).id, "title": job_title_of(other_world).id}
    assert picture(other_world, colleague(other_world), drawn(1, 1)).status == 200
    theirs["picture"] = StoredFile.unscoped.get(company=other_world.company).id
    attacks: list[tuple[str, dict[str, Any], str]] = [
        ("UPDATE erp_membership SET ended_at = now() WHERE id = %(member)s", {}, "membership_ended_is_inactive"),
        ("UPDATE erp_membership SET department_id = %(department)s WHERE id = %(member)s", theirs,
         "erp_membership_department_id_company_fk"),
        ("UPDATE erp_membership SET job_title_id = %(title)s WHERE id = %(member)s", theirs,
         "erp_membership_job_title_id_company_fk"),
        ("UPDATE erp_jobtitle SET department_id = %(department)s WHERE id = %(own)s", theirs,
         "erp_jobtitle_department_id_company_fk"),
        ("UPDATE erp_membership SET avatar_id = %(picture)s WHERE id = %(member)s", theirs,
         "erp_membership_avatar_id_company_fk"),
    ]  # fmt: skip
    for statement, values, constraint in attacks:
        with owner_connection() as owner, pytest.raises(errors.IntegrityError) as refused:
            owner.execute(statement, {"member": member, "own": title, **values})
        assert isinstance(refused.value, psycopg.IntegrityError)
        assert refused.value.diag.constraint_name == constraint
