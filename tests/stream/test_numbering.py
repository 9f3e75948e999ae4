"""The sequencer's statements, on a database where others number at the same time."""

import asyncio
import random
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from erp.database import DatabaseRole, conninfo
from erp.health import Check, readiness
from erp.identifiers import new_id
from erp.leading import Connection
from erp.locking import one_transaction
from erp.models import Company, EventChannel, OutboxEvent
from erp.outbox import Event, record_events
from erp.sequencing import (
    drop_expired_events,
    number_events,
    oldest_unnumbered_age_s,
    sequencer_leads,
)
from tests.builders import World, new_world
from tests.cluster import owner_connection
from tests.scratch import django_connected_to, owner_of, scratch_database
from tests.stream.listener import event, record, wait_until
from tests.stream.relaying import number_everything, relayed

pytestmark = pytest.mark.db_heavy


def numbers_of(world: World) -> list[int | None]:
    """The numbers of the company's events, in the order in which they were recorded."""
    rows = OutboxEvent.objects.of(world.key_actor).order_by("id").values_list("number", flat=True)
    return list(rows)


def head_of(world: World) -> tuple[int, int]:
    channel = EventChannel.objects.get(company=world.company)
    return channel.last_number, channel.floor


def test_events_are_numbered_from_one_in_the_order_they_were_recorded(world: World, other_world: World) -> None:
    record(world, 3)
    record(other_world, 2)
    record(world, 2)
    number_everything()
    assert numbers_of(world) == [1, 2, 3, 4, 5]
    assert numbers_of(other_world) == [1, 2]
    record(world)
    number_everything()
    assert numbers_of(world) == [1, 2, 3, 4, 5, 6]
    assert head_of(world) == (6, 0)
    assert head_of(other_world) == (2, 0)


def test_more_events_than_a_batch_are_numbered_batch_by_batch(world: World) -> None:
    record(world, 25)

    async def run(relay: Connection) -> None:
        while (await number_events(relay, batch=10))[1]:
            pass

    relayed(run)
    assert numbers_of(world) == list(range(1, 26))


def test_a_rolled_back_event_leaves_no_gap(world: World) -> None:
    record(world)
    with one_transaction(company_id=world.company.id, dry_run=True) as locks:
        record_events(locks, [event(world)], now=timezone.now())
    record(world)
    number_everything()
    assert numbers_of(world) == [1, 2]


def test_an_event_that_commits_late_comes_after_those_that_overtook_it(world: World) -> None:
    with owner_connection() as late:
        with late.transaction():
            _insert(late, world.company)
            record(world, 2)
            number_everything()
            assert numbers_of(world) == [1, 2]  # in id order, the late one is not to be seen yet
        number_everything()
    assert numbers_of(world) == [3, 1, 2]


def test_writers_and_numberers_at_the_same_time_leave_neither_gap_nor_double(world: World, other_world: World) -> None:
    _race([world, other_world], writers=4, numberers=3, events=40, seed=20261)


@pytest.mark.slow
def test_many_writers_and_numberers_leave_neither_gap_nor_double(request: pytest.FixtureRequest) -> None:
    seed = int(request.config.getoption("randomly_seed", 1) or 1)
    _race([new_world() for _ in range(5)], writers=12, numberers=6, events=300, seed=seed)


def _race(worlds: list[World], *, writers: int, numberers: int, events: int, seed: int) -> None:
    """Each writer tells of one document, now and then in a transaction that stays open or is rolled back."""
    told: dict[tuple[int, UUID, UUID], list[int]] = {}
    done = threading.Event()

    def write(number: int) -> None:
        chance = random.Random(seed + number)
        world = worlds[number % len(worlds)]
        document = new_id()
        try:
            for step in range(events):
                rolled_back = chance.random() < 0.1
                with one_transaction(company_id=world.company.id, dry_run=rolled_back) as locks:
                    text = f'{{"document": "{document}", "step": {step}}}'
                    record_events(locks, [Event("invoice_updated", "invoice", document, text)], now=timezone.now())
                    if chance.random() < 0.2:
                        done.wait(chance.random() * 0.02)
                if not rolled_back:
                    told.setdefault((number, world.company.id, document), []).append(step)
        finally:
            connections.close_all()

    async def number(relay: Connection) -> None:
        while not done.is_set():
            await number_events(relay, batch=7)
            await asyncio.sleep(0)

    writing = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    numbering = [threading.Thread(target=relayed, args=(number,)) for _ in range(numberers)]
    for thread in [*writing, *numbering]:
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    for thread in numbering:
        thread.join()
    number_everything()
    for world in worlds:
        mine = {document: steps for (_, company, document), steps in told.items() if company == world.company.id}
        total = sum(len(steps) for steps in mine.values())
        assert sorted(number or 0 for number in numbers_of(world)) == list(range(1, total + 1))
        assert head_of(world) == (total, 0)
        for document, steps in mine.items():
            rows = OutboxEvent.objects.of(world.key_actor).filter(subject_id=document).order_by("number")
            assert [f'"step": {step}}}' in row.payload for step, row in zip(steps, rows, strict=True)] == [True] * len(steps)


# ── Forgetting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def forget(before: datetime, *, batch: int = 1000) -> None:
    async def run(relay: Connection) -> None:
        while await drop_expired_events(relay, before=before, batch=batch):
            pass

    relayed(run)


def test_expired_events_go_and_the_floor_tells_up_to_where(world: World, other_world: World) -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    _record_at(world, [long_ago] * 23 + [timezone.now()] * 4)
    _record_at(other_world, [long_ago] * 3)
    number_everything()
    forget(long_ago + timedelta(days=1), batch=5)
    assert head_of(world) == (27, 23)
    assert numbers_of(world) == [24, 25, 26, 27]
    assert head_of(other_world) == (3, 3)
    assert numbers_of(other_world) == []


def test_nothing_younger_is_forgotten_with_what_is_older(world: World) -> None:
    """Events of a long transaction carry its clock, so an older one can come after a younger one."""
    long_ago, now = datetime(2001, 1, 1, tzinfo=UTC), timezone.now()
    _record_at(world, [long_ago, now, long_ago])
    number_everything()
    forget(long_ago + timedelta(days=1))
    assert numbers_of(world) == [2, 3]
    assert head_of(world) == (3, 1)


def test_an_event_without_a_number_is_never_forgotten(world: World) -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    _record_at(world, [long_ago])
    forget(long_ago + timedelta(days=1))
    number_everything()
    assert numbers_of(world) == [1]


# ── Health ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_health_sees_whether_somebody_leads_and_how_long_events_wait(world: World) -> None:
    number_everything()
    with psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True) as relay, relay.cursor() as cursor:
        now = timezone.now()
        wait_until(lambda: not sequencer_leads(cursor), "servers of other tests have gone")
        assert oldest_unnumbered_age_s(cursor, now=now) == 0
        _record_at(world, [now - timedelta(seconds=90), now])
        assert oldest_unnumbered_age_s(cursor, now=now) == pytest.approx(90)
        with owner_connection() as leader:
            leader.execute("SELECT pg_advisory_lock(6061, 1)")
            assert sequencer_leads(cursor)
        number_everything()
        assert oldest_unnumbered_age_s(cursor, now=now) == 0


def test_behind_row_level_security_readiness_still_sees_events_that_wait(
    migrated_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        scratch_database("erp_fenced_health", migrated=True) as url,
        monkeypatch.context() as environment,
        owner_of(url) as owner,
        django_connected_to(url),
    ):
        environment.setenv("DATABASE_URL", url)
        owner.execute("ALTER TABLE erp_outboxevent ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        owner.execute("SELECT pg_advisory_lock(6061, 1)")
        world, now = new_world(), timezone.now()
        number_everything()
        assert sequencer_check(now).ok
        _record_at(world, [now - timedelta(seconds=90)])
        assert (sequencer_check(now).ok, sequencer_check(now).detail) == (False, "oldest unnumbered event 90.0 s")


def sequencer_check(now: datetime) -> Check:
    return next(check for check in readiness(now=now) if check.name == "sequencer")


def _record_at(world: World, instants: list[datetime]) -> None:
    for instant in instants:
        with one_transaction(company_id=world.company.id) as locks:
            record_events(locks, [event(world)], now=instant)


def _insert(owner: "psycopg.Connection[tuple[object, ...]]", company: Company) -> None:
    owner.execute(
        "INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)"
        " VALUES (%s, 'invoice_created', 'invoice', %s, '{}', now())",
        [company.id, new_id()],
    )
