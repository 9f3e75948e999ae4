"""Balances: folded days and the entries since, exact in whatever order transactions commit."""

import threading
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting.balances import balance_of, fold_all, fold_balances, read_balances
from accounting.journaling import JournalLine, NewJournal, book_journal
from accounting.models import AccountDay, LedgerAccount, LedgerEntry
from accounting.queries import read_statement
from accounting.reporting import Period, balance_sheet, trial_balance
from erp.access import Actor
from erp.locking import one_transaction
from erp.rights import Role
from erp.verifying import verify
from inventory.valuation import stock_valuation, total_value
from tests.books.scene import Scene
from tests.builders import World
from tests.cluster import owner_connection

END = date(2199, 12, 31)


@pytest.fixture
def actor(world: World) -> Actor:
    return world.actor(Role.OWNER)


def journal(day: date, amount: str = "10") -> NewJournal:
    lines = [JournalLine("1000", debit=Decimal(amount)), JournalLine("3000", credit=Decimal(amount))]
    return NewJournal(voucher_date=day, lines=lines)


def book(actor: Actor, day: date, amount: str = "10") -> UUID:
    return book_journal(journal=journal(day, amount), actor=actor, now=timezone.now())


def account(actor: Actor, code: str) -> UUID:
    return LedgerAccount.objects.of(actor).get(code=code).id


def summed(actor: Actor, day: date = END) -> dict[UUID, Decimal]:
    """Balances by adding up every entry."""
    found: dict[UUID, Decimal] = {}
    for entry in LedgerEntry.objects.of(actor).filter(voucher_date__lte=day):
        found[entry.account_id] = found.get(entry.account_id, Decimal(0)) + entry.debit - entry.credit
    return found


def reported(actor: Actor, day: date = END) -> dict[UUID, Decimal]:
    balances = read_balances(actor.company_id, first=date(1900, 1, 1), last=day)
    return {key: balance.closing for key, balance in balances.items()}


def in_thread(work: Callable[[], Any]) -> None:
    """Run it on a connection of its own, and wait."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert not problems, problems


def test_a_balance_is_the_same_before_and_after_the_fold(actor: Actor) -> None:
    for day in (1, 1, 2, 5):
        book(actor, date(2025, 12, day))
    before = reported(actor)
    assert before == summed(actor) != {}
    fold_balances(company_id=actor.company_id)
    assert AccountDay.objects.of(actor).count() == 6
    assert reported(actor) == before
    book(actor, date(2025, 12, 2), "0.01")
    assert reported(actor) == summed(actor) != before
    assert balance_of(actor.company_id, account(actor, "1000"), as_of=date(2025, 12, 2)) == Decimal("30.01")


def test_what_commits_late_is_counted_once_though_its_ids_are_older(actor: Actor) -> None:
    """Two years have two series, so their vouchers do not wait for each other: the later ids commit first."""
    book(actor, date(2024, 12, 1))
    book(actor, date(2025, 12, 1))
    with one_transaction(company_id=actor.company_id) as locks:
        book_journal._work(locks, journal=journal(date(2024, 12, 2), "100"), actor=actor, now=timezone.now())
        in_thread(lambda: book(actor, date(2025, 12, 2), "1000"))
        in_thread(lambda: fold_balances(company_id=actor.company_id))
        in_thread(lambda: _agrees(actor))
    late, early = (LedgerEntry.objects.of(actor).filter(debit=amount).get().id for amount in (100, 1000))
    assert late < early
    _agrees(actor)
    fold_balances(company_id=actor.company_id)
    _agrees(actor)
    assert balance_of(actor.company_id, account(actor, "1000"), as_of=END) == 1120


def _agrees(actor: Actor) -> None:
    assert reported(actor) == summed(actor)


def test_a_fold_holds_back_no_posting(actor: Actor) -> None:
    book(actor, date(2025, 12, 1))
    with one_transaction(company_id=actor.company_id), connection.cursor() as cursor:
        cursor.execute("UPDATE accounting_foldmark SET tx = tx WHERE company_id = %s", [actor.company_id])
        in_thread(lambda: book(actor, date(2025, 12, 1)))
    assert reported(actor) == summed(actor)


def test_folds_at_the_same_time_fold_once(actor: Actor) -> None:
    for day in range(1, 20):
        book(actor, date(2025, 12, day))

    def fold() -> None:
        fold_balances(company_id=actor.company_id)
        connection.close()

    threads = [threading.Thread(target=fold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reported(actor) == summed(actor)
    assert AccountDay.objects.of(actor).count() == 38


def test_a_mark_of_another_cluster_is_void_until_the_fold_has_run(actor: Actor) -> None:
    """As after a restore from a dump: transaction ids begin anew, below the mark."""
    book(actor, date(2025, 12, 1))
    fold_balances(company_id=actor.company_id)
    with owner_connection() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(
            "UPDATE accounting_foldmark SET cluster = 7, tx = '999999999999' WHERE company_id = %s", [actor.company_id]
        )
    book(actor, date(2025, 12, 1))
    assert reported(actor) == summed(actor)
    fold_balances(company_id=actor.company_id)
    assert reported(actor) == summed(actor)
    assert verify(company_code=actor.company.code).broken == []


def test_folding_anew_and_all_companies(actor: Actor) -> None:
    book(actor, date(2025, 12, 1))
    fold_balances(company_id=actor.company_id)
    fold_balances(company_id=actor.company_id, anew=True)
    assert AccountDay.objects.of(actor).count() == 2
    assert fold_all() >= 1
    call_command("fold_balances", company=actor.company.code, verbosity=0)
    with pytest.raises(CommandError, match="no company"):
        call_command("fold_balances", company="NOBODY")
    assert reported(actor) == summed(actor)


_DAYS = st.dates(date(2025, 4, 1), date(2025, 4, 20))
_STEPS = st.lists(st.one_of(st.tuples(_DAYS, st.integers(1, 10**6)), st.just("fold")), max_size=12)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS, day=_DAYS, size=st.integers(1, 4))
def test_every_reading_is_exact_on_every_day(actor: Actor, steps: list[Any], day: date, size: int) -> None:
    for step in steps:
        if step == "fold":
            fold_balances(company_id=actor.company_id)
        else:
            book(actor, step[0], f"{step[1] / 100:.2f}")
    assert reported(actor, day) == summed(actor, day)
    cash = account(actor, "1000")
    expected = summed(actor, day).get(cash, Decimal(0))
    assert balance_of(actor.company_id, cash, as_of=day) == expected
    assert list(_pages(actor, cash, day, size))[-1:] in ([expected], [])
    lines = trial_balance(actor.company_id, Period(day, day))
    assert sum(line.closing for line in lines) == 0
    assert balance_sheet(actor.company_id, as_of=day).difference == 0


def _pages(actor: Actor, account_id: UUID, last: date, size: int) -> Iterator[Decimal]:
    """The running balance, page by page; checked against the entries."""
    running, after = Decimal(0), None
    while True:
        page = read_statement(actor.company_id, account_id, first=date(2025, 1, 1), last=last, size=size, after=after)
        for entry in page.entries:
            running += entry.debit - entry.credit
            assert entry.balance == running
            yield entry.balance
        if not page.more:
            assert page.closing == running + page.opening
            return
        after = page.place_after


def test_the_stock_is_worth_what_the_account_says_on_every_day(world: World) -> None:
    scene = Scene(world)
    scene.posted_invoice(quantity=7)
    inventory = account(scene.actor, "1200")
    for day in (date(2025, 11, 30), date(2025, 12, 1), date(2025, 12, 25), date(2025, 12, 26), END):
        stock = stock_valuation(world.company.id, as_of=day, with_layers=True)
        assert total_value(stock) == balance_of(world.company.id, inventory, as_of=day)
        for one in stock:
            assert sum(layer.value for layer in one.layers) == one.value
            assert sum(layer.quantity for layer in one.layers) == one.quantity
    (left,) = stock_valuation(world.company.id, as_of=END)
    assert (left.quantity, left.value) == (Decimal(13), Decimal(780))
