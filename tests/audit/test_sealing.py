"""The sealer's statement, on a database where others write and seal at the same time."""

import random
import re
import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from erp import health
from erp.database import DatabaseRole, conninfo
from erp.health import audit_that_waits, readiness
from erp.leading import Connection
from erp.models import AuditEntry, UnsealedEntry
from erp.sealing import SEAL_ENTRIES, seal_entries, sealer_leads, unsealed
from tests.audit.sealed import act, head_of, seal_everything, seals_of, violations
from tests.builders import World, send
from tests.cluster import owner_connection
from tests.dying import terminate
from tests.stream.listener import wait_until
from tests.stream.relaying import relayed

pytestmark = pytest.mark.db_heavy


def entries_of(world: World) -> list[int]:
    return list(AuditEntry.objects.of(world.key_actor).order_by("id").values_list("id", flat=True))


def waiting(world: World) -> int:
    return UnsealedEntry.objects.of(world.key_actor).count()


def test_entries_are_sealed_from_one_in_their_order_company_by_company_and_batch_by_batch(
    world: World, other_world: World
) -> None:
    act(world, 3)
    act(other_world, 2)
    act(world, 5, dry_run=True)
    act(world, 8)
    assert (waiting(world), seals_of(world)) == (11, [])
    seal_everything(batch=4)
    assert seals_of(world) == list(enumerate(entries_of(world), 1))
    assert seals_of(other_world) == list(enumerate(entries_of(other_world), 1))
    first_head = head_of(world)
    act(world)
    seal_everything()
    assert (waiting(world), len(seals_of(world)), head_of(world)[0]) == (0, 12, 12)
    assert head_of(world) != first_head
    assert violations(world) == violations(other_world) == []


def test_an_entry_that_commits_late_is_sealed_after_those_that_overtook_it(world: World) -> None:
    with owner_connection() as late, late.transaction():
        late.execute(
            "INSERT INTO erp_auditentry (company_id, at, actor_kind, actor_name, request_id, action, subject_kind,"
            " subject_id, changes) VALUES (%s, now(), 'user', 'late', '', 'test_act', 'invoice', gen_random_uuid(), '')",
            [world.company.id],
        )
        act(world, 2)
        seal_everything()
        assert len(seals_of(world)) == 2  # the late one, which has the lowest id, is not to be seen yet
    seal_everything()
    late_id, *others = entries_of(world)
    assert [entry for _, entry in seals_of(world)] == [*others, late_id]
    assert violations(world) == []


def test_what_a_killed_sealer_had_not_committed_is_sealed_once_by_the_next(world: World) -> None:
    act(world, 5)
    with psycopg.connect(conninfo(DatabaseRole.RELAY)) as relay:
        relay.execute(SEAL_ENTRIES, {"batch": 5_000})
        terminate(relay.info.backend_pid)
        with pytest.raises(psycopg.OperationalError):
            relay.commit()
    assert (seals_of(world), waiting(world)) == ([], 5)
    seal_everything()
    assert seals_of(world) == list(enumerate(entries_of(world), 1))
    assert violations(world) == []


def test_writers_and_sealers_at_the_same_time_leave_neither_gap_nor_double(world: World, other_world: World) -> None:
    _race([world, other_world], writers=4, sealers=3, acts=25, seed=20261)


@pytest.mark.slow
def test_many_writers_and_sealers_leave_neither_gap_nor_double(request: pytest.FixtureRequest, world: World) -> None:
    seed = int(request.config.getoption("randomly_seed", 1) or 1)
    _race([world], writers=12, sealers=6, acts=400, seed=seed)


def _race(worlds: list[World], *, writers: int, sealers: int, acts: int, seed: int) -> None:
    done = threading.Event()

    def write(number: int) -> None:
        chance = random.Random(seed + number)
        try:
            for _ in range(acts):
                act(worlds[number % len(worlds)], chance.randrange(1, 4), dry_run=chance.random() < 0.1)
        finally:
            connections.close_all()

    async def seal(relay: Connection) -> None:
        while not done.is_set():
            await seal_entries(relay, batch=7)

    writing = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    sealing = [threading.Thread(target=relayed, args=(seal,)) for _ in range(sealers)]
    for thread in [*writing, *sealing]:
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    for thread in sealing:
        thread.join()
    seal_everything()
    for world in worlds:
        seals = seals_of(world)
        assert [number for number, _ in seals] == list(range(1, len(seals) + 1))
        assert sorted(entry for _, entry in seals) == entries_of(world)
        assert violations(world) == []


def test_a_bogus_row_in_the_queue_stops_nobody(world: World) -> None:
    """Only a serving process gone mad could put one there."""
    act(world, 2)
    seal_everything()
    sealed = entries_of(world)[0]
    with owner_connection() as owner:
        for bogus in (sealed, 2**62):
            owner.execute("INSERT INTO erp_unsealedentry (id, company_id) VALUES (%s, %s)", [bogus, world.company.id])
    act(world)
    seal_everything()
    assert (waiting(world), len(seals_of(world))) == (0, 3)


def test_health_sees_whether_somebody_seals_and_how_long_entries_wait(world: World) -> None:
    seal_everything()
    with psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True) as relay, relay.cursor() as cursor:
        wait_until(lambda: not sealer_leads(cursor), "servers of other tests have gone")
        act(world, 2)
        count, age_s = unsealed(cursor, now=timezone.now() + timedelta(hours=2))
        assert count >= 2
        assert age_s >= 7_200
        with owner_connection() as leader:
            leader.execute("SELECT pg_advisory_lock(6061, 2)")
            now, later = timezone.now(), timezone.now() + timedelta(hours=2)
            checks = [check for at in (now, later) for check in readiness(now=at) if check.name == "audit"]
        seal_everything()
        assert unsealed(cursor, now=timezone.now()) == (0, 0.0)
    assert [check.ok for check in checks] == [True, False]
    assert "entries without seal, the oldest 7" in checks[1].detail


def gauges() -> dict[str, float]:
    """What `/metrics` says of the audit."""
    answer = send("GET", "/metrics", None)
    assert answer.status == 200
    return {name: float(value) for name, value in re.findall(r"^erp_audit_(\w+) (\S+)$", answer.raw.decode(), re.MULTILINE)}


@pytest.mark.parametrize("is_shared", [False, True], ids=["one process", "several"])
def test_metrics_say_how_many_entries_wait_for_their_seal_and_for_how_long(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_shared: bool
) -> None:
    if is_shared:
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True) as relay, relay.cursor() as cursor:
        wait_until(lambda: not sealer_leads(cursor), "servers of other tests have gone")
    seal_everything()
    assert gauges() == {"unsealed_entries": 0, "unsealed_age_seconds": 0}
    act(world, 2)
    shown = gauges()
    assert (set(shown), shown["unsealed_entries"]) == ({"unsealed_entries", "unsealed_age_seconds"}, 2)
    assert shown["unsealed_age_seconds"] > 0
    seal_everything()
    assert gauges()["unsealed_entries"] == 0


def test_metrics_answer_without_the_database_and_do_not_say_that_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "conninfo", lambda role: "host=127.0.0.1 port=1")
    assert audit_that_waits(now=timezone.now()) is None
    assert gauges() == {}
