"""``/console/``: what the page is allowed to do, what holds its session, and who may ask for it."""

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import Settings

from console.views import PAGE_POLICY
from erp.models import Login, Membership, User
from erp.rights import Role
from erp.starting import PROJECT_DIR
from tests.builders import PASSWORD, Answer, World, send
from tests.observing import row_counts

PAGE, SESSION, TOKEN, SIGN_OUT = "/console/", "/console/session/", "/console/token/", "/console/sign-out/"
OWN = {"Sec-Fetch-Site": "same-origin"}
FILES = sorted((PROJECT_DIR / "console/static/console").iterdir())
TEMPLATE = PROJECT_DIR / "console/templates/console/page.html"


def sign_in(world: World, role: Role = Role.BILLER) -> Answer:
    answer = send("POST", SESSION, {"email": world.user(role).email, "password": PASSWORD}, **OWN)
    assert answer.status == 200
    return answer


def cookie_of(answer: Answer) -> dict[str, str]:
    return {"Cookie": f"erp_console={answer.cookies['erp_console'].value}"}


def refused(answer: Answer) -> tuple[int, str, str]:
    assert answer.body.keys() == {"error", "code", "request_id"}
    return answer.status, answer.body["error"], answer.body["code"]


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
NOTHING = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'"}
ROUTES = ["/", PAGE, SESSION, TOKEN, SIGN_OUT, "/console", "/console/unknown/", "/static/console/main.js", "/static/none.js"]


def content_policy(headers: Any) -> dict[str, str]:
    """Directive → its sources."""
    return dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_answer_says_what_a_browser_may_do_with_it(path: str, method: str) -> None:
    with closing(Client().generic(method, path)) as answer:
        policy = content_policy(answer.headers)
        assert {name: policy[name] for name in NOTHING} == NOTHING
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        if (path, method) != (PAGE, "GET"):
            assert policy == NOTHING


def test_under_a_foreign_name_there_is_no_session(world: World) -> None:
    body = {"email": world.user(Role.BILLER).email, "password": PASSWORD}
    answer = send("POST", SESSION, body, Host="evil.example", **OWN)
    assert (answer.status, answer.body["code"]) == (400, "bad-request")
    assert content_policy(answer.headers) == NOTHING


def test_the_page_may_load_its_own_files_and_make_no_html_of_texts() -> None:
    policy = content_policy(send("GET", PAGE, None).headers)
    assert policy == NOTHING | {
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert set(policy) - set(NOTHING) == set(PAGE_POLICY)


def test_the_page_of_the_api_may_style_and_show_pictures_and_nothing_more() -> None:
    policy = content_policy(send("GET", "/api/docs/", None).headers)
    assert policy == NOTHING | {
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
    }


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_root_leads_to_the_page() -> None:
    answer = send("GET", "/", None)
    assert (answer.status, answer.headers["Location"]) == (302, PAGE)


def test_the_page_is_the_same_for_everybody(world: World) -> None:
    signed_out, signed_in = send("GET", PAGE, None), send("GET", PAGE, None, **cookie_of(sign_in(world)))
    assert signed_out.raw == signed_in.raw
    assert signed_out.headers["Content-Type"] == "text/html; charset=utf-8"
    assert signed_out.headers["Cache-Control"] == "no-cache"
    assert not signed_out.cookies


def loaded_files() -> list[str]:
    """Addresses in the page, in its scripts' imports and in its styles."""
    html = send("GET", PAGE, None).raw.decode()
    found = re.findall(r"""(?:src|href)=["']([^"']+)["']""", html)
    for file in FILES:
        found += [
            f"/static/console/{name}"
            for name in re.findall(r"""from "\./([^"]+)"|url\(([^)]+)\)""", file.read_text())
            for name in name
            if name
        ]
    return sorted(set(found))


def test_everything_that_the_page_loads_is_served_from_here() -> None:
    found = loaded_files()
    assert {f"/static/console/{file.name}" for file in FILES} <= set(found)
    for address in found:
        with closing(Client().get(address)) as answer:
            assert answer.status_code == 200, address
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("file", [*FILES, TEMPLATE], ids=lambda file: file.name)
def test_no_file_of_the_page_names_another_server(file: Path) -> None:
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")  # a name, not an address
    assert re.findall(r"(?:https?:|[\"'(])//[\w.-]+", text) == []


MAKES_HTML = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|srcdoc"
MAKES_CODE = r"\beval\b|new Function|setTimeout\(\s*[\"'`]|\bon[a-z]+\s*=\s*[\"']|javascript:|\.style\b|style="
STORES = r"sessionStorage|indexedDB|document\.cookie|localStorage\.setItem\((?!HINT, \"1\"\))"
SLIPS = {"HTML out of texts": MAKES_HTML, "code out of texts": MAKES_CODE, "tokens where scripts find them": STORES}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize(
    "file", [file for file in [*FILES, TEMPLATE] if file.suffix in {".js", ".html"}], ids=lambda f: f.name
)
def test_no_script_of_the_page_makes(file: Path, slip: str) -> None:
    assert re.findall(SLIPS[slip], file.read_text()) == []


@pytest.mark.parametrize(
    ("slip", "text"),
    [
        ("HTML out of texts", "row.innerHTML = invoice.remarks"),
        ("code out of texts", 'element("td", { style="color: red" })'),
        ("code out of texts", '<button onclick="go()">'),
        ("tokens where scripts find them", 'localStorage.setItem("access", token)'),
    ],
)
def test_a_slip_of_the_pen_is_found(slip: str, text: str) -> None:
    assert re.findall(SLIPS[slip], text)


def test_scripts_and_styles_stand_in_files_of_their_own() -> None:
    html = send("GET", PAGE, None).raw.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=", html) == []
    assert len(re.findall(r"<script", html)) == 1


def test_whatever_the_api_is_asked_for_is_no_page(world: World) -> None:
    """A text of an invoice that is HTML reaches the browser as JSON, which it does not take for anything else."""
    hostile = "<script>alert(1)</script>"
    world.import_invoice(invoice_no="X-1", remarks=hostile)
    answer = world.get("/api/sales/invoices/?search=X-1")
    assert answer.body["results"][0]["remarks"] == hostile
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert content_policy(answer.headers) == NOTHING


# ── Signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_session_answers_an_access_token_and_who_it_is_for(world: World) -> None:
    user = world.user(Role.SALES_MANAGER)
    answer = sign_in(world, Role.SALES_MANAGER)
    access = answer.body.pop("access")
    company = world.company
    assert answer.body == {
        "user": {"name": user.name, "email": user.email},
        "role": "SALES_MANAGER",
        "company": {
            "id": str(company.id),
            "code": company.code,
            "name": company.name,
            "timezone": "Asia/Kolkata",
            "currency": "INR",
        },
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert send("GET", "/api/sales/invoices/", None, Authorization=f"Bearer {access}").status == 200


@pytest.mark.parametrize("secure", [True, False])
def test_the_refresh_token_lies_in_a_cookie_that_only_the_page_sends(world: World, settings: Settings, secure: bool) -> None:
    settings.SECURE_COOKIES = secure
    answer = sign_in(world)
    cookie = answer.cookies["erp_console"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/console/", True, "Strict")
    assert (bool(cookie["secure"]), cookie["domain"], cookie["max-age"]) == (secure, "", 7 * 24 * 3600)
    assert cookie.value not in answer.raw.decode()
    assert send("POST", "/api/auth/token/refresh/", {"refresh": cookie.value}).status == 200
    stream = answer.cookies["erp_stream"]
    assert (stream["path"], stream["httponly"], stream["samesite"]) == ("/api/sales/sse/", True, "Strict")
    assert set(answer.cookies) == {"erp_console", "erp_stream"}


def test_the_page_is_refused_as_any_login_is(world: World, other_world: World) -> None:
    right, off, alone = (world.user(role) for role in (Role.BILLER, Role.PICKER, Role.PACKER))
    User.objects.filter(id=off.id).update(is_active=False)
    Membership.unscoped.filter(user=alone).update(is_active=False)
    before = row_counts()
    bodies = [
        {"email": right.email, "password": "wrong"},
        {"email": "nobody@example.com", "password": PASSWORD},
        {"email": off.email, "password": PASSWORD},
        {"email": alone.email, "password": PASSWORD},
    ]
    answers = [send("POST", SESSION, body, **OWN) for body in bodies]
    assert {refused(answer) for answer in answers} == {(401, "Invalid email or password", "invalid-credentials")}
    assert not any(answer.cookies for answer in answers)
    assert row_counts() == before


def test_a_bad_body_is_named_field_by_field() -> None:
    answer = send("POST", SESSION, {"email": 7}, **OWN)
    assert (answer.status, answer.body["code"]) == (400, "validation")
    assert set(answer.body["fields"]) == {"email", "password"}
    assert send("POST", SESSION, b"email=a&password=b", **OWN).status == 400
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert send("POST", SESSION, b"email=a&password=b", **OWN, **form).status == 415


# ── Fresh tokens ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_cookie_gets_a_fresh_access_token(world: World) -> None:
    signed_in = sign_in(world)
    answer = send("POST", TOKEN, None, **OWN, **cookie_of(signed_in))
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert {**answer.body, "access": ""} == {**signed_in.body, "access": ""}
    assert send("GET", "/api/sales/invoices/", None, Authorization=f"Bearer {answer.body['access']}").status == 200
    assert set(answer.cookies) == {"erp_console", "erp_stream"}


def test_without_a_good_cookie_there_is_none(world: World) -> None:
    signed_in = sign_in(world)
    nothing = (401, "Authentication credentials were not provided.", "not-authenticated")
    bad = (401, "Token is invalid or expired", "token_not_valid")
    assert refused(send("POST", TOKEN, None, **OWN)) == nothing
    assert refused(send("POST", TOKEN, {"refresh": signed_in.cookies["erp_console"].value}, **OWN)) == nothing
    for value in ("nonsense", "\xff", signed_in.body["access"], signed_in.cookies["erp_stream"].value, "a" * 3000):
        assert refused(send("POST", TOKEN, None, **OWN, Cookie=f"erp_console={value}")) == bad
    Login.objects.filter(user=world.user(Role.BILLER)).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refused(send("POST", TOKEN, None, **OWN, **cookie_of(signed_in))) == bad


def test_who_has_left_every_company_is_told_so(world: World) -> None:
    signed_in = sign_in(world)
    Membership.unscoped.filter(user=world.user(Role.BILLER)).update(is_active=False)
    answer = send("POST", TOKEN, None, **OWN, **cookie_of(signed_in))
    assert refused(answer) == (403, "You are not an active member of any company.", "permission-denied")
    assert not answer.cookies


def test_the_cookie_opens_nothing_but_a_token(world: World) -> None:
    cookie = cookie_of(sign_in(world))
    assert send("GET", "/api/sales/invoices/", None, **OWN, **cookie).status == 401
    assert send("POST", "/api/sales/import/invoice/", {}, **OWN, **cookie).status == 401


# ── Signing out ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_signing_out_ends_the_login_and_both_cookies(world: World) -> None:
    signed_in, elsewhere = sign_in(world), sign_in(world)
    answer = send("POST", SIGN_OUT, None, **OWN, **cookie_of(signed_in))
    assert (answer.status, answer.raw) == (204, b"")
    ended = {name: (cookie.value, cookie["max-age"], cookie["path"]) for name, cookie in answer.cookies.items()}
    assert ended == {"erp_console": ("", 0, "/console/"), "erp_stream": ("", 0, "/api/sales/sse/")}
    assert send("POST", TOKEN, None, **OWN, **cookie_of(signed_in)).status == 401
    assert send("GET", "/api/sales/invoices/", None, Authorization=f"Bearer {signed_in.body['access']}").status == 401
    assert send("POST", TOKEN, None, **OWN, **cookie_of(elsewhere)).status == 200


@pytest.mark.parametrize("cookie", ["", "erp_console=nonsense", "erp_console="])
def test_who_is_signed_out_may_sign_out(cookie: str) -> None:
    answer = send("POST", SIGN_OUT, None, **OWN, Cookie=cookie)
    assert (answer.status, set(answer.cookies)) == (204, {"erp_console", "erp_stream"})


# ── Other sites ──────────────────────────────────────────────────────────────────────────────────────────────────────
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://sub.localhost"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "SAME-ORIGIN, same-origin"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "http://evil.example@localhost"},
    {"Origin": "http://[broken"},
    {"Origin": "null"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=repr)
@pytest.mark.parametrize("path", [SESSION, TOKEN, SIGN_OUT])
def test_another_site_is_refused_before_anything_is_done(world: World, path: str, headers: dict[str, str]) -> None:
    cookie = cookie_of(sign_in(world))
    before = row_counts()
    body = {"email": world.user(Role.BILLER).email, "password": PASSWORD} if path == SESSION else None
    answer = send("POST", path, body, **headers, **cookie)
    assert refused(answer) == (403, "Only the page of this server may ask for that.", "permission-denied")
    assert not answer.cookies
    assert row_counts() == before
    assert send("POST", TOKEN, None, **OWN, **cookie).status == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost", "http://localhost"),
        ("localhost", "https://localhost"),  # a proxy ended TLS, and nobody told us
        ("LOCALHOST:8000", "http://localhost:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_browser_that_sends_only_the_origin_is_let_in(world: World, host: str, origin: str) -> None:
    answer = send("POST", TOKEN, None, Host=host, Origin=origin, **cookie_of(sign_in(world)))
    assert answer.status == 200


def test_behind_a_proxy_the_host_is_the_one_the_browser_asked_for(world: World) -> None:
    cookie = cookie_of(sign_in(world))
    with override_settings(ALLOWED_HOSTS=["erp.example.com"]):
        here = {"Host": "erp.example.com", "Origin": "https://erp.example.com"}
        assert send("POST", TOKEN, None, **here, **cookie).status == 200
        assert send("POST", TOKEN, None, **here | {"X-Forwarded-Host": "evil.example"}, **cookie).status == 200
        assert send("POST", TOKEN, None, **here | {"Origin": "https://evil.example"}, **cookie).status == 403
