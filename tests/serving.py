"""A real server for a test: uvicorn in a process of its own, on a free port of this machine."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60


class RunningServer:
    """The process, its address, and what it has said. `start` again after `kill`: the port stays the same."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes]
        self._environment = {**os.environ, **environment}
        self._log = log

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "erp.asgi:application", "--port", str(self.port)]
        command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        command += ["--timeout-graceful-shutdown", "10"]
        with open(self._log, "ab") as log:
            self.process = subprocess.Popen(command, cwd=PROJECT, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._accepts():
            assert self.process.poll() is None, f"the server did not start:\n{self.said()}"
            assert time.monotonic() < deadline, f"the server does not answer:\n{self.said()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9: no word of farewell."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop, in order; answers how it ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def said(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def running_server(environment: Mapping[str, str] | None = None) -> Iterator[RunningServer]:
    """A server with this run's database, and `environment` on top of ours; stopped at the end."""
    with tempfile.TemporaryDirectory() as directory:
        server = RunningServer(environment or {}, Path(directory) / "server.log")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
