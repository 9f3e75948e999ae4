"""Companies that are connected to a stand-in of Invoice Ninja, over real HTTP on this machine."""

import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from tests.builders import World
from tests.connectors.ninja import Island
from tests.standins.invoice_ninja.server import StandIn, serving


@pytest.fixture(scope="session")
def ninja_server() -> Iterator[StandIn]:
    with serving() as here:
        yield here


@pytest.fixture
def island(world: World, ninja_server: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Island]:
    """A connected company; nobody waits between attempts, nor for the rate."""
    settings.CONNECTOR_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    monkeypatch.setattr("connectors.invoice_ninja.access.RATE", 10_000)
    ninja_server.reset()
    with stamina.set_testing(True, attempts=100, cap=True):
        yield Island(world, ninja_server).connect()
