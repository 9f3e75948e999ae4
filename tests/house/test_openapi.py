"""The OpenAPI document is valid, complete, and shows what the code enforces."""

import copy
import json
import re
from collections import Counter
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from erp.api.schema import body_schema
from erp.api.streamed import stream_apps
from erp.urls import STREAMS
from invoices.api.examples import LIFECARE, PHARMACY
from invoices.api.filters import InvoiceFilter
from invoices.drafts import InvoiceDraft
from tests.builders import World, send
from tests.house.documented import document, resolved, undocumented, violations
from tests.house.walking_routes import routes

PAGES = {"/", "/api/docs/", "/console/", "/console/session/", "/console/token/", "/console/sign-out/"}
"""For people, and what the pages ask for themselves: no operations of the API."""


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def test_the_document_is_valid_openapi_3_1() -> None:
    assert document()["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []


def test_a_broken_document_is_found() -> None:
    path = "/health/live"
    broken = document() | {"paths": {path: copy.deepcopy(document()["paths"][path])}, "webhooks": {}}
    del broken["paths"][path]["get"]["responses"]["200"]["description"]
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_it_is_served_as_json() -> None:
    answer = send("GET", "/api/schema/?format=json", None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.body == document()


def test_every_route_is_in_the_document_and_nothing_else() -> None:
    mounted = {(method, route.path) for route in routes() for method in route.methods if not route.is_page}
    assert set(operations()) == mounted | {("GET", path) for path in STREAMS}
    assert {route.path for route in routes() if route.is_page} == PAGES
    assert {path for path, app in stream_apps().items() if app.takes_cookie} == {"/api/sales/sse/invoices/"}


def test_a_refusal_or_parameter_of_many_operations_stands_there_once() -> None:
    seen: Counter[str] = Counter()
    for operation in operations().values():
        seen.update(
            json.dumps(one) for one in [*operation["parameters"], *operation["responses"].values()] if "$ref" not in one
        )
    assert {"header.Idempotency-Key", "query.page_size"} <= set(document()["components"]["parameters"])
    assert [said for said, times in seen.items() if times > 20] == []


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for operation in operations().values()]
    assert len(set(names)) == len(names)


def test_access_is_shown_as_the_policy_grants_it() -> None:
    for route in routes():
        for method, right in route.view.rights.items():
            if (method, route.path) in operations():
                expected: list[Any] = [] if right == "anyone" else [{"bearer": []}]
                expected += [{"apiKey": []}] if route.view.scopes.get(method) else []
                assert operations()[method, route.path]["security"] == expected
    schemes = document()["components"]["securitySchemes"]
    assert schemes["bearer"] == schemes["bearer"] | {"type": "http", "scheme": "bearer"}
    assert schemes["apiKey"] == schemes["apiKey"] | {"type": "apiKey", "in": "header", "name": "X-API-KEY"}


def test_the_body_of_an_import_is_the_struct_that_reads_it() -> None:
    body = operations()["POST", "/api/sales/import/invoice/"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == body_schema(InvoiceDraft)
    assert [example["value"] for example in body["examples"].values()] == [PHARMACY, LIFECARE]


@pytest.mark.parametrize("example", [PHARMACY, LIFECARE], ids=lambda example: str(example["invoice_no"]))
def test_the_published_bodies_are_good_by_the_document_and_by_the_reader(example: dict[str, Any], world: World) -> None:
    Draft202012Validator(body_schema(InvoiceDraft)).validate(example)
    answer = world.import_invoice(example)
    assert answer.status == 201
    assert undocumented("POST", "/api/sales/import/invoice/", answer) == []


def test_every_filter_of_the_list_is_a_parameter_with_its_limits() -> None:
    shown = operations()["GET", "/api/sales/invoices/"]["parameters"]
    parameters = {one["name"]: one for one in map(resolved, shown)}
    assert set(InvoiceFilter.base_filters) <= set(parameters)
    assert parameters["search"]["schema"]["maxLength"] == 100
    assert parameters["status"]["schema"]["items"]["enum"][0] == "INVOICED"
    assert {"page", "page_size", "cursor", "ordering", "omit", "X-Company-ID"} <= set(parameters)


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        ("400", {"bad-request", "parse-error", "validation", "gst-rate-missing"}),
        ("401", {"not-authenticated", "invalid-api-key", "token_not_valid"}),
        ("403", {"permission-denied"}),
        ("404", {"not-found"}),
        (
            "409",
            {
                "invoice-exists",
                "number-taken",
                "cancelled-in-books",
                "in-progress",
                "invoice-in-review",
                "has-credit-notes",
                "period-closed",
                "insufficient-stock",
                "batch-short",
                "batch-expired",
                "batch-blocked",
                "idempotency-in-flight",
            },
        ),
        ("413", {"too-large"}),
        ("415", {"unsupported-media-type"}),
        ("422", {"idempotency-mismatch"}),
        ("429", {"throttled"}),
        ("503", {"unavailable"}),
    ],
)
def test_an_import_shows_every_refusal_that_can_occur(status: str, codes: set[str]) -> None:
    responses = operations()["POST", "/api/sales/import/invoice/"]["responses"]
    shown = resolved(responses[status])["content"]["application/json"]["schema"]["properties"]["code"]["enum"]
    assert set(shown) == codes
    assert set(responses) == {"200", "201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "503"}


def test_an_answer_that_the_document_does_not_know_is_found(world: World) -> None:
    path = "/api/sales/import/invoice/"
    answer = world.import_invoice()
    assert undocumented("POST", path, answer) == []
    assert undocumented("POST", path, replace(answer, status=418))
    assert undocumented("POST", path, replace(answer, body=answer.body | {"data": {}}))
    assert undocumented("POST", path, replace(answer, headers={"Content-Type": "text/html"}))
    assert violations({"success": True}, {"$ref": "#/components/schemas/SalesRefusal"})


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────
EXTERNAL = re.compile(r"""(?:https?:)?//[\w.-]+""")


def loaded(html: str) -> list[str]:
    return re.findall(r"""(?:src|href)=["']([^"']+)["']""", html)


def test_the_page_loads_everything_from_here() -> None:
    client = Client()
    response = client.get("/api/docs/")
    html = response.content.decode()
    assert EXTERNAL.findall(html) == []
    assert len(loaded(html)) >= 5
    for address in loaded(html):
        assert address.startswith("/")
        with closing(client.get(address)) as asset:
            assert asset.status_code == 200, address


def test_the_page_forbids_what_it_does_not_need() -> None:
    response = Client().get("/api/docs/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "<script>" not in response.content.decode()
    assert re.findall(r"\son\w+=", response.content.decode()) == []


def test_an_address_elsewhere_is_found() -> None:
    assert EXTERNAL.findall('<script src="https://cdn.example/swagger.js">')
    assert EXTERNAL.findall('<img src="//cdn.example/a.png">')
