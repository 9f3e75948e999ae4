"""Users over HTTP: ``/api/auth/users/``, in envelope C."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request

from companies.api.envelopes import EnvelopedView, enveloped, reads, writes
from companies.employing import (
    Employed,
    Oneself,
    SharedAccount,
    UnknownUser,
    change_person,
    dismiss_person,
    employ_person,
    hashed_password,
    suspend_person,
)
from companies.owners import LastOwner
from erp.api.contracts import Operation, Parameter
from erp.api.describing import path_ids
from erp.api.filtering import passing
from erp.api.paging import DEFAULT_SIZE, MAX_ROWS, Paging, numbered_page
from erp.api.uploads import Upload, is_multipart, saved_files
from erp.api.views import scoped_read
from erp.changing import AlreadyExists
from erp.characters import EMAIL, ONE_LINE
from erp.idempotency import Answer
from erp.media import IMAGES, MAX_PIXELS, UnknownMedia, picture_size
from erp.models import Membership, User
from erp.parsing import text_of
from erp.problems import PermissionDenied, ValidationFailed
from erp.profiles import RELATED, ListedProfile, Profile, find_profile, listed_profile, profile
from erp.rights import Right, WrittenRole, roles_shown_as
from erp.storing import SavedFile

SHOWN_ONLY = frozenset(
    {
        "id",
        "avatar",
        "company_role",
        "department",
        "job_title_name",
        "is_staff",
        "date_joined",
        "last_login",
        "created_by",
        "created_by_name",
    }
)
"""Members of U that follow from others, or cannot be chosen."""

_Email = Annotated[str, text_of(User, "email", pattern=EMAIL, required=True)]
_Name = Annotated[str, text_of(User, "name", required=True)]
_Phone = Annotated[str, text_of(User, "phone")]
_NewPassword = Annotated[str, Meta(min_length=8, max_length=128, pattern=ONE_LINE)]


class UserChanges(Struct, kw_only=True, frozen=True):
    """Members that are not sent stay."""

    email: _Email | UnsetType = UNSET
    name: _Name | UnsetType = UNSET
    phone: _Phone | UnsetType | None = UNSET
    password: _NewPassword | UnsetType = UNSET
    role: WrittenRole | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    department_id: UUID | UnsetType | None = UNSET
    job_title: UUID | UnsetType | None = UNSET
    remove_avatar: bool | UnsetType = UNSET


class UserReplacement(UserChanges, kw_only=True, frozen=True):
    """The same, and who sends a whole user says at least who he is."""

    email: _Email
    name: _Name
    role: WrittenRole


class UserBody(UserChanges, kw_only=True, frozen=True):
    email: _Email
    name: _Name
    password: _NewPassword


class UserActivePayload(Struct, kw_only=True):
    email: str
    is_active: bool


class UserPage(Struct, kw_only=True):
    count: int
    next: str | None
    previous: str | None
    results: list[ListedProfile]


UserAnswer, UsersAnswer = enveloped("UserAnswer", Profile), enveloped("UsersAnswer", UserPage)
ActiveAnswer = enveloped("ActiveUserAnswer", UserActivePayload)
_AVATAR = "avatar"
_IDS = path_ids({"user_id": "Id of the user."})
_OF_A_CHANGE = (UnknownUser, SharedAccount, PermissionDenied, Oneself, LastOwner, AlreadyExists)
_LIST_PARAMETERS = (
    Parameter("search", "E-mail address or name contains this.", {"type": "string", "maxLength": 100}),
    Parameter("role", "Members shown under this role, or with it.", {"enum": list(WrittenRole)}),
    Parameter("page", "Number of the page.", {"type": "integer", "minimum": 1, "default": 1}),
    Parameter(
        "page_size",
        f"Rows of a page, at most {MAX_ROWS}; `0`, `all` and `infinite` mean 1,000.",
        {"type": ["integer", "string"], "default": DEFAULT_SIZE},
    ),
)


class UserFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    search = django_filters.CharFilter(method="by_search", max_length=100)
    role = django_filters.ChoiceFilter(method="by_role", choices=[(role.value, role.value) for role in WrittenRole])

    def by_search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(Q(user__email__icontains=value) | Q(user__name__icontains=value))

    def by_role(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(role__in=[role.value for role in roles_shown_as(WrittenRole(value))])


class _UserView(EnvelopedView):
    message = "User"
    missing = UnknownUser
    shown_only = SHOWN_ONLY

    def wanted(self, columns: dict[str, Any]) -> dict[str, Any]:
        """What was sent, the password as what is kept of it, null in an optional text as blank."""
        if columns.get("phone", "") is None:
            columns["phone"] = ""
        if "password" in columns:
            columns["password"] = hashed_password(columns["password"])
        return columns

    def profile(self, membership: Membership) -> Profile:
        return profile(membership, url_of=self.file_urls())


class UserListView(_UserView):
    """GET a page of the company's people, the latest taken in first; POST a new one."""

    message = "Users"
    rights: ClassVar = {"GET": Right.KEEP_PEOPLE, "POST": Right.KEEP_PEOPLE}
    bodies: ClassVar = {"POST": UserBody}
    operations: ClassVar = {
        "GET": reads(
            "list_users",
            "The company's people, the latest taken in first.",
            "A page of them.",
            UsersAnswer,
            parameters=_LIST_PARAMETERS,
        ),
        "POST": writes(
            "create_user",
            "Take somebody in. Who has an account already joins with it, and keeps its password.",
            "He is a member.",
            UserAnswer,
            AlreadyExists,
            PermissionDenied,
            status=201,
            examples={
                "picker": {"email": "asha@example.com", "name": "Asha", "password": "correct horse", "role": "PICKER"}
            },
        ),
    }

    def get(self, request: Request) -> HttpResponse:
        raw = request._request
        paging = Paging.read(raw.GET)
        with scoped_read(self.actor):
            rows = Membership.objects.of(self.actor).filter(ended_at=None).select_related(*RELATED)
            filters = UserFilter({name: value for name, value in raw.GET.items() if value}, queryset=rows)
            page = numbered_page(passing(filters).order_by("-id"), paging, url=raw.build_absolute_uri())
            url_of = self.file_urls()
            results = [listed_profile(row, url_of=url_of) for row in page.rows]
        shown = {"count": page.count, "next": page.next, "previous": page.previous, "results": results}
        return self.shown(shown)

    def post(self, request: Request) -> HttpResponse:
        wanted = self.wanted(self.body(UserBody))
        email = wanted.pop("email")
        answer = employ_person.answer(
            self.terms(lambda employed: self.profile(employed.membership), status=201, warned=_kept),
            email=email,
            wanted=wanted,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


def _kept(employed: Employed) -> list[dict[str, Any]]:
    if not employed.account_kept:
        return []
    text = "This person had an account already; it keeps its name, phone and password."
    return [{"code": "account-kept", "message": text, "field": "email"}]


class UserDetailView(_UserView):
    """GET, PUT, PATCH and DELETE one of the company's people. Everybody may GET himself."""

    rights: ClassVar = {
        "GET": Right.MEMBER,
        "PUT": Right.KEEP_PEOPLE,
        "PATCH": Right.KEEP_PEOPLE,
        "DELETE": Right.KEEP_PEOPLE,
    }
    bodies: ClassVar = {"PUT": UserReplacement, "PATCH": UserChanges}
    operations: ClassVar = {
        "GET": reads(
            "get_user",
            "One user; others than oneself take *keep_people*.",
            "The user.",
            UserAnswer,
            UnknownUser,
            parameters=_IDS,
        ),
        "PUT": writes("replace_user", "Change a user.", "The user.", UserAnswer, *_OF_A_CHANGE, parameters=_IDS),
        "PATCH": writes(
            "change_user",
            "Change a user.",
            "The user.",
            UserAnswer,
            *_OF_A_CHANGE,
            UnknownMedia,
            parameters=_IDS,
            files=(_AVATAR,),
        ),
        "DELETE": writes(
            "remove_user",
            "Let somebody go for good: he is refused at once, what he did stays.",
            "He has left.",
            None,
            UnknownUser,
            PermissionDenied,
            Oneself,
            LastOwner,
            status=204,
            parameters=_IDS,
        ),
    }

    def get(self, request: Request, user_id: str) -> HttpResponse:
        wanted = self.path_id(user_id)
        if wanted != self.actor.id and not self.actor.allows(Right.KEEP_PEOPLE, None):
            raise PermissionDenied
        with scoped_read(self.actor):
            membership = find_profile(self.actor, wanted)
            if membership is None:
                raise UnknownUser
            shown = self.profile(membership)
        return self.shown(shown)

    def put(self, request: Request, user_id: str) -> HttpResponse:
        return self.respond(self._change(self.body(UserReplacement), user_id))

    def patch(self, request: Request, user_id: str) -> HttpResponse:
        if not is_multipart(request._request):
            return self.respond(self._change(self.body(UserChanges), user_id))
        columns, parts = self.form(UserChanges, files={_AVATAR: IMAGES})
        for picture in parts.files.values():
            _refuse_no_picture(picture)
        with saved_files(self.actor, parts) as saved:
            answer = self._change(columns, user_id, avatar=saved.files.get(_AVATAR))
            return self.respond(saved.settle(answer, dry_run=self.is_dry_run()))

    def delete(self, request: Request, user_id: str) -> HttpResponse:
        answer = dismiss_person.answer(
            self.terms(self.profile, status=204), user_id=self.path_id(user_id), actor=self.actor, now=self.now
        )
        return self.respond(answer)

    def _change(self, columns: dict[str, Any], user_id: str, *, avatar: SavedFile | None = None) -> Answer:
        return change_person.answer(
            self.terms(self.profile),
            user_id=self.path_id(user_id),
            wanted=self.wanted(columns),
            avatar=avatar,
            actor=self.actor,
            now=self.now,
        )


def _refuse_no_picture(upload: Upload) -> None:
    """Raises ValidationFailed unless it says how large a picture it is, and that it is none that unfolds to too much."""
    size = picture_size(upload.content, upload.media_type)
    if size is None:
        raise ValidationFailed(errors={_AVATAR: ["This is not a picture that can be shown."]})
    if size[0] * size[1] > MAX_PIXELS:
        raise ValidationFailed(
            errors={_AVATAR: [f"A picture may have {MAX_PIXELS:,} pixels; this one has {size[0]} × {size[1]}."]}
        )


def _suspends(name: str, summary: str, says: str) -> Operation:
    refusals = (UnknownUser, PermissionDenied, Oneself, LastOwner)
    return writes(name, summary, says, ActiveAnswer, *refusals, parameters=_IDS)


class _SuspensionView(EnvelopedView):
    missing = UnknownUser
    rights: ClassVar = {"POST": Right.KEEP_PEOPLE}
    active: ClassVar[bool]

    def post(self, request: Request, user_id: str) -> HttpResponse:
        answer = suspend_person.answer(
            self.terms(_active),
            user_id=self.path_id(user_id),
            is_active=self.active,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class ActivateUserView(_SuspensionView):
    """POST: let a user work again."""

    message = "User activated successfully"
    active = True
    operations: ClassVar = {
        "POST": _suspends("activate_user", "Let a user work again.", "He may work from his next request on.")
    }


class DeactivateUserView(_SuspensionView):
    """POST: refuse a user from now on."""

    message = "User deactivated successfully"
    active = False
    operations: ClassVar = {
        "POST": _suspends("deactivate_user", "Refuse a user from now on; his tokens end.", "He is refused at once.")
    }


def _active(membership: Membership) -> UserActivePayload:
    return UserActivePayload(email=membership.user.email, is_active=membership.is_active and membership.user.is_active)
