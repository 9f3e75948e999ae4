"""A history of a UISP in our books: complete, to the last cent, once, whatever happens on the way."""

import json
import secrets
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import stamina
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from companies.founding import found_company
from connectors.models import Connection, ExternalRef, ImportRow, ImportRun
from connectors.secrets import NoSecret, sealed, secret_of
from connectors.uisp.staging import CASH
from erp.database import DatabaseRole, conninfo
from erp.models import Within
from erp.rights import Role
from invoices.models import Invoice, Payment
from sales.models import Customer
from tests.builders import World
from tests.dying import dying_before
from tests.standins.uisp.history import History
from tests.standins.uisp.server import READ_KEY, serving

pytestmark = pytest.mark.db_heavy

# Small, and yet more payments are for two invoices than invoices have two payments.
SMALL = History(106)


class Run(NamedTuple):
    code: int
    report: Any
    said: str


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    SMALL.write(folder)
    return folder


@pytest.fixture
def world(migrated_database: None) -> World:
    """A company where the history comes from: in pesos, in Manila."""
    return new_island()


def new_island() -> World:
    code = f"ISLA-{secrets.token_hex(4)}"
    company = found_company(code=code, name="Isla", now=timezone.now(), currency_code="PHP", zone="Asia/Manila")
    world = World(company)
    world.user(Role.OWNER)
    return world


def migrate(world: World, *arguments: Any, verified: bool = False) -> Run:
    out, err = StringIO(), StringIO()
    given = [str(one) for one in arguments] + ([] if verified else ["--no-verify"])
    code = 0
    try:
        call_command("uisp_migrate", "--company", world.company.code, "--json", *given, stdout=out, stderr=err)
    except SystemExit as left:
        code = int(left.code or 0)
    text = out.getvalue()
    report = json.JSONDecoder().raw_decode(text)[0] if text.startswith("{") else None
    return Run(code, report, text + err.getvalue())


def rows_of(world: World) -> dict[str, list[Any]]:
    """Every row of the business that the company has, ids and clocks aside, in no order."""
    statements = {
        "customers": "SELECT code, name, email, phone1, address1, area, pincode, is_active FROM sales_customer",
        "invoices": "SELECT invoice_no, invoice_date, due_date, total_value, subtotal, round_off, amount_received, status,"
        " fulfilment_status, origin, version FROM invoices_invoice",
        "lines": "SELECT i.invoice_no, l.line_no, l.name, l.quantity, l.mrp, l.discount_pct, l.line_total FROM"
        " invoices_invoiceitem l JOIN invoices_invoice i ON i.id = l.invoice_id AND true",
        "payments": "SELECT payment_date, mode, amount, allocated_amount, reference_number, notes, status"
        " FROM invoices_payment",
        "allocations": "SELECT i.invoice_no, a.amount, a.allocation_date FROM invoices_paymentallocation a"
        " JOIN invoices_invoice i ON i.id = a.invoice_id AND true",
        "ledger": "SELECT v.voucher_date, v.kind, v.total, e.debit, e.credit, a.code FROM accounting_ledgerentry e"
        " JOIN accounting_voucher v ON v.id = e.voucher_id JOIN accounting_ledgeraccount a ON a.id = e.account_id AND true",
        "series": "SELECT series, year, last_number FROM erp_numberseries",
    }
    owner = {"lines": "l", "allocations": "a", "ledger": "e"}
    found = {}
    with connection.cursor() as cursor:
        for name, statement in statements.items():
            joined = " AND" if statement.endswith("true") else " WHERE"
            prefix = f"{owner[name]}." if name in owner else ""
            cursor.execute(f"{statement}{joined} {prefix}company_id = %s", [world.company.id])
            found[name] = sorted(map(repr, cursor.fetchall()))
    return found


def test_a_history_comes_out_as_its_truth_says_and_the_books_are_in_order(world: World, export: Path) -> None:
    run = migrate(world, "--import-from", export, "--failures", export / "f.jsonl", verified=True)
    truth = SMALL.expected()
    assert (run.code, run.report["differences"]) == (0, []), run.said
    assert run.report["read"] == {"client": truth["clients"], "invoice": truth["invoices"], "payment": truth["payments"]}
    assert run.report["rows"]["invoice"]["DONE"] == truth["migrated"]
    for name in ("total", "paid", "open", "money", "credit", "payments"):
        assert run.report[name] == truth[name], name
    assert run.report["rounded"][0] == truth["rounded"][0]
    months = {month: [0, 0] for month in truth["months"]}
    for line in run.report["by_month"]:
        months[line["month"]][0] += line["here"][0]
    assert {month: count for month, (count, _) in months.items()} == {m: c for m, (c, _) in truth["months"].items()}
    assert not (export / "f.jsonl").exists()
    balances = {
        str(r["external_id"]): r["customer_id"]
        for r in ExternalRef.objects.of(Within(world.company.id)).filter(entity="client").values()
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.owner_id, sum(e.debit - e.credit) FROM accounting_ledgerentry e JOIN accounting_ledgeraccount a"
            " ON a.id = e.account_id WHERE e.company_id = %s AND e.role = 'RECEIVABLE' GROUP BY 1",
            [world.company.id],
        )
        owed = {owner: f"{amount:.2f}" for owner, amount in cursor.fetchall() if amount}
    assert owed == {balances[client]: amount for client, amount in truth["balances"].items()}


def test_a_second_run_brings_nothing_and_says_so(world: World, export: Path) -> None:
    migrate(world, "--import-from", export)
    before = rows_of(world)
    again = migrate(world, "--import-from", export)
    assert (again.code, again.report["differences"]) == (0, [])
    assert again.report["rows"]["payment"] == {"UNCHANGED": SMALL.expected()["payments"]}
    assert again.report["total"] == SMALL.expected()["total"]
    assert rows_of(world) == before


def test_a_dry_run_reports_the_same_and_leaves_nothing(world: World, export: Path) -> None:
    before = rows_of(world)
    tried = migrate(world, "--import-from", export, "--dry-run")
    assert rows_of(world) == before
    assert not ImportRun.objects.of(Within(world.company.id)).exists()
    real = migrate(world, "--import-from", export)
    assert tried == real._replace(said=tried.said)


@pytest.mark.parametrize("statement", [4, 60, 95, 140, 190])
def test_a_run_that_dies_goes_on_and_ends_as_if_it_had_not(
    world: World, export: Path, statement: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.uisp.migrating.BATCH_ROWS", 40)
    monkeypatch.setattr("connectors.runs.STAGED_AT_ONCE", 60)
    with dying_before(statement) as seen:
        died = migrate(world, "--import-from", export)
    assert len(seen) > statement, "it was killed on the way"
    assert died.code == 3
    connection.close()
    resumed = migrate(world, "--import-from", export, *(["--resume"] if is_left(world) else []))
    assert (resumed.code, resumed.report["differences"]) == (0, []), resumed.said
    assert rows_of(world) == undisturbed_rows(export)


@cache
def undisturbed_rows(export: Path) -> dict[str, list[Any]]:
    """What a run leaves that nothing happens to."""
    undisturbed = new_island()
    assert migrate(undisturbed, "--import-from", export).code == 0
    return rows_of(undisturbed)


def is_left(world: World) -> bool:
    return ImportRun.objects.of(Within(world.company.id)).filter(state="RUNNING").exists()


def test_a_run_goes_on_where_somebody_else_cleans_its_tables(world: World, export: Path) -> None:
    with psycopg.connect(conninfo(DatabaseRole.APP)) as other:
        # What autovacuum holds, and the ANALYZE of another run; long enough, it stopped this one.
        other.execute("LOCK TABLE connectors_importrow IN SHARE UPDATE EXCLUSIVE MODE")
        assert migrate(world, "--import-from", export).code == 0


def test_a_run_that_is_not_finished_is_not_begun_again(world: World, export: Path) -> None:
    with dying_before(60):
        migrate(world, "--import-from", export)
    connection.close()
    again = migrate(world, "--import-from", export)
    assert again.code == 2
    assert "--resume" in again.said
    assert migrate(world, "--import-from", export, "--resume").code == 0
    assert migrate(world, "--import-from", export, "--resume").code == 2


def test_the_crm_itself_is_read_through_every_passing_fault(
    world: World, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UISP_SOURCE_KEY", READ_KEY)
    with serving(SMALL) as server, stamina.set_testing(True, attempts=100, cap=True):
        for place, (kind, options) in enumerate(
            [
                ("busy", {"retry_after": 1}),
                ("error_before", {}),
                ("drop_inside", {}),
                ("html", {"status": 200}),
                ("cut_json", {}),
            ]
        ):
            server.fault(kind, nth=2 + 2 * place, **options)
        run = migrate(world, "--source", server.url, "--rate", 1000)
        assert (run.code, run.report["differences"]) == (0, []), run.said
        assert {one.fault for one in server.journal} > {"busy", "error_before", "drop_inside", "html", "cut_json"}
    assert rows_of(world) == undisturbed_rows(export)


def test_a_key_that_is_revoked_half_way_stops_the_run_and_a_good_one_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UISP_SOURCE_KEY", READ_KEY)
    with serving(SMALL) as server, stamina.set_testing(True, attempts=100, cap=True):
        server.fault("key_revoked", path="payments$", nth=1)
        stopped = migrate(world, "--source", server.url, "--rate", 1000)
        assert stopped.code == 3
        assert "refuses the key" in stopped.said or "the key is wrong" in stopped.said
        assert READ_KEY not in stopped.said
        server.is_revoked = False
        resumed = migrate(world, "--source", server.url, "--rate", 1000, "--resume")
        assert (resumed.code, resumed.report["total"]) == (0, SMALL.expected()["total"]), resumed.said


def test_an_export_is_the_same_as_the_crm(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UISP_SOURCE_KEY", READ_KEY)
    path = tmp_path / "invoices_export.json"
    with serving(SMALL) as server:
        written = migrate(world, "--source", server.url, "--export-only", path, "--rate", 1000)
    assert (written.code, sorted(one.name for one in tmp_path.iterdir())) == (
        0,
        ["clients_export.json", "invoices_export.json", "methods_export.json", "payments_export.json", "taxes_export.json"],
    )
    run = migrate(world, "--import-from", tmp_path)
    assert (run.code, run.report["total"]) == (0, SMALL.expected()["total"])


@pytest.mark.parametrize("by_file", [False, True], ids=["the crm", "an export"])
def test_a_run_that_follows_brings_what_came_since_and_settles_what_was_open(
    world: World, by_file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UISP_SOURCE_KEY", READ_KEY)
    with serving(SMALL) as server:

        def brought(*arguments: str) -> Run:
            crm = ["--source", server.url, "--rate", 1000]
            if not by_file:
                return migrate(world, *crm, *arguments)
            assert migrate(world, *crm, "--export-only", tmp_path / "invoices_export.json").code == 0
            return migrate(world, "--import-from", tmp_path, *arguments)

        whole = brought()
        assert (whole.code, whole.report["differences"]) == (0, []), whole.said
        books = server.books
        owed = next(row for row in books.tables["invoices"].values() if row["status"] == 1 and row["amountToPay"])
        at = "2031-05-05T12:00:00+0800"
        money = {"clientId": owed["clientId"], "methodId": CASH, "amount": owed["amountToPay"], "createdDate": at}
        books.make_payment(money | {"invoiceIds": [owed["id"]], "applyToInvoicesAutomatically": False})
        item = {"label": "Plan", "price": 499, "quantity": 1}
        made = books.make_invoice(owed["clientId"], {"items": [item], "createdDate": at, "applyCredit": False})
        followed = brought("--since", "2031-05-06")
    assert followed.code == 0, followed.said
    rows = followed.report["rows"]
    assert (rows["invoice"]["DONE"], rows["payment"]["DONE"]) == (1, 1)
    assert world.invoice(made["number"]).total_value == 499
    settled = world.invoice(owed["number"])
    assert (settled.status, settled.amount_received) == ("PAID", settled.total_value)


def test_payments_that_are_made_up_differ_and_the_run_says_so(world: World, export: Path) -> None:
    run = migrate(world, "--import-from", export, "--payments", "synthetic")
    assert run.code == 1
    assert run.report["paid"] == SMALL.expected()["paid"]
    assert any("payments settle invoices" in text for text in run.report["differences"])
    assert Payment.objects.of(Within(world.company.id)).filter(notes__startswith="Made up of invoice").exists()


def test_a_test_run_brings_ten_invoices_and_what_hangs_on_them_and_the_rest_later(world: World, export: Path) -> None:
    first = migrate(world, "--import-from", export, "--test")
    assert (first.code, first.report["differences"]) == (0, [])
    assert first.report["read"]["invoice"] >= 10
    rest = migrate(world, "--import-from", export)
    assert (rest.code, rest.report["total"]) == (0, SMALL.expected()["total"])
    assert rest.report["rows"]["invoice"]["UNCHANGED"] == first.report["rows"]["invoice"]["DONE"]


def test_clients_who_are_missing_stop_the_run_before_anything_is_written(world: World, tmp_path: Path) -> None:
    SMALL.write(tmp_path)
    clients = json.loads((tmp_path / "clients_export.json").read_text())
    kept = [one for one in clients if one["id"] not in SMALL.missing_clients]
    (tmp_path / "clients_export.json").write_text(json.dumps(kept))
    before = rows_of(world)
    refused = migrate(world, "--import-from", tmp_path)
    assert refused.code == 2
    assert (
        f"{len(SMALL.missing_clients)} clients are missing, with {SMALL.expected()['missing_clients'][1]} invoices"
        in refused.said
    )
    assert rows_of(world) == before
    failures = tmp_path / "failed.jsonl"
    run = migrate(world, "--import-from", tmp_path, "--max-missing", 5, "--failures", failures)
    assert run.code == 1
    told = [json.loads(line) for line in failures.read_text().splitlines()]
    assert {one["code"] for one in told} == {"client-missing"}
    assert len([one for one in told if one["entity"] == "invoice"]) <= SMALL.expected()["missing_clients"][1]
    # Once the clients are there, the failure file is all that is needed.
    missing = [one for one in clients if one["id"] in SMALL.missing_clients]
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "clients_export.json").write_text(json.dumps(missing))
    (tmp_path / "late" / "invoices_export.json").write_text("[]")
    assert migrate(world, "--import-from", tmp_path / "late").code == 0
    assert migrate(world, "--import-from", failures, "--max-missing", 5).code == 0
    whole = new_island()
    SMALL.write(tmp_path)
    migrate(whole, "--import-from", tmp_path)
    assert rows_of(whole)["invoices"] == rows_of(world)["invoices"]
    assert rows_of(whole)["allocations"] == rows_of(world)["allocations"]


def test_books_that_are_closed_refuse_the_run(world: World, export: Path) -> None:
    world.decide(hard_lock_date="2025-06-30")
    refused = migrate(world, "--import-from", export)
    assert (refused.code, "hard_lock_date" in refused.said) == (2, True)
    assert not ImportRow.objects.of(Within(world.company.id)).exists()
    assert not Invoice.objects.of(Within(world.company.id)).exists()
    assert not Customer.objects.of(Within(world.company.id)).exists()


def test_a_prefix_keeps_two_systems_apart_and_is_decided_once(world: World, export: Path) -> None:
    arguments = ("--import-from", export, "--test", "--source", "old")
    migrate(world, *arguments, "--number-prefix", "OLD-", "--account", "GCash=1010", "--account", "Maya=1010")
    numbers = Invoice.objects.of(Within(world.company.id)).values_list("invoice_no", flat=True)
    assert all(number.startswith("OLD-") for number in numbers)
    assert migrate(world, *arguments, "--number-prefix", "NEW-").code == 2
    with pytest.raises(CommandError, match="write METHOD=CODE"):
        migrate(world, *arguments, "--account", "GCash")
    assert migrate(world, "--import-from", export, "--test", "--source", "new").code == 0
    assert Invoice.objects.of(Within(world.company.id)).filter(invoice_no__startswith="1").exists()


def test_the_last_run_is_compared_again_with_what_is_here_now(world: World, export: Path) -> None:
    assert migrate(world, "--reconcile-only").code == 2
    run = migrate(world, "--import-from", export)
    again = migrate(world, "--reconcile-only")
    assert (again.code, again.report) == (0, run.report)


def test_keys_come_from_the_environment_or_are_kept_encrypted_and_can_be_rotated(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    settings.ENCRYPTION_KEYS = [old]
    kept = Connection(name="crm", secret=sealed("hush"))
    assert b"hush" not in bytes(kept.secret or b"")
    settings.ENCRYPTION_KEYS = [new, old]
    assert secret_of(kept) == "hush"
    settings.ENCRYPTION_KEYS = [new]
    with pytest.raises(NoSecret):
        secret_of(kept)
    monkeypatch.setenv("CRM_KEY", "from outside")
    assert secret_of(Connection(name="crm", secret_env="CRM_KEY")) == "from outside"
    monkeypatch.delenv("CRM_KEY")
    with pytest.raises(NoSecret, match="CRM_KEY"):
        secret_of(Connection(name="crm", secret_env="CRM_KEY"))
