"""The OpenAPI document at ``/api/schema/`` and its page at ``/api/docs/``."""

from django.urls import path

from erp.api.documentation import DocsView, SchemaView

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
]
