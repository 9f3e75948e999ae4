"""A receiver of this machine, which the administrator of these tests allows."""

import random
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from django.test import override_settings

from erp.rights import Role
from tests.builders import World
from tests.trade import Trade
from tests.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    loopback = [ip_network("127.0.0.0/8")]
    with receiving() as running, override_settings(WEBHOOK_ALLOWED_NETWORKS=loopback, WEBHOOK_TIMEOUT_S=0.5):
        yield running


@pytest.fixture
def trade(world: World) -> Trade:
    world.user(Role.OWNER)
    return Trade(world)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.config.getoption("randomly_seed", 1))
