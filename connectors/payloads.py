"""How connections are shown: never their keys. Pure."""

from uuid import UUID

from msgspec import Struct

from connectors.connecting import Tested
from connectors.invoice_ninja.policies import policy_of
from connectors.models import Connection
from erp.clock import instant_text


class ConnectionPayload(Struct, kw_only=True, frozen=True):
    """`key` says where the token is: in the `environment`, `stored`, or `missing`; `state` BROKEN: it is refused there.

    `auto_create`: when a customer is made known there by himself: `off`, `on_customer`, `on_first_site`.
    """

    id: UUID
    name: str
    kind: str
    base_url: str
    key: str
    state: str
    tested_at: str | None
    last_error: str
    auto_create: str
    created_at: str
    version: int


class ConnectionTestPayload(Struct, kw_only=True, frozen=True):
    """`problem` is unknown-host, certificate, refused, timeout, bad-credentials, no-json, wrong-path, or of a refusal."""

    ok: bool
    company_name: str
    user_name: str
    ms: int
    problem: str
    detail: str
    connection: ConnectionPayload


class CandidatePayload(Struct, kw_only=True, frozen=True):
    """A client there. `customer` is who he is here already."""

    external_id: str
    name: str
    number: str
    id_number: str
    email: str
    phone: str
    city: str
    customer: UUID | None


def connection_payload(row: Connection) -> ConnectionPayload:
    key = "environment" if row.secret_env else "stored" if row.secret is not None else "missing"
    return ConnectionPayload(
        id=row.id,
        name=row.name,
        kind=row.kind,
        base_url=row.base_url,
        key=key,
        state=row.state,
        tested_at=instant_text(row.tested_at) if row.tested_at else None,
        last_error=row.last_error,
        auto_create=policy_of(row).value,
        created_at=instant_text(row.created_at),
        version=row.version,
    )


def tested_payload(tested: Tested) -> ConnectionTestPayload:
    return ConnectionTestPayload(
        ok=tested.ok,
        company_name=tested.company_name,
        user_name=tested.user_name,
        ms=tested.ms,
        problem=tested.problem,
        detail=tested.detail,
        connection=connection_payload(tested.connection),
    )
