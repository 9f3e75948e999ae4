"""What listeners get when the database misbehaves under a running server."""

import random

import pytest

from erp.database import DatabaseRole
from erp.sequencing import sequencer_leads
from tests.builders import World
from tests.cluster import owner_connection
from tests.serving import RunningServer
from tests.stream.listener import expect_all, id_of, listen, record, wait_heard, wait_numbered, wait_until, writing

pytestmark = pytest.mark.db_heavy


def test_connections_that_are_cut_come_back_and_nothing_is_missed(
    server: RunningServer, world: World, chance: random.Random
) -> None:
    listener = listen(server.base_url, world).wait_open()
    with owner_connection() as owner, writing(world, chance) as total:
        for _ in range(3):
            wait_heard(listener, 10)
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [DatabaseRole.RELAY]
            )
        wait_heard(listener, 10)
    expect_all(listener, total[0])
    assert listener.openings == 1  # the client noticed nothing


def test_a_lost_announcement_costs_time_and_no_event(server: RunningServer, world: World) -> None:
    """Numbered by somebody who dies before he can say so: the hub looks for itself."""
    listener = listen(server.base_url, world).wait_open()
    with owner_connection() as owner, owner.transaction():
        owner.execute(
            "INSERT INTO erp_eventchannel (company_id, last_number, floor) VALUES (%s, 1, 0)"
            " ON CONFLICT (company_id) DO UPDATE SET last_number = 1",
            [world.company.id],
        )
        owner.execute(
            "INSERT INTO erp_outboxevent (company_id, number, type, subject_kind, subject_id, payload, created_at)"
            " VALUES (%s, 1, 'invoice_created', 'invoice', gen_random_uuid(), '{}', now())",
            [world.company.id],
        )
    listener.wait(lambda me: me.numbers == [1])
    listener.close()


def test_whoever_is_below_the_floor_is_reset_and_goes_on_from_the_head(server: RunningServer, world: World) -> None:
    record(world, 10)
    wait_numbered(world, 10)
    with owner_connection() as owner:
        owner.execute("UPDATE erp_eventchannel SET floor = 6 WHERE company_id = %s", [world.company.id])
        owner.execute("DELETE FROM erp_outboxevent WHERE company_id = %s AND number <= 6", [world.company.id])
    below = listen(server.base_url, world, Last_Event_ID=id_of(world, 5))
    at_floor = listen(server.base_url, world, Last_Event_ID=id_of(world, 6))
    below.wait(lambda me: me.named("stream-reset"))
    at_floor.wait(lambda me: me.numbers == [7, 8, 9, 10])
    record(world)
    below.wait(lambda me: me.numbers == [11])
    (reset,) = below.named("stream-reset")
    assert reset.payload == {"reason": "expired", "oldest": id_of(world, 6)}
    assert reset.id == id_of(world, 10)
    below.close()
    at_floor.close()


def test_when_the_database_is_set_back_listeners_are_reset(server: RunningServer, world: World) -> None:
    """As after a restored backup: what they have seen is not so any more."""
    listener = listen(server.base_url, world).wait_open()
    record(world, 5)
    listener.wait(lambda me: len(me.numbers) == 5)
    with owner_connection() as owner, owner.transaction():
        owner.execute("DELETE FROM erp_outboxevent WHERE company_id = %s AND number > 2", [world.company.id])
        owner.execute("UPDATE erp_eventchannel SET last_number = 2 WHERE company_id = %s", [world.company.id])
    listener.wait(lambda me: me.named("stream-reset"))
    record(world)
    listener.wait(lambda me: me.numbers[-1] == 3)
    assert listener.named("stream-reset")[0].id == id_of(world, 2)
    listener.close()


def test_a_running_server_is_seen_to_lead(server: RunningServer) -> None:
    with owner_connection() as owner, owner.cursor() as cursor:
        wait_until(lambda: sequencer_leads(cursor), "somebody leads")
