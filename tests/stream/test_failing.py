"""What listeners get while servers and whole databases die under them: everything, once, in order."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from erp.embedded import EmbeddedServer, ensure_running
from tests.builders import World
from tests.cluster import UNSAFE_AND_FAST
from tests.serving import PROJECT, running_server
from tests.stream.listener import Listener, expect_all, id_of, listen, record, wait_heard, wait_until, writing

pytestmark = pytest.mark.db_heavy


def test_listeners_of_a_killed_server_return_without_loss_or_repetition(world: World, chance: random.Random) -> None:
    _kill_and_return(world, chance, times=1)


@pytest.mark.slow
def test_listeners_of_a_server_killed_again_and_again_lose_and_repeat_nothing(world: World, chance: random.Random) -> None:
    _kill_and_return(world, chance, times=10)


def _kill_and_return(world: World, chance: random.Random, *, times: int) -> None:
    with running_server() as server:
        listeners = [listen(server.base_url, world, resume=True).wait_open() for _ in range(3)]
        with writing(world, chance) as total:
            for _ in range(times):
                for listener in listeners:
                    wait_heard(listener, 10)
                time.sleep(chance.random() * 0.1)
                server.kill()
                server.start()
            wait_heard(listeners[0], 10)
        for listener in listeners:
            expect_all(listener, total[0])


def test_when_the_numbering_process_is_killed_the_other_takes_over(world: World, chance: random.Random) -> None:
    _kill_leaders(world, chance, times=1)


@pytest.mark.slow
def test_leaders_killed_one_after_the_other_leave_neither_gap_nor_double(world: World, chance: random.Random) -> None:
    _kill_leaders(world, chance, times=10)


def _kill_leaders(world: World, chance: random.Random, *, times: int) -> None:
    with running_server() as leader, running_server() as standby:
        assert "sequencer leads" in leader.said()
        assert "sequencer leads" not in standby.said()
        listeners = [listen(each.base_url, world, resume=True).wait_open() for each in (leader, standby)]
        with writing(world, chance) as total:
            for _ in range(times):
                for listener in listeners:
                    wait_heard(listener, 10)
                led_before = standby.said().count("sequencer leads")
                leader.kill()
                wait_heard(next(each for each in listeners if each.base_url == standby.base_url), 10)
                assert standby.said().count("sequencer leads") == led_before + 1
                leader.start()
                leader, standby = standby, leader
        for listener in listeners:
            expect_all(listener, total[0])


def test_a_server_that_is_told_to_stop_ends_its_streams_in_order_and_goes(world: World) -> None:
    with running_server() as server:
        listener = listen(server.base_url, world).wait_open()
        server.stop()
        assert listener.ended.wait(10)
        assert "Cancel" not in server.said()  # nothing had to be cut off
        assert listener.cut_short is False


def test_an_event_that_waited_while_no_server_ran_is_sent_when_one_does(world: World) -> None:
    with running_server() as server:
        record(world)
        first = listen(server.base_url, world, Last_Event_ID=id_of(world, 0))
        first.wait(lambda me: me.numbers == [1])
        server.kill()
        record(world, 2)
        server.start()
        again = listen(server.base_url, world, Last_Event_ID=id_of(world, 1))
        again.wait(lambda me: me.numbers == [2, 3])
        first.close()
        again.close()


@contextmanager
def own_cluster(directory: Path) -> Iterator[EmbeddedServer]:
    """A PostgreSQL of this test's own, migrated, so that it may be stopped under everybody's feet."""
    directory.chmod(0o755)
    cluster = ensure_running(data_dir=directory / "pgdata", extra_settings=UNSAFE_AND_FAST)
    try:
        environment = {**os.environ, "DATABASE_URL": cluster.url}
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True)
        yield cluster
    finally:
        cluster.stop()


@pytest.mark.slow
def test_a_database_that_restarts_under_the_server_loses_no_event_and_no_listener(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """With no Django in this process: the cluster is another one."""
    with (
        own_cluster(tmp_path_factory.mktemp("restart")) as cluster,
        running_server({"DATABASE_URL": cluster.url}) as server,
    ):
        company, key = _found(cluster.url)
        listener = Listener(server.base_url, {"X-API-Key": key}).wait_open()
        for round_ in range(1, 4):
            _insert(cluster.url, company, 20)
            wait_heard(listener, 10)
            subprocess.run(["kill", "-INT" if round_ % 2 else "-QUIT", str(cluster.pid)], check=True)
            wait_until(lambda: cluster.pid is None, "PostgreSQL is gone")
            assert cluster.revive()
        _insert(cluster.url, company, 1)
        listener.wait(lambda me: len(me.messages) == 61)
        assert listener.numbers == list(range(1, 62))
        assert listener.openings == 1
        listener.close()


def _found(url: str) -> tuple[str, str]:
    """A company and a key in another database, made by a process of its own."""
    program = (
        "import django; django.setup()\n"
        "from tests.builders import new_world\n"
        "world = new_world(); print(world.company.id, world.api_key)"
    )
    environment = {**os.environ, "DATABASE_URL": url}
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, check=True, capture_output=True, text=True
    )
    company, key = answer.stdout.split()
    return company, key


def _insert(url: str, company: str, count: int) -> None:
    with psycopg.connect(url, autocommit=True) as client:
        for _ in range(count):
            client.execute(
                "INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)"
                " VALUES (%s, 'invoice_created', 'invoice', gen_random_uuid(), '{}', now())",
                [company],
            )
        client.execute("NOTIFY erp_outbox")
