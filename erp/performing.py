"""Performing a use case: in one transaction, again from the beginning when it met another writer, answered once.

A use case is its work: a function that takes `locks` first and everything else by name, `actor` and `now` among it.
``@use_case`` puts the transaction around it. Called, it returns what the work returned. Asked to `answer` a request, it also
replays what the request's idempotency key remembers, shows the result while the transaction is open, keeps the answer in it,
and for a dry run rolls everything back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import update_wrapper
from inspect import Parameter, signature
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from erp.access import Actor
from erp.idempotency import Answer, RepeatKey, answer_once, recall
from erp.locking import Locks, one_transaction, run_use_case

P = ParamSpec("P")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Terms(Generic[Result]):
    """On which terms a request is answered: how its result is shown, its key if it has one, and whether it is kept."""

    show: Callable[[Result], Answer]
    repeat: RepeatKey | None = None
    dry_run: bool = False


def recalled(terms: Terms[Any], *, actor: Actor) -> Answer | None:
    """The answer that the request's key has got already: for who asks another system before the work may begin.

    Raises KeyReused (422), StillRunning (409).
    """
    if terms.repeat is None or terms.dry_run:
        return None
    with one_transaction(company_id=actor.company_id) as locks:
        return recall(locks, terms.repeat, actor=actor)


class UseCase(Generic[P, Result]):
    """What ``@use_case`` makes of the work."""

    def __init__(self, work: Callable[Concatenate[Locks, P], Result]) -> None:
        parameters = signature(work).parameters
        by_name = {name for name, one in parameters.items() if one.kind is Parameter.KEYWORD_ONLY}
        assert {"actor", "now"} <= by_name, f"{work.__name__} takes its actor and the time by name"
        self._work = work
        update_wrapper(self, work)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Result:
        """Do the work, and return what it returned. Raises what it raises, and `Unavailable` after three attempts."""
        company_id = cast(Actor, kwargs["actor"]).company_id

        def attempt(_careful: bool) -> Result:
            with one_transaction(company_id=company_id) as locks:
                return self._work(locks, *args, **kwargs)

        return run_use_case(attempt)

    def answer(self, terms: Terms[Result], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """Do the work as a request asks for it. Raises what the work and `answer_once` raise."""
        actor, now = cast(Actor, kwargs["actor"]), cast(datetime, kwargs["now"])

        def attempt(_careful: bool) -> Answer:
            with one_transaction(company_id=actor.company_id, dry_run=terms.dry_run) as locks:
                return answer_once(
                    locks,
                    terms.repeat,
                    actor=actor,
                    now=now,
                    dry_run=terms.dry_run,
                    work=lambda: terms.show(self._work(locks, *args, **kwargs)),
                )

        return run_use_case(attempt)


def use_case(work: Callable[Concatenate[Locks, P], Result]) -> UseCase[P, Result]:
    """Make a use case of a function that does its work inside a transaction."""
    return UseCase(work)
