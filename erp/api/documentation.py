"""The OpenAPI document at ``/api/schema/`` and its page at ``/api/docs/``, which loads nothing from elsewhere."""

from functools import cache
from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from rest_framework.request import Request

from erp.api.operations import SCHEMA
from erp.api.views import ErpView, json_response
from erp.rights import Right

# Swagger UI sets style attributes and shows icons out of its own stylesheet.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@cache
def openapi_document() -> dict[str, Any]:
    """The document; it depends on nothing but the code."""
    document: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return document


class SchemaView(ErpView):
    """GET: the OpenAPI document, as JSON."""

    rights: ClassVar = {"GET": Right.ANYONE}
    operations: ClassVar = {"GET": SCHEMA}

    def get(self, request: Request) -> HttpResponse:
        return json_response(openapi_document())


class DocsView(ErpView):
    """GET: a page for reading the document and trying it out."""

    rights: ClassVar = {"GET": Right.ANYONE}

    def get(self, request: Request) -> HttpResponse:
        response = render(request._request, "erp/docs.html", {"title": spectacular_settings.TITLE})
        response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
        return response
