"""The embedded PostgreSQL: what it survives, who may stop it, where it can live."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from erp.embedded import (
    DataUnusable,
    DiskFull,
    EmbeddedServer,
    NoPermission,
    ToolMissing,
    ensure_running,
    provide_database_url,
    shut_down,
)
from erp.embedded.cluster import socket_dir_for
from erp.embedded.problems import explained, failure
from erp.starting import PROJECT_DIR

pytestmark = [pytest.mark.db_heavy, pytest.mark.long]

# What is tested here is a killed process, not a power cut.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "16MB"}
DURABLE = {"shared_buffers": "16MB"}

USE_IT = """
import pathlib, sys
from erp.embedded import ensure_running
server = ensure_running(data_dir=pathlib.Path(sys.argv[1]), extra_settings={"fsync": "off"})
print(server.pid, server.started_here, flush=True)
sys.stdin.read()
server.stop()
"""

Start = Callable[..., EmbeddedServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`ensure_running` on a directory of this test; nothing it started is left behind."""
    used: list[Path] = []

    def start(data_dir: Path = tmp_path / "pgdata", settings: Mapping[str, str] = FAST) -> EmbeddedServer:
        used.append(data_dir)
        server = ensure_running(data_dir=data_dir, extra_settings=settings)
        servers.append(server)
        return server

    servers: list[EmbeddedServer] = []
    yield start
    for server in servers:
        server.stop()
    for data_dir in used:
        shut_down(data_dir=data_dir)


def other_process(data_dir: Path) -> "subprocess.Popen[str]":
    """Another program that uses the server until its standard input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", USE_IT, str(data_dir)],
        cwd=PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def query(server: EmbeddedServer, statement: str) -> object:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def kill(server: EmbeddedServer) -> None:
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while server.pid is not None:
        time.sleep(0.01)


def test_a_second_start_finds_the_data_of_the_first(start: Start) -> None:
    first = start()
    query(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert first.stop()
    assert first.pid is None
    second = start()
    assert second.started_here
    assert query(second, "SELECT answer FROM kept") == 42


def test_a_killed_server_comes_back_with_everything_committed(start: Start) -> None:
    server = start(settings=DURABLE)
    query(server, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    kill(server)
    again = start(settings=DURABLE)
    assert again.started_here
    assert again.url == server.url
    assert query(again, "SELECT count(*) FROM kept") == 1000


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is waited for")
def test_a_backend_that_outlives_its_killed_server_does_not_block_the_next_start(start: Start) -> None:
    server = start()
    with ThreadPoolExecutor(1) as pool, psycopg.connect(server.url, autocommit=True) as busy:
        work = pool.submit(busy.execute, "SELECT count(*) FROM generate_series(1, 100000000) AS n")
        active = f"SELECT 1 FROM pg_stat_activity WHERE pid = {busy.info.backend_pid} AND state = 'active'"
        while query(server, active) is None:
            time.sleep(0.01)
        kill(server)
        assert start().started_here
        assert isinstance(work.exception(), psycopg.errors.AdminShutdown), "it was asked to go, not waited for"


def test_two_processes_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    processes = [other_process(tmp_path / "pgdata") for _ in range(2)]
    answers = [first_line(process).split() for process in processes]
    for process in processes:
        process.communicate()
    assert answers[0][0] == answers[1][0], "one process id"
    assert sorted(answer[1] for answer in answers) == ["False", "True"], "one of them started it"
    assert not shut_down(data_dir=tmp_path / "pgdata"), "the last one out stopped it"


def test_who_found_the_server_running_leaves_it_to_who_started_it(start: Start) -> None:
    first, second = start(), start()
    assert (first.started_here, second.started_here) == (True, False)
    assert not second.stop()
    assert query(first, "SELECT 1") == 1
    assert first.stop()


def test_who_started_the_server_leaves_it_to_who_still_uses_it(start: Start) -> None:
    first, second = start(), start()
    assert not first.stop()
    assert query(second, "SELECT 1") == 1
    assert second.stop()


def test_a_killed_user_does_not_keep_the_server_alive(start: Start, tmp_path: Path) -> None:
    process = other_process(tmp_path / "pgdata")
    assert first_line(process).endswith("True")
    server = start()
    assert not server.started_here
    process.kill()
    process.communicate()
    assert server.stop()


def test_stopping_twice_does_nothing_the_second_time(start: Start) -> None:
    server = start()
    assert server.stop()
    assert not server.stop()


def test_an_immediate_stop_asks_no_other_user_and_loses_nothing_committed(start: Start) -> None:
    first, second = start(settings=DURABLE), start(settings=DURABLE)
    query(second, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert first.stop(mode="immediate")
    assert second.pid is None
    assert query(start(), "SELECT answer FROM kept") == 42


def test_a_server_that_died_is_revived_for_the_same_user(start: Start) -> None:
    server = start()
    assert not server.revive()
    kill(server)
    assert server.revive()
    assert query(server, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["deep/" * 30 + "pgdata", "a, b/pg data"])
def test_a_path_unfit_for_a_socket_gets_a_short_private_one(start: Start, tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / name
    server = start(data_dir)
    assert query(server, "SELECT 1") == 1
    place = socket_dir_for(data_dir)
    assert place == socket_dir_for(data_dir) != data_dir
    assert place.stat().st_mode & 0o777 == 0o700
    assert server.stop()
    assert not place.exists()


def test_data_below_a_directory_closed_to_others_can_be_used(start: Start, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = start(closed / "pgdata")
    assert query(server, "SELECT 1") == 1
    assert closed.stat().st_mode & 0o777 == 0o700, "and it stays closed"


def test_a_pid_file_that_names_another_program_by_now_does_not_prevent_a_start(start: Start, tmp_path: Path) -> None:
    server = start()
    kill(server)
    pid_file = tmp_path / "pgdata" / "postmaster.pid"
    # Of the server's own account: PostgreSQL itself sees through a number it may not send signals to.
    account = pid_file.stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "600"], user=account) as somebody_else:
        try:
            lines = pid_file.read_text().splitlines()
            pid_file.write_text("\n".join([str(somebody_else.pid), *lines[1:]]) + "\n")
            assert start().started_here
            assert somebody_else.poll() is None
        finally:
            somebody_else.kill()


def test_what_an_interrupted_initdb_left_is_made_anew(start: Start, tmp_path: Path) -> None:
    half_made = tmp_path / "pgdata.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    assert query(start(), "SELECT 1") == 1
    assert not half_made.exists()


def test_an_empty_directory_is_taken_whoever_made_it(start: Start, tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir()
    assert query(start(), "SELECT 1") == 1


def test_a_directory_with_other_things_in_it_is_left_alone(start: Start, tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir()
    (tmp_path / "pgdata" / "letter.txt").write_text("dear")
    with pytest.raises(DataUnusable, match="holds no database"):
        start()
    assert (tmp_path / "pgdata" / "letter.txt").read_text() == "dear"


def test_data_of_another_major_version_is_refused(start: Start, tmp_path: Path) -> None:
    start().stop()
    (tmp_path / "pgdata" / "PG_VERSION").write_text("17\n")
    with pytest.raises(DataUnusable, match="made by PostgreSQL 17"):
        start()


def test_durability_is_on_unless_a_test_turns_it_off(start: Start) -> None:
    server = start(settings=DURABLE)
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert query(server, f"SHOW {setting}") == "on", setting


def test_the_server_listens_on_no_network_address_and_in_no_ones_language(start: Start) -> None:
    server = start()
    assert query(server, "SHOW listen_addresses") == ""
    assert query(server, "SHOW server_encoding") == "UTF8"
    assert query(server, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'erp'") == "bC.UTF-8"
    assert query(server, "SHOW timezone") == "UTC"


def test_the_callers_own_postgres_settings_are_not_asked(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGPORT": "6543", "PGDATA": "/nowhere", "PGDATABASE": "other", "LC_ALL": "xx_XX"}.items():
        monkeypatch.setenv(name, value)
    assert query(start(), "SELECT current_database()") == "erp"


def test_an_unset_database_url_is_provided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    server = provide_database_url(var_dir=tmp_path)
    assert server is not None
    try:
        assert os.environ["DATABASE_URL"] == server.url
        assert (tmp_path / "pgdata" / "PG_VERSION").exists()
    finally:
        server.stop()


def test_a_given_database_url_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/erp")
    assert provide_database_url(var_dir=tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path) -> None:
    said = 'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device'
    assert isinstance(failure("PostgreSQL did not start", said), DiskFull)
    with pytest.raises(DiskFull, match="Make room"), explained(tmp_path):
        raise OSError(28, "No space left on device", str(tmp_path))


def test_a_forbidden_place_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NoPermission, match="ERP_VAR_DIR"), explained(tmp_path):
        raise PermissionError(13, "Permission denied", str(tmp_path))


def test_a_missing_wheel_is_said_in_a_sentence(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erp.embedded.tools.find_spec", lambda name: None)
    with pytest.raises(ToolMissing, match="make up"):
        start()
