"""`manage.py up`: from nothing to a running system with a demo in it, and kept running until Ctrl-C.

This process holds no connection and no data. It starts the database, lets `migrate` and `seed_demo` run as
processes of their own, and then watches over one server process and one worker.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console

from erp.embedded import EmbeddedPostgresError, EmbeddedServer, provide_database_url
from erp.embedded.problems import explained
from erp.starting import (
    PROJECT_DIR,
    StartRefused,
    announced,
    provide_secret_key,
    read_address,
    require_free_port,
    var_dir,
)
from erp.supervising import Child, Deaths, answers
from erp.welcoming import Demo, reachable_host, read_demo, say_welcome

READY_TIMEOUT_S = 60
_TICK_S = 0.2
# A database that cannot start again (a full disk) may be able to later: the server answers 503 until then.
_REVIVE_EVERY_S = 5


class Command(BaseCommand):
    help = "Start everything: database, migrations, demo data, server, worker. Ctrl-C stops what it started."
    # The steps check for themselves, with the real settings; this process runs without database and secret.
    requires_system_checks: list[str] = []

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # No wrapping and no colouring of our own text: lines are for pasting.
        self.console = Console(highlight=False, soft_wrap=True)
        self.reason = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave the demo company out")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.default_int_handler)
        with ExitStack() as started:
            try:
                self._run(started, with_demo=not options["no_demo"])
            except KeyboardInterrupt:
                self._ignore_signals()
                self.console.print("\nStopping …")
            except (StartRefused, EmbeddedPostgresError) as problem:
                self._ignore_signals()
                started.close()
                self.console.print(str(problem), style="red", markup=False)
                sys.exit(1)

    def _run(self, started: ExitStack, *, with_demo: bool) -> None:
        host, port = read_address()
        require_free_port(host=host, port=port)
        directory = var_dir()
        with explained(directory):
            directory.mkdir(parents=True, exist_ok=True)
            started.enter_context(announced(directory=directory, port=port))
            provide_secret_key(directory=directory)
        with self._step("Database"):
            database = provide_database_url(var_dir=directory)
            if database is not None:
                started.callback(database.stop)
        with self._step("Migrations"):
            run_command("migrate", "--no-input", "--verbosity=0")
        if with_demo:
            with self._step("Demo company"):
                run_command("seed_demo")
        server = Child(command=server_command(host, port), environment=environment(), log=directory / f"server-{port}.log")
        with self._step("Server"):
            with explained(directory):
                server.start()
            started.callback(server.stop)
            wait_until_ready(server, host=host, port=port)
        worker = Child(command=worker_command(), environment=environment(), log=directory / f"worker-{port}.log")
        with explained(directory):
            worker.start()
        started.callback(worker.stop)
        say_welcome(self.console, host=host, port=port, demo=read_demo(directory) if with_demo else Demo())
        self.watch(server, database, worker)

    def watch(self, server: Child, database: EmbeddedServer | None, worker: Child | None = None) -> None:
        """Until Ctrl-C: passes on what they say, and starts again what died."""
        deaths, workers_deaths = Deaths(), Deaths()
        revive_at = 0.0
        while True:
            for child in (server, worker):
                if child is not None and (output := child.new_output()):
                    self.console.out(output, end="", highlight=False)
            if worker is not None and worker.exit_code() is not None:
                worker = self._restart_worker(worker, workers_deaths)
            if database is not None and time.monotonic() >= revive_at:
                alive = self._revive(database)
                revive_at = time.monotonic() + (1 if alive else _REVIVE_EVERY_S)
            if (code := server.exit_code()) is not None:
                self._restart(server, code, deaths)
            time.sleep(_TICK_S)

    def _revive(self, database: EmbeddedServer) -> bool:
        """False while it cannot be started again; the reason is said once."""
        try:
            if database.revive():
                self.reason = ""
                self.console.print("The database had died; it runs again.", style="yellow")
        except EmbeddedPostgresError as problem:
            if str(problem) != self.reason:
                self.reason = str(problem)
                self.console.print(f"The database died. {problem}", style="red", markup=False)
            return False
        return True

    def _restart_worker(self, worker: Child, deaths: Deaths) -> Child | None:
        """None when it is given up. The server goes on: what a worker does can wait."""
        if deaths.record(lived_s=worker.lived_s()) is None:
            self.console.print(
                f"The worker died {deaths.limit} times in a row; webhooks wait for `manage.py worker`. Its last words:\n"
                f"{worker.last_output()}",
                style="yellow",
                markup=False,
            )
            return None
        worker.start()
        return worker

    def _restart(self, server: Child, code: int, deaths: Deaths) -> None:
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        pause_s = deaths.record(lived_s=server.lived_s())
        if pause_s is None:
            raise StartRefused(
                f"The server died {deaths.limit} times in a row ({how}). Its last words:\n{server.last_output()}"
            )
        self.console.print(f"The server died ({how}); starting it again.", style="yellow")
        time.sleep(pause_s)
        server.start()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """Shows a step while it runs, then its tick and its seconds."""
        began = time.monotonic()
        try:
            with self.console.status(f"{name} …"):
                yield
        except BaseException:
            self.console.print(f"[red]✗[/] {name}")
            raise
        self.console.print(f"[green]✓[/] {name:<14} [dim]{time.monotonic() - began:5.1f} s[/]")

    @staticmethod
    def _ignore_signals() -> None:
        """On the way out: an impatient second Ctrl-C must not leave the database half stopped."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)


def environment() -> dict[str, str]:
    """What the child processes get: everything, less the mark that lets this process run without a
    database. Below the welcome only trouble is worth a line, unless LOG_LEVEL asks for more."""
    ours = {name: value for name, value in os.environ.items() if name != "ERP_OFFLINE"}
    return {"LOG_LEVEL": "WARNING"} | ours | {"PYTHONUNBUFFERED": "1"}


def run_command(*command: str) -> None:
    """Runs a management command to its end, in silence. Raises StartRefused with its last words when it
    fails."""
    arguments = [sys.executable, str(PROJECT_DIR / "manage.py"), *command]
    # A session of its own: it ends when we say so, not in the middle at a Ctrl-C.
    with subprocess.Popen(  # noqa: S603 - our own command
        arguments,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        words = "\n".join(output.splitlines()[-30:])
        raise StartRefused(f"`manage.py {command[0]}` failed (exit code {process.returncode}). It said:\n{words}")


def server_command(host: str, port: int) -> list[str]:
    """One uvicorn process. It closes open streams itself; ten seconds are for answers still being written."""
    address = ["--host", host, "--port", str(port)]
    speed = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    patience = ["--timeout-graceful-shutdown", "10"]
    return [sys.executable, "-m", "uvicorn", "erp.asgi:application", *address, *speed, *patience]


def worker_command() -> list[str]:
    """One process for what is done in the background: delivering webhooks, forgetting what is old."""
    return [sys.executable, str(PROJECT_DIR / "manage.py"), "worker", "--verbosity=0"]


def wait_until_ready(server: Child, *, host: str, port: int) -> None:
    """Returns when /health/ready answers 200. Raises StartRefused when the server dies or takes too long."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not answers(host=reachable_host(host), port=port, path="/health/ready"):
        code = server.exit_code()
        if code is not None:
            raise StartRefused(f"The server did not start (exit code {code}). It said:\n{server.last_output()}")
        if time.monotonic() > deadline:
            raise StartRefused(f"The server is not ready after {READY_TIMEOUT_S} s. It said:\n{server.last_output()}")
        time.sleep(0.1)
