"""People over HTTP: ``/api/auth/``. Envelope ``{success, status_code, message, data}``."""

from typing import Annotated, Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from erp.access import Actor
from erp.api.operations import CHANGE_PASSWORD, LOGIN, LOGOUT, ME, REFRESH
from erp.api.views import ErpView, client_address, json_response
from erp.authenticating import Tokens, change_password, log_in, log_out, refresh_access
from erp.characters import ONE_LINE
from erp.clock import instant_text
from erp.models import Login, User
from erp.problems import InvalidToken, PermissionDenied
from erp.rights import Right, Role, shown_role
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
        response = envelope(
            "Login successful",
            {
                "refresh": logged_in.tokens.refresh,
                "access": logged_in.tokens.access,
                "user": shown_user(logged_in.user, logged_in.role),
                "menus": [],
            },
        )
        set_stream_cookie(response, logged_in.tokens)
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
        set_stream_cookie(response, tokens)
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
        return envelope("User retrieved successfully", own_profile(own_user(self.actor), self.actor))


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
        change_password(user=user, login=login, old_password=body.old_password, new_password=body.new_password, now=self.now)
        return envelope("Password changed successfully", {})


def own_user(actor: Actor) -> User:
    """The person behind the token; keys have no account."""
    user = User.objects.filter(id=actor.id).first()
    if user is None:
        raise PermissionDenied
    return user


def shown_user(user: User, role: Role) -> dict[str, Any]:
    """The `user` of a login, with the role names that published clients know."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "avatar": None,
        "role": shown_role(role),
        "company_role": role.value,
        "department": None,
        "department_id": None,
        "job_title": None,
        "is_staff": role in {Role.OWNER, Role.ADMIN},
        "is_superuser": role is Role.OWNER,
        "groups": [],
    }


def own_profile(user: User, actor: Actor) -> dict[str, Any]:
    """**U** of the sales contract."""
    role = actor.role or Role.VIEWER
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "phone": user.phone,
        "avatar": None,
        "role": shown_role(role),
        "company_role": role.value,
        "department": None,
        "department_id": None,
        "job_title": None,
        "job_title_name": None,
        "is_active": user.is_active,
        "is_staff": role in {Role.OWNER, Role.ADMIN},
        "date_joined": instant_text(user.date_joined),
        "last_login": instant_text(user.last_login) if user.last_login else None,
        "created_by_name": None,
    }


def set_stream_cookie(response: HttpResponse, tokens: Tokens) -> None:
    """Opens event streams from a page of the same origin, and nothing else."""
    response.set_cookie(
        STREAM_COOKIE,
        tokens.stream,
        max_age=int(settings.REFRESH_TOKEN_LIFETIME.total_seconds()),
        path=STREAM_PATH,
        httponly=True,
        samesite="Strict",
        secure=settings.SECURE_COOKIES,
    )


def drop_stream_cookie(response: HttpResponse) -> None:
    response.delete_cookie(STREAM_COOKIE, path=STREAM_PATH, samesite="Strict")
