"""Notes in a currency of whole units, in any order, with drafts that are cancelled on the way."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from erp.money import add, rupee_round_off
from invoices.credit_rules import Credit, LineLeft, whole_round_off

paise = st.integers(min_value=1, max_value=500).map(lambda one: Decimal(one) / 100)


def credit(net: Decimal) -> Credit:
    return Credit(UUID(int=1), Decimal(1), net, {}, Decimal(0))


def left_of(nets: list[Decimal]) -> list[LineLeft]:
    return [LineLeft(UUID(int=1), 1, Decimal(1), add(nets), {}, tracked=False)]


@given(nets=st.lists(paise, min_size=1, max_size=8))
def test_the_notes_of_a_wholly_credited_invoice_are_whole_and_sum_to_it(nets: list[Decimal]) -> None:
    left, total, totals = rupee_round_off(add(nets)), add(nets) + rupee_round_off(add(nets)), []
    for number, net in enumerate(nets):
        found = whole_round_off([credit(net)], lines=left_of(nets[number:]), left=left)
        left -= found
        totals.append(net + found)
        assert abs(found) <= 1
        assert totals[-1] >= 0
        assert totals[-1] == int(totals[-1])
    assert add(totals) == total


@given(nets=st.lists(st.tuples(paise, st.booleans()), min_size=1, max_size=8))
def test_a_note_is_whole_and_near_its_lines_whatever_was_cancelled(nets: list[tuple[Decimal, bool]]) -> None:
    exact = [net for net, _ in nets]
    left = rupee_round_off(add(exact))
    for net, stays in nets:
        found = whole_round_off([credit(net)], lines=left_of(exact), left=left)
        assert abs(found) <= 1
        assert net + found >= 0
        assert net + found == int(net + found)
        if stays:
            exact.remove(net)
            left -= found
