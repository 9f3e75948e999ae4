"""Answers that are sent while they are made: by a thread of WSGI as they come, by ASGI without gathering them first."""

from collections.abc import AsyncIterator, Callable, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


class Parts(Iterator[bytes]):
    """The parts of an answer. `close` gives back what they are made from, however far they got."""

    def __init__(self, parts: Iterator[bytes], close: Callable[[], None]) -> None:
        self._parts, self._close = parts, close

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        self._close()


class _Asynchronously(AsyncIterator[bytes]):
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __anext__(self) -> bytes:
        part = await sync_to_async(self._next, thread_sensitive=True)()
        if part is None:
            raise StopAsyncIteration
        return part

    def _next(self) -> bytes | None:
        return next(self._parts, None)

    def close(self) -> None:
        self._parts.close()


def streamed(request: HttpRequest, parts: Parts, *, content_type: str) -> StreamingHttpResponse:
    """The parts as an answer, closed when it ends or is cut off."""
    content = _Asynchronously(parts) if isinstance(request, ASGIRequest) else parts
    return StreamingHttpResponse(content, content_type=content_type)
