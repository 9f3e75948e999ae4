"""Connecting a company to a foreign system, testing the connection, changing it. Secrets go in and never come out."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from connectors.doors import AddressForbidden
from connectors.invoice_ninja.access import NINJA_TOKEN, client_for
from connectors.invoice_ninja.policies import policy_of, with_policy
from connectors.models import Connection
from connectors.problems import BadCredentials, RemoteNonsense, RemoteNotFound, Unreachable
from connectors.secrets import sealed
from connectors.states import AutoCreate, ConnectionKind, ConnectionState
from erp.access import Actor, default_company
from erp.audit import Audit, record_audit
from erp.changing import Changes, apply_changes, changes_text, made_text, require_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import NotFound, Problem, ValidationFailed
from erp.webhooks.addresses import AddressRefused, read_url

SUBJECT = "connection"
MISSING = "Connection not found"
FROM_ENVIRONMENT = "invoice-ninja"
_LONGEST_ERROR = 500
_UNIQUE = {"connection_name": "name", "connection_one_invoice_ninja": "kind"}


@dataclass(frozen=True, slots=True)
class NewConnection:
    """`is_judged`: the address came over HTTP. `secret_env` names a variable, and comes from the command line only."""

    name: str
    base_url: str
    token: str = ""
    secret_env: str = ""
    is_judged: bool = True
    auto_create: str = AutoCreate.OFF.value


@dataclass(frozen=True, slots=True)
class Tested:
    """How a foreign system answered. `problem` is a code, empty when it is well; `detail` says it in words."""

    connection: Connection
    ok: bool
    company_name: str = ""
    user_name: str = ""
    ms: int = 0
    problem: str = ""
    detail: str = ""


@use_case
def create_connection(locks: Locks, *, new: NewConnection, actor: Actor, now: datetime) -> Connection:
    """Connect the company to an Invoice Ninja; there is one of them. Raises ValidationFailed, AlreadyExists."""
    if new.is_judged:
        _refuse_unfit(new.base_url)
    row = Connection(
        id=new_id(),
        company_id=locks.company_id,
        name=new.name,
        kind=ConnectionKind.INVOICE_NINJA.value,
        base_url=new.base_url,
        secret_env=new.secret_env,
        secret=sealed(new.token) if new.token else None,
        is_judged=new.is_judged,
        options=with_policy({}, AutoCreate(new.auto_create), now=now),
        created_at=now,
        updated_at=now,
    )
    with unique_or_refused(_UNIQUE):
        row.save(force_insert=True)
    made: Changes = {"name": [None, row.name], "base_url": [None, row.base_url]}
    if new.auto_create != AutoCreate.OFF:
        made["auto_create"] = [None, new.auto_create]
    record_audit(locks, [Audit("create_connection", SUBJECT, row.id, changes_text(made))], actor=actor, now=now)
    return row


@use_case
def change_connection(
    locks: Locks,
    *,
    connection_id: UUID,
    wanted: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
    is_judged: bool = True,
) -> Connection:
    """Another name, address or token; off and on again (`is_active`); `auto_create`. Locks the connection's row.

    An address takes its token with it: another one needs a token of its own, lest the one that is stored is sent elsewhere.
    Raises NotFound, Stale, ValidationFailed, AlreadyExists.
    """
    row = _lock_connection(locks, connection_id)
    require_version(row.version, expected_version)
    columns = {name: wanted[name] for name in ("name", "base_url") if name in wanted}
    token = wanted.get("token")
    if columns.get("base_url", row.base_url) != row.base_url:
        if not token:
            raise ValidationFailed(errors={"token": ["Another address needs its token."]})
        if is_judged:
            _refuse_unfit(columns["base_url"])
        columns["is_judged"] = is_judged
    if "is_active" in wanted:
        columns["state"] = (ConnectionState.OK if wanted["is_active"] else ConnectionState.OFF).value
    changes = apply_changes(row, columns)
    if token:
        row.secret, row.secret_env, row.last_error = sealed(token), "", ""
        changes["token"] = [None, None]
        if row.state == ConnectionState.BROKEN:
            row.state = ConnectionState.OK.value
    if "auto_create" in wanted:
        changes |= _set_policy(row, AutoCreate(wanted["auto_create"]), now)
    if changes:
        row.version, row.updated_at = row.version + 1, now
        with unique_or_refused(_UNIQUE):
            row.save()
        audit = Audit("change_connection", SUBJECT, row.id, changes_text(changes))
        record_audit(locks, [audit], actor=actor, now=now)
    return row


def connection_of_environment(actor: Actor, *, now: datetime) -> Connection | None:
    """The connection of the default company as the environment describes it; made, or moved, when it is not so yet."""
    company = default_company() if settings.INVOICE_NINJA_ENABLED else None
    if company is None or company.id != actor.company_id:
        return None
    return _keep_environment(url=settings.INVOICE_NINJA_URL, actor=actor, now=now)


@use_case
def _keep_environment(locks: Locks, *, url: str, actor: Actor, now: datetime) -> Connection:
    found = Connection.objects.of(locks).filter(kind=ConnectionKind.INVOICE_NINJA.value).first()
    if found is None:
        new = {"name": FROM_ENVIRONMENT, "kind": ConnectionKind.INVOICE_NINJA.value, "base_url": url}
        found = Connection(
            id=new_id(), company_id=locks.company_id, secret_env=NINJA_TOKEN, created_at=now, updated_at=now, **new
        )
        with unique_or_refused(_UNIQUE):
            found.save(force_insert=True)
        record_audit(locks, [Audit("create_connection", SUBJECT, found.id, made_text(found))], actor=actor, now=now)
    elif found.secret_env == NINJA_TOKEN and found.base_url != url:
        found.base_url, found.updated_at = url, now
        found.save(update_fields=["base_url", "updated_at"])
    return found


def ask_connection(connection: Connection, *, patient: bool = False) -> Tested:
    """Ask the foreign system who we are there. Raises ConnectorOff; everything that it does to us is told, not raised."""
    began = time.monotonic()
    problem, detail, answer = "", "", dict[str, Any]()
    try:
        with client_for(connection, patient=patient) as client:
            answer = dict(client.ping())
    except (BadCredentials, RemoteNotFound, RemoteNonsense, Unreachable, AddressForbidden) as met:
        problem, detail = _told(met), met.message
    except Problem as met:
        problem, detail = met.code, met.message
    names = {name: str(answer.get(name) or "")[:200] for name in ("company_name", "user_name")}
    ms = int((time.monotonic() - began) * 1000)
    return Tested(connection, not problem, **names, ms=ms, problem=problem, detail=detail[:_LONGEST_ERROR])


@use_case
def note_test(locks: Locks, *, tested: Tested, actor: Actor, now: datetime) -> Tested:
    """Keep how a test went: BROKEN when the key is refused, OK when all is well. Locks the connection's row."""
    row = _lock_connection(locks, tested.connection.id)
    row.tested_at, row.last_error = now, tested.detail
    if row.state != ConnectionState.OFF:
        if tested.ok:
            row.state = ConnectionState.OK.value
        elif tested.problem == BadCredentials.code:
            row.state = ConnectionState.BROKEN.value
    row.save(update_fields=["tested_at", "last_error", "state"])
    record_audit(locks, [Audit("test_connection", SUBJECT, row.id)], actor=actor, now=now)
    return Tested(row, tested.ok, tested.company_name, tested.user_name, tested.ms, tested.problem, tested.detail)


def _told(met: Problem) -> str:
    """The kinds of not reaching it that a person mends in different places."""
    if isinstance(met, RemoteNotFound):
        return "wrong-path"
    if isinstance(met, RemoteNonsense):
        return "wrong-path" if " 404 " in met.message else "no-json"
    if isinstance(met, Unreachable):
        for words, code in _WORDS:
            if words in met.message:
                return code
    return met.code


_WORDS = [
    ("CERTIFICATE", "certificate"),
    ("SSL", "certificate"),
    ("Name or service", "unknown-host"),
    ("nodename", "unknown-host"),
    ("name resolution", "unknown-host"),
    ("address associated", "unknown-host"),
    ("refused", "refused"),
    ("Timeout", "timeout"),
]
"""What the library says of each, and how it is called here."""


def _lock_connection(locks: Locks, connection_id: UUID) -> Connection:
    """The row, locked before every rank: nobody who holds one of those asks for it."""
    found = Connection.objects.of(locks).filter(id=connection_id).select_for_update(no_key=True).first()
    if found is None:
        raise NotFound(MISSING)
    return found


def _set_policy(row: Connection, policy: AutoCreate, now: datetime) -> Changes:
    """The policy of who is made known there by himself. Raises ValidationFailed for a system that knows none."""
    if row.kind != ConnectionKind.INVOICE_NINJA:
        raise ValidationFailed(errors={"auto_create": ["Only for an Invoice Ninja."]})
    before = policy_of(row)
    row.options = with_policy(row.options, policy, now=now)
    return {} if before is policy else {"auto_create": [before.value, policy.value]}


def _refuse_unfit(url: str) -> None:
    try:
        read_url(url, allowed=settings.CONNECTOR_ALLOWED_NETWORKS)
    except AddressRefused as refused:
        raise ValidationFailed(errors={"base_url": [str(refused)]}) from None
