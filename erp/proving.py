"""Proving the audit: every company's chain of seals reckoned anew, outside the database, and exported for whoever asks.

What the database says of itself it says with its own functions (`audit_i35_audit_is_sealed`); this is the second opinion.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from erp.audit_file import BEFORE_THE_FIRST, FIELDS, FORMAT, Chain
from erp.clock import instant_text
from erp.verifying import CannotVerify, company_named, refuse_blindness, snapshot

_READ_AT_ONCE = 2_000

_COMPANIES = """
SELECT c.id, c.code, c.name, c.timezone, coalesce(h.last_number, 0) AS last_number, h.hash,
    (SELECT count(*) FROM erp_unsealedentry u WHERE u.company_id = c.id) AS waiting,
    (SELECT count(*) FROM erp_auditentry e WHERE e.company_id = c.id
        AND NOT EXISTS (SELECT FROM erp_auditseal s WHERE s.company_id = c.id AND s.entry_id = e.id)
        AND NOT EXISTS (SELECT FROM erp_unsealedentry u WHERE u.id = e.id)) AS forgotten
FROM erp_company c LEFT JOIN erp_audithead h ON h.company_id = c.id
WHERE %(company)s::uuid IS NULL OR c.id = %(company)s
ORDER BY c.code
"""
_SEALED = """
SELECT s.number, s.hash, e.id, e.at, e.actor_kind, e.actor_id, e.actor_name, e.key_prefix, e.address, e.request_id, e.action,
    e.subject_kind, e.subject_id, e.changes
FROM erp_auditseal s LEFT JOIN erp_auditentry e ON e.company_id = s.company_id AND e.id = s.entry_id
WHERE s.company_id = %(company)s AND s.number BETWEEN %(first)s AND %(last)s
ORDER BY s.number
"""
_BETWEEN = """
SELECT min(s.number), max(s.number)
FROM erp_auditseal s JOIN erp_auditentry e ON e.company_id = s.company_id AND e.id = s.entry_id
WHERE s.company_id = %(company)s
    AND e.at >= coalesce(%(begin)s::date, '-infinity')::timestamp AT TIME ZONE %(zone)s
    AND e.at < (coalesce(%(end)s::date, 'infinity') + interval '1 day') AT TIME ZONE %(zone)s
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found of a company's audit. `head` is ``number:hash``, to be noted elsewhere; `waiting` have no seal yet."""

    company: str
    sealed: int
    waiting: int
    head: str
    fault_count: int
    faults: list[str]


def prove_audit(*, company_code: str = "", noted: Mapping[int, str] | None = None) -> list[Proof]:
    """Reckon the chain of one company, or of all, in one snapshot and in flat memory.

    `noted` are hashes of the one company known from elsewhere, by number. Read-only, as role auditor, outside Django's
    connection. Raises CannotVerify.
    """
    with snapshot() as (connection, _):
        refuse_blindness(connection)
        company = company_named(connection, company_code) if company_code else None
        return proofs(connection, company, noted=noted or {})


def proofs(connection: "psycopg.Connection[Any]", company: UUID | None, *, noted: Mapping[int, str]) -> list[Proof]:
    """The same, of what this connection sees."""
    return [_proof(connection, one, noted) for one in _companies(connection, company)]


def _proof(connection: "psycopg.Connection[Any]", company: dict[str, Any], noted: Mapping[int, str]) -> Proof:
    chain = Chain(str(company["id"]), noted=noted)
    for row in _seals(connection, company["id"]):
        chain.add(row["number"], _entry(row), row["hash"])
    chain.end(company["last_number"], company["hash"] or BEFORE_THE_FIRST)
    if company["forgotten"]:
        chain.fault(f"{company['forgotten']} entries have no seal and wait for none")
    head = f"{chain.number}:{chain.hash.hex()}"
    return Proof(company["code"], chain.entries, company["waiting"], head, chain.fault_count, chain.faults)


def export_audit(
    *, company_code: str, begin: date | None, end: date | None, out: IO[bytes], now: datetime
) -> tuple[int, str]:
    """Write the sealed entries of the days `begin` to `end` (in the company's time zone), or of all, as lines of JSON.

    The lines are one unbroken run of numbers, so an entry of a long transaction may be among them whose own day is another.
    Answers how many they are, and the head as ``number:hash``. Read-only, as role auditor, in flat memory. Raises
    CannotVerify.
    """
    with snapshot() as (connection, _):
        refuse_blindness(connection)
        (company,) = _companies(connection, company_named(connection, company_code))
        first, last = _numbers(connection, company, begin, end)
        header = {
            "format": FORMAT,
            "company": {"id": str(company["id"]), "code": company["code"], "name": company["name"]},
            "exported_at": instant_text(now),
            "from": begin.isoformat() if begin else None,
            "to": end.isoformat() if end else None,
            "first_number": first,
            "last_number": last,
            "previous_hash": _hash_of(connection, company["id"], first - 1).hex(),
            "last_hash": _hash_of(connection, company["id"], last).hex(),
            "head_number": company["last_number"],
            "head_hash": (company["hash"] or BEFORE_THE_FIRST).hex(),
            "waiting": company["waiting"],
        }
        out.write(_line(header))
        for row in _seals(connection, company["id"], first, last):
            out.write(_line({"number": row["number"], **(_entry(row) or {}), "hash": row["hash"].hex()}))
    return max(0, last - first + 1), f"{header['head_number']}:{header['head_hash']}"


def _companies(connection: "psycopg.Connection[Any]", company: UUID | None) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_COMPANIES, {"company": company}).fetchall()


def _seals(
    connection: "psycopg.Connection[Any]", company: UUID, first: int = 1, last: int = 2**63 - 1
) -> Iterator[dict[str, Any]]:
    with connection.cursor("seals", row_factory=dict_row) as cursor:
        cursor.itersize = _READ_AT_ONCE
        yield from cursor.execute(_SEALED, {"company": company, "first": first, "last": last})


def _entry(row: dict[str, Any]) -> dict[str, Any] | None:
    """The entry as it is hashed and exported; None where the seal has lost it."""
    return None if row["id"] is None else {name: _spelt(row[name]) for name in FIELDS}


def _spelt(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    return str(value) if isinstance(value, UUID) else value


def _numbers(
    connection: "psycopg.Connection[Any]", company: dict[str, Any], begin: date | None, end: date | None
) -> tuple[int, int]:
    """First and last number; the last before the first when there is none."""
    if begin is None and end is None:
        return 1, company["last_number"]
    parameters = {"company": company["id"], "begin": begin, "end": end, "zone": company["timezone"]}
    row = connection.execute(_BETWEEN, parameters).fetchone()
    return (row[0], row[1]) if row and row[0] is not None else (1, 0)


def _hash_of(connection: "psycopg.Connection[Any]", company: UUID, number: int) -> bytes:
    if number == 0:
        return BEFORE_THE_FIRST
    query = "SELECT hash FROM erp_auditseal WHERE company_id = %s AND number = %s"
    row = connection.execute(query, [company, number]).fetchone()
    if row is None:
        raise CannotVerify(f"There is no seal number {number}: run manage.py verify --audit.")
    found: bytes = row[0]
    return found


def _line(members: Mapping[str, Any]) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode() + b"\n"
