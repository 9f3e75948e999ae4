"""From one UISP into another: everything once, whatever either of them does on the way."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stamina
from django.core.management import CommandError
from django.db.models import Count

from connectors.models import ImportRow, ImportRun
from erp.models import Within
from tests.builders import World
from tests.connectors.test_uisp_migration import Run, migrate, new_island
from tests.slicing import SEED
from tests.standins.uisp.history import History, rounded
from tests.standins.uisp.server import READ_KEY, WRITE_KEY, StandIn, serving

pytestmark = pytest.mark.db_heavy

SMALL = History(60)
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("busy", {"retry_after": 1}),
    ("error_before", {}),
    ("error_after", {}),
    ("silent_after", {}),
    ("drop_before", {}),
    ("drop_inside", {}),
    ("html", {"status": 502}),
    ("html", {"status": 200}),
    ("cut_json", {}),
    ("nan", {}),
    ("odd_rows", {"status": 9, "missing": ["notes"], "null": ["dueDate"]}),
]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    SMALL.write(folder)
    return folder


@pytest.fixture
def world(migrated_database: None, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("UISP_TARGET_KEY", WRITE_KEY)
    return new_island()


@contextmanager
def target_of(history: History) -> Iterator[StandIn]:
    """A CRM to which the clients were moved already, each bearing the source's id as his ident."""
    with serving() as server, stamina.set_testing(True, attempts=100, cap=True):
        for client in history.clients():
            server.books.make_client({"userIdent": str(client["id"]), "companyName": client["companyName"]})
        yield server


def forward(world: World, server: StandIn, *arguments: Any, mail_off: bool = True) -> Run:
    given = ["--to", "uisp", "--target", server.url, "--rate", 10_000, *arguments]
    return migrate(world, *given, *(["--i-switched-mail-off"] if mail_off else []))


def marks_of(row: dict[str, Any]) -> list[str]:
    return [one["value"] for one in row["attributes"] if one["key"] == "erpRef"]


def held(server: StandIn) -> dict[str, list[Any]]:
    """What the CRM holds, its ids aside: invoices by number, payments by mark, with what they pay."""
    tables = server.books.tables
    numbers = {key: row["number"] for key, row in tables["invoices"].items()}
    invoices = [
        (row["number"], row["status"], str(row["total"]), str(row["amountPaid"]), row["createdDate"], row["emailSentDate"],
         row["clientId"], str(row["discount"]), len(row["items"]))
        for row in tables["invoices"].values()
    ]  # fmt: skip
    payments = [
        (marks_of(row), str(row["amount"]), str(row["creditAmount"]), row["createdDate"], row["methodId"], row["clientId"],
         sorted((numbers[one["invoiceId"]], str(one["amount"])) for one in row["paymentCovers"]))
        for row in tables["payments"].values()
    ]  # fmt: skip
    return {"invoices": sorted(map(repr, invoices)), "payments": sorted(map(repr, payments))}


def test_a_history_arrives_as_it_was_and_again_nothing_is_sent(world: World, export: Path) -> None:
    truth = SMALL.expected()
    with target_of(SMALL) as server:
        run = forward(world, server, "--import-from", export)
        assert (run.code, run.report["differences"]) == (0, []), run.said
        for name in ("total", "paid", "open", "money", "credit", "payments"):
            assert run.report[name] == truth[name], name
        invoices, payments = server.books.tables["invoices"].values(), server.books.tables["payments"].values()
        assert (len(invoices), len(payments)) == (truth["migrated"], truth["payments"])
        assert sum((rounded(Decimal(str(row["total"]))) for row in invoices), Decimal(0)) == Decimal(truth["total"])
        assert all(row["emailSentDate"] for row in invoices), "nobody is mailed"
        sent = [one.body for one in server.asked("POST", "invoices$")]
        assert all(body["applyCredit"] is False for body in sent)
        assert all(one.body["applyToInvoicesAutomatically"] is False for one in server.asked("POST", "payments$"))
        marks = [mark for row in payments for mark in marks_of(row)]
        assert sorted(marks) == sorted(f"uisp:{row['id']}" for row in SMALL.payment_rows())
        server.journal.clear()
        again = forward(world, server, "--import-from", export)
        assert (again.code, again.report["differences"], server.asked("POST")) == (0, [], [])
        assert again.report["rows"]["payment"] == {"UNCHANGED": truth["payments"]}
        # The report is made of what the target has now, and of nothing that we remember.
        next(iter(payments))["amount"] += 1
        assert forward(world, server, "--reconcile-only").code == 1


def test_a_dry_run_tells_the_same_and_sends_nothing(world: World, export: Path) -> None:
    with target_of(SMALL) as server:
        tried = forward(world, server, "--import-from", export, "--dry-run", mail_off=False)
        assert {one.method for one in server.journal} == {"GET"}
        assert not ImportRun.objects.of(Within(world.company.id)).exists()
        real = forward(world, server, "--import-from", export)
        assert tried.report == real.report


def test_nothing_is_sent_before_somebody_says_that_mail_is_off_or_with_a_key_that_may_not(
    world: World, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with target_of(SMALL) as server:
        with pytest.raises(CommandError, match="suspension") as refused:
            forward(world, server, "--import-from", export, mail_off=False)
        assert refused.value.returncode == 2
        monkeypatch.setenv("UISP_TARGET_KEY", READ_KEY)
        assert forward(world, server, "--import-from", export).code in {2, 3}
        assert server.books.tables["invoices"] == server.books.tables["payments"] == {}


def whole_way(world: World, server: StandIn, export: Path) -> Run:
    """As a patient person does it: resumed until it is at its end."""
    run = forward(world, server, "--import-from", export, "--workers", 4)
    for _ in range(20):
        if run.code != 3:
            break
        run = forward(world, server, "--import-from", export, "--workers", 4, "--resume")
    return run


def never_blindly_again(server: StandIn) -> None:
    """No POST was sent twice without a look-up between; only one that was turned away at the door knocks again."""
    sent: dict[str, str] = {}
    for one in server.journal:
        looked_up = one.query.get("number", one.query.get("customAttributeValue", [""]))[0]
        sent.pop(looked_up, None)
        if one.method == "POST" and one.path.endswith(("invoices", "payments")):
            key = one.body.get("number") or one.body["attributes"][0]["value"]
            assert key not in sent, f"CAMPAIGN_SEED={SEED}: {key} was sent again after {sent[key]!r}, and nobody had looked"
            struck = one.fault.split(", ")
            if "busy" not in struck or "drop_before" in struck:  # which comes before it
                sent[key] = one.fault


def test_a_payment_waits_with_its_invoice_of_which_nobody_knows_whether_it_arrived(world: World, export: Path) -> None:
    paid = {row["clientId"] for row in SMALL.payment_rows() if row["paymentCovers"]}
    client = next(bill.client_id for bill in SMALL.bills if bill.client_id in paid)
    with target_of(SMALL) as server:
        there = next(key for key, row in server.books.tables["clients"].items() if row["userIdent"] == str(client))
        server.fault("error_before", method="POST", path=f"clients/{there}/invoices$")
        doubtful = forward(world, server, "--import-from", export)
        assert doubtful.code == 3, doubtful.said
        states = ImportRow.objects.of(Within(world.company.id)).filter(client_external_id=str(client))
        found = dict(states.filter(entity="payment").values_list("state").annotate(Count("id")))
        assert set(found) == {"UNKNOWN"}, "what rests on a doubt is a doubt, and not a refusal"
        server.faults.clear()
        resumed = forward(world, server, "--import-from", export, "--resume")
        assert (resumed.code, resumed.report["differences"]) == (0, []), resumed.said
        assert len(server.books.tables["payments"]) == SMALL.expected()["payments"]
        never_blindly_again(server)


def test_with_every_fault_at_two_per_cent_each_payment_arrives_once_and_pays_what_it_paid(
    world: World, export: Path
) -> None:
    with target_of(SMALL) as server:
        forward(new_island(), server, "--import-from", export)
        expected = held(server)
    with target_of(SMALL) as server:
        for place, (kind, options) in enumerate(FAULTS):
            server.fault(kind, probability=0.02, seed=SEED + place, **options)
        run = whole_way(world, server, export)
        never_blindly_again(server)
        assert held(server) == expected, f"CAMPAIGN_SEED={SEED}: {run.said}"
        server.faults.clear()
        assert forward(world, server, "--reconcile-only").code == 0


def test_what_was_sent_when_the_key_was_revoked_is_looked_up_before_it_is_sent_again(world: World, export: Path) -> None:
    with target_of(SMALL) as server:
        server.fault("silent_after", method="POST", path="payments$", nth=5)
        server.fault("key_revoked", path="payments$", method="GET", nth=2)
        stopped = forward(world, server, "--import-from", export, "--workers", 2)
        assert stopped.code == 3, stopped.said
        sent = ImportRow.objects.of(Within(world.company.id)).filter(state="SENT")
        assert sent.exists(), "one of them is in doubt"
        server.is_revoked = False
        server.faults.clear()
        resumed = forward(world, server, "--import-from", export, "--resume")
        assert (resumed.code, resumed.report["differences"]) == (0, []), resumed.said
        never_blindly_again(server)
        counts = defaultdict[str, int](int)
        for row in server.books.tables["payments"].values():
            counts[marks_of(row)[0]] += 1
        assert set(counts.values()) == {1}
        assert len(counts) == SMALL.expected()["payments"]


def test_clients_who_are_missing_are_told_and_a_map_says_who_they_are(world: World, export: Path, tmp_path: Path) -> None:
    with target_of(SMALL) as server:
        lost = next(row for row in server.books.tables["clients"].values() if row["id"] == SMALL.bills[0].client_id)
        there, lost["userIdent"] = lost["userIdent"], "somebody else"
        refused = forward(world, server, "--import-from", export)
        assert (refused.code, "1 clients are missing in the target" in refused.said) == (2, True), refused.said
        failures = tmp_path / "f.jsonl"
        without = forward(world, server, "--import-from", export, "--max-missing", 1, "--failures", failures)
        assert without.code == 1
        assert {json.loads(line)["code"] for line in failures.read_text().splitlines()} == {"client-missing"}
        (tmp_path / "map.csv").write_text(f"source,target\n{there},{lost['id']}\n")
        mapped = forward(world, server, "--import-from", failures, "--client-map", tmp_path / "map.csv")
        assert mapped.code == 0, mapped.said
        assert len(server.books.tables["payments"]) == SMALL.expected()["payments"]
        (tmp_path / "map.csv").write_text("source,target\n1,two\n")
        assert forward(world, server, "--import-from", export, "--client-map", tmp_path / "map.csv").code == 2


def test_a_refusal_of_the_target_is_told_in_its_words_and_too_many_stop_the_run(
    world: World, export: Path, tmp_path: Path
) -> None:
    with target_of(SMALL) as server:
        busy = SMALL.bills[0].client_id
        server.books.tables["clients"][busy]["isLead"] = True
        failures = tmp_path / "f.jsonl"
        run = forward(world, server, "--import-from", export, "--failures", failures)
        told = [json.loads(line) for line in failures.read_text().splitlines()]
        assert run.code == 1
        assert {(one["code"], one["http_status"]) for one in told if one["entity"] == "invoice"} == {
            ("rejected-by-target", 422)
        }
        assert {one["code"] for one in told if one["entity"] == "payment"} <= {"blocked-by"}
        assert "A lead takes no invoices." in told[0]["message"]
    with target_of(SMALL) as server:
        server.books.tables["clients"][busy]["isLead"] = True
        stopped = forward(new_island(), server, "--import-from", export, "--max-failures", 0, "--workers", 1)
        assert (stopped.code, "More than 0 rows were refused." in stopped.said) == (3, True)


def test_drafts_and_void_invoices_are_what_they_were(world: World, export: Path) -> None:
    with target_of(SMALL) as server:
        arguments = ("--import-from", export, "--include-drafts", "--include-void")
        assert forward(world, server, *arguments).code == 0
        by_status = defaultdict[int, int](int)
        for row in server.books.tables["invoices"].values():
            by_status[row["status"]] += 1
        assert {str(status): count for status, count in by_status.items()} == SMALL.expected()["by_status"]
        server.journal.clear()
        assert forward(world, server, *arguments).code == 0
        assert server.asked("POST") == []
