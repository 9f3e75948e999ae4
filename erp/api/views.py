"""What every view of the API has: an actor, a right it asks for, a strict body, an idempotency key, a dry run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote

import msgspec
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from erp.access import Actor, Credentials, identify, require
from erp.api.contracts import Operation
from erp.characters import is_clean
from erp.idempotency import MAX_KEY_LENGTH, Answer, RepeatKey
from erp.locking import set_company
from erp.models.scoped import HasCompany
from erp.parsing import read_into, read_object
from erp.problems import (
    InvalidApiKey,
    NotAuthenticated,
    NotFound,
    NothingSentToImport,
    ParseError,
    TooLarge,
    UnsupportedMediaType,
    ValidationFailed,
)
from erp.rights import Right, Scope
from erp.throttling import MINUTE, Allowance, count_unknown_key, require_allowance
from erp.tokens import STREAM_COOKIE

S = TypeVar("S", bound=msgspec.Struct)


class ErpView(APIView):
    """Base of every view.

    `rights` is the policy: method → the right it asks for. `scopes` says which API key scopes open a method; a method
    without scopes takes no keys. `bodies` names what a method reads, `operations` what it answers, for the OpenAPI document.
    `actor` and `now` are set before the handler runs.
    """

    rights: ClassVar[dict[str, Right]]
    scopes: ClassVar[Mapping[str, tuple[Scope, ...]]] = {}
    bodies: ClassVar[Mapping[str, type[msgspec.Struct]]] = {}
    operations: ClassVar[Mapping[str, Operation]] = {}
    authentication_classes = ()
    permission_classes = ()
    parser_classes = ()

    actor: Actor
    now: datetime
    _allowance: Allowance | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse odd characters, find out who asks, and whether he may. Replaces DRF's negotiation and throttles."""
        raw = request._request
        self.now = timezone.now()
        _refuse_odd_characters(raw)
        method = "GET" if raw.method in {"HEAD", "OPTIONS"} else str(raw.method)
        if method not in self.rights:
            self.http_method_not_allowed(request, *args, **kwargs)
        right = self.rights[method]
        if right is Right.ANYONE:
            return
        scopes = self.scopes.get(method, ())
        try:
            self.actor = identify(credentials_of(raw, takes_keys=bool(scopes)), now=self.now)
        except NotAuthenticated:
            if right is Right.IMPORT:
                raise NothingSentToImport from None
            raise
        except InvalidApiKey as problem:
            count_unknown_key(problem, address=client_address(raw), now=self.now)
            raise
        if settings.REQUESTS_PER_MINUTE:
            name, limit = f"requests {self.actor.credential_id}", settings.REQUESTS_PER_MINUTE
            self._allowance = require_allowance(name, limit=limit, window=MINUTE, now=self.now)
        require(self.actor, right, scopes)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tells what is left of the limit, where there is one."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._allowance is not None:
            for name, value in self._allowance.headers.items():
                response.headers[name] = value
        return response

    def read_body(self, kind: type[S]) -> tuple[S, dict[str, Any], bytes]:
        """The body as a struct, as the plain object it was read from, and as it came. Raises 400, 413, 415."""
        assert self.bodies.get(str(self.request.method)) is kind, "the OpenAPI document shows what is read"
        body = raw_body(self.request._request, max_bytes=settings.MAX_BODY_BYTES)
        plain = read_object(body, max_bytes=settings.MAX_BODY_BYTES)
        return read_into(kind, plain), plain, body

    def repeat_key(self, body: bytes) -> RepeatKey | None:
        """The request's ``Idempotency-Key``, bound to this route and body; None when it brings none."""
        headers = self.request._request.headers
        key = headers.get("Idempotency-Key") or headers.get("X-Idempotency-Key")
        if not key:
            return None
        if len(key) > MAX_KEY_LENGTH or not is_clean(key):
            raise ValidationFailed(errors={"Idempotency-Key": [f"At most {MAX_KEY_LENGTH} visible characters."]})
        raw = self.request._request
        route = f"{raw.method} {raw.resolver_match.route if raw.resolver_match else raw.path}"
        return RepeatKey.of(route=route, key=key, body=body, query=raw.META.get("QUERY_STRING", ""))

    def is_dry_run(self) -> bool:
        return self.flag("dry_run")

    def flag(self, name: str) -> bool:
        return self.choice(name, "true", "false") == "true"

    def choice(self, name: str, *values: str) -> str:
        """A query parameter that is one of the values, or absent (``""``). Said twice it is refused, not guessed."""
        given = self.request._request.GET.getlist(name) or [""]
        if len(given) > 1 or given[0] not in {"", *values}:
            raise ValidationFailed(errors={name: [f"Must be {' or '.join(values)}."]})
        return given[0]


@contextmanager
def scoped_read(actor: HasCompany) -> Iterator[None]:
    """A read transaction with the company set for row-level security."""
    with transaction.atomic():
        set_company(actor.company_id)
        yield


def credentials_of(request: HttpRequest, *, takes_keys: bool) -> Credentials:
    """What the request brought; a route that takes no keys does not look at one."""
    headers = request.headers
    return Credentials(
        authorization=headers.get("Authorization", ""),
        api_key=headers.get("X-API-Key", "") if takes_keys else "",
        company=headers.get("X-Company-ID", ""),
        address=client_address(request),
    )


def client_address(request: HttpRequest) -> str:
    """The address the request came from: the peer, or what our own proxies say they saw."""
    hops = settings.TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def stream_cookie_of(request: HttpRequest) -> str:
    return request.COOKIES.get(STREAM_COOKIE, "")


def raw_body(request: HttpRequest, *, max_bytes: int) -> bytes:
    """The body, counted while it is read.

    Raises TooLarge, ParseError for a body that breaks off, UnsupportedMediaType for anything but plain JSON.
    """
    media_type = (request.META.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMediaType(f"Send Content-Type: application/json, not {ascii(media_type)[1:-1]}.")
    if request.headers.get("Content-Encoding", "identity") not in {"", "identity"}:
        raise UnsupportedMediaType("This route takes no compressed bodies.")
    try:
        body = request.read(max_bytes + 1)
    except UnreadablePostError:
        raise ParseError("The body broke off before its end.") from None
    if len(body) > max_bytes:
        raise TooLarge(f"The body is larger than {max_bytes} bytes.")
    return body


def _refuse_odd_characters(request: HttpRequest) -> None:
    if not is_clean(request.path):
        raise NotFound
    query = request.META.get("QUERY_STRING", "")
    if query and not is_clean(unquote(query, errors="surrogateescape")):
        raise ValidationFailed("The query holds characters that are not allowed.")


def json_response(body: Any, *, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json", status=status)


def answer_response(answer: Answer) -> HttpResponse:
    """A stored or fresh answer; a replayed one says so."""
    response = HttpResponse(answer.body, content_type="application/json", status=answer.status)
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
