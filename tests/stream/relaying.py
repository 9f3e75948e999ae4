"""The relay's work, done by hand in a test."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from erp.leading import Connection
from erp.relay import connect_relay
from erp.sequencing import number_events

Answer = TypeVar("Answer")


def relayed(work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    """Do it on a connection of the relay role."""

    async def run() -> Answer:
        async with await connect_relay() as relay:
            return await work(relay)

    return asyncio.run(run())


def number_everything() -> None:
    async def run(relay: Connection) -> None:
        while (await number_events(relay))[1]:
            pass

    relayed(run)
