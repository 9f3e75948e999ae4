"""No credential, no company and nobody at all holds more streams open than there is room for."""

import httpx
import pytest

from erp.rights import Scope
from tests.builders import World
from tests.serving import RunningServer, running_server
from tests.stream.listener import PATH, Listener, wait_until

pytestmark = pytest.mark.db_heavy


def opened(server: RunningServer, key: str) -> Listener:
    return Listener(server.base_url, {"X-API-Key": key}).wait_open()


def asked(server: RunningServer, key: str) -> httpx.Response:
    """What one more gets; the body of a stream is not waited for."""
    with httpx.stream("GET", server.base_url + PATH, headers={"X-API-Key": key}, timeout=20) as response:
        return response


def test_one_more_stream_than_allowed_is_refused_and_leaving_makes_room(world: World, other_world: World) -> None:
    limits = {"STREAMS_PER_CREDENTIAL": "2", "STREAMS_PER_COMPANY": "3", "STREAMS_PER_PROCESS": "4"}
    first, second = world.key(Scope.EVENTS_READ), world.key(Scope.EVENTS_READ)
    other, third = other_world.key(Scope.EVENTS_READ), other_world.key(Scope.EVENTS_READ)
    with running_server(limits) as server:
        listeners = [opened(server, first), opened(server, first)]
        refused = asked(server, first)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        listeners.append(opened(server, second))
        assert asked(server, second).status_code == 429, "the company has three"
        listeners.append(opened(server, other))
        assert asked(server, third).status_code == 429, "the process has four"
        listeners[0].close()
        wait_until(lambda: asked(server, first).status_code == 200, "there is room again")
        for listener in listeners:
            listener.close()
