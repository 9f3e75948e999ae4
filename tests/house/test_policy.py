"""The policy table against the running application: every route × everybody who may come along × whose rows he asks for.

A new route fails here until it names a right and has a call in `CALLS`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from erp.api.policy import policy
from erp.api.schema import STREAM_PATH
from erp.api.views import ErpView
from erp.asgi import STREAMS
from erp.rights import ROLES_WITH, Right, Role, Scope
from erp.roles import company_tables
from tests.builders import PASSWORD, Answer, World, invoice_body, new_world, send
from tests.house.catalogue import provoked, rows
from tests.house.documented import document, undocumented
from tests.house.walking_routes import Route, routes

PUBLIC = {
    ("POST", "/api/auth/login/"),
    ("POST", "/api/auth/token/refresh/"),
    ("GET", "/api/schema/"),
    ("GET", "/api/docs/"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/"),
    ("GET", "/console/"),
    ("POST", "/console/session/"),
    ("POST", "/console/token/"),
    ("POST", "/console/sign-out/"),
}
"""All that answers without a credential."""

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_route_is_a_view_with_a_right_for_each_method_it_handles() -> None:
    for route in routes():
        assert issubclass(route.view, ErpView), route
        assert set(route.view.rights) == set(route.methods), route
        assert set(route.view.scopes) <= set(route.methods), route


def test_the_policy_lists_what_is_mounted() -> None:
    mounted = {(route.path, method) for route in routes() for method in route.methods}
    assert {(entry.path, entry.method) for entry in policy()} == mounted | {(path, "GET") for path in STREAMS}
    assert list(STREAMS) == [STREAM_PATH]


def test_nothing_answers_without_a_credential_but_what_is_listed() -> None:
    assert {(entry.method, entry.path) for entry in policy() if entry.right is Right.ANYONE} == PUBLIC


def test_a_right_is_held_by_somebody_and_every_right_by_the_owner() -> None:
    for right in Right:
        if right is not Right.ANYONE:
            assert Role.OWNER in ROLES_WITH[right]


# ── The calls ────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Asker:
    """Somebody with something to show: a member in a role, a key, nobody; and his own login, where he has one."""

    world: World
    role: Role | None = None
    scope: Scope | None = None
    headers: dict[str, str] = field(default_factory=dict)
    refresh: str = "none"

    def __str__(self) -> str:
        return self.role or self.scope or " ".join(self.headers) or "nobody"


@dataclass(frozen=True)
class Call:
    """A good request: its path (``{id}`` is a row of the asker's own company), body and headers, what it answers."""

    status: int
    path: Callable[[str], str] = lambda row: ""
    body: Callable[[Asker], Any] = lambda asker: None
    headers: Callable[[Asker], dict[str, str]] = lambda asker: {}


def _refresh(asker: Asker) -> dict[str, str]:
    return {"refresh": asker.refresh}


def _login(asker: Asker) -> dict[str, str]:
    return {"email": asker.world.user(Role.VIEWER).email, "password": PASSWORD}


def _page(asker: Asker) -> dict[str, str]:
    """What a browser sends from the page."""
    return {"Sec-Fetch-Site": "same-origin", "Cookie": f"erp_console={asker.refresh}"}


CALLS: dict[tuple[str, str], Call] = {
    ("POST", "/api/auth/login/"): Call(200, body=_login),
    ("POST", "/api/auth/token/refresh/"): Call(200, body=_refresh),
    ("POST", "/api/auth/logout/"): Call(204, body=_refresh),
    ("GET", "/api/auth/users/me/"): Call(200),
    ("POST", "/api/auth/users/change_password/"): Call(
        200, body=lambda asker: {"old_password": PASSWORD, "new_password": "another battery staple"}
    ),
    ("POST", "/api/sales/import/invoice/"): Call(201, body=lambda asker: invoice_body()),
    ("GET", "/api/sales/invoices/"): Call(200),
    ("GET", "/api/sales/invoices/{invoice_id}/"): Call(200, path=lambda row: f"/api/sales/invoices/{row}/"),
    ("GET", "/api/sales/events/"): Call(200),
    ("GET", "/api/schema/"): Call(200),
    ("GET", "/api/docs/"): Call(200),
    ("GET", "/health/live"): Call(200),
    ("GET", "/health/ready"): Call(503),  # no stream process numbers events here
    ("GET", "/metrics"): Call(200),
    ("GET", "/"): Call(302),
    ("GET", "/console/"): Call(200),
    ("POST", "/console/session/"): Call(200, body=_login, headers=_page),
    ("POST", "/console/token/"): Call(200, headers=_page),
    ("POST", "/console/sign-out/"): Call(204, headers=_page),
}
MOUNTED = [entry for entry in policy() if entry.path not in STREAMS]
WITH_ROWS = [entry for entry in MOUNTED if "{" in entry.path]


def test_every_route_has_a_call() -> None:
    assert set(CALLS) == {(entry.method, entry.path) for entry in MOUNTED}


def ask(asker: Asker, method: str, path: str, row: str, **headers: str) -> Answer:
    call = CALLS[method, path]
    return send(method, call.path(row) or path, call.body(asker), **(asker.headers | call.headers(asker) | headers))


def member(world: World, role: Role) -> Asker:
    """With a login of his own, since some routes end it."""
    tokens = world.log_in(role)
    return Asker(world, role, headers={"Authorization": f"Bearer {tokens.access}"}, refresh=tokens.refresh)


def key_holder(world: World, scope: Scope) -> Asker:
    return Asker(world, scope=scope, headers={"X-API-Key": world.key(scope)})


def bad_askers(world: World) -> list[Asker]:
    """Nobody, and everybody whose credential is no good."""
    past = timezone.now() - timedelta(seconds=1)
    scopes = list(Scope)
    token = member(world, Role.OWNER).headers["Authorization"]
    headers = [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": token[:-4] + "AAAA"},
        {"Authorization": token.replace("Bearer", "Basic")},
        {"Authorization": f"Bearer {member(world, Role.OWNER).refresh}"},
        {"X-API-Key": "nonsense"},
        {"X-API-Key": settings.PUBLISHED_SAMPLE_API_KEY},
        {"X-API-Key": world.key(*scopes, revoked_at=past)},
        {"X-API-Key": world.key(*scopes, expires_at=past)},
        {"X-API-Key": world.key(*scopes, allowed_ips=["192.0.2.1"])},
        {"X-API-Key": world.key(*scopes)[:-4] + "AAAA"},
        {"Cookie": f"erp_stream={token.removeprefix('Bearer ')}"},
    ]
    refresh = member(world, Role.VIEWER).refresh
    return [Asker(world, headers=one, refresh=refresh) for one in headers]


# ── The matrix ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def shop(migrated_database: None) -> World:
    return new_world()


@pytest.fixture(scope="module")
def row(shop: World) -> str:
    """An invoice of the shop."""
    answer = shop.import_invoice()
    assert answer.status == 201
    return str(answer.data["id"])


@pytest.fixture(scope="module")
def elsewhere(migrated_database: None) -> World:
    world = new_world()
    assert world.import_invoice().status == 201
    return world


def label(entry: Any) -> str:
    return f"{entry.method} {entry.path}"


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", MOUNTED, ids=label)
@pytest.mark.parametrize("role", Role)
def test_a_member_may_what_his_role_may(entry: Any, role: Role, row: str) -> None:
    world = new_world()  # of his own: some calls change who may come in
    own_row = str(world.import_invoice().data["id"]) if "{" in entry.path else row
    answer = ask(member(world, role), entry.method, entry.path, own_row)
    allowed = entry.right is Right.ANYONE or role in ROLES_WITH[entry.right]
    expected = CALLS[entry.method, entry.path].status if allowed else 403
    assert (answer.status, complaints(entry, answer)) == (expected, [])


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", MOUNTED, ids=label)
@pytest.mark.parametrize("scope", Scope)
def test_a_key_may_what_its_scope_may_and_nothing_where_no_scope_is_named(
    entry: Any, scope: Scope, shop: World, row: str
) -> None:
    asker = key_holder(shop, scope)
    if entry.right is Right.ANYONE:
        asker.refresh = member(shop, Role.VIEWER).refresh
    answer = ask(asker, entry.method, entry.path, row)
    allowed = entry.right is Right.ANYONE or scope in entry.scopes
    expected = CALLS[entry.method, entry.path].status if allowed else 403 if entry.scopes else 401
    assert (answer.status, complaints(entry, answer)) == (expected, [])


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", MOUNTED, ids=label)
def test_without_a_good_credential_only_public_routes_answer(entry: Any, shop: World, row: str) -> None:
    for asker in bad_askers(shop):
        answer = ask(asker, entry.method, entry.path, row)
        expected = CALLS[entry.method, entry.path].status if entry.right is Right.ANYONE else 401
        assert (str(asker), answer.status, complaints(entry, answer)) == (str(asker), expected, [])
        if expected == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", [entry for entry in MOUNTED if entry.right is not Right.ANYONE], ids=label)
def test_nobody_acts_in_a_company_that_is_not_his(entry: Any, shop: World, elsewhere: World, row: str) -> None:
    """Another company's id answers as one that does not exist, to a member, and a key stays in its own company."""
    before = fingerprint(elsewhere)
    for company in (str(elsewhere.company.id), str(uuid4()), "nonsense"):
        for role in (Role.OWNER, Role.VIEWER):
            answer = ask(member(shop, role), entry.method, entry.path, row, **{"X-Company-ID": company})
            assert (answer.status, answer.body["message"], complaints(entry, answer)) == (404, "Company not found.", [])
    assert fingerprint(elsewhere) == before


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", WITH_ROWS, ids=label)
def test_another_companys_row_is_as_unknown_as_one_that_does_not_exist(
    entry: Any, shop: World, elsewhere: World, row: str
) -> None:
    before = fingerprint(shop)
    foreign_askers = [member(elsewhere, role) for role in Role if role in ROLES_WITH[entry.right]]
    foreign_askers += [key_holder(elsewhere, scope) for scope in entry.scopes]
    uuid = str(shop.invoice(shop.get(f"/api/sales/invoices/{row}/").body["invoice_no"]).id)
    for asker in foreign_askers:
        answers = [ask(asker, entry.method, entry.path, wanted) for wanted in (row, uuid, "999999999999", str(uuid4()))]
        assert {answer.status for answer in answers} == {404}
        assert len({repr(without_request_id(answer)) for answer in answers}) == 1
        assert complaints(entry, answers[0]) == []
    assert fingerprint(shop) == before
    assert ask(member(shop, Role.OWNER), entry.method, entry.path, uuid).status == CALLS[entry.method, entry.path].status


@pytest.mark.db_heavy
@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_the_policy_does_not_name_is_refused_and_never_a_bug(route: Route, method: str, shop: World) -> None:
    path = route.path.replace("{invoice_id}", "1")
    for headers in ({}, {"Authorization": f"Bearer {shop.token(Role.OWNER)}"}):
        answer = send(method, path, {} if method in {"POST", "PUT", "PATCH"} else None, **headers)
        if method not in {*route.methods, "HEAD", "OPTIONS"}:
            assert (answer.status, answer.body["code"]) == (405, "method-not-allowed")
            assert set(answer.headers["Allow"].split(", ")) >= set(route.methods)
        assert answer.status < 500 or path == "/health/ready"


@pytest.mark.db_heavy
@pytest.mark.parametrize(
    "path",
    ["/nothing/", "/console/nothing/", "/api/", "/api/sales/", "/api/sales/invoices", "/admin/", "/api/sales/invoices/1/x/"],
)
def test_an_unknown_path_is_unknown_to_everybody(path: str, shop: World) -> None:
    for headers in ({}, {"Authorization": f"Bearer {shop.token(Role.OWNER)}"}, {"X-API-Key": shop.api_key}):
        answer = send("GET", path, None, **headers)
        assert (answer.status, answer.body["code"]) == (404, "not-found")


# ── What is compared ─────────────────────────────────────────────────────────────────────────────────────────────────
def complaints(entry: Any, answer: Answer) -> list[str]:
    """What the OpenAPI document does not know of the answer; pages for people are not in it."""
    return undocumented(entry.method, entry.path, answer) if entry.path in document()["paths"] else []


def without_request_id(answer: Answer) -> tuple[Any, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return {name: value for name, value in answer.body.items() if name != "request_id"}, headers


def fingerprint(world: World) -> str:
    """Of every row of the company; when its keys were last used is no change."""
    digest = hashlib.sha256()
    with provoked() as cursor:
        for table in company_tables():
            query = f"SELECT (to_jsonb(t) - 'last_used_at')::text FROM {table} t WHERE company_id = %s ORDER BY 1"
            digest.update(repr(rows(cursor, query, [world.company.id])).encode())
    return digest.hexdigest()


def test_a_change_in_another_company_is_seen(elsewhere: World) -> None:
    before = fingerprint(elsewhere)
    assert elsewhere.import_invoice().status == 201
    assert fingerprint(elsewhere) != before
