"""Figures of a company, reckoned anew while somebody watches: once for all who do, however many they are.

A company that is watched has one task; a thread and a connection are used only while it reckons, at most every five
seconds. What has changed is sent, and what has not, every half minute. A watcher who does not read misses figures and
delays nobody: of old ones nothing is kept.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

from erp.access import Actor
from erp.problems import Unavailable
from erp.stream.door import Door, credential_of

log = logging.getLogger(__name__)

RECKON_EVERY_S = 5.0
REPEAT_EVERY_S = 30.0

Figures = TypeVar("Figures")


class Watcher:
    """Somebody who watches a board. A guest of the hub, which calls `end` with his credential, his time or the process."""

    def __init__(self, actor: Actor, *, ends_at: float) -> None:
        self.actor, self.credential, self.company_id, self.ends_at = actor, credential_of(actor), actor.company_id, ends_at
        self.is_over = False
        self._news = asyncio.Event()
        self._frame = b""

    def show(self, frame: bytes) -> None:
        """Replace what he has not been sent yet."""
        self._frame = frame
        self._news.set()

    def end(self) -> None:
        self.is_over = True
        self._news.set()

    async def next_frame(self) -> bytes:
        """The newest figures, once there are new ones; empty when it is over."""
        await self._news.wait()
        self._news.clear()
        frame, self._frame = self._frame, b""
        return b"" if self.is_over else frame


class Board(Generic[Figures]):
    """What one company's watchers see."""

    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()
        self.figures: Figures | None = None
        self.frame = b""
        self.sent_at = 0.0


class Boards(Generic[Figures]):
    """The boards of one process. `reckon` runs in one of the door's threads; `write` makes a frame of what it found."""

    def __init__(self, door: Door, reckon: Callable[[UUID], Figures], write: Callable[[Figures], bytes]) -> None:
        self._door, self._reckon, self._write = door, reckon, write
        self._boards: dict[UUID, tuple[Board[Figures], asyncio.Task[None]]] = {}

    def watch(self, watcher: Watcher) -> None:
        """Show him what there is, and what comes."""
        company = watcher.company_id
        if company not in self._boards:
            board: Board[Figures] = Board()
            self._boards[company] = board, asyncio.create_task(self._keep(company, board))
        board, _ = self._boards[company]
        board.watchers.add(watcher)
        if board.frame:
            watcher.show(board.frame)

    def leave(self, watcher: Watcher) -> None:
        board, _ = self._boards[watcher.company_id]
        board.watchers.discard(watcher)

    async def _keep(self, company: UUID, board: Board[Figures]) -> None:
        """Until nobody watches. Who comes back within five seconds finds what was reckoned, which keeps to the pace."""
        try:
            while True:
                await self._bring_up_to_date(company, board)
                await asyncio.sleep(RECKON_EVERY_S)
                if not board.watchers:
                    return
        finally:
            del self._boards[company]

    async def _bring_up_to_date(self, company: UUID, board: Board[Figures]) -> None:
        clock = asyncio.get_running_loop().time
        try:
            figures = await self._door.in_thread(lambda: self._reckon(company))
        except Unavailable:
            return  # the database is away: what is shown stays until it is back
        except Exception:
            log.exception("a board stumbled and goes on")
            return
        if figures == board.figures and clock() - board.sent_at < REPEAT_EVERY_S:
            return
        board.figures, board.frame, board.sent_at = figures, self._write(figures), clock()
        for watcher in board.watchers:
            watcher.show(board.frame)
