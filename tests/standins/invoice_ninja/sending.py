"""How an Invoice Ninja tells webhooks: unsigned, without a name, again after some refusals, and never after others."""

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.standins.invoice_ninja.books import Books

AGAIN = {401, 409, 422, 429}
THE_END = {404, 405, 410}
MOST_ATTEMPTS = 5


@dataclass
class _Letter:
    url: str
    headers: dict[str, str]
    webhook: str
    body: dict[str, Any]
    attempts: int = 0


@dataclass
class Sender:
    """Letters that wait; nobody waits for their hour: `deliver` is the next round."""

    books: "Books"
    waiting: list[_Letter] = field(default_factory=list)

    def reset(self) -> None:
        self.waiting.clear()

    def deliver(self, *, doubled: float = 0.0, seed: int = 0, shuffled: bool = False) -> list[int]:
        """Send all that waits, once; answers what the receivers said (0: nothing).

        A share of the letters goes out twice, and all of them in any order, when that is asked for.
        """
        chance = random.Random(seed)
        with self.books.guard:
            self._write_letters()
            letters = [one for one in self.waiting for _ in range(1 + (chance.random() < doubled))]
            self.waiting.clear()
        if shuffled:
            chance.shuffle(letters)
        with httpx.Client(timeout=5) as client:
            return [self._send(client, letter) for letter in letters]

    def _write_letters(self) -> None:
        for one in self.books.happened:
            for webhook in self.books.tables["webhooks"].values():
                if str(webhook["event_id"]) == str(one.event):
                    headers = {str(name): str(value) for name, value in dict(webhook["headers"] or {}).items()}
                    self.waiting.append(_Letter(webhook["target_url"], headers, webhook["id"], one.body))
        self.books.happened.clear()

    def _send(self, client: httpx.Client, letter: _Letter) -> int:
        try:
            status = client.post(letter.url, json=letter.body, headers=letter.headers).status_code
        except httpx.HTTPError:
            return 0
        letter.attempts += 1
        if status in THE_END:
            self.books.tables["webhooks"].pop(letter.webhook, None)
        elif status in AGAIN and letter.attempts < MOST_ATTEMPTS:
            self.waiting.append(letter)
        return status
