"""The chain reckoned anew outside the database: from the database, and from a file without one."""

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from erp import audit_file
from erp.proving import proofs, prove_audit
from tests.audit.sealed import AWKWARD, act, head_of, seal_everything
from tests.builders import World, new_world
from tests.house.catalogue import provoked

pytestmark = pytest.mark.db_heavy

Lines = list[dict[str, Any]]


def noted_head(world: World) -> str:
    number, hash_ = head_of(world)
    return f"{number}:{hash_.hex()}"


@pytest.fixture(scope="module")
def audited(migrated_database: None) -> World:
    """Six sealed entries, with whatever JSON may escape."""
    world = new_world()
    act(world, 5, changes=AWKWARD)
    act(world)
    seal_everything()
    return world


@pytest.fixture(scope="module")
def exported(audited: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    call_command("export_audit", file, company=audited.company.code, stdout=StringIO())
    return file


def checked(file: Path, *noted: str) -> tuple[int, str]:
    """As an auditor runs it, who has this one file and nothing of ours."""
    options = [word for one in noted for word in ("--noted", one)]
    command = [sys.executable, "-I", audit_file.__file__, str(file), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=file.parent, check=False)
    return done.returncode, done.stdout + done.stderr


# ── From the database ────────────────────────────────────────────────────────────────────────────────────────────────


def test_verify_reckons_the_chain_and_tells_the_head(audited: World) -> None:
    act(other := new_world())
    out = StringIO()
    call_command("verify", audit=True, company=audited.company.code, json=True, stdout=out)
    (told,) = json.loads(out.getvalue())["audits"]
    assert told == {
        "company": audited.company.code, "sealed": 6, "waiting": 0, "head": noted_head(audited), "fault_count": 0,
        "faults": [],
    }  # fmt: skip
    out = StringIO()
    call_command("verify", audit=True, company=other.company.code, noted=[f"0:{'00' * 32}"], stdout=out)
    assert f"{other.company.code} 0:{'00' * 32}" in out.getvalue()
    assert "unchanged" in out.getvalue()


def test_verify_fails_when_what_was_noted_elsewhere_is_not_there(audited: World) -> None:
    (proof,) = prove_audit(company_code=audited.company.code, noted={2: "ab" * 32, 9: "cd" * 32})
    assert proof.faults == [
        f"number 2: was noted elsewhere with the hash {'ab' * 32}",
        "number 9 was noted elsewhere, and is not here",
    ]
    with pytest.raises(SystemExit) as stopped:
        call_command("verify", audit=True, company=audited.company.code, noted=[f"9:{'cd' * 32}"], stdout=StringIO())
    assert stopped.value.code == 1
    for wrong in ({"noted": ["9:xyz"], "company": audited.company.code}, {"noted": [f"9:{'cd' * 32}"]}, {"company": "NONE"}):
        with pytest.raises(CommandError):
            call_command("verify", audit=True, **wrong)
    with pytest.raises(CommandError, match="belongs to --audit"):
        call_command("verify", noted=[f"9:{'cd' * 32}"])


IN_ROW = "id = (SELECT entry_id FROM erp_auditseal WHERE company_id = %(company)s AND number = 3)"
SEAL = "company_id = %(company)s AND number"
FORCED = {
    "a byte is flipped": (f"UPDATE erp_auditentry SET changes = replace(changes, 'q', 'r') WHERE {IN_ROW}", "number 3"),
    "an entry is dropped": (f"DELETE FROM erp_auditentry WHERE {IN_ROW}", "number 3: the entry is gone"),
    "a seal is dropped": (f"DELETE FROM erp_auditseal WHERE {SEAL} = 3", "number 4 follows 2"),
    "two are swapped": (
        "UPDATE erp_auditseal s SET entry_id = o.entry_id FROM erp_auditseal o WHERE s.company_id = %(company)s"
        " AND o.company_id = s.company_id AND (s.number, o.number) IN ((3, 4), (4, 3))",
        "number 3",
    ),
    "a hash is changed": (f"UPDATE erp_auditseal SET hash = sha256('x') WHERE {SEAL} = 3", "number 3"),
    "the tail is cut off": (f"DELETE FROM erp_auditseal WHERE {SEAL} > 4", "it ends with 4"),
    "one is renumbered": (f"UPDATE erp_auditseal SET number = 9 WHERE {SEAL} = 6", "number 9 follows 5"),
    "one is put in unsealed": (
        "INSERT INTO erp_auditentry (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id,"
        " changes) VALUES (%(company)s, now(), 'user', 'x', '', 'x', 'x', gen_random_uuid(), '')",
        "1 entries have no seal and wait for none",
    ),
}


@pytest.mark.parametrize("what", FORCED)
def test_what_is_forced_in_behind_the_triggers_is_found(audited: World, what: str) -> None:
    statement, fault = FORCED[what]
    company = audited.company.id
    with provoked() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica; ALTER TABLE erp_auditseal DROP CONSTRAINT auditseal_once"
        )
        assert proofs(cursor.connection, company, noted={})[0].faults == []
        cursor.execute(statement.encode(), {"company": company})
        (proof,) = proofs(cursor.connection, company, noted={})
        seen = cursor.execute("SELECT 1 FROM audit_i35_audit_is_sealed WHERE company_id = %s", [company]).fetchall()
    assert any(fault in one for one in proof.faults), proof.faults
    assert seen


# ── From a file ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_checked_without_the_product(exported: Path, audited: World) -> None:
    code, text = checked(exported, noted_head(audited))
    assert (code, text.splitlines()[1:]) == (0, [f"last: {noted_head(audited)}", "Nothing is wrong."])
    assert "6 entries, numbers 1 to 6" in text
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_audit", exported, company=audited.company.code)


def test_the_days_asked_for_are_one_run_of_numbers(audited: World, tmp_path: Path) -> None:
    today, never = tmp_path / "today", tmp_path / "never"
    for file, day in ((today, "--to=2199-01-01"), (never, "--from=2199-01-01")):
        call_command("export_audit", str(file), f"--company={audited.company.code}", day, stdout=StringIO())
    assert (checked(today)[0], "numbers 1 to 6" in checked(today)[1]) == (0, True)
    assert (checked(never)[0], "0 entries" in checked(never)[1]) == (0, True)
    with pytest.raises(CommandError, match="no company"):
        call_command("export_audit", tmp_path / "none", company="NONE")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["never", "today"]


def _set(place: int, name: str, value: Any) -> Callable[[Lines], object]:
    return lambda lines: lines[place].update({name: value})


TAMPERED: dict[str, tuple[Callable[[Lines], object], str]] = {
    "a byte": (_set(3, "actor_name", "nobody"), "number 3:"),
    "an hour": (_set(3, "at", "2026-01-01T00:00:00.000000Z"), "number 3:"),
    "null for nothing": (_set(3, "address", None), "number 3:"),
    "another company": (lambda lines: lines[0]["company"].update(id="0"), "number 1:"),
    "a line dropped": (lambda lines: lines.pop(3), "number 4 follows 2"),
    "a line twice": (lambda lines: lines.insert(3, lines[3]), "number 3 follows 3"),
    "two lines moved": (lambda lines: lines.insert(3, lines.pop(4)), "number 4 follows 2"),
    "renumbered after a drop": (
        lambda lines: (lines.pop(3), [line.update(number=n) for n, line in enumerate(lines) if n]), "number 3:"),
    "cut off": (lambda lines: lines.pop(), "it ends with 5"),
    "another beginning": (_set(0, "previous_hash", "11" * 32), "a hash before the first"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_a_file_that_was_tampered_with_is_told(exported: Path, what: str) -> None:
    tamper, fault = TAMPERED[what]
    lines = [json.loads(line) for line in exported.read_bytes().splitlines()]
    tamper(lines)
    written = [json.dumps(line, ensure_ascii=False).encode() for line in lines]
    _, chain = audit_file.check_lines(written, noted={})
    assert any(fault in one for one in chain.faults), chain.faults


def test_a_file_made_anew_as_a_whole_is_told_by_what_was_noted(exported: Path, audited: World, tmp_path: Path) -> None:
    header, *entries = [json.loads(line) for line in exported.read_bytes().splitlines()]
    entries[2]["actor_name"] = "somebody else"
    before = audit_file.BEFORE_THE_FIRST
    for entry in entries:
        before = audit_file.link(before, header["company"]["id"], entry["number"], entry)
        entry["hash"] = before.hex()
    forged = tmp_path / "forged"
    forged.write_text("\n".join(json.dumps(one) for one in [header | {"last_hash": before.hex()}, *entries]))
    assert checked(forged)[0] == 0
    code, text = checked(forged, noted_head(audited))
    assert (code, "number 6: was noted elsewhere" in text) == (1, True)


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"format": "erp-audit-1"}'])
def test_what_is_no_exported_audit_is_told_apart(tmp_path: Path, text: str) -> None:
    file = tmp_path / "other"
    file.write_text(text)
    assert audit_file.main([str(file)]) == 2
    assert audit_file.main([str(tmp_path / "absent")]) == 2
