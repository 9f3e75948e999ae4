"""Picking many invoices: each in a transaction of its own, so that one that is refused stops no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from erp.access import Actor
from erp.idempotency import Answer
from erp.performing import Terms
from erp.problems import Conflict
from fulfilment.dispatching import Refused, each_by_itself
from fulfilment.picking import complete_picking, start_picking
from fulfilment.scenes import Scene


class FeatureOff(Conflict):
    """The company has switched this off. Ask who may decide its settings."""

    code = "feature-off"
    message = "This is switched off for your company."


class NonePicked(Conflict):
    """Of all these invoices none could be picked: `data` says why for each. Read them again."""

    code = "none-picked"
    message = "None of these invoices could be picked."


@dataclass(frozen=True, slots=True)
class Picked:
    """Numbers with the sessions that began or ended, and the others with their reasons, in the order asked.

    A session is None when a dry run kept nothing.
    """

    sessions: dict[str, int | None]
    refused: list[Refused]


def start_pickings(
    terms: Terms[Picked],
    *,
    invoice_nos: Sequence[str],
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Answer:
    """`start_picking` for each number, once, whether or not the worker has others open; answered as a request asks for it.

    Keys as `each_by_itself`, events and locks as `start_picking`. Raises FeatureOff, NonePicked.
    """

    def attempt(number: str, kept: Terms[Scene]) -> Answer:
        return start_picking.answer(
            kept, invoice_no=number, user_email=user_email, notes=notes, in_bulk=True, actor=actor, now=now
        )

    return _each(terms, invoice_nos, actor, attempt)


def complete_pickings(
    terms: Terms[Picked],
    *,
    invoice_nos: Sequence[str],
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Answer:
    """`complete_picking` for each number, once; answered as a request asks for it.

    Keys as `each_by_itself`, events and locks as `complete_picking`. Raises FeatureOff, NonePicked.
    """

    def attempt(number: str, kept: Terms[Scene]) -> Answer:
        return complete_picking.answer(kept, invoice_no=number, user_email=user_email, notes=notes, actor=actor, now=now)

    return _each(terms, invoice_nos, actor, attempt)


def _each(
    terms: Terms[Picked], invoice_nos: Sequence[str], actor: Actor, attempt: Callable[[str, Terms[Scene]], Answer]
) -> Answer:
    if not actor.company.enable_bulk_picking:
        raise FeatureOff
    done, refused = each_by_itself(terms.repeat, terms.dry_run, invoice_nos, _noted(terms), attempt)
    if not done:
        raise NonePicked(data={"failed": [one.shown() for one in refused]})
    sessions = {number: msgspec.json.decode(answer.body, type=_Noted).session_id for number, answer in done.items()}
    return terms.show(Picked(sessions, refused))


def _noted(terms: Terms[Picked]) -> Callable[[Scene], Answer]:
    def note(scene: Scene) -> Answer:
        assert scene.picking is not None, "it began or ended in this moment"
        serial = None if terms.dry_run and not scene.picking.ended_at else scene.picking.serial
        return Answer(200, msgspec.json.encode(_Noted(session_id=serial)).decode())

    return note


class _Noted(msgspec.Struct):
    """What the answer of a part is made of."""

    session_id: int | None
