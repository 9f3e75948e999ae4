"""People over HTTP: ``/api/auth/``. Envelope ``{success, status_code, message, data}``."""

from typing import Annotated, Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from erp.access import Actor
from erp.api.files import file_urls
from erp.api.operations import CHANGE_PASSWORD, LOGIN, LOGOUT, ME, REFRESH
from erp.api.views import ErpView, client_address, json_response, scoped_read
from erp.authenticating import WrongCredentials, change_password, log_in, log_out, refresh_access
from erp.characters import ONE_LINE
from erp.models import Login, User, Within
from erp.problems import InvalidToken, PermissionDenied
from erp.profiles import find_profile, menus_of, own_membership, profile, shown_user
from erp.rights import Right
from erp.throttling import counted_login
from erp.tokens import STREAM_COOKIE, STREAM_PATH

_Password = Annotated[str, Meta(min_length=1, max_length=128, pattern=ONE_LINE)]
_Token = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"^[\w.-]*\Z")]


class LoginBody(Struct, kw_only=True, frozen=True):
    email: Annotated[str, Meta(min_length=1, max_length=254, pattern=ONE_LINE)]
    password: _Password


class RefreshBody(Struct, kw_only=True, frozen=True):
    refresh: _Token


class ChangePasswordBody(Struct, kw_only=True, frozen=True):
    old_password: _Password
    new_password: Annotated[str, Meta(min_length=8, max_length=128, pattern=ONE_LINE)]


def envelope(message: str, data: Any, *, status: int = 200) -> HttpResponse:
    body = {"success": True, "status_code": status, "message": message, "data": data}
    return json_response(body, status=status)


class LoginView(ErpView):
    """POST e-mail and password; answers tokens, the user and his menus, and sets the stream cookie."""

    rights: ClassVar = {"POST": Right.ANYONE}
    bodies: ClassVar = {"POST": LoginBody}
    operations: ClassVar = {"POST": LOGIN}

    def post(self, request: Request) -> HttpResponse:
        body, _, _ = self.read_body(LoginBody)
        company = self.request._request.headers.get("X-Company-ID", "")
        with counted_login(email=body.email, address=client_address(self.request._request), now=self.now):
            logged_in = log_in(email=body.email, password=body.password, company=company, now=self.now)
        within = Within(logged_in.company.id)
        with scoped_read(within):
            membership = find_profile(within, logged_in.user.id)
            if membership is None:
                raise WrongCredentials  # let go in this very moment
            url_of = file_urls(self.request._request, within.company_id)
            shown = {"user": shown_user(membership, url_of=url_of), "menus": menus_of(membership)}
        tokens = {"refresh": logged_in.tokens.refresh, "access": logged_in.tokens.access}
        response = envelope("Login successful", tokens | shown)
        set_stream_cookie(response, logged_in.tokens.stream)
        return response


class RefreshView(ErpView):
    """POST a refresh token; answers bare ``{access, refresh}``, as the published clients read it."""

    rights: ClassVar = {"POST": Right.ANYONE}
    bodies: ClassVar = {"POST": RefreshBody}
    operations: ClassVar = {"POST": REFRESH}

    def post(self, request: Request) -> HttpResponse:
        body, _, _ = self.read_body(RefreshBody)
        tokens = refresh_access(refresh=body.refresh, now=self.now)
        response = json_response({"access": tokens.access, "refresh": tokens.refresh})
        set_stream_cookie(response, tokens.stream)
        return response


class LogoutView(ErpView):
    """POST the refresh token; ends the login and its cookie."""

    rights: ClassVar = {"POST": Right.MEMBER}
    bodies: ClassVar = {"POST": RefreshBody}
    operations: ClassVar = {"POST": LOGOUT}

    def post(self, request: Request) -> HttpResponse:
        body, _, _ = self.read_body(RefreshBody)
        log_out(refresh=body.refresh, user=own_user(self.actor), now=self.now)
        response = HttpResponse(status=204)
        drop_stream_cookie(response)
        return response


class MeView(ErpView):
    """GET the person behind the token, in the active company."""

    rights: ClassVar = {"GET": Right.MEMBER}
    operations: ClassVar = {"GET": ME}

    def get(self, request: Request) -> HttpResponse:
        with scoped_read(self.actor):
            url_of = file_urls(self.request._request, self.actor.company_id)
            shown = profile(own_membership(self.actor), url_of=url_of)
        return envelope("User retrieved successfully", shown)


class ChangePasswordView(ErpView):
    """POST old and new password; every other login of the person ends."""

    rights: ClassVar = {"POST": Right.MEMBER}
    bodies: ClassVar = {"POST": ChangePasswordBody}
    operations: ClassVar = {"POST": CHANGE_PASSWORD}

    def post(self, request: Request) -> HttpResponse:
        body, _, _ = self.read_body(ChangePasswordBody)
        user = own_user(self.actor)
        login = Login.objects.get(id=self.actor.login_id) if self.actor.login_id else None
        if login is None:
            raise InvalidToken
        change_password(
            actor=self.actor,
            user=user,
            login=login,
            old_password=body.old_password,
            new_password=body.new_password,
            now=self.now,
        )
        return envelope("Password changed successfully", {})


def own_user(actor: Actor) -> User:
    """The person behind the token; keys have no account."""
    user = User.objects.filter(id=actor.id).first()
    if user is None:
        raise PermissionDenied
    return user


def set_stream_cookie(response: HttpResponse, token: str) -> None:
    """Opens event streams from a page of the same origin, and nothing else. It may end before its `max_age`."""
    response.set_cookie(
        STREAM_COOKIE,
        token,
        max_age=int(settings.REFRESH_TOKEN_LIFETIME.total_seconds()),
        path=STREAM_PATH,
        httponly=True,
        samesite="Strict",
        secure=settings.SECURE_COOKIES,
    )


def drop_stream_cookie(response: HttpResponse) -> None:
    response.delete_cookie(STREAM_COOKIE, path=STREAM_PATH, samesite="Strict")
