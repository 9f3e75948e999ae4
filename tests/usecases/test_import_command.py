"""`manage.py import_invoices`: a file's invoices, what was refused of them, and going on after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from erp.rights import Role
from invoices import bulk_lines
from invoices.import_runs import ImportRun
from invoices.models import Invoice
from tests.builders import World, invoice_body
from tests.observing import audit_of, count_of, rows_of
from tests.serving import PROJECT


@pytest.fixture
def shop(world: World) -> World:
    world.user(Role.OWNER)
    return world


def written(path: Path, bodies: list[Any]) -> Path:
    path.write_bytes(b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in bodies))
    return path


def run(shop: World, path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("import_invoices", str(path), f"--company={shop.company.code}", *arguments, stdout=out)
    return out.getvalue()


def test_a_file_is_imported_in_the_name_of_the_owner_and_leaves_nothing_beside_it(
    shop: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "x.ndjson", [invoice_body(), invoice_body()])
    assert run(shop, path) == "Imported 2 of 2: 2 created, 0 updated; 0 unchanged, 0 refused.\n"
    assert "100%" in capsys.readouterr().err
    assert run(shop, path) == "Imported 0 of 2: 0 created, 0 updated; 2 unchanged, 0 refused.\n"
    assert {entry["actor_name"] for entry in audit_of(shop)} == {shop.user(Role.OWNER).email}
    assert [one.name for one in tmp_path.iterdir()] == ["x.ndjson"]


def test_what_is_refused_is_kept_as_it_was_sent_and_can_be_fed_back(shop: World, tmp_path: Path) -> None:
    array = tmp_path / "x.json"
    bad = invoice_body(invoice_no="BAD", items=[])
    array.write_text(json.dumps([invoice_body(), bad, invoice_body()], indent=2))
    out = StringIO()
    with pytest.raises(CommandError, match="refused"):
        call_command("import_invoices", str(array), f"--company={shop.company.code}", stdout=out)
    assert '"invoice_no":"BAD","status":400' in out.getvalue()
    failed = tmp_path / "x.json.failed.ndjson"
    (reason,) = map(json.loads, (tmp_path / "x.json.failed.reasons.ndjson").read_text().splitlines())
    assert (reason["line"], reason["code"]) == (2, "validation")
    assert [json.loads(line) for line in failed.read_text().splitlines()] == [bad]
    failed.write_text(failed.read_text().replace('"items": []', '"items": ' + json.dumps(invoice_body()["items"])))
    assert run(shop, failed) == "Imported 1 of 1: 1 created, 0 updated; 0 unchanged, 0 refused.\n"
    assert count_of(shop, "invoices_invoice") == 3


def test_a_dry_run_keeps_nothing_and_leaves_nothing_beside_the_file(shop: World, tmp_path: Path) -> None:
    path = written(tmp_path / "x.ndjson", [invoice_body()])
    before = rows_of(shop)
    assert run(shop, path, "--dry-run").startswith("Would import 1 of 1: 1 created")
    assert rows_of(shop) == before
    assert [one.name for one in tmp_path.iterdir()] == ["x.ndjson"]


def test_columns_of_csv_are_named_by_the_caller(shop: World, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "Bill,invoice_date,salesman,customer.code,customer.name,items.name,items.item_code,items.quantity,items.mrp\n"
        "A-1,2026-01-23,Ajay,C1,One,Paracetamol,P1,2,3.50\nA-1,,,,,Ibuprofen,I1,1,4\n"
    )
    assert run(shop, path, "--column", "Bill=invoice_no").startswith("Imported 1 of 1: 1 created")
    assert shop.invoice("A-1").total_value == 11
    with pytest.raises(CommandError, match="Unknown columns: Bill"):
        run(shop, path)


def test_who_may_not_import_and_what_is_not_there_is_said(shop: World, tmp_path: Path) -> None:
    path = written(tmp_path / "x.ndjson", [invoice_body()])
    viewer = shop.user(Role.VIEWER).email
    with pytest.raises(CommandError, match="Permission denied"):
        run(shop, path, "--as", viewer)
    with pytest.raises(CommandError, match="no active member"):
        run(shop, path, "--as", "nobody@example.com")
    with pytest.raises(CommandError, match="No such file"):
        run(shop, tmp_path / "y.ndjson")
    shop.decide(jwt_import_roles=["ADMIN"])
    with pytest.raises(CommandError, match="does not let your role"):
        run(shop, path)


# ── Killed ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_run_goes_on_where_it_was_and_its_failures_are_there_once(
    shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_lines, "CHUNK_LINES", 2)
    bodies = [invoice_body(), b"{", invoice_body(), b"[", invoice_body()]
    path = written(tmp_path / "x.ndjson", bodies)

    class Killed(BaseException):
        pass

    note, chunks = ImportRun.note, []

    def killed_in_the_second(self: ImportRun, results: Any, reasons: str) -> None:
        chunks.append(results)
        if len(chunks) == 2:
            self._files[0].write(b"half a l")
            self._files[0].flush()
            raise Killed
        note(self, results, reasons)

    with monkeypatch.context() as patch:
        patch.setattr(ImportRun, "note", killed_in_the_second)
        with pytest.raises(Killed):
            run(shop, path)
    out = StringIO()
    with pytest.raises(CommandError, match="refused"):
        call_command("import_invoices", str(path), f"--company={shop.company.code}", stdout=out)
    assert "Going on after the first 2." in out.getvalue()
    assert "Imported 2 of 5: 2 created, 0 updated; 1 unchanged, 2 refused." in out.getvalue(), "the third was stored"
    assert (tmp_path / "x.ndjson.failed.ndjson").read_bytes() == b"{\n[\n"
    reasons = (tmp_path / "x.ndjson.failed.reasons.ndjson").read_text().splitlines()
    assert [json.loads(line)["line"] for line in reasons] == [2, 4]
    assert count_of(shop, "invoices_invoice") == 3


def killed_after(shop: World, path: Path, invoices: int) -> None:
    """The command in a process of its own, killed when so many are stored (or when it was faster than that)."""
    command = [sys.executable, "manage.py", "import_invoices", str(path), f"--company={shop.company.code}"]
    process = subprocess.Popen(command, cwd=PROJECT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and Invoice.unscoped.filter(company=shop.company).count() < invoices:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


def bodies_of_a_campaign(count: int) -> list[Any]:
    """New ones, customers in several versions, numbers that come again, refused ones."""
    return [
        b"{"
        if number % 97 == 96
        else invoice_body(
            invoice_no=f"N-{number if number % 50 else number // 2}",
            salesman=f"S{number % 7}",
            customer={"code": f"C{number % 40}", "name": f"Name {number // 900 % 2}"},
        )
        for number in range(count)
    ]


def story_of(world: World) -> tuple[Any, ...]:
    rows = Invoice.unscoped.filter(company=world.company).order_by("invoice_no")
    columns = rows.values_list(
        "invoice_no", "customer__code", "customer__name", "salesman__name", "total_value", "invoice_date"
    )
    tables = ("sales_customer", "sales_salesman", "invoices_invoiceitem")
    return list(columns), [count_of(world, table) for table in tables]


@pytest.mark.db_heavy
def test_a_process_that_is_killed_and_run_again_leaves_what_a_clean_run_leaves(
    shop: World, other_world: World, tmp_path: Path
) -> None:
    the_same_after_kills(shop, other_world, tmp_path, count=1500, kills=(1,))


@pytest.mark.slow
def test_a_process_that_is_killed_ten_times_leaves_what_a_clean_run_leaves(
    shop: World, other_world: World, tmp_path: Path
) -> None:
    the_same_after_kills(shop, other_world, tmp_path, count=20_000, kills=tuple(range(1, 18_000, 1800)))


def the_same_after_kills(shop: World, clean: World, tmp_path: Path, *, count: int, kills: tuple[int, ...]) -> None:
    clean.user(Role.OWNER)
    bodies = bodies_of_a_campaign(count)
    paths = [written(tmp_path / name, bodies) for name in ("killed.ndjson", "clean.ndjson")]
    for stored in kills:
        killed_after(shop, paths[0], stored)
    for world, path in zip((shop, clean), paths, strict=True):
        with pytest.raises(CommandError, match="refused"):
            run(world, path)
    assert story_of(shop) == story_of(clean)
    failures = [path.with_name(path.name + ".failed.ndjson").read_bytes() for path in paths]
    assert failures == [b"{\n" * (count // 97)] * 2
    versions = Invoice.unscoped.filter(company=shop.company).values_list("version", flat=True)
    assert sum(versions) == count_of(shop, "erp_outboxevent") == count_of(shop, "erp_auditentry"), (
        "one of each for a version"
    )
