"""A run is taken back: the books are as if nothing had come, and the same history may come again."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from connectors.models import ExternalRef, ImportRun
from connectors.uisp.carrying import Watch
from connectors.uisp.staging import CASH
from connectors.uisp.undoing import Undone, undo_run
from erp.models import Within
from erp.rights import Role
from erp.verifying import verify
from invoices.models import Invoice, Payment
from tests.builders import World
from tests.connectors.test_uisp_migration import Run, migrate, new_island, rows_of
from tests.dying import dying_before
from tests.standins.uisp.history import History
from tests.standins.uisp.server import READ_KEY, serving

pytestmark = pytest.mark.db_heavy

SMALL = History(24)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    SMALL.write(folder)
    return folder


@pytest.fixture
def world(migrated_database: None) -> World:
    return new_island()


def bring(world: World, export: Path) -> Run:
    run = migrate(world, "--import-from", export, "--include-drafts", "--include-void")
    assert (run.code, run.report["differences"]) == (0, []), run.said
    return run


def last_run(world: World) -> ImportRun:
    return ImportRun.objects.of(Within(world.company.id)).order_by("-created_at").first()  # type: ignore[return-value]


def undo(world: World, run_id: UUID) -> Run:
    return migrate(world, "--undo", run_id)


def standing(world: World) -> tuple[int, int]:
    """How many invoices and payments are neither cancelled nor reversed."""
    of = Within(world.company.id)
    invoices = Invoice.objects.of(of).exclude(status="CANCELLED").count()
    return invoices, Payment.objects.of(of).exclude(status="REVERSED").count()


def balances(world: World) -> list[Decimal]:
    """What stands on each account, zeros aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(debit) - sum(credit) FROM accounting_ledgerentry WHERE company_id = %s GROUP BY account_id"
            " HAVING sum(debit) <> sum(credit)",
            [world.company.id],
        )
        return [row[0] for row in cursor.fetchall()]


def laws_hold(world: World) -> bool:
    broken = verify(company_code=world.company.code).broken
    assert not broken, [(one.law.view, one.findings[:3]) for one in broken]
    return True


def test_what_a_run_brought_is_taken_back_and_comes_again_under_the_same_numbers(world: World, export: Path) -> None:
    first = bring(world, export)
    brought, standing_before = rows_of(world)["invoices"], standing(world)
    run = last_run(world)
    undone = undo(world, run.id)
    assert undone.code == 0, undone.said
    assert (standing(world), balances(world)) == ((0, 0), [])
    run.refresh_from_db()
    assert run.state == "UNDONE"
    refs = ExternalRef.objects.of(Within(world.company.id))
    assert set(refs.values_list("entity", flat=True)) == {"client"}, "customers stay, and are known again"
    assert laws_hold(world)
    again = bring(world, export)
    assert again.report["rows"]["invoice"] == first.report["rows"]["invoice"]
    assert again.report["rows"]["client"].keys() == {"UNCHANGED"}
    assert (again.report["total"], again.report["paid"]) == (first.report["total"], first.report["paid"])
    assert standing(world) == standing_before
    here = rows_of(world)["invoices"]
    assert all(here.count(row) >= brought.count(row) for row in brought)
    assert laws_hold(world)
    assert undo(world, run.id).code == 2, "it is undone already"
    assert standing(world) == standing_before


def test_nothing_is_taken_back_once_somebody_worked_on_it(world: World, export: Path) -> None:
    bring(world, export)
    before, of = standing(world), Within(world.company.id)
    posted = Invoice.objects.of(of).filter(status__in=["POSTED", "PARTIALLY_PAID"]).first()
    assert posted is not None
    path = f"/api/invoices/{posted.id}/"
    assert world.send("PATCH", path, {"notes": "Called, will pay"}, role=Role.OWNER).status == 200
    refused = undo(world, last_run(world).id)
    assert refused.code == 2
    assert "worked on" in refused.said
    assert "change_invoice" in refused.said, refused.said
    assert (standing(world), last_run(world).state) == (before, "DONE")


@pytest.mark.parametrize("how", ["paid", "credited"])
def test_what_settles_an_invoice_from_elsewhere_is_work_on_it(world: World, export: Path, how: str) -> None:
    bring(world, export)
    posted = Invoice.objects.of(Within(world.company.id)).filter(status="POSTED").first()
    assert posted is not None
    if how == "paid":
        today = f"{timezone.now():%Y-%m-%d}"
        answer = world.post(
            "/api/payments/", {"invoice_id": str(posted.id), "amount": "1.00", "payment_date": today}, role=Role.OWNER
        )
    else:
        note = {"reason": "PRICE_REDUCTION", "post": False}
        answer = world.post(f"/api/invoices/{posted.id}/credit_note/", note, role=Role.OWNER)
    assert answer.status == 201, answer.data
    refused = undo(world, last_run(world).id)
    assert (refused.code, last_run(world).state) == (2, "DONE")
    assert ("settled by payment RCT-" if how == "paid" else "credited by CN-") in refused.said


def test_a_run_that_was_followed_is_taken_back_after_the_one_that_followed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UISP_SOURCE_KEY", READ_KEY)
    with serving(SMALL) as server:
        assert migrate(world, "--source", server.url, "--rate", 1000).code == 0
        books = server.books
        owed = next(row for row in books.tables["invoices"].values() if row["status"] == 1 and row["amountToPay"])
        money: dict[str, Any] = {"clientId": owed["clientId"], "methodId": CASH, "amount": owed["amountToPay"]}
        money |= {"createdDate": "2031-05-05T12:00:00+0800", "invoiceIds": [owed["id"]]}
        books.make_payment(money | {"applyToInvoicesAutomatically": False})
        first = last_run(world)
        assert migrate(world, "--source", server.url, "--rate", 1000, "--since", "2031-05-06").code == 0
    second = last_run(world)
    refused = undo(world, first.id)
    assert (refused.code, "settled by payment" in refused.said) == (2, True), refused.said
    assert undo(world, second.id).code == 0
    assert world.invoice(owed["number"]).status == "POSTED"


def test_who_dies_while_he_undoes_goes_on_and_nothing_is_brought_meanwhile(world: World, export: Path) -> None:
    bring(world, export)
    run = last_run(world)
    with dying_before(150) as seen:
        died = undo(world, run.id)
    assert (len(seen) > 150, died.code) == (True, 3)
    connection.close()
    assert last_run(world).state == "UNDOING"
    left = standing(world)
    assert left != (0, 0)
    meanwhile = migrate(world, "--import-from", export)
    assert (meanwhile.code, f"--undo {run.id}" in meanwhile.said) == (2, True), meanwhile.said
    assert undo(world, run.id).code == 0
    assert (standing(world), balances(world), laws_hold(world)) == ((0, 0), [], True)


def test_a_number_of_undone_history_is_free_for_a_billing_system(world: World, export: Path) -> None:
    bring(world, export)
    number = Invoice.objects.of(Within(world.company.id)).filter(status="POSTED").first().invoice_no  # type: ignore[union-attr]
    assert world.import_invoice(invoice_no=number).status == 409
    assert undo(world, last_run(world).id).code == 0
    imported = world.import_invoice(invoice_no=number)
    assert (imported.status, imported.data["result"]) == (201, "created"), imported.data
    assert world.import_invoice(invoice_no=number).data["result"] == "unchanged"
    assert laws_hold(world)


def test_who_stops_it_is_told_how_to_go_on(world: World, export: Path) -> None:
    bring(world, export)
    asked = iter([False] * 3 + [True] * 100)
    stopped = undo_run(
        last_run(world).id, actor=world.actor(Role.OWNER), watch=Watch(timezone.now, should_stop=lambda: next(asked))
    )
    assert stopped == Undone(3, is_finished=False)
    assert last_run(world).state == "UNDOING"


def test_only_a_run_of_our_own_that_moved_something_here_is_taken_back(world: World, export: Path) -> None:
    bring(world, export)
    run, stranger = last_run(world), new_island()
    assert "not found" in undo(stranger, run.id).said
    assert "not found" in undo(world, uuid4()).said
    ImportRun.objects.of(Within(world.company.id)).filter(id=run.id).update(state="RUNNING")
    at_work = undo(world, run.id)
    assert (at_work.code, "at work" in at_work.said) == (2, True)
    ImportRun.objects.of(Within(world.company.id)).filter(id=run.id).update(state="DONE", kind="UISP_FORWARDING")
    elsewhere = undo(world, run.id)
    assert (elsewhere.code, "moved nothing into the books" in elsewhere.said) == (2, True)
    assert standing(world) != (0, 0)
