"""What the views of people and settings have in common: envelopes C and B, unknown members told, keys that keep secrets."""

import hmac
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpResponse
from msgspec import Struct

from erp.api.contracts import REPEATED, Operation, Parameter, Reply
from erp.api.envelopes import success_of
from erp.api.files import file_urls
from erp.api.uploads import Parts, read_form
from erp.api.views import ErpView, answer_response, json_response
from erp.bodies import sent
from erp.cautions import Caution
from erp.idempotency import Answer
from erp.identifiers import as_uuid
from erp.parsing import unknown_members
from erp.performing import Terms
from erp.problems import NotFound, Problem
from erp.storing import UrlOf
from invoices.warnings import unknown_fields

S = TypeVar("S", bound=Struct)
Result = TypeVar("Result")


class EnvelopedView(ErpView):
    """Base of the views: `message` is what a success says, `missing` what an id says that is none."""

    message: ClassVar[str] = ""
    missing: ClassVar[type[NotFound]] = NotFound
    shown_only: ClassVar[frozenset[str]] = frozenset()
    """Members that a client sends back as it was shown them: ignored without a word."""
    tells_status: ClassVar[bool] = True
    """Whether the envelope repeats the status (C) or not (B)."""

    _sent: bytes = b""
    _ignored: Collection[str] = ()

    def body(self, kind: type[S]) -> dict[str, Any]:
        """The members that were sent, as columns. Raises 400 with every bad field, 413, 415."""
        body, plain, self._sent = self.read_body(kind)
        self._ignored = [name for name in unknown_members(plain, kind) if name not in self.shown_only]
        return sent(body)

    def form(self, kind: type[S], *, files: Mapping[str, frozenset[str]]) -> tuple[dict[str, Any], Parts]:
        """The same of a multipart body, and its files of these media types."""
        assert self.bodies.get(str(self.request.method)) is kind, "the OpenAPI document shows what is read"
        body, plain, parts = read_form(self.request._request, kind, files=files)
        self._sent = parts.fingerprint()
        self._ignored = [name for name in unknown_members(plain, kind) if name not in self.shown_only]
        return sent(body), parts

    def file_urls(self) -> UrlOf:
        """Shows the company's files to whoever asks."""
        return file_urls(self.request._request, self.actor.company_id)

    def path_id(self, text: str) -> UUID:
        found = as_uuid(text)
        if found is None:
            raise self.missing
        return found

    def terms(
        self,
        show: Callable[[Result], Any],
        *,
        status: int = 200,
        warned: Callable[[Result], list[dict[str, Any]]] = lambda result: [],
    ) -> Terms[Result]:
        """On which terms a use case is to answer: the payload that shows its result, the request's key, its dry run.

        The key is bound to the body by a keyed hash: a body may hold a password, which a plain one would give away.
        """
        dry_run = self.is_dry_run()
        seal = hmac.digest(settings.SECRET_KEY.encode(), self._sent, "sha256")

        def answer(result: Result) -> Answer:
            if status == 204:
                return Answer(status, "")
            shown = show(result)
            if dry_run and status == 201:
                shown.id = None
            return self.enveloped(shown, status=status, warnings=warned(result))

        return Terms(answer, repeat=self.repeat_key(seal), dry_run=dry_run)

    def enveloped(self, data: Any, *, status: int = 200, warnings: Collection[dict[str, Any]] = ()) -> Answer:
        """The answer of a write."""
        body = self._envelope(data, status)
        if told := [*warnings, *unknown_fields(list(self._ignored))]:
            body["warnings"] = told
        if self.is_dry_run():
            body["dry_run"] = True
        return Answer(status, msgspec.json.encode(body).decode())

    def respond(self, answer: Answer) -> HttpResponse:
        if answer.status != 204:
            return answer_response(answer)
        response = HttpResponse(status=204)
        if answer.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    def shown(self, data: Any) -> HttpResponse:
        """What was read."""
        return json_response(self._envelope(data, 200))

    def _envelope(self, data: Any, status: int) -> dict[str, Any]:
        repeated = {"status_code": status} if self.tells_status else {}
        return {"success": True, **repeated, "message": self.message, "data": data}


def enveloped(name: str, data: Any, *, tells_status: bool = True) -> type[Struct]:
    """Envelope C (or B) around this payload, for the OpenAPI document."""
    return success_of(name, data, warned=Caution, tells_status=tells_status)


def reads(
    name: str,
    summary: str,
    says: str,
    answer: Any,
    *refusals: type[Problem],
    parameters: tuple[Parameter, ...] = (),
) -> Operation:
    return Operation(
        name=name, summary=summary, replies={200: Reply(says, answer)}, refusals=refusals, parameters=parameters
    )


def writes(
    name: str,
    summary: str,
    says: str,
    answer: Any,
    *refusals: type[Problem],
    status: int = 200,
    parameters: tuple[Parameter, ...] = (),
    files: tuple[str, ...] = (),
    examples: Mapping[str, Any] | None = None,
) -> Operation:
    return Operation(
        name=name,
        summary=summary,
        replies={status: Reply(says, answer, headers=REPEATED)},
        refusals=refusals,
        parameters=parameters,
        examples=examples or {},
        files=files,
        repeatable=True,
    )
