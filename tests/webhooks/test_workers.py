"""Workers as they run in production: killed at any moment, they lose nothing."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from erp.starting import PROJECT_DIR
from tests.builders import invoice_body
from tests.serving import running_server
from tests.trade import Trade
from tests.webhooks.receiver import Receiver
from tests.webhooks.subscribing import Subscriber

pytestmark = [pytest.mark.db_heavy, pytest.mark.long]

PATIENCE_S = 60


def start_worker(log: Path) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "WEBHOOK_TIMEOUT_S": "5"}
    with open(log, "ab") as output:
        command = [sys.executable, "manage.py", "worker"]
        return subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, stdout=output, stderr=output)


def test_workers_that_are_killed_while_they_deliver_lose_nothing(
    trade: Trade, receiver: Receiver, chance: random.Random, tmp_path: Path
) -> None:
    subscriber = Subscriber(trade, receiver)
    receiver.slow_s, receiver.by_body = 0.02, lambda body: "slow"
    log = tmp_path / "worker.log"
    with running_server():
        worker = start_worker(log)
        try:
            for number in range(20):
                items = [{"name": "Soap", "item_code": "S", "quantity": 1 + number // 5, "mrp": 1}]
                body = invoice_body(invoice_no=f"A-{number % 5}", items=items)
                assert trade.world.import_invoice(body).status in {200, 201}
                if number % 10 == 9:
                    enough = chance.randrange(number)
                    wait_for(partial(receiver.has_more_than, enough), log)
                    worker.kill()
                    worker.wait()
                    worker = start_worker(log)
            wait_for(lambda: subscriber.row.position == 20 and not subscriber.pending, log)
        finally:
            worker.terminate()
            assert worker.wait(30) == 0, log.read_text()
    numbers = [one.number for one in receiver.requests]
    assert sorted(set(numbers)) == list(range(1, 21))
    assert all(one.is_signed_with(subscriber.secret) for one in receiver.requests)
    for invoice in range(5):
        own = [one.number for one in receiver.requests if one.body["data"]["invoice_no"] == f"A-{invoice}"]
        assert list(dict.fromkeys(own)) == sorted(set(own)), "in order, but for repetitions"
        assert len(set(own)) == 4


def wait_for(happened: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.05)
