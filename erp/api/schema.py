"""The OpenAPI 3.1 document: bodies and answers from the structs that are read and written, access from the policy."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from erp.api.contracts import Operation, Parameter, Reply, parameters_of, refusals_of
from erp.api.envelopes import ProblemDetails, Refusal, SalesRefusal
from erp.api.examples import show_examples
from erp.api.rendering import SALES_SURFACE
from erp.api.shared_components import take_out_what_is_repeated
from erp.api.streamed import stream_apps
from erp.api.uploads import MULTIPART
from erp.bodies import RowsBody
from erp.parsing import BoundedDecimal
from erp.problems import Problem
from erp.rights import ROLES_WITH, Right, Role, Scope
from erp.tokens import STREAM_COOKIE

SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `access` token of a login.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-KEY",
        "description": "The key of another system: for one company, with scopes.",
    },
    "streamCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": STREAM_COOKIE,
        "description": "Set by a login, or by a stream that a ticket opened. It opens the live stream and nothing else.",
    },
}
_HEADERS: dict[str, Any] = {
    "RequestId": {"description": "Id of the request, also in the log.", "schema": {"type": "string"}},
    "RetryAfter": {
        "description": "Seconds to wait before the same request is worth sending.",
        "schema": {"type": "integer"},
    },
}
_COMPONENTS = "#/components/schemas/{name}"


class ContractSchema(AutoSchema):
    """Writes down what a view says: its operations, its policy, the bodies it reads."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        """The operation as OpenAPI shows it; None for a method that names none."""
        view: Any = self.view
        operation = view.operations.get(method)
        if operation is None:
            return None
        body, scopes = view.bodies.get(method), view.scopes.get(method, ())
        return described(operation, path, view.rights[method], scopes, body=body, registry=registry)


def complete_document(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: adds the streams, the kinds of credentials, and the headers that answers refer to."""
    for path, app in stream_apps().items():
        stream = described(app.operation, path, app.right, app.scopes, body=None, registry=generator.registry)
        if app.takes_cookie:
            stream["security"].append({"streamCookie": []})
        result["paths"][path] = {"get": stream}
    result["paths"] = dict(sorted(result["paths"].items()))
    show_examples(result["paths"])
    shared = take_out_what_is_repeated(result["paths"])
    result["components"] = generator.registry.build({"securitySchemes": SECURITY_SCHEMES, "headers": _HEADERS, **shared})
    return result


def described(
    operation: Operation,
    path: str,
    right: Right,
    scopes: tuple[Scope, ...],
    *,
    body: type[msgspec.Struct] | None,
    registry: ComponentRegistry,
) -> dict[str, Any]:
    """An operation object of OpenAPI; the components that it refers to go into the registry."""
    refusals = refusals_of(operation, right=right, scopes=scopes, reads_body=body is not None)
    shown: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": _who(right, scopes),
        "tags": [_tag(path)],
        "parameters": _parameters(operation, right, path),
        "security": _security(right, scopes),
    }
    if body is not None:
        content: dict[str, Any] = {"schema": body_schema(body)}
        if operation.examples:
            content["examples"] = {name: {"value": value} for name, value in operation.examples.items()}
        kinds = {operation.body_media_type: content}
        if operation.files:
            kinds[MULTIPART] = {"schema": _form_schema(content["schema"], operation.files)}
        shown["requestBody"] = {"required": _has_required(body), "content": kinds}
    responses = {status: _reply(reply, registry) for status, reply in operation.replies.items()}
    responses |= {status: _refusal(problems, path, registry) for status, problems in refusals.items()}
    for status, reply in operation.refused_lines.items():
        responses[status]["description"] += f"\n\n{reply.purpose}"
        responses[status]["content"] |= _reply(reply, registry)["content"]
    shown["responses"] = {str(status): responses[status] for status in sorted(responses)}
    return shown


def _who(right: Right, scopes: tuple[Scope, ...]) -> str:
    if right is Right.ANYONE:
        return "Needs no credential."
    roles = ROLES_WITH[right]
    people = "Any member" if len(roles) == len(Role) else "Members with the role " + ", ".join(sorted(roles))
    keys = f", and API keys with the scope {' or '.join(f'`{scope}`' for scope in scopes)}" if scopes else "; no API keys"
    return f"{people}{keys}."


def _tag(path: str) -> str:
    parts = path.strip("/").removeprefix("api/").split("/")
    return parts[0]


def _security(right: Right, scopes: tuple[Scope, ...]) -> list[dict[str, list[str]]]:
    if right is Right.ANYONE:
        return []
    schemes: list[dict[str, list[str]]] = [{"bearer": []}]
    return [*schemes, {"apiKey": []}] if scopes else schemes


def _parameters(operation: Operation, right: Right, path: str) -> list[dict[str, Any]]:
    parameters = parameters_of(operation, right)
    in_path = {parameter.name for parameter in parameters if parameter.place == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", path)), f"the parameters of {path} are not those of its operation"
    return [_parameter(parameter) for parameter in parameters]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.purpose,
        "required": parameter.place == "path",
        "schema": dict(parameter.schema),
    }
    if parameter.many:
        shown |= {"style": "form", "explode": True}
    return shown


def _reply(reply: Reply, registry: ComponentRegistry) -> dict[str, Any]:
    headers: dict[str, Any] = {
        name: {"description": purpose, "schema": {"type": "string"}} for name, purpose in reply.headers.items()
    }
    shown: dict[str, Any] = {"description": reply.purpose, "headers": headers | _headers("RequestId")}
    if reply.kind is not None:
        shown["content"] = {reply.media_type: {"schema": answer_schema(reply.kind, registry)}}
    return shown


def _refusal(problems: Iterable[type[Problem]], path: str, registry: ComponentRegistry) -> dict[str, Any]:
    kind = SalesRefusal if path.startswith(SALES_SURFACE) else Refusal
    codes = {"properties": {"code": {"enum": sorted({problem.code for problem in problems})}}}
    busy = any(problem.status in {429, 503} or problem.code == "idempotency-in-flight" for problem in problems)
    return {
        "description": "\n".join(f"* `{problem.code}`: {_told(problem)}" for problem in problems),
        "headers": _headers("RequestId", *(["RetryAfter"] if busy else [])),
        "content": {
            "application/json": {"schema": answer_schema(kind, registry) | codes},
            "application/problem+json": {"schema": answer_schema(ProblemDetails, registry) | codes},
        },
    }


def _told(problem: type[Problem]) -> str:
    """What it says; where only the case at hand can tell, when it comes."""
    return problem.message if problem.message != Problem.message else " ".join((problem.__doc__ or "").split())


_HEADER_NAMES = {"RequestId": "X-Request-ID", "RetryAfter": "Retry-After"}


def _headers(*names: str) -> dict[str, Any]:
    return {_HEADER_NAMES[name]: {"$ref": f"#/components/headers/{name}"} for name in names}


# ── Schemas ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer_schema(kind: Any, registry: ComponentRegistry) -> dict[str, Any]:
    """Schema of what is encoded from this type; its structs become components."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template=_COMPONENTS)
    for name, component in components.items():
        entry = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema=_as_encoded(component), object=name)
        if entry in registry:
            assert registry[entry].schema == entry.schema, f"two different structs are called {name}"
        registry.register_on_missing(entry)
    shown: dict[str, Any] = _as_encoded(schema)
    return shown


def _as_encoded(schema: Any) -> Any:
    """Decimals go out as JSON numbers, where msgspec by itself would write texts."""
    if isinstance(schema, dict):
        if schema.get("format") == "decimal":
            return {key: value for key, value in schema.items() if key != "format"} | {"type": "number"}
        return {key: _as_encoded(value) for key, value in schema.items()}
    return [_as_encoded(member) for member in schema] if isinstance(schema, list) else schema


def _form_schema(schema: dict[str, Any], files: tuple[str, ...]) -> dict[str, Any]:
    """The body's members as texts of a form, with its files."""
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"allOf": [schema, {"type": "object", "properties": dict.fromkeys(files, file)}]}


def body_schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """JSON Schema of a body struct, self-contained, with the very limits the parser enforces."""
    (schema,), components = msgspec.json.schema_components(
        [kind], schema_hook=_custom_type, ref_template="#/components/{name}"
    )
    inlined: dict[str, Any] = _inlined(schema, components)
    if issubclass(kind, RowsBody):
        rows: dict[str, Any] = inlined["properties"][kind.member()]
        return rows
    return inlined


def _custom_type(kind: type) -> dict[str, Any]:
    """Our own types: numbers that may also come as text, and dates."""
    if issubclass(kind, BoundedDecimal):
        schema: dict[str, Any] = {"type": ["number", "string"], **_upper_bound(kind)}
        if kind.above is not None:
            schema["exclusiveMinimum"] = int(kind.above)
        if kind.at_least is not None:
            schema["minimum"] = int(kind.at_least)
        if kind.places is not None:
            schema["multipleOf"] = 10**-kind.places
        return schema
    return {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _upper_bound(kind: type[BoundedDecimal]) -> dict[str, int]:
    """As whole numbers: what lies a last place above one, as 100.01, allows exactly that one."""
    if kind.below == int(kind.below):
        return {"exclusiveMaximum": int(kind.below)}
    assert kind.places is not None
    assert kind.below - int(kind.below) == Decimal(1).scaleb(-kind.places)
    return {"maximum": int(kind.below)}


def _has_required(kind: type[msgspec.Struct]) -> bool:
    """Whether the body has to be sent: one of which nothing is required may be left out."""
    return any(member.required for member in msgspec.structs.fields(kind))


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    """References resolved; our character classes left out, since they cannot be read by people or other engines."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(components[schema["$ref"].rsplit("/", 1)[-1]], components)
        return {
            key: _inlined(value, components)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str)) and not (key == "pattern" and "\\Z" in value)
        }
    if isinstance(schema, list):
        return [_inlined(member, components) for member in schema]
    return schema
