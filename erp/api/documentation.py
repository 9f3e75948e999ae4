"""The OpenAPI document at ``/api/schema/`` and its page at ``/api/docs/``, which loads nothing from elsewhere."""

from functools import cache
from typing import Any, ClassVar

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from rest_framework.request import Request

from erp.api.operations import SCHEMA
from erp.api.views import ErpView, json_response
from erp.rights import Right

# Swagger UI sets style attributes and shows icons out of its own stylesheet.
_PAGE_POLICY = {
    "script-src": [SELF],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
}


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

    @method_decorator(csp_update(_PAGE_POLICY))
    def get(self, request: Request) -> HttpResponse:
        return render(request._request, "erp/docs.html", {"title": spectacular_settings.TITLE})
