"""The door to the stream: who may open one, and whose credential has ceased to be good.

Credentials are looked up with Django, in a few threads that all streams share: a stream has a thread only while it is
being opened.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db import Error, close_old_connections

from erp.access import Actor, Credentials, still_valid
from erp.listening import identify_listener
from erp.problems import Unavailable

Answer = TypeVar("Answer")

_THREADS = 4
# Clients that return all at once with the same credential are looked up once. With what `erp.access` remembers of keys, a
# revoked one is dead within a second.
_REMEMBER_S = 0.3
_MOST_REMEMBERED = 1000


def credential_of(actor: Actor) -> UUID:
    """What is ended or revoked: a person's login, or the key."""
    return actor.login_id or actor.id


class Door:
    """Looks credentials up for the hub. Here is the place for limits on how many streams one credential opens."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="stream-door")
        self._lookups: dict[Credentials, asyncio.Task[Actor]] = {}

    async def identify(self, credentials: Credentials) -> Actor:
        """Who opens a stream with these. Raises the Problem that refuses it, Unavailable when the database is away."""
        if credentials.ticket:
            return await self._look_up(credentials)  # good for one: what it opens is shared with nobody
        lookup = self._lookups.get(credentials)
        if lookup is None:
            if len(self._lookups) >= _MOST_REMEMBERED:
                return await self._look_up(credentials)
            lookup = self._lookups[credentials] = asyncio.create_task(self._look_up(credentials))
            lookup.add_done_callback(lambda done: self._remember(credentials, done))
        return await asyncio.shield(lookup)

    async def no_longer_good(self, actors: Iterable[Actor]) -> set[tuple[UUID, UUID]]:
        """Of these, the (credential, company) pairs that have been revoked, ended or put out of the company.

        Raises Unavailable when the database is away.
        """
        lost: set[tuple[UUID, UUID]] = set()
        waiting = {(credential_of(actor), actor.company_id): actor for actor in actors}
        while waiting:
            # A login may listen to several companies; each is asked about on its own.
            round_: dict[UUID, Actor] = {}
            for (credential, _), actor in waiting.items():
                round_.setdefault(credential, actor)
            good = await self.in_thread(partial(still_valid, list(round_.values()), now=datetime.now(UTC)))
            for credential, actor in round_.items():
                del waiting[credential, actor.company_id]
                if credential not in good:
                    lost.add((credential, actor.company_id))
        return lost

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _remember(self, credentials: Credentials, lookup: asyncio.Task[Actor]) -> None:
        """Keep a good answer for a moment, a refusal not at all."""
        if lookup.cancelled() or lookup.exception() is not None:
            del self._lookups[credentials]
        else:
            asyncio.get_running_loop().call_later(_REMEMBER_S, self._lookups.pop, credentials, None)

    async def _look_up(self, credentials: Credentials) -> Actor:
        return await self.in_thread(partial(identify_listener, credentials, now=datetime.now(UTC)))

    async def in_thread(self, work: Callable[[], Answer]) -> Answer:
        """Do it with a connection of Django's. Raises Unavailable when the database is away."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with_connection, work)


def _with_connection(work: Callable[[], Answer]) -> Answer:
    """Run it with a Django connection that is given back afterwards."""
    close_old_connections()
    try:
        return work()
    except Error as problem:
        raise Unavailable from problem
    finally:
        close_old_connections()
