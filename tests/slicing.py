"""Matrices too large for every commit: a seeded slice of one runs in the suite, the rest is marked slow.

A cell that fails is run again by its test id. The whole slice again: ``CAMPAIGN_SEED=…``, as the summary of the run says.
"""

import os
import random
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

import pytest

Cell = TypeVar("Cell", bound=tuple[Any, ...])

SEED = int(os.environ.get("CAMPAIGN_SEED") or random.SystemRandom().randrange(2**32))
# The processes among which the suite is divided have to collect the same tests.
os.environ["CAMPAIGN_SEED"] = str(SEED)


def sliced(cells: Iterable[Cell], *, by: Callable[..., Hashable]) -> list[Any]:
    """All cells as parameters, of which the suite runs one of each kind that `by` tells of a cell's members."""
    cells = list(cells)
    shuffled = random.Random(SEED).sample(cells, len(cells))
    chosen = {by(*cell): cell for cell in shuffled}
    return [pytest.param(*cell, marks=[] if chosen[by(*cell)] == cell else [pytest.mark.slow]) for cell in cells]


def thirds(cells: Iterable[Any]) -> list[Any]:
    """All cells as parameters, of which the suite runs one of each three neighbours."""
    cells = list(cells)
    chance = random.Random(SEED)
    chosen = {first + chance.randrange(3) for first in range(0, len(cells), 3)}
    return [pytest.param(cell, marks=[] if place in chosen else [pytest.mark.slow]) for place, cell in enumerate(cells)]
