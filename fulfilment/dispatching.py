"""Starting the deliveries of many invoices: each in a transaction of its own, so that one that is refused stops no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from erp.access import Actor
from erp.idempotency import Answer, RepeatKey
from erp.performing import Terms
from erp.problems import Conflict, Problem
from fulfilment.delivering import Dispatch, start_delivery
from fulfilment.scenes import Scene


class NoneStarted(Conflict):
    """Of several invoices none could be delivered: `data` says why for each. Read them again."""

    code = "none-started"
    message = "No delivery could be started."


@dataclass(frozen=True, slots=True)
class Refused:
    invoice_no: str
    problem: Problem

    def shown(self) -> dict[str, Any]:
        return {"invoice_no": self.invoice_no, "error": self.problem.message, "code": self.problem.code}


def each_by_itself(
    repeat: RepeatKey | None,
    dry_run: bool,
    invoice_nos: Sequence[str],
    show: Callable[[Scene], Answer],
    attempt: Callable[[str, Terms[Scene]], Answer],
) -> tuple[dict[str, Answer], list[Refused]]:
    """Attempt each number once, in its own transaction: what was answered, by number, and what was refused.

    An idempotency key is kept with each part, in its transaction: a repeat of what broke off does what is left.
    """
    done: dict[str, Answer] = {}
    refused: list[Refused] = []
    for part, number in enumerate(dict.fromkeys(invoice_nos), start=1):
        kept: Terms[Scene] = Terms(show, repeat=replace(repeat, part=part) if repeat else None, dry_run=dry_run)
        try:
            done[number] = attempt(number, kept)
        except Problem as problem:
            refused.append(Refused(number, problem))
    return done, refused


@dataclass(frozen=True, slots=True)
class Started:
    """Numbers of the invoices whose delivery has begun, and the others with their reasons, in the order asked."""

    numbers: list[str]
    refused: list[Refused]
    courier_name: str


def start_deliveries(
    terms: Terms[Started], *, invoice_nos: Sequence[str], dispatch: Dispatch, actor: Actor, now: datetime
) -> Answer:
    """`start_delivery` for each number, once; answered as a request asks for it.

    An idempotency key is kept with each part, in its transaction: a repeat of what broke off does what is left. When none
    was started, raises the one's own refusal, of several NoneStarted. Events and locks as `start_delivery`.
    """
    courier_name = ""

    def attempt(number: str, kept: Terms[Scene]) -> Answer:
        return start_delivery.answer(kept, invoice_no=number, dispatch=dispatch, actor=actor, now=now)

    done, refused = each_by_itself(terms.repeat, terms.dry_run, invoice_nos, _noted, attempt)
    for answer in done.values():
        courier_name = msgspec.json.decode(answer.body, type=_Noted).courier_name
    started = list(done)
    if not started:
        if len(refused) == 1:
            raise refused[0].problem
        raise NoneStarted(data={"errors": [one.shown() for one in refused]})
    return terms.show(Started(started, refused, courier_name))


def _noted(scene: Scene) -> Answer:
    assert scene.delivery is not None, "it has begun in this moment"
    return Answer(201, msgspec.json.encode(_Noted(courier_name=scene.delivery.courier_name)).decode())


class _Noted(msgspec.Struct):
    """What the answer of a part is made of."""

    courier_name: str
