"""Which numbers are missing from a set of document numbers. Pure.

A number is a series and the digits it ends in: ``A-0099`` is 99 of ``A-``. A missing one is written with at least as many
digits as the one before it has, so that leading zeros stay: after ``A-0099`` comes ``A-0100``, after ``A-99`` ``A-100``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

_NUMBER = re.compile(r"(.*?)([0-9]{1,18})", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Gap:
    """A number that nobody has: as it would be written, and as a number."""

    invoice_no: str
    number: int


class SpanTooWide(Exception):
    """Between the first and the last number of a series lie more than may be looked at."""

    def __init__(self, series: str) -> None:
        self.series = series
        super().__init__(series)


def gaps(numbers: Iterable[str], *, at_most: int) -> list[Gap]:
    """The numbers between the first and the last of each series that are not among those given, in their order.

    Raises SpanTooWide when the series together span more than `at_most` numbers.
    """
    by_series: dict[str, dict[int, int]] = {}
    for text in numbers:
        if match := _NUMBER.fullmatch(text):
            by_series.setdefault(match[1], {}).setdefault(int(match[2]), len(match[2]))
    span, found = 0, []
    for series, digits in sorted(by_series.items()):
        span += max(digits) - min(digits)
        if span > at_most:
            raise SpanTooWide(series)
        for before, after in pairwise(sorted(digits)):
            width = digits[before]
            found += [Gap(f"{series}{number:0{width}d}", number) for number in range(before + 1, after)]
    return found
