"""What every route of the books' surface has: ids in paths, strict bodies, ETags, use cases that answer once, lists.

No API keys here: people only. Unknown parameters are refused everywhere, because a misspelt ``dry_run`` would be real.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from msgspec import Struct

from erp.api.conditional import unless_seen, version_named
from erp.api.filtering import Asker, ListFilter, filtered, refuse_unknown
from erp.api.listing import Window, window_of
from erp.api.views import ErpView, answer_response, json_response, raw_body, scoped_read
from erp.bodies import EmptyBody, RowsBody, read_strictly
from erp.clock import day_in
from erp.idempotency import Answer
from erp.identifiers import as_uuid
from erp.parsing import read_object
from erp.performing import Terms
from erp.problems import NotFound, ValidationFailed
from erp.rights import Right

S = TypeVar("S", bound=Struct)
Result = TypeVar("Result")
Row = TypeVar("Row", bound=Model)

_NOT_KNOWN_TO_SHOW = "Must be among: "


class ResourceView(ErpView):
    """Base of the views.

    `missing` is what a 404 of this kind of row says; `expandable` names what ``?expand=`` may add to the answer.
    """

    missing: ClassVar[str] = "Not found."
    expandable: ClassVar[frozenset[str]] = frozenset()

    _sent: bytes | None = None

    def path_id(self, text: str, *, missing: str = "") -> UUID:
        """The id in the path. Raises NotFound for what is no id, as for one that nobody has."""
        found = as_uuid(text)
        if found is None:
            raise NotFound(missing or self.missing)
        return found

    def body(self, kind: type[S]) -> S:
        """The body as a struct; an empty one equals ``{}``. Raises 400 with every fault, 413, 415."""
        assert self.bodies.get(str(self.request.method), EmptyBody) is kind, "the OpenAPI document shows what is read"
        self._sent = raw_body(self.request._request, max_bytes=settings.MAX_BODY_BYTES) or b"{}"
        if issubclass(kind, RowsBody):
            named = b'{"%s": %s}' % (kind.member().encode(), self._sent)
            return read_strictly(kind, read_object(named, max_bytes=settings.MAX_BODY_BYTES + len(named) - len(self._sent)))
        return read_strictly(kind, read_object(self._sent, max_bytes=settings.MAX_BODY_BYTES))

    def expand(self) -> frozenset[str]:
        """What ``?expand=voucher,stock`` asks to add. Raises ValidationFailed for names that are not offered here."""
        text = self.request._request.GET.get("expand", "")
        asked = frozenset(part.strip() for part in text.split(",") if part.strip())
        if not asked <= self.expandable:
            raise ValidationFailed(errors={"expand": [_NOT_KNOWN_TO_SHOW + ", ".join(sorted(self.expandable)) + "."]})
        return asked

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def terms(self, show: Callable[[Result], Any], *, status: int = 200) -> Terms[Result]:
        """On which terms a use case is to answer: the payload that shows its result, the request's key, its dry run.

        The body has been read before. Raises 400 for unknown parameters and for an unfit key.
        """
        assert self._sent is not None, "the body is a part of what the key is bound to"
        self._refuse_unknown("dry_run")
        dry_run = self.is_dry_run()

        def answer(result: Result) -> Answer:
            if status == 204:
                return Answer(status, "")
            shown = show(result)
            if dry_run:
                shown = _not_kept(shown, created=status == 201)
            return Answer(status, msgspec.json.encode(shown).decode())

        return Terms(answer, repeat=self.repeat_key(self._sent), dry_run=dry_run)

    def expected_version(self) -> int | None:
        """The version that ``If-Match`` names, to be judged under lock; None when the write is to happen anyway."""
        return version_named(self.request._request)

    def respond(self, answer: Answer, *, location: str = "") -> HttpResponse:
        """The answer, with the tag of the version it shows, and where the row that was made is found."""
        if answer.status == 204:
            response = HttpResponse(status=204)
            if answer.replayed:
                response.headers["Idempotent-Replayed"] = "true"
            return response
        response = answer_response(answer)
        told = msgspec.json.decode(answer.body, type=_Told)
        if told.dry_run:
            return response
        _tag(response, told.version)
        if answer.status == 201 and location:
            response.headers["Location"] = f"{location}{told.id}/"
        return response

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def found(self, read: Callable[[], Any | None]) -> HttpResponse:
        """One row as its payload shows it, with its tag; 304 to who has this version. Raises NotFound when there is none."""
        self._refuse_unknown()
        with scoped_read(self.actor):
            shown = read()
        if shown is None:
            raise NotFound(self.missing)
        version = getattr(shown, "version", None)
        response = json_response(shown)
        return response if version is None else unless_seen(self.request._request, response, version=version)

    def listed(
        self,
        rows: QuerySet[Row],
        show: Callable[[list[Row]], Iterable[Any]],
        *,
        filters: type[ListFilter],
        columns: tuple[str, ...] = ("id",),
    ) -> HttpResponse:
        """The rows that pass the filters, newest first by the columns: an array, or a page when paging is asked for."""
        raw = self.request._request
        window = Window.read(raw.GET)
        with scoped_read(self.actor):
            passed = filtered(filters, raw.GET, rows, Asker(self.actor.company_id, self.today, self.actor.company.timezone))
            page = window_of(passed, window, columns=columns, url=raw.build_absolute_uri())
            results = list(show(page.rows))
        if window.paged:
            return json_response({"results": results, "next": page.next, "previous": page.previous})
        response = json_response(results)
        if page.next is not None:
            response.headers["Link"] = f'<{page.next}>; rel="next"'
        return response

    def require(self, rows: QuerySet[Row]) -> None:
        """Raise NotFound unless there is one: what the rows of a list below it belong to."""
        with scoped_read(self.actor):
            if not rows.exists():
                raise NotFound(self.missing)

    @property
    def today(self) -> date:
        """The day in the company's time zone."""
        return day_in(self.actor.company.timezone, self.now)

    def may(self, right: Right) -> bool:
        """Whether the person's role has the right."""
        return self.actor.allows(right, None)

    def _refuse_unknown(self, *names: str) -> None:
        known = {"_", *names} | ({"expand"} if self.expandable else set())
        refuse_unknown(self.request._request.GET, frozenset(known))


class _Told(Struct):
    """What the answer's headers repeat of its body."""

    id: str | None = None
    version: int | None = None
    dry_run: bool = False


def _tag(response: HttpResponse, version: int | None) -> None:
    if version is not None:
        response.headers["ETag"] = f'"{version}"'


def _not_kept(shown: Any, *, created: bool) -> dict[str, Any]:
    """The payload of a dry run says so, and names no row that does not exist."""
    members: dict[str, Any] = msgspec.to_builtins(shown)
    if created and "id" in members:
        members["id"] = None
    return members | {"dry_run": True}
