"""The main job under fire: clients that retry, a server that dies at random moments, nothing lost and nothing twice.

The whole campaign runs nightly; a small one, with the same seed rules, in every test run. The seed is printed: run one
again with ``CAMPAIGN_SEED=… pytest tests/races/test_killed_server.py``.
"""

import logging
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from erp.models import OutboxEvent
from invoices.models import Invoice
from tests.builders import World, invoice_body
from tests.serving import RunningServer, running_server
from tests.stream.listener import Listener

pytestmark = pytest.mark.long

HANGS_AFTER_S = 3600
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass
class Campaign:
    """What happened: answers by status, connections broken, kills."""

    seed: int
    kills: int = 0
    broken: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    given_up: threading.Event = field(default_factory=threading.Event)

    @property
    def acknowledged(self) -> int:
        return self.statuses.get(200, 0) + self.statuses.get(201, 0)

    def note(self, status: int | None) -> None:
        with self.lock:
            if status is None:
                self.broken += 1
            else:
                self.statuses[status] = self.statuses.get(status, 0) + 1


def import_all(server: RunningServer, world: World, bodies: list[dict[str, object]], campaign: Campaign) -> None:
    """One client, as an integrator would keep it: its invoices one after the other, each until it is acknowledged."""
    with httpx.Client(base_url=server.base_url, timeout=30, headers={"X-API-Key": world.api_key}, verify=False) as client:
        for body in bodies:
            import_until_acknowledged(client, body, campaign)


def import_until_acknowledged(client: httpx.Client, body: dict[str, object], campaign: Campaign) -> None:
    """What every integrator is told to do: send it again on a broken connection, 429 and 503; anything else is final."""
    deadline = time.monotonic() + HANGS_AFTER_S
    while True:
        assert time.monotonic() < deadline, f"never acknowledged; seed {campaign.seed}"
        try:
            answer = client.post("/api/sales/import/invoice/", json=body)
        except httpx.TransportError:
            campaign.note(None)
            time.sleep(0.2)
            continue
        campaign.note(answer.status_code)
        if answer.status_code in {429, 503}:
            time.sleep(0.1)
            continue
        assert answer.status_code in {200, 201}, answer.text
        return


def kill_at_random(server: RunningServer, campaign: Campaign, kills: int, invoices: int) -> None:
    """Kill it when so many invoices have been acknowledged, at places drawn by the seed: each of them comes."""
    for place in sorted(random.Random(campaign.seed).sample(range(1, invoices), kills)):
        while campaign.acknowledged < place and not campaign.given_up.wait(0.001):
            pass
        if campaign.given_up.is_set():
            return
        server.kill()
        server.start()
        campaign.kills += 1


def run_campaign(world: World, *, invoices: int, clients: int, kills: int) -> Campaign:
    campaign = Campaign(seed=int(os.environ.get("CAMPAIGN_SEED") or random.SystemRandom().randrange(2**32)))
    bodies = [invoice_body(invoice_no=f"K-{number:05d}") for number in range(invoices)]
    _ = world.api_key
    with running_server() as server:
        listener = Listener(server.base_url, {"X-API-Key": world.api_key}, resume=True).wait_open()
        killer = threading.Thread(target=kill_at_random, args=(server, campaign, kills, invoices))
        killer.start()
        try:
            with ThreadPoolExecutor(clients) as pool:
                shares = [bodies[first::clients] for first in range(clients)]
                for done in [pool.submit(import_all, server, world, share, campaign) for share in shares]:
                    done.result()
        except BaseException:
            campaign.given_up.set()
            raise
        finally:
            killer.join()
        wait_until_numbered(world)
        listener.wait(lambda me: me.numbers[-1:] == [invoices], what="the listener has heard the last event")
        listener.close()
    assert listener.numbers == list(range(1, invoices + 1)), "every event once, in order, across every kill"
    print(
        f"\ncampaign: seed {campaign.seed}, {invoices} invoices, {clients} clients, {campaign.kills} kills, "
        f"{campaign.broken} broken connections, answers {campaign.statuses}"
    )
    return campaign


def wait_until_numbered(world: World) -> None:
    deadline = time.monotonic() + 60
    while OutboxEvent.unscoped.filter(company=world.company, number=None).exists():
        assert time.monotonic() < deadline, "events were not numbered"
        time.sleep(0.1)


def assert_nothing_lost_or_doubled(world: World, invoices: int) -> None:
    numbers = list(Invoice.unscoped.filter(company=world.company).values_list("invoice_no", flat=True))
    assert sorted(numbers) == [f"K-{number:05d}" for number in range(invoices)]
    events = list(
        OutboxEvent.unscoped.filter(company=world.company).order_by("number").values_list("number", "type", "subject_id")
    )
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    created = [subject for _, kind, subject in events if kind == "invoice_created"]
    assert len(created) == len(set(created)) == invoices
    assert len(events) == invoices, "a retried import changes nothing and says nothing"


@pytest.mark.db_heavy
def test_a_server_killed_while_clients_import_loses_and_doubles_nothing(world: World) -> None:
    campaign = run_campaign(world, invoices=120, clients=6, kills=3)
    assert campaign.kills == 3
    assert_nothing_lost_or_doubled(world, 120)


@pytest.mark.slow
def test_two_thousand_imports_survive_fifty_kills(world: World) -> None:
    campaign = run_campaign(world, invoices=2000, clients=16, kills=50)
    assert campaign.kills == 50
    assert_nothing_lost_or_doubled(world, 2000)
