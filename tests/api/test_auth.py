"""``/api/auth/``: logging in and out, refreshing, one's own profile and password; and tokens that are none of ours."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings

from companies.founding import Person, take_in
from erp.authenticating import Tokens, refresh_access
from erp.models import Login, Membership, User
from erp.problems import InvalidToken
from erp.rights import Role, shown_role
from tests.builders import PASSWORD, Answer, World, send
from tests.cluster import owner_connection
from tests.observing import row_counts
from tests.parallel import at_once

LOGIN, REFRESH, LOGOUT = "/api/auth/login/", "/api/auth/token/refresh/", "/api/auth/logout/"
ME, CHANGE_PASSWORD = "/api/auth/users/me/", "/api/auth/users/change_password/"
INVOICES = "/api/sales/invoices/"

BAD_LOGIN = (401, "Invalid email or password", "invalid-credentials")
BAD_TOKEN = (401, "Token is invalid or expired", "token_not_valid")


def log_in(email: str, password: str = PASSWORD, **headers: str) -> Answer:
    return send("POST", LOGIN, {"email": email, "password": password}, **headers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refused(answer: Answer) -> tuple[int, str, str]:
    assert answer.body.keys() == {"success", "status_code", "message", "code", "detail", "request_id"}
    assert (answer.body["success"], answer.body["status_code"]) == (False, answer.status)
    return answer.status, answer.body["message"], answer.body["code"]


def works(access: str) -> bool:
    """Whether the token opens a list, which anybody in the company may see."""
    answer = send("GET", INVOICES, None, **bearer(access))
    assert answer.status == 200 or (answer.status, answer.body["code"]) == (401, "token_not_valid")
    return answer.status == 200


# ── Logging in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_login_answers_tokens_the_person_and_his_menus(world: World) -> None:
    user = world.user(Role.STOCK_KEEPER)
    answer = log_in(user.email)
    assert answer.status == 200
    assert answer.body.keys() == {"success", "status_code", "message", "data"}
    assert (answer.body["success"], answer.body["status_code"]) == (True, 200)
    assert answer.data.keys() == {"refresh", "access", "user", "menus"}
    assert answer.data["user"] == {
        "id": str(user.id),
        "email": user.email,
        "name": user.name,
        "avatar": None,
        "role": "USER",
        "company_role": "STOCK_KEEPER",
        "department": None,
        "department_id": None,
        "job_title": None,
        "is_staff": False,
        "is_superuser": False,
        "groups": [],
    }
    assert answer.data["menus"][0]["url"] == "/invoices"
    assert works(answer.data["access"])
    assert User.objects.get(id=user.id).last_login is not None


def test_the_address_is_read_in_any_case_and_trimmed(world: World) -> None:
    assert log_in(f"  {world.user(Role.BILLER).email.upper()} ").status == 200


@pytest.mark.parametrize("secure", [True, False])
def test_a_login_sets_the_cookie_that_opens_streams_and_nothing_else(world: World, settings: Settings, secure: bool) -> None:
    settings.SECURE_COOKIES = secure
    answer = log_in(world.user(Role.BILLER).email)
    cookie = answer.cookies["erp_stream"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/api/sales/sse/", True, "Strict")
    assert (bool(cookie["secure"]), cookie["domain"], cookie["max-age"]) == (secure, "", 7 * 24 * 3600)
    assert not works(cookie.value)
    assert refused(send("POST", REFRESH, {"refresh": cookie.value})) == BAD_TOKEN


@pytest.mark.db_heavy
def test_every_failure_is_the_same_answer_and_stores_nothing(world: World, other_world: World) -> None:
    right, off, alone = (world.user(role) for role in (Role.BILLER, Role.PICKER, Role.PACKER))
    User.objects.filter(id=off.id).update(is_active=False)
    Membership.unscoped.filter(user=alone).update(is_active=False)
    closed = other_world.user(Role.OWNER)
    other_world.decide(is_active=False)
    before = row_counts()
    answers = [
        log_in(right.email, "wrong"),
        log_in(right.email, PASSWORD.upper()),
        log_in("nobody@example.com"),
        log_in("nobody"),
        log_in(off.email),
        log_in(alone.email),
        log_in(closed.email),
        log_in(off.email, **{"X-Company-ID": str(other_world.company.id)}),
    ]
    assert {refused(answer) for answer in answers} == {BAD_LOGIN}
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    assert not any(answer.cookies for answer in answers)
    assert row_counts() == before
    assert User.objects.get(id=alone.id).last_login is None


@pytest.mark.db_heavy
def test_a_person_who_was_never_given_a_password_cannot_log_in(world: World) -> None:
    user = world.user(Role.BILLER)
    for stored, password in (("", "nobody's password"), ("!", "!"), ("!" + "x" * 40, "!"), ("nonsense$x", "nonsense$x")):
        User.objects.filter(id=user.id).update(password=stored)
        assert refused(log_in(user.email, password)) == BAD_LOGIN


def test_a_login_starts_in_the_company_that_is_named(world: World, other_world: World) -> None:
    user = world.user(Role.BILLER)
    Membership.unscoped.create(company=other_world.company, user=user, role=Role.OWNER.value)
    assert log_in(user.email).data["user"]["company_role"] == "BILLER"
    named = log_in(user.email, **{"X-Company-ID": str(other_world.company.id)})
    assert named.data["user"]["company_role"] == "OWNER"


@pytest.mark.parametrize("company", ["foreign", "unknown", "x"])
def test_a_login_for_a_company_that_is_not_ones_own_is_not_found(world: World, other_world: World, company: str) -> None:
    email = world.user(Role.BILLER).email
    before = row_counts()
    named = {"foreign": str(other_world.company.id), "unknown": str(uuid4())}.get(company, company)
    assert refused(log_in(email, **{"X-Company-ID": named})) == (404, "Company not found.", "not-found")
    assert refused(log_in(email, "wrong", **{"X-Company-ID": named})) == BAD_LOGIN
    assert row_counts() == before


def test_a_password_changed_while_a_login_is_checked_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    user = world.user(Role.BILLER)

    def slow_check(password: str, encoded: str) -> bool:
        User.objects.filter(id=user.id).update(password="changed")
        return True

    monkeypatch.setattr("erp.authenticating.check_password", slow_check)
    before = row_counts()
    assert refused(log_in(user.email)) == BAD_LOGIN
    assert row_counts() == before


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"email": ["This field is required."], "password": ["This field is required."]}),
        (
            {"email": "", "password": ""},
            {"email": ["This field may not be blank."], "password": ["This field may not be blank."]},
        ),
        ({"email": None, "password": 5}, {"email": ["This field may not be null."], "password": ["Not a valid string."]}),
    ],
)
def test_a_login_without_its_fields_is_refused(body: Any, errors: Any) -> None:
    answer = send("POST", LOGIN, body)
    assert (answer.status, answer.body["errors"], answer.body["status_code"]) == (400, errors, 400)


# ── Refreshing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def refresh(token: str) -> Answer:
    return send("POST", REFRESH, {"refresh": token})


def test_a_refresh_answers_a_bare_pair_with_the_same_refresh_token(world: World) -> None:
    tokens = world.log_in(Role.BILLER)
    answer = refresh(tokens.refresh)
    assert (answer.status, answer.body.keys()) == (200, {"access", "refresh"})
    assert answer.body["refresh"] == tokens.refresh, "published clients never store another one"
    assert works(answer.body["access"])
    assert answer.cookies["erp_stream"]["path"] == "/api/sales/sse/"


def test_a_refresh_works_without_the_access_token_and_again(world: World) -> None:
    tokens = world.log_in(Role.BILLER)
    assert refresh(refresh(tokens.refresh).body["refresh"]).status == 200


@pytest.mark.db_heavy
@pytest.mark.parametrize("rotates", [False, True])
def test_of_64_refreshes_at_once_all_get_the_one_child_and_its_parent_used_later_ends_the_login(
    world: World, settings: Settings, rotates: bool
) -> None:
    settings.ROTATE_REFRESH_TOKENS = rotates
    first = world.log_in(Role.BILLER)
    now = timezone.now()

    def children(token: str, *, times: int = 1, later: timedelta = timedelta(0)) -> set[str]:
        return set(at_once([lambda: refresh_access(refresh=token, now=now + later).refresh] * times))

    (child,) = children(first.refresh, times=64)
    assert (child != first.refresh) == rotates
    assert children(first.refresh, later=timedelta(seconds=60)) == {child}
    if not rotates:
        assert children(child, later=timedelta(days=1) - timedelta(seconds=2)) == {child}
        return
    other_login = world.log_in(Role.BILLER)
    (grandchild,) = children(child)
    assert children(grandchild) - {first.refresh, child, grandchild}
    with pytest.raises(InvalidToken):
        children(child, later=timedelta(seconds=1))  # two generations back: somebody else has it
    assert not works(first.access)
    assert refused(refresh(grandchild)) == BAD_TOKEN
    assert works(other_login.access)
    (used,) = children(other_login.refresh)
    with pytest.raises(InvalidToken):
        children(other_login.refresh, later=timedelta(seconds=61))
    assert refused(refresh(used)) == BAD_TOKEN


def test_a_refresh_of_somebody_who_is_off_or_gone_is_refused(world: World) -> None:
    off, gone = world.log_in(Role.BILLER), world.log_in(Role.PICKER)
    User.objects.filter(id=world.user(Role.BILLER).id).update(is_active=False)
    with owner_connection() as connection:
        connection.execute("SET session_replication_role = replica")  # nobody may delete them; an old backup may lack them
        for table, column in (("erp_login", "user_id"), ("erp_membership", "user_id"), ("erp_user", "id")):
            connection.execute(f"DELETE FROM {table} WHERE {column} = %s", (world.user(Role.PICKER).id,))
    for tokens in (off, gone):
        assert refused(refresh(tokens.refresh)) == BAD_TOKEN
        assert not works(tokens.access)


def test_a_login_that_has_run_out_refreshes_nothing(world: World) -> None:
    tokens = world.log_in(Role.BILLER)
    Login.objects.filter(user=world.user(Role.BILLER)).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refused(refresh(tokens.refresh)) == BAD_TOKEN
    assert not works(tokens.access)


# ── Logging out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def log_out(tokens: Tokens, refresh: str) -> Answer:
    return send("POST", LOGOUT, {"refresh": refresh}, **bearer(tokens.access))


def test_a_logout_ends_all_tokens_of_this_login_and_no_other(world: World) -> None:
    tokens, elsewhere = world.log_in(Role.BILLER), world.log_in(Role.BILLER)
    answer = log_out(tokens, tokens.refresh)
    assert (answer.status, answer.raw) == (204, b"")
    cookie = answer.cookies["erp_stream"]
    assert (cookie.value, cookie["path"], cookie["max-age"]) == ("", "/api/sales/sse/", 0)
    assert not works(tokens.access)
    assert refused(refresh(tokens.refresh)) == BAD_TOKEN
    assert works(elsewhere.access)
    assert refresh(elsewhere.refresh).status == 200


def test_nobody_logs_others_out(world: World) -> None:
    mine, theirs = world.log_in(Role.BILLER), world.log_in(Role.OWNER)
    for token in (theirs.refresh, mine.access, "x"):
        assert refused(log_out(mine, token)) == BAD_TOKEN
    assert works(mine.access)
    assert works(theirs.access)


# ── Oneself ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", Role)
def test_everybody_sees_himself(world: World, role: Role) -> None:
    user = world.user(role)
    answer = world.get(ME, role=role)
    assert (answer.status, answer.body["success"], answer.body["status_code"]) == (200, True, 200)
    assert answer.data == {
        "id": str(user.id),
        "email": user.email,
        "name": user.name,
        "phone": "",
        "avatar": None,
        "role": shown_role(role),
        "company_role": role.value,
        "department": None,
        "department_id": None,
        "job_title": None,
        "job_title_name": None,
        "is_active": True,
        "is_staff": role in {Role.OWNER, Role.ADMIN},
        "date_joined": user.date_joined.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "last_login": None,
        "created_by_name": None,
    }


@pytest.mark.parametrize("path", [ME, LOGOUT, CHANGE_PASSWORD])
def test_keys_are_nobody_here(world: World, path: str) -> None:
    method = "GET" if path == ME else "POST"
    answer = send(method, path, None if path == ME else {}, **{"X-API-Key": world.api_key})
    assert refused(answer) == (401, "Authentication credentials were not provided.", "not-authenticated")


def test_somebody_deactivated_is_refused_at_once(world: World) -> None:
    token = world.token(Role.BILLER)
    assert works(token)
    User.objects.filter(id=world.user(Role.BILLER).id).update(is_active=False)
    assert not works(token)


def test_an_ended_membership_is_refused_at_once(world: World, other_world: World) -> None:
    token = world.token(Role.BILLER)
    Membership.unscoped.filter(user=world.user(Role.BILLER)).update(is_active=False)
    answer = send("GET", ME, None, **bearer(token))
    assert refused(answer) == (403, "You are not an active member of any company.", "permission-denied")
    Membership.unscoped.create(company=other_world.company, user=world.user(Role.BILLER), role=Role.VIEWER.value)
    assert send("GET", ME, None, **bearer(token)).data["company_role"] == "VIEWER", "he works elsewhere now"
    answer = send("GET", ME, None, **bearer(token), **{"X-Company-ID": str(world.company.id)})
    assert refused(answer) == (404, "Company not found.", "not-found")


def test_the_company_named_decides_the_role(world: World, other_world: World) -> None:
    user = world.user(Role.BILLER)
    take_in(company=other_world.company, person=Person(user.email, "", "", Role.OWNER))
    token = bearer(world.token(Role.BILLER))
    assert send("GET", ME, None, **token).data["company_role"] == "BILLER"
    for named in (str(other_world.company.id), str(other_world.company.id).upper()):
        assert send("GET", ME, None, **token, **{"X-Company-ID": named}).data["company_role"] == "OWNER"


# ── Changing the password ────────────────────────────────────────────────────────────────────────────────────────────

NOBODY = "0190c0de-0000-7000-8000-000000000000"
"""An id that nothing has; the same in every process, because tests are named by it."""
NEW_PASSWORD = "another horse battery staple"


def change(access: str, old: Any, new: Any) -> Answer:
    return send("POST", CHANGE_PASSWORD, {"old_password": old, "new_password": new}, **bearer(access))


def test_a_new_password_counts_and_ends_the_other_logins(world: World) -> None:
    here, elsewhere, other = world.log_in(Role.BILLER), world.log_in(Role.BILLER), world.log_in(Role.OWNER)
    email = world.user(Role.BILLER).email
    answer = change(here.access, PASSWORD, NEW_PASSWORD)
    assert answer.body == {
        "success": True,
        "status_code": 200,
        "message": "Password changed successfully",
        "data": {},
    }
    assert works(here.access)
    assert refresh(here.refresh).status == 200
    assert not works(elsewhere.access)
    assert refused(refresh(elsewhere.refresh)) == BAD_TOKEN
    assert works(other.access), "another person's login stays"
    assert refused(log_in(email)) == BAD_LOGIN
    assert log_in(email, NEW_PASSWORD).status == 200


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        ("wrong", NEW_PASSWORD, {"old_password": ["The old password is not right."]}),
        (PASSWORD, "1234567", {"new_password": ["Ensure this field has at least 8 characters."]}),
        (PASSWORD, "        ", {"new_password": ["Ensure this field has at least 8 characters."]}),
        (PASSWORD, "x" * 129, {"new_password": ["Ensure this field has no more than 128 characters."]}),
        (PASSWORD, "password1", {"new_password": ["This password is too common."]}),
        (PASSWORD, "with\u0000nothing", {"new_password": ["Control and invisible characters are not allowed."]}),
        (PASSWORD, 12345678, {"new_password": ["Not a valid string."]}),
        ("", None, {"old_password": ["This field may not be blank."], "new_password": ["This field may not be null."]}),
    ],
)
def test_a_password_that_will_not_do_is_refused_by_its_field(world: World, old: Any, new: Any, errors: Any) -> None:
    here, elsewhere = world.log_in(Role.BILLER), world.log_in(Role.BILLER)
    answer = change(here.access, old, new)
    assert (answer.status, answer.body["code"], answer.body["errors"]) == (400, "validation", errors)
    assert works(elsewhere.access)
    assert User.objects.get(id=world.user(Role.BILLER).id).check_password(PASSWORD)


# ── Tokens that are none of ours ─────────────────────────────────────────────────────────────────────────────────────


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def forged(claims: dict[str, Any], key: str = settings.SECRET_KEY, algorithm: str = "HS256", **headers: Any) -> str:
    return jwt.encode(claims, key, algorithm, headers=headers or None)


def unsigned(claims: dict[str, Any], algorithm: str) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}."


def test_a_token_is_made_of_what_it_needs(world: World) -> None:
    claims = claims_of(world.token(Role.BILLER))
    assert claims["token_type"] == "access"
    assert (claims["iss"], claims["aud"]) == ("distributor-erp", "distributor-erp")
    assert claims["user_id"] == str(world.user(Role.BILLER).id)
    assert claims["exp"] - claims["iat"] <= 15 * 60
    assert works(forged(claims)), "so that what follows is refused for its own reason"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "HS256", ""])
def test_a_token_without_a_signature_is_refused(world: World, algorithm: str) -> None:
    assert not works(unsigned(claims_of(world.token(Role.OWNER)), algorithm))


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize("key", ["", "secret", "distributor-erp", settings.SECRET_KEY + "x", settings.SECRET_KEY[:-1]])
def test_a_token_signed_by_others_is_refused(world: World, key: str) -> None:
    assert not works(forged(claims_of(world.token(Role.OWNER)), key or "\0"))


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused(world: World, algorithm: str) -> None:
    assert not works(forged(claims_of(world.token(Role.OWNER)), algorithm=algorithm))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())},
        {"exp": "never"},
        {"exp": None},
        {"exp": 10**30},
        {"iss": "others"},
        {"aud": "others"},
        {"iss": None},
        {"aud": None},
        {"token_type": "refresh"},
        {"token_type": "stream"},
        {"token_type": None},
        {"user_id": NOBODY},
        {"user_id": None},
        {"user_id": "1"},
        {"user_id": 5},
        {"user_id": ["x"]},
        {"login_id": NOBODY},
        {"login_id": None},
        {"login_id": {}},
        {"login_id": "' OR 1=1 --"},
    ],
    ids=str,
)
def test_a_token_with_other_claims_is_refused_even_with_our_signature(world: World, changes: dict[str, Any]) -> None:
    claims = claims_of(world.token(Role.OWNER)) | changes
    assert not works(forged({name: value for name, value in claims.items() if value is not None}))


def test_another_persons_id_in_a_token_is_refused(world: World) -> None:
    claims = claims_of(world.token(Role.VIEWER)) | {"user_id": str(world.user(Role.OWNER).id)}
    assert not works(forged(claims))


def test_a_bit_changed_anywhere_in_a_token_is_refused(world: World) -> None:
    token = world.token(Role.OWNER)
    for position in range(0, len(token) - 1, 7):
        other = "A" if token[position] != "A" else "B"
        assert not works(token[:position] + other + token[position + 1 :])


def test_a_token_of_one_kind_does_not_do_for_another(world: World) -> None:
    tokens = world.log_in(Role.OWNER)
    assert not works(tokens.refresh)
    assert not works(tokens.stream)
    for token in (tokens.access, tokens.stream):
        assert refused(refresh(token)) == BAD_TOKEN


@pytest.mark.parametrize(
    "header", [{"kid": "../../dev/null"}, {"jku": "https://evil.example"}, {"crit": ["b64"], "b64": False}]
)
def test_headers_of_a_token_lead_nowhere(world: World, header: dict[str, Any]) -> None:
    claims = claims_of(world.token(Role.OWNER))
    assert not works(forged(claims, "evil-key-0123456789-0123456789-012", **header))
