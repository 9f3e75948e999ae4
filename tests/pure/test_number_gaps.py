"""Numbers that are missing from a series."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.number_gaps import SpanTooWide, gaps


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        ([], []),
        (["A-1"], []),
        (["A-0098", "A-0101"], ["A-0099", "A-0100"]),
        (["A-98", "A-101"], ["A-99", "A-100"]),
        (["B/24/7", "A-1", "A-3", "B/24/9"], ["A-2", "B/24/8"]),
        (["9", "12"], ["10", "11"]),
        (["A-2", "A-x", "no number", "A-4"], ["A-3"]),
        (["A-01", "A-1", "A-3"], ["A-02"]),
    ],
)
def test_what_lies_between_is_missing_and_written_as_its_neighbour(numbers: list[str], missing: list[str]) -> None:
    assert [gap.invoice_no for gap in gaps(numbers, at_most=100)] == missing


def test_a_span_that_is_too_wide_is_refused() -> None:
    assert len(gaps(["A-1", "A-101"], at_most=100)) == 99
    with pytest.raises(SpanTooWide) as refused:
        gaps(["A-1", "A-102"], at_most=100)
    assert refused.value.series == "A-"
    with pytest.raises(SpanTooWide):
        gaps(["A-1", "A-90", "B-1", "B-90"], at_most=100)


@given(st.sets(st.integers(0, 500), min_size=1))
def test_numbers_and_gaps_are_a_whole_row(numbers: set[int]) -> None:
    found = {gap.number for gap in gaps([f"S-{number:04d}" for number in numbers], at_most=1000)}
    assert found.isdisjoint(numbers)
    assert found | numbers == set(range(min(numbers), max(numbers) + 1))
