"""The page for people, and the three requests that hold its session.

The page keeps an access token in its memory and reads the API with it, like any other client. The refresh token lies in a
cookie that no script can read and that is sent nowhere but here; the stream has a cookie of its own, as after any login.
"""

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from drf_spectacular.settings import spectacular_settings
from rest_framework.request import Request

from erp.access import Credentials, identify
from erp.api.auth import LoginBody, drop_stream_cookie, set_stream_cookie
from erp.api.views import ErpView, json_response
from erp.authenticating import Tokens, log_in, log_out, refresh_access
from erp.models import User
from erp.problems import NotAuthenticated, PermissionDenied
from erp.rights import Right
from erp.tokens import TokenKind, read_token

CONSOLE_COOKIE = "erp_console"
CONSOLE_PATH = "/console/"

# Its own files and the API, nothing else. With trusted types a browser refuses to make HTML or script out of a text,
# wherever a slip of the pen would.
PAGE_POLICY = {
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF],
    "connect-src": [SELF],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["'none'"],
}


class RootView(ErpView):
    """GET: leads to the page."""

    rights: ClassVar = {"GET": Right.ANYONE}

    def get(self, request: Request) -> HttpResponse:
        return HttpResponseRedirect(reverse("console"))


class PageView(ErpView):
    """GET: the page, the same for everybody; who uses it and what he sees comes later, as JSON."""

    rights: ClassVar = {"GET": Right.ANYONE}

    @method_decorator(csp_update(PAGE_POLICY))
    def get(self, request: Request) -> HttpResponse:
        response = render(request._request, "console/page.html", {"title": spectacular_settings.TITLE})
        response.headers["Cache-Control"] = "no-cache"
        return response


class PageRequestView(ErpView):
    """POST from the page itself: the cookies that answer and go along are not for other sites to use."""

    rights: ClassVar = {"POST": Right.ANYONE}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_same_origin(request._request)


class SessionView(PageRequestView):
    """POST e-mail and password; answers an access token and who it is for, and keeps the refresh token in its cookie."""

    bodies: ClassVar = {"POST": LoginBody}

    def post(self, request: Request) -> HttpResponse:
        body, _, _ = self.read_body(LoginBody)
        logged_in = log_in(email=body.email, password=body.password, company="", now=self.now)
        return session_response(logged_in.tokens, now=self.now)


class TokenView(PageRequestView):
    """POST with the cookie; answers a fresh access token and who it is for."""

    def post(self, request: Request) -> HttpResponse:
        refresh = request._request.COOKIES.get(CONSOLE_COOKIE, "")
        if not refresh:
            raise NotAuthenticated
        return session_response(refresh_access(refresh=refresh, now=self.now), now=self.now)


class SignOutView(PageRequestView):
    """POST with the cookie; ends its login with all tokens, and both cookies. There is nothing to refuse."""

    def post(self, request: Request) -> HttpResponse:
        refresh = request._request.COOKIES.get(CONSOLE_COOKIE, "")
        claims = read_token(refresh, TokenKind.REFRESH)
        user = User.objects.filter(id=claims.user_id).first() if claims else None
        if user is not None:
            log_out(refresh=refresh, user=user, now=self.now)
        response = HttpResponse(status=204)
        response.delete_cookie(CONSOLE_COOKIE, path=CONSOLE_PATH, samesite="Strict")
        drop_stream_cookie(response)
        return response


def require_same_origin(request: HttpRequest) -> None:
    """Raise PermissionDenied unless the browser says that a page of this very server asks, under one of its own names.

    Every browser says it on a POST: in ``Sec-Fetch-Site`` where it trusts the connection, in ``Origin`` always. Only the
    host of the latter is compared, because a proxy that ends TLS may not tell us the scheme; where the two schemes differ,
    ``Sec-Fetch-Site`` says so.
    """
    site, origin = (request.headers.get(name, "") for name in ("Sec-Fetch-Site", "Origin"))
    here = request.get_host().lower()
    is_own = site == "same-origin" if site else _host_of(origin) == here
    if not is_own:
        raise PermissionDenied("Only the page of this server may ask for that.")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def session_response(tokens: Tokens, *, now: datetime) -> HttpResponse:
    """The access token and who it is for; the other two tokens go into cookies.

    Raises PermissionDenied when the person has no company any more.
    """
    actor = identify(Credentials(authorization=f"Bearer {tokens.access}"), now=now)
    company = actor.company
    response = json_response(
        {
            "access": tokens.access,
            "user": {"name": actor.name, "email": actor.email},
            "role": actor.role,
            "company": {
                "id": company.id,
                "code": company.code,
                "name": company.name,
                "timezone": company.timezone,
                "currency": company.base_currency.code,
            },
        }
    )
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        CONSOLE_COOKIE,
        tokens.refresh,
        max_age=int(settings.REFRESH_TOKEN_LIFETIME.total_seconds()),
        path=CONSOLE_PATH,
        httponly=True,
        samesite="Strict",
        secure=settings.SECURE_COOKIES,
    )
    set_stream_cookie(response, tokens.stream)
    return response
