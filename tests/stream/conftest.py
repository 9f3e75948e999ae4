"""Servers for the stream's tests. A module shares one: starting it takes longer than most tests."""

import random
from collections.abc import Iterator

import pytest

from tests.serving import RunningServer, running_server


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server that is quick to show that it lives, and quick to lose its patience."""
    with running_server({"STREAM_KEEP_ALIVE_S": "1", "STREAM_DRAIN_TIMEOUT_S": "1"}) as running:
        yield running


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.config.getoption("randomly_seed", 1))
