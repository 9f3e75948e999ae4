"""The policy table against the running application: every route × everybody who may come along × whose rows he asks for.

A new route fails here until it names a right and has a call in `CALLS`. Of the members and keys the suite takes a slice:
for every route somebody who may and somebody who may not; the nightly campaign takes everybody.
"""

import hashlib
import itertools
import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from erp.api.policy import Entry, policy
from erp.api.views import ErpView
from erp.menus import GRANTABLE, Menu, menu_id
from erp.models import AuditEntry, Within
from erp.rights import ROLES_WITH, Right, Role, Scope
from erp.roles import company_tables
from erp.urls import STREAMS
from tests.builders import Answer, World, new_world, send
from tests.house.calling import Asker, Call, in_path, key_holder, member, member_named, nobodys
from tests.house.calls_of_everything import CALLS
from tests.house.calls_of_people import colleague
from tests.house.catalogue import provoked, rows
from tests.house.documented import document, undocumented
from tests.house.walking_routes import Route, routes
from tests.slicing import sliced, thirds

pytestmark = pytest.mark.long

PUBLIC = {
    ("POST", "/api/auth/login/"),
    ("POST", "/api/auth/token/refresh/"),
    ("GET", "/api/sales/packing/invoice-public/{invoice_no}/"),
    ("GET", "/api/files/{token}/"),
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
    assert set(STREAMS).isdisjoint(route.path for route in routes())


def test_nothing_answers_without_a_credential_but_what_is_listed() -> None:
    assert {(entry.method, entry.path) for entry in policy() if entry.right is Right.ANYONE} == PUBLIC


def test_a_right_is_held_by_somebody_and_every_right_by_the_owner() -> None:
    for right in Right:
        if right is not Right.ANYONE:
            assert Role.OWNER in ROLES_WITH[right]


# ── The matrix ───────────────────────────────────────────────────────────────────────────────────────────────────────
MOUNTED = [entry for entry in policy() if entry.path not in STREAMS]
WITH_ROWS = [entry for entry in MOUNTED if in_path(entry.path)]
GUARDED = [entry for entry in MOUNTED if entry.right is not Right.ANYONE]
KEEPS = {"GET"}
"""Methods that change nothing, so that one company will do for all who ask."""


def call_of(entry: Entry) -> Call:
    return CALLS.get((entry.method, entry.path), Call())  # a test says which have none


def answer_to(entry: Entry, role: Role) -> int:
    return call_of(entry).answers(role, entry.right)


PEOPLE = sliced(itertools.product(MOUNTED, Role), by=lambda entry, role: (entry, answer_to(entry, role)))
KEYS = sliced(itertools.product(MOUNTED, Scope), by=lambda entry, scope: (entry, scope in entry.scopes))


def label(value: Any) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Entry) else str(value)


def test_every_route_has_a_call() -> None:
    assert set(CALLS) == {(entry.method, entry.path) for entry in MOUNTED}


@pytest.fixture(scope="module")
def shop(migrated_database: None) -> World:
    """A company with something of everything."""
    world = new_world()
    for entry in WITH_ROWS:
        if entry.method in KEEPS:
            call_of(entry).ids(world)
    return world


@pytest.fixture(scope="module")
def elsewhere(migrated_database: None) -> World:
    world = new_world()
    assert world.import_invoice().status == 201
    return world


@pytest.fixture(scope="module")
def strangers(shop: World) -> list[Asker]:
    return bad_askers(shop)


@pytest.mark.db_heavy
@pytest.mark.parametrize(("entry", "role"), PEOPLE, ids=label)
def test_a_member_may_what_his_role_may(entry: Entry, role: Role, shop: World) -> None:
    expected, call = answer_to(entry, role), call_of(entry)
    may = expected != 403
    world = new_world() if may and entry.method not in KEEPS else shop  # some calls change who may come in
    answer = call.ask(member(world, role), entry, call.ids(world) if may else nobodys(entry.path))
    assert (answer.status, complaints(entry, answer)) == (expected, [])
    if entry.method not in KEEPS:
        assert audited(world, answer) == (0 if answer.status >= 400 or (entry.method, entry.path) in LEAVES_NO_ENTRY else 1)
        assert unsigned(world, answer, role, changed=entry.method == "PATCH") == []
        assert [one.action for one in entries_of(world, answer) if one.action in MAKE_ROWS and not made(one)] == []


LEAVES_NO_ENTRY = {
    # A person's own login belongs to no company; the table of logins tells of it.
    ("POST", "/api/auth/login/"),
    ("POST", "/api/auth/logout/"),
    ("POST", "/api/auth/token/refresh/"),
    ("POST", "/console/session/"),
    ("POST", "/console/token/"),
    ("POST", "/console/sign-out/"),
    # It opens the stream that its holder may open anyway, and is forgotten within the minute.
    ("POST", "/api/sales/sse/ticket/"),
    # As the calls have it there is nothing to change: what was asked for is so already, or there is no such row.
    ("PATCH", "/api/accounting/locks/"),
    ("POST", "/api/accounting/currency_revaluation/"),
    ("POST", "/api/auth/users/{user_id}/activate/"),
    ("POST", "/api/inventory/batches/{batch_id}/unblock/"),
    ("POST", "/api/orders/sales/{order_id}/reserve/"),
    ("POST", "/api/sales/admin/bulk-status-update/"),
}


MAKE_ROWS = {
    *(f"create_{kind}" for kind in ("warehouse", "hsn_rate", "item", "uom", "price_list", "customer", "salesman")),
    *(f"create_{kind}" for kind in ("supplier", "department", "job_title", "webhook", "connection", "site", "tray")),
    *("create_account", "create_courier", "quote_rate", "add_member", "employ_person", "add_registration", "issue_api_key"),
}
"""Actions that make a row which may be changed later: without what it was at first nobody knows what was changed."""
SECRET = re.compile(r"hash|secret(?!_env)|password", re.IGNORECASE)


def made(entry: AuditEntry) -> bool:
    """Whether it says what the row was made with, and no secret."""
    told = json.loads(entry.changes or "{}")
    return bool(told) and all(before is None for before, _ in told.values()) and not SECRET.search(" ".join(told))


def entries_of(world: World, answer: Answer) -> list[AuditEntry]:
    entries = AuditEntry.objects.of(Within(world.company.id))
    return list(entries.filter(request_id=answer.headers["X-Request-ID"]))


def audited(world: World, answer: Answer) -> int:
    """How many audit entries the request left in its company (I54)."""
    return len(entries_of(world, answer))


def unsigned(world: World, answer: Answer, role: Role, *, changed: bool) -> list[AuditEntry]:
    """Entries that do not say who it was, from where, and, of a change, what was before and after."""
    signature = ("user", world.user(role).id, world.user(role).email, "127.0.0.1")
    return [
        one
        for one in entries_of(world, answer)
        if (one.actor_kind, one.actor_id, one.actor_name, one.address) != signature
        or not (one.action and one.subject_kind)
        or (changed and not all(len(pair) == 2 for pair in json.loads(one.changes).values()))
    ]


@pytest.fixture(scope="module")
def granted(shop: World) -> Asker:
    """A viewer with every menu there is."""
    viewer = colleague(shop)
    body = {"user_id": str(viewer.id), "menu_ids": [str(menu_id(menu)) for menu in Menu]}
    assert shop.post("/api/access/admin/assign-menus/", body, role=Role.OWNER).status == 200
    return member_named(shop, viewer, Role.VIEWER)


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", thirds(GUARDED), ids=label)
def test_a_granted_menu_opens_what_it_carries_and_nothing_else(entry: Entry, shop: World, granted: Asker) -> None:
    needed = [one for one in (entry.right, call_of(entry).needs) if one is not Right.ANYONE]
    may = all(Role.VIEWER in ROLES_WITH[one] or one in GRANTABLE for one in needed)
    if may and (entry.path in ENDS_THE_LOGIN or (entry.method, entry.path) == LEFT_TO_SUPERUSERS):
        return
    answer = call_of(entry).ask(granted, entry, nobodys(entry.path))
    # What he may do fails for want of the row, or is done; who may act for whom is judged with the row, and called so.
    refused = answer.status == 403 and answer.body["code"] == "permission-denied"
    assert (refused, complaints(entry, answer)) == (not may, [])


ENDS_THE_LOGIN = {"/api/auth/logout/", "/api/auth/users/change_password/"}
LEFT_TO_SUPERUSERS = "POST", "/api/companies/"


def test_no_grant_reaches_import_people_administration_masters_or_books() -> None:
    assert {right.value for right in GRANTABLE} == {
        "pick", "pack", "dispatch", "deliver", "handle_goods", "handle_deliveries", "return_invoices", "express",
        "all_pickings", "all_packings", "all_deliveries", "see_reports",
    }  # fmt: skip


@pytest.mark.db_heavy
@pytest.mark.parametrize(("entry", "scope"), KEYS, ids=label)
def test_a_key_may_what_its_scope_may_and_nothing_where_no_scope_is_named(entry: Entry, scope: Scope, shop: World) -> None:
    asker, call = key_holder(shop, scope), call_of(entry)
    if entry.right is Right.ANYONE:
        asker.refresh = member(shop, Role.VIEWER).refresh
    may = entry.right is Right.ANYONE or scope in entry.scopes
    answer = call.ask(asker, entry, call.ids(shop) if may else nobodys(entry.path))
    expected = call.status if may else 403 if entry.scopes else 401
    assert (answer.status, complaints(entry, answer)) == (expected, [])


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", thirds(MOUNTED), ids=label)
def test_without_a_good_credential_only_public_routes_answer(entry: Entry, shop: World, strangers: list[Asker]) -> None:
    call, public = call_of(entry), entry.right is Right.ANYONE
    for asker in bad_askers(shop) if public else strangers:  # some public routes end a login
        answer = call.ask(asker, entry, nobodys(entry.path))
        expected = call.status if public else 401
        assert (str(asker), answer.status, complaints(entry, answer)) == (str(asker), expected, [])
        if expected == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", thirds(GUARDED), ids=label)
def test_nobody_acts_in_a_company_that_is_not_his(entry: Entry, shop: World, elsewhere: World) -> None:
    """Another company's id answers as one that does not exist, to a member, and a key stays in its own company."""
    call = call_of(entry)
    ids = call.ids(elsewhere)
    before = fingerprint(elsewhere)
    for company in (str(elsewhere.company.id), str(uuid4()), "nonsense"):
        for role in (Role.OWNER, Role.VIEWER):
            answer = call.ask(member(shop, role), entry, ids, **{"X-Company-ID": company})
            assert (answer.status, answer.body["message" if "message" in answer.body else "error"]) == (
                404,
                "Company not found.",
            )
            assert complaints(entry, answer) == []
    assert fingerprint(elsewhere) == before


TAKE_FOREIGN_IDS = {
    "/api/connectors/customers/{customer_id}/sync/",
    "/api/v1/clients/{customer_id}/sync-invoice-ninja",
}
"""What is no id of ours may be one of the foreign system, which is asked."""


@pytest.mark.db_heavy
@pytest.mark.parametrize("entry", thirds(WITH_ROWS), ids=label)
def test_another_companys_row_is_as_unknown_as_one_that_does_not_exist(entry: Entry, shop: World, elsewhere: World) -> None:
    call = call_of(entry)
    ids = call.ids(shop)
    askers = [member(elsewhere, role) for role in Role if answer_to(entry, role) != 403]
    askers += [key_holder(elsewhere, scope) for scope in entry.scopes]
    unknown = [nobodys(entry.path)]
    if entry.path not in TAKE_FOREIGN_IDS:
        unknown += [dict.fromkeys(ids, "999999999999"), dict.fromkeys(ids, "nonsense")]
    call.body(askers[0])  # what it makes is made before one looks
    before = fingerprint(shop), fingerprint(elsewhere)
    for asker in askers:
        answers = [call.ask(asker, entry, wanted) for wanted in (ids, *unknown)]
        assert {answer.status for answer in answers} == {404}
        assert len({repr(without_request_id(answer)) for answer in answers}) == 1
        assert complaints(entry, answers[0]) == []
    assert (fingerprint(shop), fingerprint(elsewhere)) == before
    assert call.ask(member(shop, Role.OWNER), entry, ids).status == call.status


@pytest.mark.db_heavy
def test_another_companys_imported_invoice_is_unknown_by_either_name(shop: World, elsewhere: World) -> None:
    imported = shop.import_invoice().data
    uuid = shop.invoice(imported["invoice_no"]).id
    for world, status in ((elsewhere, 404), (shop, 200)):
        assert {world.get(f"/api/sales/invoices/{name}/").status for name in (imported["id"], uuid)} == {status}


@pytest.mark.db_heavy
@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_a_method_that_the_policy_does_not_name_is_refused_and_never_a_bug(route: Route, shop: World) -> None:
    path = route.path.format_map(nobodys(route.path))
    for method, headers in itertools.product(METHODS, ({}, {"Authorization": f"Bearer {shop.token(Role.OWNER)}"})):
        answer = send(method, path, {} if method in {"POST", "PUT", "PATCH"} else None, **headers)
        if method not in {*route.methods, "HEAD", "OPTIONS"}:
            assert (method, answer.status, answer.body["code"]) == (method, 405, "method-not-allowed")
            assert set(answer.headers["Allow"].split(", ")) >= set(route.methods)
        assert answer.status < 500 or path == "/health/ready"


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
def complaints(entry: Entry, answer: Answer) -> list[str]:
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
