"""What warehouses do, in the model of the books: transfers, counts, revaluations, and taking them back."""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.invariants.books_model import MAIN, Books, Layer, Refused, Taken, half_up

SIDE = "side"


def spread(total: int, weights: list[int]) -> list[int]:
    """Largest remainder, ties to the earlier; a negative total by its absolute value."""
    whole = [abs(total) * weight // sum(weights) for weight in weights]
    rest = [abs(total) * weight % sum(weights) for weight in weights]
    for place in sorted(range(len(weights)), key=lambda place: (-rest[place], place))[: abs(total) - sum(whole)]:
        whole[place] += 1
    return whole if total > 0 else [-share for share in whole]


@dataclass
class Paper:
    """A stock document: the layers it made, what it took, and what it booked."""

    kind: str
    day: int
    made: list[Layer] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    legs: dict[str, int] = field(default_factory=dict)
    state: str = "POSTED"


class StockBooks(Books):
    def __init__(self, rates: list[int]) -> None:
        super().__init__(rates)
        self.papers: list[Paper] = []

    def transfer(self, item: int, quantity: int, origin: str, day: int) -> Paper:
        """Out of this place into the other one; what is promised stays."""
        promised = self.reserved(item) if origin == MAIN else 0
        if quantity > min(self.on_hand(item, origin), self.usable(item, origin, day)) - promised:
            raise Refused("insufficient-stock")
        paper = Paper("transfers", day)
        there = SIDE if origin == MAIN else MAIN
        for taken in self._take(item, quantity, origin, day):
            paper.taken.append(taken)
            paper.made.append(self._succeed(taken, taken.cost, day, there))
        self.papers.append(paper)
        return paper

    def count(self, item: int, counted: int, unit_cost: int, day: int) -> Paper:
        """What was found in the main place rules; the newest reservations give way."""
        surplus = counted - sum(layer.held(day) for layer in self._layers_at(item, MAIN))
        usable = self.usable(item, MAIN, day)
        if -surplus > usable:
            raise Refused("insufficient-stock")
        paper = Paper("adjustments", day)
        if surplus > 0:
            value = half_up(unit_cost, surplus, 1000)
            layer = Layer(item, day, surplus, value, surplus, value)
            self.layers.append(layer)
            paper.made.append(layer)
            paper.legs = {"INVENTORY": value, "STOCK_DIFFERENCE": -value}
        elif surplus < 0:
            self._shrink(item, -surplus - min(self.on_hand(item), usable) + self.reserved(item))
            paper.taken = self._take(item, -surplus, MAIN, day)
            cost = sum(one.cost for one in paper.taken)
            paper.legs = {"INVENTORY": -cost, "STOCK_DIFFERENCE": cost}
        self.book(paper.legs)
        self.papers.append(paper)
        return paper

    def revalue(self, root: Layer, difference: int, day: int) -> Paper:
        """The share of what is still held of all that came as this layer, wherever it lies."""
        family = [layer for layer in self.layers if self._descends(layer, root) and layer.usable(day)]
        paper = Paper("revaluations", day)
        held = [layer.usable(day) for layer in family]
        if held:
            share = half_up(abs(difference), sum(held), root.quantity) * (1 if difference > 0 else -1)
            parts = spread(share, held)
            if any(
                self._costs(layer, many) + part < 0 for layer, many, part in zip(family, held, parts, strict=True) if part
            ):
                raise Refused("validation")
            for layer, many, part in zip(family, held, parts, strict=True):
                if part:
                    taken = Taken(layer, many, layer.take(many, day))
                    paper.taken.append(taken)
                    paper.made.append(self._succeed(taken, taken.cost + part, day, layer.place))
            gained = sum(layer.value for layer in paper.made) - sum(one.cost for one in paper.taken)
            paper.legs = {"INVENTORY": gained, "PRICE_VARIANCE": -gained}
        self.book(paper.legs)
        self.papers.append(paper)
        return paper

    def undo(self, paper: Paper, day: int) -> None:
        day = max(day, paper.day)
        if not all(layer.untouched(day) for layer in paper.made):
            raise Refused("layers-used")
        leaving: dict[tuple[int, str], int] = defaultdict(int)
        for layer in paper.made:
            leaving[layer.item, layer.place] += layer.quantity
        coming: dict[tuple[int, str], int] = defaultdict(int)
        for one in paper.taken:
            coming[one.layer.item, one.layer.place] += one.quantity
        for (item, place), many in leaving.items():
            promised = self.reserved(item) if place == MAIN else 0
            if many > self.on_hand(item, place) - promised + coming[item, place]:
                raise Refused("insufficient-stock")
        for layer in paper.made:
            layer.take(layer.quantity, day)
        for one in paper.taken:
            one.layer.put_back(one.quantity, one.cost, day)
        self.book({role: -amount for role, amount in paper.legs.items()})
        paper.state = "REVERSED"

    # ── Layers ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def usable(self, item: int, place: str, day: int) -> int:
        return sum(layer.usable(day) for layer in self._layers_at(item, place))

    def _take(self, item: int, quantity: int, place: str, day: int) -> list[Taken]:
        taken = []
        for layer in self._in_order(item, place):
            many = min(quantity, layer.usable(day))
            if many:
                taken.append(Taken(layer, many, layer.take(many, day)))
                quantity -= many
        assert quantity == 0
        return taken

    def _succeed(self, taken: Taken, value: int, day: int, place: str) -> Layer:
        old, many = taken.layer, taken.quantity
        layer = Layer(old.item, old.day, many, value, many, value, place=place, booked=day, parent=old)
        self.layers.append(layer)
        return layer

    @staticmethod
    def _descends(layer: Layer | None, root: Layer) -> bool:
        while layer is not None and layer is not root:
            layer = layer.parent
        return layer is root

    @staticmethod
    def _costs(layer: Layer, many: int) -> int:
        return max(0, layer.worth - half_up(layer.value, layer.left - many, layer.quantity))

    def _shrink(self, item: int, over: int) -> None:
        for order in reversed(self.orders):
            for line in reversed(order.lines):
                if line.item == item and over > 0:
                    lost = min(over, line.reserved)
                    line.reserved -= lost
                    over -= lost
