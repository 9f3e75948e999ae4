"""What every view of the warehouse has: a body whose unknown members are told, and envelope B around the answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import msgspec
from django.http import HttpResponse

from erp.api.uploads import Parts, read_form
from erp.api.views import ErpView, answer_response
from erp.idempotency import Answer, RepeatKey
from erp.parsing import unknown_members
from erp.performing import Terms
from invoices.payloads import ENCODER
from invoices.warnings import WarningEntry, unknown_fields

S = TypeVar("S", bound=msgspec.Struct)
Result = TypeVar("Result")


class WarehouseView(ErpView):
    """Base of the views: `message` is what a success says."""

    message: ClassVar[str] = ""

    _sent: bytes = b""
    _ignored: Sequence[str] = ()

    def body(self, kind: type[S]) -> S:
        """The body as a struct. Raises 400 with every bad field, 413, 415."""
        body, plain, self._sent = self.read_body(kind)
        self._ignored = unknown_members(plain, kind)
        return body

    def form(self, kind: type[S], *, files: Mapping[str, frozenset[str]]) -> tuple[S, Parts]:
        """A multipart body as a struct, with its files of these media types. Raises 400 with every bad field, 413, 415."""
        assert self.bodies.get(str(self.request.method)) is kind, "the OpenAPI document shows what is read"
        body, plain, parts = read_form(self.request._request, kind, files=files)
        self._sent = parts.fingerprint()
        self._ignored = unknown_members(plain, kind)
        return body, parts

    def key(self) -> RepeatKey | None:
        return self.repeat_key(self._sent)

    def terms(self, show: Callable[[Result], Any], *, status: int = 200) -> Terms[Result]:
        """On which terms a use case is to answer: the payload that shows its result, the request's key, its dry run."""
        dry_run = self.is_dry_run()

        def answer(result: Result) -> Answer:
            shown = show(result)
            if dry_run and status == 201 and hasattr(shown, "id"):
                shown.id = None
            return self.enveloped(shown, status=status)

        return Terms(answer, repeat=self.key(), dry_run=dry_run)

    def enveloped(
        self,
        data: Any,
        *,
        status: int = 200,
        beside: Mapping[str, Any] | None = None,
        warnings: list[WarningEntry] | None = None,
        message: str = "",
    ) -> Answer:
        """``{success, message, data}``, with what stands beside `data`."""
        body = {"success": True, "message": message or self.message, "data": data, **(beside or {})}
        return self.told(body, status=status, warnings=warnings or [])

    def told(self, body: dict[str, Any], *, status: int = 200, warnings: Sequence[WarningEntry] = ()) -> Answer:
        """A success, with what was accepted with doubt, and that it was only tried."""
        if entries := [*warnings, *unknown_fields(self._ignored)]:
            body["warnings"] = entries
        if self.is_dry_run():
            body["dry_run"] = True
        return Answer(status, ENCODER.encode(body).decode())

    def respond(self, answer: Answer) -> HttpResponse:
        return answer_response(answer)
