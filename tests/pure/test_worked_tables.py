"""The worked tables of the concepts pages, line by line; and what holds for every number, not only for those."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.charts import DEFAULT_CHART
from accounting.gst import Component, components, gstin_check_character, is_gstin, state_code, tax_inside, tax_of_line
from accounting.kinds import AccountRole
from accounting.vouchers import Leg
from erp.money import add, base_amount, half_up_share, layer_cost, line_net, rupee_round_off, share_of_left, split
from inventory.fifo import Layer, Short, Taking, after, in_order, take
from inventory.kinds import IssueRule
from inventory.restores import Taken, choose_restores
from inventory.stock import Place
from invoices.credit_rules import (
    CREDIT_ROLES,
    DEBIT_ROLES,
    LineLeft,
    Wish,
    credit_legs,
    credit_of,
    debit_legs,
    whole_round_off,
)
from invoices.document_legs import InCurrency
from invoices.exchange import Open, settle_in_base
from invoices.posting_rules import SALES_ROLES, PostingLine, import_spread, sales_legs
from invoices.purchase_rules import PURCHASE_ROLES, BilledLine, NamedAccount, purchase_legs
from tests.worked import numbers, worked_rows

MONEY = "concepts/money-and-rounding.md"
FIFO = "concepts/fifo.md"
BOOKS = "concepts/double-entry.md"
NOWHERE = UUID(int=0)
HERE = Place(NOWHERE, NOWHERE)


# ── Money ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("row", worked_rows(MONEY, "quantity", "rate", "disc %", "line"), ids=" ".join)
def test_line_net(row: list[str]) -> None:
    quantity, rate, discount, line = map(Decimal, row)
    assert str(line_net(quantity, rate, discount)) == str(line)


@pytest.mark.parametrize("row", worked_rows(MONEY, "exact total", "rounded to", "round-off"), ids=" ".join)
def test_rupee_round_off(row: list[str]) -> None:
    exact, rounded, difference = map(Decimal, row)
    assert rupee_round_off(exact) == difference
    assert exact + difference == rounded


@pytest.mark.parametrize("row", worked_rows(MONEY, "total", "weights", "shares"), ids=" ".join)
def test_split(row: list[str]) -> None:
    total, weights, shares = map(numbers, row)
    assert split(total[0], weights) == shares


@pytest.mark.parametrize("row", worked_rows(MONEY, "line totals", "Total", "taken off", "revenue"), ids=" ".join)
def test_import_spread(row: list[str]) -> None:
    lines, total, taken_off, revenue = map(numbers, row)
    spread = import_spread(add(lines), total[0], lines)
    assert spread == taken_off
    assert [line - part for line, part in zip(lines, spread, strict=True)] == revenue
    assert add(revenue) == total[0]


@pytest.mark.parametrize("row", worked_rows(MONEY, "value", "over", "steps", "shares"), ids=" ".join)
def test_share_of_left(row: list[str]) -> None:
    (value,), (quantity,), steps, shares = map(numbers, row)
    assert _shares(value, quantity, steps) == shares


def _shares(value: Decimal, quantity: Decimal, steps: list[Decimal]) -> list[Decimal]:
    found = []
    for step in steps:
        found.append(share_of_left(value_left=value, quantity_left=quantity, step=step))
        value, quantity = value - found[-1], quantity - step
    return found


@pytest.mark.parametrize("row", worked_rows(MONEY, "layer", "value", "takes", "costs", "left"), ids=" ".join)
def test_layer_remainder(row: list[str]) -> None:
    (quantity,), (value,), takes, costs, (left,) = map(numbers, row)
    found, value_left = _costs(quantity, value, takes)
    assert (found, value_left) == (costs, left)


def _costs(quantity: Decimal, value: Decimal, takes: list[Decimal]) -> tuple[list[Decimal], Decimal]:
    left, value_left, costs = quantity, value, []
    for taken in takes:
        costs.append(layer_cost(taken=taken, quantity=quantity, value=value, quantity_left=left, value_left=value_left))
        left, value_left = left - taken, value_left - costs[-1]
    return costs, value_left


# ── Tax ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("row", worked_rows(MONEY, "net", "rate", "CGST = SGST", "Σ intra", "IGST"), ids=" ".join)
def test_tax_per_line(row: list[str]) -> None:
    net, rate, half, within, between = map(Decimal, row)
    intra = tax_of_line(net, rate, supplier_state="27", place_of_supply="27")
    assert [(tax.component, tax.amount) for tax in intra] == [(Component.CGST, half), (Component.SGST, half)]
    assert add([tax.amount for tax in intra]) == within
    assert [tax.amount for tax in tax_of_line(net, rate, supplier_state="27", place_of_supply="29")] == [between]


@pytest.mark.parametrize(
    "row",
    worked_rows(MONEY, "gross", "rate", "CGST", "SGST", "net within the state", "IGST", "net between states"),
    ids=" ".join,
)
def test_tax_inclusive_line(row: list[str]) -> None:
    gross, rate, cgst, sgst, net, igst, net_between = map(Decimal, row)
    inside, taxes = tax_inside(gross, rate, supplier_state="27", place_of_supply="27")
    assert (inside, [tax.amount for tax in taxes]) == (net, [cgst, sgst])
    inside, taxes = tax_inside(gross, rate, supplier_state="27", place_of_supply="29")
    assert (inside, [tax.amount for tax in taxes]) == (net_between, [igst])


@pytest.mark.parametrize("row", worked_rows(MONEY, "supplier", "place", "to a SEZ", "components"), ids=" ".join)
def test_kind_of_supply(row: list[str]) -> None:
    supplier, place, sez, names = row
    found = components(Decimal(18), supplier_state=supplier, place_of_supply=place, sez=sez == "yes")
    assert ", ".join(component.value for component, _ in found) == names
    assert sum(rate for _, rate in found) == 18


@pytest.mark.parametrize("row", worked_rows(MONEY, "first 14", "check"), ids=" ".join)
def test_gstin_check(row: list[str]) -> None:
    first, check = row
    assert gstin_check_character(first) == check
    assert is_gstin(first + check)
    assert not any(is_gstin(first + other) for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if other != check)


@pytest.mark.parametrize("row", worked_rows(MONEY, "given", "code"), ids=" ".join)
def test_states(row: list[str]) -> None:
    text, code = row
    assert state_code(text) == (None if code == "none" else code)


# ── Stock ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_PART = re.compile(r"(\w+) (\d+) for ([\d.]+)")
_LEFT = re.compile(r"(\w+) (\d+)/([\d.]+)")


class Shelf:
    """The layers of one item in one place, and what each sale took."""

    def __init__(self) -> None:
        self._names: dict[UUID, str] = {}
        self._layers: list[Layer] = []
        self._sales: dict[str, list[Taking]] = {}

    def receive(self, name: str, quantity: str, value: str, received_on: date, expiry: date | None = None) -> None:
        key = UUID(int=len(self._names) + 1)
        self._names[key] = name
        many, worth = Decimal(quantity), Decimal(value)
        self._layers.append(Layer(key, received_on, expiry, None, many, worth, many, worth, many))

    def sell(self, name: str, quantity: str, rule: IssueRule = IssueRule.FIFO) -> list[tuple[str, Decimal, Decimal]]:
        usable = [layer for layer in self._layers if layer.quantity_left > 0]
        takings = take(in_order(usable, rule), Decimal(quantity))
        self._sales[name] = takings
        left = {layer.id: layer for layer in after(usable, takings)}
        self._layers = [left.get(layer.id) or _emptied(layer) for layer in self._layers]
        return [(self._names[taking.layer_id], taking.quantity, taking.cost) for taking in takings]

    def give_back(self, sale: str, quantity: str) -> list[tuple[str, Decimal, Decimal]]:
        """The last taken first, into the very layers."""
        taken = [
            Taken(number, one.layer_id, HERE, NOWHERE, one.quantity, one.cost)
            for number, one in enumerate(self._sales[sale])
        ]
        restores = choose_restores(taken[::-1], Decimal(quantity))
        for one in restores:
            back = Taking(one.taken.layer_id, -one.quantity, -one.cost)
            self._layers = [_changed(layer, back) if layer.id == back.layer_id else layer for layer in self._layers]
        return [(self._names[one.taken.layer_id], one.quantity, one.cost) for one in restores]

    def held(self) -> list[tuple[str, Decimal, Decimal]]:
        held = [layer for layer in in_order(self._layers, IssueRule.FIFO) if layer.quantity_left]
        return [(self._names[layer.id], layer.quantity_left, layer.value_left) for layer in held]


def _changed(layer: Layer, taking: Taking) -> Layer:
    return Layer(layer.id, layer.received_on, layer.expiry_date, layer.batch_id, layer.quantity, layer.value,
                 layer.quantity_left - taking.quantity, layer.value_left - taking.cost,
                 layer.usable - taking.quantity)  # fmt: skip


def _emptied(layer: Layer) -> Layer:
    return _changed(layer, Taking(layer.id, layer.quantity_left, layer.value_left))


def _parts(pattern: "re.Pattern[str]", cell: str) -> list[tuple[str, Decimal, Decimal]]:
    return [(name, Decimal(quantity), Decimal(value)) for name, quantity, value in pattern.findall(cell)]


@pytest.mark.parametrize(
    "row", worked_rows(FIFO, "layer", "held", "difference", "to Inventory", "successor"), ids=lambda row: row[0]
)
def test_the_share_of_what_is_held(row: list[str]) -> None:
    layer, held, difference, gained, successor = row
    ((came, _), (left, worth), (goes_on, new)) = (
        map(Decimal, re.findall(r"(\d+) for ([\d.]+)", cell)[0]) for cell in (layer, held, successor)
    )
    assert half_up_share(Decimal(difference), left, came) == Decimal(gained) == new - worth
    assert goes_on == left


def test_the_steps_of_one_item() -> None:
    shelf = Shelf()
    rows = worked_rows(FIFO, "step", "taken", "left after", "Inventory")
    for step, taken, left, inventory in rows:
        words = step.split()
        if words[0] == "receive":
            shelf.receive(words[1], words[2], words[4], date(2025, 4, int(words[6])))
            found = []
        elif words[1] == "sells":
            found = shelf.sell(words[0], words[2])
        else:
            found = shelf.give_back(words[4], words[2])
        assert found == _parts(_PART, taken), step
        assert shelf.held() == _parts(_LEFT, left), step
        assert add([value for _, _, value in shelf.held()]) == Decimal(inventory), step
    assert len(rows) == 11


def _batches() -> Shelf:
    """What is usable on 20 April 2025."""
    shelf = Shelf()
    for name, quantity, value, received, expires in worked_rows(FIFO, "batch", "quantity", "value", "received", "expires"):
        if date.fromisoformat(expires) >= date(2025, 4, 20):
            shelf.receive(name, quantity, value, date.fromisoformat(received), date.fromisoformat(expires))
    return shelf


def test_batches_that_expire() -> None:
    for asked, taken, cost in worked_rows(FIFO, "the line asks for", "taken", "cost"):
        shelf = _batches()
        if taken.startswith("short"):
            shelf._layers = [layer for layer in shelf._layers if shelf._names[layer.id] == asked]
            with pytest.raises(Short) as short:
                shelf.sell(asked, "6")
            assert taken == f"short, {short.value.available} usable"
            continue
        found = shelf.sell(asked, "6", IssueRule(asked))
        assert (found, add([one[2] for one in found])) == (_parts(_PART, taken), Decimal(cost)), asked


# ── Books ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_worked_sale() -> None:
    net = line_net(Decimal(10), Decimal(100), Decimal(5))
    taxes = tuple(tax_of_line(net, Decimal(18), supplier_state="27", place_of_supply="27"))
    line = PostingLine(NOWHERE, 1, Decimal(10), net, taxes, NOWHERE, "SKU", IssueRule.FIFO, None, None)
    legs = sales_legs(
        [line],
        total_value=net + add([tax.amount for tax in taxes]),
        round_off=Decimal(0),
        cost=Decimal("600.00"),
        receivable_id=UUID(int=99),
        accounts={role: UUID(int=number) for number, role in enumerate(SALES_ROLES, start=1)},
    )
    assert _shown(legs) == worked_rows(BOOKS, "account", "debit", "credit")


def test_the_worked_debit_note() -> None:
    net = line_net(Decimal(4), Decimal(60), Decimal(0))
    taxes = tax_of_line(net, Decimal(18), supplier_state="27", place_of_supply="27")
    legs = debit_legs(
        goods_nets=[net],
        other_net=Decimal(0),
        taxes={tax.component: tax.amount for tax in taxes},
        round_off=Decimal(0),
        cost=Decimal("232.00"),
        payable_id=UUID(int=99),
        accounts={role: UUID(int=number) for number, role in enumerate(DEBIT_ROLES, start=1)},
    )
    said = "of ten pieces received at 58.00 and billed at 60.00, four go back"
    assert _shown(legs) == worked_rows("concepts/books.md", said, "debit", "credit")


def _shown(legs: Sequence[Leg]) -> list[list[str]]:
    return [
        [str(leg.role), f"{leg.debit:.2f}" if leg.debit else "", f"{leg.credit:.2f}" if leg.credit else ""] for leg in legs
    ]


def test_the_worked_sale_in_another_currency() -> None:
    table = worked_rows(MONEY, "leg", "in USD", "at 83.4567", "side")
    net = line_net(Decimal(10), Decimal(100), Decimal(5))
    taxes = tuple(tax_of_line(net, Decimal(18), supplier_state="27", place_of_supply="27"))
    line = PostingLine(NOWHERE, 1, Decimal(10), net, taxes, None, "SKU", IssueRule.FIFO, None, None)
    legs = sales_legs(
        [line],
        total_value=net + add([tax.amount for tax in taxes]),
        round_off=Decimal(0),
        cost=Decimal(0),
        receivable_id=UUID(int=99),
        accounts={role: UUID(int=number) for number, role in enumerate(SALES_ROLES, start=1)},
        rate=InCurrency(UUID(int=7), Decimal("83.4567")),
    )
    assert _abroad(legs) == table
    assert all(leg.foreign is None or (leg.foreign.amount > 0) == (leg.debit > 0) for leg in legs)


def _abroad(legs: Sequence[Leg]) -> list[list[str]]:
    return [
        [str(leg.role), f"{abs(leg.foreign.amount):.2f}" if leg.foreign else "", f"{leg.debit or leg.credit:.2f}",
         "debit" if leg.debit else "credit"]
        for leg in legs
    ]  # fmt: skip


def test_the_worked_bill_in_another_currency() -> None:
    net = line_net(Decimal(10), Decimal(100), Decimal(5))
    taxes = tax_of_line(net, Decimal(18), supplier_state="27", place_of_supply="27")
    legs = purchase_legs(
        [BilledLine(net, {tax.component: tax.amount for tax in taxes}, Decimal("79000.00"))],
        total_value=net + add([tax.amount for tax in taxes]),
        round_off=Decimal(0),
        payable_id=UUID(int=99),
        accounts={role: UUID(int=number) for number, role in enumerate(PURCHASE_ROLES, start=1)},
        rate=InCurrency(UUID(int=7), Decimal("83.4567")),
    )
    assert _abroad(legs) == worked_rows(MONEY, "leg of the bill", "in USD", "at 83.4567", "side")


def test_an_account_that_many_lines_name_is_rounded_once() -> None:
    named = NamedAccount(UUID(int=50), None)
    legs = purchase_legs(
        [BilledLine(Decimal("0.10"), {}, None, named)] * 3,
        total_value=Decimal("0.30"),
        round_off=Decimal(0),
        payable_id=UUID(int=99),
        accounts={role: UUID(int=number) for number, role in enumerate(PURCHASE_ROLES, start=1)},
        rate=InCurrency(UUID(int=7), Decimal("0.15")),
    )
    assert [(leg.account_id, leg.debit, leg.credit) for leg in legs] == [
        (UUID(int=50), Decimal("0.05"), Decimal(0)),
        (UUID(int=99), Decimal(0), Decimal("0.05")),
    ]


def test_the_worked_debit_note_in_another_currency() -> None:
    legs = debit_legs(
        goods_nets=[Decimal("400.00")],
        other_net=Decimal(0),
        taxes={},
        round_off=Decimal(0),
        cost=Decimal("32000.00"),
        payable_id=UUID(int=99),
        accounts={role: UUID(int=number) for number, role in enumerate(DEBIT_ROLES, start=1)},
        rate=InCurrency(UUID(int=7), Decimal("83.10")),
    )
    assert _abroad(legs) == worked_rows(MONEY, "leg of the debit note", "in USD", "in base", "side")


def test_the_worked_notes_in_another_currency() -> None:
    rate = Decimal("83.335")
    invoice = Open(Decimal(3), base_amount(Decimal(3), rate))
    assert invoice.base == Decimal("250.01")
    for credited, worth, settles, gained in worked_rows(MONEY, "credited", "worth", "settles", "gained by the note"):
        note = Open(Decimal(credited), base_amount(Decimal(credited), rate))
        parts = settle_in_base([(NOWHERE, NOWHERE, note.amount)], source=note, invoices={NOWHERE: invoice})
        part = parts[NOWHERE]
        assert [str(one) for one in (part.paid, part.settled, part.gained)] == [worth, settles, gained]
        legs = credit_legs(
            net=Decimal(credited),
            taxes={},
            round_off=Decimal(0),
            cost=Decimal(0),
            receivable_id=UUID(int=99),
            accounts={role: UUID(int=number) for number, role in enumerate(CREDIT_ROLES, start=1)},
            rate=InCurrency(UUID(int=7), rate),
            gained=part.gained,
        )
        assert {str(leg.role): str(leg.credit) for leg in legs if leg.credit} == {
            "RECEIVABLE": settles,
            **({"FX_REALISED": gained} if part.gained else {}),
        }
    assert not invoice.base


def test_the_worked_receipts_in_another_currency() -> None:
    invoice = Open(Decimal(1000), base_amount(Decimal(1000), Decimal("83.10")))
    for paid, rate, bank, settles, gained in worked_rows(MONEY, "paid", "rate", "bank", "settles", "gained"):
        worth = base_amount(Decimal(paid), Decimal(rate))
        parts = settle_in_base(
            [(NOWHERE, NOWHERE, Decimal(paid))], source=Open(Decimal(paid), worth), invoices={NOWHERE: invoice}
        )
        part = parts[NOWHERE]
        assert [str(one) for one in (worth, part.settled, part.gained)] == [bank, settles, gained]
    assert not invoice.amount
    assert not invoice.base


def test_the_worked_notes_in_whole_units() -> None:
    line = LineLeft(NOWHERE, 1, Decimal(3), Decimal("31.65"), {}, tracked=False)
    left = rupee_round_off(line.net)
    for exact, rest, whole, total, round_off in worked_rows(
        MONEY, "note, exact", "left, exact", "left, whole", "note", "its round-off"
    ):
        credit = credit_of(line, Wish(NOWHERE, quantity=Decimal(1)), return_stock=False)
        found = whole_round_off([credit], lines=[line], left=left)
        assert [str(one) for one in (credit.net, credit.net + found, found)] == [exact, total, round_off]
        line, left = replace(line, quantity=line.quantity - 1, net=line.net - credit.net), left - found
        assert (str(line.net), str(line.net + left)) == (rest, whole)


def test_the_default_chart() -> None:
    assert [[row.code, row.name, row.role.value] for row in DEFAULT_CHART] == worked_rows(BOOKS, "code", "name", "role")
    assert {row.role for row in DEFAULT_CHART} == set(AccountRole)


# ── For every number ─────────────────────────────────────────────────────────────────────────────────────────────────

amounts = st.decimals(min_value=0, max_value=10**14, places=2)
signed = st.decimals(min_value=-(10**14), max_value=10**14, places=2)
weights = st.lists(st.decimals(min_value=0, max_value=10**9, places=2), min_size=1, max_size=40)
quantities = st.decimals(min_value=Decimal("0.001"), max_value=10**6, places=3)
steps = st.lists(st.integers(1, 1000), min_size=1, max_size=12)


def _paisa(amount: Decimal) -> int:
    assert Fraction(amount) * 100 == int(amount * 100)
    return int(amount * 100)


@given(total=signed, parts=weights)
def test_split_loses_no_paisa_and_is_fair_to_a_paisa(total: Decimal, parts: list[Decimal]) -> None:
    shares = split(total, parts)
    assert add(shares) == total
    whole = sum(parts) or len(parts)
    for share, weight in zip(shares, parts if any(parts) else [Decimal(1)] * len(parts), strict=True):
        exact = Fraction(total) * Fraction(weight) / Fraction(whole)
        assert abs(Fraction(share) - exact) < Fraction(1, 100)
        assert share == 0 or (share > 0) == (total > 0)
        _paisa(share)


@given(total=amounts, parts=weights)
def test_split_gives_the_heavier_no_less(total: Decimal, parts: list[Decimal]) -> None:
    shares = split(total, parts)
    ordered = sorted(zip(parts, shares, strict=True), key=lambda one: one[0])
    assert all(second[1] >= first[1] - Decimal("0.01") for first, second in pairwise(ordered))
    assert split(-total, parts) == [-share for share in shares]


@given(value=amounts, portions=steps)
def test_shares_of_what_is_left_leave_nothing(value: Decimal, portions: list[int]) -> None:
    shares = _shares(value, Decimal(sum(portions)), [Decimal(one) for one in portions])
    assert add(shares) == value
    assert all(share >= 0 for share in shares)


@given(value=amounts, portions=steps)
def test_a_layer_is_emptied_of_its_value_and_never_below(value: Decimal, portions: list[int]) -> None:
    quantity = Decimal(sum(portions))
    costs, left = _costs(quantity, value, [Decimal(one) for one in portions])
    assert (add(costs), left) == (value, Decimal(0))
    assert all(cost >= 0 for cost in costs)


@given(value=amounts, portions=steps)
def test_what_is_left_of_a_layer_is_its_rounded_share(value: Decimal, portions: list[int]) -> None:
    quantity = gone = Decimal(sum(portions))
    gone = Decimal(0)
    costs, _ = _costs(quantity, value, [Decimal(one) for one in portions])
    spent = Decimal(0)
    for portion, cost in zip(portions, costs, strict=True):
        gone, spent = gone + portion, spent + cost
        exact = Fraction(value) * Fraction(quantity - gone) / Fraction(quantity)
        assert abs(Fraction(value - spent) - exact) <= Fraction(1, 200)


layers = st.lists(st.tuples(quantities, amounts, st.integers(0, 40)), min_size=1, max_size=12)


def _layers(drawn: list[tuple[Decimal, Decimal, int]]) -> list[Layer]:
    start = date(2025, 4, 1).toordinal()
    return [
        Layer(UUID(int=number), date.fromordinal(start + days), None, None, quantity, value, quantity, value, quantity)
        for number, (quantity, value, days) in enumerate(drawn, start=1)
    ]


@given(drawn=layers, part=st.fractions(0, 1))
def test_taking_gives_what_was_asked_in_order_and_keeps_the_value(
    drawn: list[tuple[Decimal, Decimal, int]], part: Fraction
) -> None:
    held = in_order(_layers(drawn), IssueRule.FIFO)
    whole = sum(layer.quantity_left for layer in held)
    asked = Decimal(int(part * int(whole * 1000))) / 1000
    takings = take(held, asked)
    left = after(held, takings)
    assert sum(taking.quantity for taking in takings) == asked
    assert add([taking.cost for taking in takings]) + add([layer.value_left for layer in left]) == add(
        [layer.value for layer in held]
    )
    # All but the last of the touched layers are empty, and nothing after it was touched.
    assert [taking.layer_id for taking in takings] == [layer.id for layer in held[: len(takings)]]
    assert len(left) >= len(held) - len(takings)
    with pytest.raises(Short):
        take(held, Decimal(whole) + Decimal("0.001"))
