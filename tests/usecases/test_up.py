"""The pieces of `make up`: what it refuses and in which words, what it keeps, how it watches over its child."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from erp.management.commands.up import Command, environment, server_command
from erp.resetting import forget
from erp.starting import (
    PROJECT_DIR,
    PortUnavailable,
    announced,
    provide_secret_key,
    read_address,
    require_free_port,
    running_starts,
    var_dir,
)
from erp.supervising import Child, Deaths
from erp.welcoming import SAMPLE_INVOICE, base_url, import_line, read_demo, stream_line
from manage import is_offline

ChildOf = Callable[[str], Child]


@pytest.fixture
def child_of(tmp_path: Path) -> Iterator[ChildOf]:
    """A supervised process that runs this Python text; stopped at the end."""
    children: list[Child] = []

    def child_of(text: str) -> Child:
        command = [sys.executable, "-c", text]
        child = Child(command=command, environment=dict(os.environ), log=tmp_path / f"child-{len(children)}.log")
        children.append(child)
        return child

    yield child_of
    for child in children:
        child.stop()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def wait_for(child: Child) -> int:
    while (code := child.exit_code()) is None:
        time.sleep(0.01)
    return code


def wait_for_output(child: Child, text: str) -> str:
    while text not in child.last_output():
        assert child.exit_code() is None, child.last_output()
        time.sleep(0.01)
    return child.last_output()


# ── The address ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_taken_port_is_refused_with_the_way_out(taken_port: int) -> None:
    with pytest.raises(PortUnavailable) as refusal:
        require_free_port(host="127.0.0.1", port=taken_port)
    assert str(refusal.value) == (
        f"Port {taken_port} is in use. Stop what uses it, or choose another: PORT={taken_port + 1} make up"
    )


def test_a_port_just_given_up_is_free(taken_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            pass
    require_free_port(host="127.0.0.1", port=port)


def test_an_address_of_another_machine_is_refused_with_the_way_out() -> None:
    with pytest.raises(PortUnavailable, match=r"HOST=127\.0\.0\.1 make up"):
        require_free_port(host="192.0.2.1", port=8000)


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80.5", "٨٠"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(PortUnavailable, match="not a number from 1 to 65535"):
        read_address({"PORT": text})


def test_the_address_is_the_loopback_one_unless_the_environment_says_otherwise() -> None:
    assert read_address({}) == ("127.0.0.1", 8000)
    assert read_address({"HOST": "0.0.0.0", "PORT": "8001"}) == ("0.0.0.0", 8001)


def test_up_on_a_taken_port_ends_with_1_and_starts_nothing(taken_port: int, tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=PROJECT_DIR,
        env={**os.environ, "PORT": str(taken_port), "ERP_VAR_DIR": str(tmp_path / "var"), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert answer.stdout.startswith(f"Port {taken_port} is in use.")
    assert not (tmp_path / "var").exists()


# ── The secret and the place ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    provide_secret_key(directory=tmp_path)
    made = os.environ["SECRET_KEY"]
    assert len(made) >= 48
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("SECRET_KEY", "")
    provide_secret_key(directory=tmp_path)
    assert os.environ["SECRET_KEY"] == made


def test_a_given_secret_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "given")
    provide_secret_key(directory=tmp_path)
    assert os.environ["SECRET_KEY"] == "given"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_cut_short_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret_key").write_text("short\n")
    monkeypatch.setenv("SECRET_KEY", "")
    provide_secret_key(directory=tmp_path)
    assert len(os.environ["SECRET_KEY"]) >= 48
    assert (tmp_path / "secret_key").read_text() == os.environ["SECRET_KEY"] + "\n"


def test_data_lives_in_var_unless_the_environment_names_a_place() -> None:
    assert var_dir({}) == PROJECT_DIR / "var"
    assert var_dir({"ERP_VAR_DIR": "/srv/erp"}) == Path("/srv/erp")


def test_the_server_says_nothing_but_trouble_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    assert environment()["LOG_LEVEL"] == "WARNING"
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    assert environment()["LOG_LEVEL"] == "INFO"


def test_child_processes_never_run_as_offline_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_OFFLINE", "1")
    monkeypatch.setenv("SECRET_KEY", "given")
    assert "ERP_OFFLINE" not in environment()
    assert environment()["SECRET_KEY"] == "given"


@pytest.mark.parametrize(
    ("line", "offline"),
    [
        ("", True),
        ("help", True),
        ("migrate --help", True),
        ("makemigrations --check --dry-run", True),
        ("up", True),
        ("check", True),
        ("check --deploy", False),
        ("check --database default", False),
        ("migrate", False),
        ("shell", False),
        ("worker", False),
    ],
)
def test_a_command_gets_a_database_unless_it_touches_no_data(line: str, offline: bool) -> None:
    assert is_offline(["manage.py", *line.split()]) is offline


def test_missing_packages_are_said_in_a_sentence() -> None:
    # -S leaves the installed packages out, like a Python outside .venv.
    answer = subprocess.run(
        [sys.executable, "-S", "manage.py", "up"], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("The Python package 'django' is missing here. Run `make up`")


# ── Watching over a child ────────────────────────────────────────────────────────────────────────────────────────────
def test_five_quick_deaths_in_a_row_are_enough() -> None:
    deaths = Deaths()
    assert [deaths.record(lived_s=1) for _ in range(5)] == [0.5, 1, 2, 4, None]


def test_a_child_that_lived_for_a_while_starts_the_count_anew() -> None:
    deaths = Deaths()
    for _ in range(4):
        deaths.record(lived_s=1)
    assert deaths.record(lived_s=60) == 0.5


def test_the_last_words_of_a_dead_child_can_be_read(child_of: ChildOf) -> None:
    child = child_of("import sys; print('first'); sys.exit('I cannot')")
    child.start()
    assert wait_for(child) == 1
    assert child.last_output().splitlines() == ["first", "I cannot"]
    assert child.last_output(lines=1) == "I cannot"


def test_new_output_is_given_once(child_of: ChildOf) -> None:
    child = child_of("print('hello')")
    child.start()
    wait_for(child)
    assert child.new_output() == "hello\n"
    assert child.new_output() == ""


def test_a_child_can_be_started_again_after_its_death(child_of: ChildOf) -> None:
    child = child_of("import time; print('up', flush=True); time.sleep(600)")
    child.start()
    first = child.pid
    os.kill(first, signal.SIGKILL)
    assert wait_for(child) == -signal.SIGKILL
    child.start()
    assert child.pid != first
    wait_for_output(child, "up")


def test_stopping_asks_the_child_first(child_of: ChildOf) -> None:
    child = child_of(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit('as you wish'))\n"
        "print('up', flush=True)\n"
        "time.sleep(600)"
    )
    child.start()
    wait_for_output(child, "up")
    child.stop()
    assert child.exit_code() == 1
    assert child.last_output().endswith("as you wish")


def test_a_child_that_does_not_listen_is_killed(child_of: ChildOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erp.supervising.STOP_TIMEOUT_S", 0.1)
    child = child_of(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
    )
    child.start()
    wait_for_output(child, "up")
    child.stop()
    assert child.exit_code() == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells the child only on Linux")
def test_a_child_goes_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    supervisor = (
        "import os, pathlib, sys, time\n"
        "from erp.supervising import Child\n"
        "sleeper = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "child = Child(command=sleeper, environment=dict(os.environ), log=pathlib.Path(sys.argv[1]))\n"
        "child.start()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    command = [sys.executable, "-c", supervisor, str(tmp_path / "child.log")]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    # Gone or a zombie: nobody may be there to collect it.
    while (status := Path(f"/proc/{pid}/cmdline")).exists() and status.read_bytes():
        time.sleep(0.01)


def test_the_server_listens_where_it_is_told() -> None:
    command = server_command("127.0.0.1", 8001)
    assert command[:4] == [sys.executable, "-m", "uvicorn", "erp.asgi:application"]
    assert "--host 127.0.0.1 --port 8001" in " ".join(command)


def test_a_server_that_keeps_dying_is_given_up_with_its_last_words(
    child_of: ChildOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    child = child_of("import sys; sys.exit('I cannot')")
    child.start()
    command = Command()
    with pytest.raises(RuntimeError, match=r"died 5 times in a row \(exit code 1\)[^$]*I cannot"):
        command.watch(child, None)


def test_a_worker_that_keeps_dying_is_given_up_and_the_server_goes_on(
    child_of: ChildOf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dead_for = 0
    server, worker = child_of("import time; time.sleep(600)"), child_of("import sys; sys.exit('I cannot')")
    server.start()
    worker.start()

    def nap(seconds: float) -> None:
        nonlocal dead_for
        assert worker._process is not None
        worker._process.wait()
        dead_for = 0 if worker.exit_code() is None else dead_for + 1
        if dead_for == 9:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", nap)
    with pytest.raises(KeyboardInterrupt):
        Command().watch(server, None, worker)
    said = capsys.readouterr().out
    assert said.count("The worker died 5 times in a row; webhooks wait") == 1
    assert "I cannot" in said
    assert server.exit_code() is None


# ── The welcome ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_import_line_works_as_pasted(tmp_path: Path) -> None:
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    curl.chmod(0o755)
    answer = subprocess.run(
        ["/bin/sh", "-c", import_line("http://127.0.0.1:8000", "abc.def")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    arguments = answer.stdout.splitlines()
    assert "http://127.0.0.1:8000/api/sales/import/invoice/" in arguments
    assert "X-API-KEY: abc.def" in arguments
    assert json.loads(arguments[-1]) == SAMPLE_INVOICE


def test_the_stream_line_does_not_buffer_and_carries_the_key() -> None:
    arguments = shlex.split(stream_line("http://127.0.0.1:8000", "abc.def"))
    assert arguments[1] == "-sSN"
    assert "X-API-KEY: abc.def" in arguments


def test_a_server_that_listens_everywhere_is_shown_at_an_address_that_can_be_opened() -> None:
    assert base_url("0.0.0.0", 8000) == "http://127.0.0.1:8000"
    assert base_url("::1", 8000) == "http://[::1]:8000"


def test_without_a_demo_the_welcome_names_nobody(tmp_path: Path) -> None:
    assert read_demo(tmp_path).api_key == ""
    (tmp_path / "demo.json").write_text("{ half a fi")
    assert read_demo(tmp_path).email == ""


def test_the_demo_is_shown_by_its_owner_and_its_key(tmp_path: Path) -> None:
    users = {"owner": {"email": "owner@demo.example", "password": "pw"}}
    (tmp_path / "demo.json").write_text(json.dumps({"api_key": "abc.def", "users": users}))
    demo = read_demo(tmp_path)
    assert (demo.email, demo.password, demo.api_key) == ("owner@demo.example", "pw", "abc.def")


# ── Forgetting ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_reset_removes_what_was_stored_here_and_nothing_else(tmp_path: Path) -> None:
    for name in ("demo.json", "secret_key", "server-8000.log", "pgdata.lock", "pgdata.users", "holiday.jpg"):
        (tmp_path / name).write_text("")
    (tmp_path / "pgdata").mkdir()
    removed = {path.name for path in forget(directory=tmp_path)}
    assert removed == {"demo.json", "secret_key", "server-8000.log", "pgdata.lock", "pgdata.users", "pgdata"}
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_reset_of_nothing_removes_nothing(tmp_path: Path) -> None:
    assert forget(directory=tmp_path / "var") == []


def test_a_reset_stops_what_runs_first(tmp_path: Path) -> None:
    up = (
        "import pathlib, sys, time\n"
        "from erp.starting import announced\n"
        "with announced(directory=pathlib.Path(sys.argv[1]), port=8000):\n"
        "    print('up', flush=True)\n"
        "    time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", up, str(tmp_path)], cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            assert running_starts(directory=tmp_path) == [process.pid]
            forget(directory=tmp_path)
            assert process.wait() == -signal.SIGTERM
        finally:
            process.kill()


def test_a_stale_announcement_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "up-8000.pid").write_text(f"{os.getpid()}\n")
    assert running_starts(directory=tmp_path) == []
    with announced(directory=tmp_path, port=8000):
        assert running_starts(directory=tmp_path) == [os.getpid()]
    assert list(tmp_path.iterdir()) == []
