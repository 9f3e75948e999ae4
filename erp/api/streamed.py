"""What is answered before Django by an ASGI application of its own, because Django holds a thread for every open response.

`erp.urls.STREAMS` mounts them by their whole paths, and the policy and the OpenAPI document read here what no view tells.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from csp.constants import HEADER as CSP_HEADER
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch
from django.utils.module_loading import import_string

from erp.api.contracts import Operation
from erp.api.middleware import RequestMiddleware
from erp.api.rendering import as_problem, render_problem
from erp.api.requests import AsgiRequest
from erp.problems import MethodNotAllowed, Unavailable
from erp.rights import Right
from erp.rights import Scope as KeyScope
from erp.stream.hub import Hub

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_HEADERS = {
    "Content-Type": "text/event-stream",
    # `no-transform`, because a proxy that compresses waits for more.
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
# Django's middleware does not see these paths; these are its headers for every answer, refusals included.
_SAFE = {"X-Content-Type-Options": "nosniff", CSP_HEADER: build_policy()}


@dataclass(frozen=True, slots=True)
class StreamApp:
    """An ASGI application with its policy: who may GET it, and whether the stream's cookie opens it."""

    answer: Callable[[Scope, Receive, Send], Awaitable[None]]
    operation: Operation
    right: Right
    scopes: tuple[KeyScope, ...] = ()
    takes_cookie: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answer(scope, receive, send)


def stream_apps() -> Mapping[str, StreamApp]:
    """Those that are mounted, by their paths."""
    return {path: import_string(name) for path, name in import_string("erp.urls.STREAMS").items()}


def request_of(scope: Scope, answer: Callable[..., Any]) -> AsgiRequest:
    """The request. Routed by its whole path, before Django's own routing; this is what it is counted under."""
    request = AsgiRequest(dict(scope), BytesIO())
    request.resolver_match = ResolverMatch(answer, (), {}, route=request.path.removeprefix("/"))
    return request


def hub_of(scope: Scope) -> Hub:
    """The running `Hub` in the lifespan state. Raises Unavailable without one, and when it is about to stop."""
    hub = scope.get("state", {}).get("hub")
    if not isinstance(hub, Hub) or hub.closing:
        raise Unavailable
    return hub


def start_of_stream(request: HttpRequest, dress: Callable[[HttpResponse], None] = lambda _: None) -> Message:
    """The start of a stream that is granted; `dress` may add a cookie."""

    def granted(_: HttpRequest) -> HttpResponse:
        response = HttpResponse(headers=_HEADERS)
        dress(response)
        return response

    return _start(RequestMiddleware(granted)(request))


async def refuse(request: HttpRequest, refused: Exception, send: Send) -> None:
    """Answer with the JSON of the path's surface."""

    def render(request: HttpRequest) -> HttpResponse:
        problem = as_problem(refused, request.path)
        return render_problem(problem, path=request.path, accept=request.headers.get("Accept", ""))

    response = RequestMiddleware(render)(request)
    if response.status_code == MethodNotAllowed.status:
        response.headers["Allow"] = "GET"
    body = getattr(response, "content", b"")
    response.headers["Content-Length"] = str(len(body))
    await send(_start(response))
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _start(response: Any) -> Message:
    named = {**response.headers, **_SAFE}
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in named.items()]
    headers += [(b"set-cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}
