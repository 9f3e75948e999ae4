"""Requests as we read them: in UTF-8, whatever charset their Content-Type claims."""

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest


class _Utf8(HttpRequest):
    """Django reads the query by that charset: in UTF-16 `dry_run=true` is another word, and `rot13` is a crash.

    JSON and query strings have no other encoding, so what is claimed is not heard.
    """

    @property
    def encoding(self) -> str | None:
        return None

    @encoding.setter
    def encoding(self, charset: str | None) -> None:
        pass


class WsgiRequest(_Utf8, WSGIRequest):
    pass


class AsgiRequest(_Utf8, ASGIRequest):
    pass
