"""What warehouses do, as steps of the walk through the books: transfers, counts, revaluations, and taking them back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.builders import Answer
from tests.invariants.books_model import MAIN
from tests.invariants.chances import amount_text, chosen, day_text, quantity_text
from tests.invariants.stock_model import SIDE, Paper, StockBooks
from tests.trade import Trade

_items = st.integers(0, 1)
_days = st.integers(0, 30)
_picks = st.integers(0, 99)


class StockSteps:
    """Mixed into the machine, which has one company and knows the ids of what the product made."""

    trade: Trade
    books: StockBooks
    items: list[str]
    ids: dict[int, str]
    refused_alike: Callable[[Callable[[], Answer]], AbstractContextManager[list[Answer]]]

    @cached_property
    def places(self) -> dict[str, str]:
        main = self.trade.get("/api/inventory/warehouses/").body[0]["id"]
        return {MAIN: main, SIDE: self.trade.side()["id"]}

    def layer_ids(self) -> list[str]:
        """As the product gave them, in the order in which the model has its layers."""
        raise NotImplementedError

    def write(self, kind: str, body: Any, step: Callable[[], Paper]) -> None:
        with self.refused_alike(lambda: self.trade.post(f"/api/inventory/{kind}/", body)) as told:
            paper = step()
        if told[0].status == 201:
            self.ids[id(paper)] = told[0].body["id"]

    @rule(item=_items, per_mille=st.integers(1, 1_100), origin=st.sampled_from([MAIN, MAIN, SIDE]), day=_days)
    def move_goods(self, item: int, per_mille: int, origin: str, day: int) -> None:
        quantity = max(1, self.books.on_hand(item, origin) * per_mille // 1000)
        there = SIDE if origin == MAIN else MAIN
        body = {
            "from_warehouse_id": self.places[origin],
            "to_warehouse_id": self.places[there],
            "date": day_text(day),
            "lines": [{"item_id": self.items[item], "quantity": quantity_text(quantity)}],
        }
        self.write("transfers", body, lambda: self.books.transfer(item, quantity, origin, day))

    @rule(item=_items, counted=st.integers(0, 4_000), unit_cost=st.integers(1, 20_000), day=_days)
    def count(self, item: int, counted: int, unit_cost: int, day: int) -> None:
        line = {"item_id": self.items[item], "counted": quantity_text(counted), "unit_cost": amount_text(unit_cost)}
        body = {"kind": "COUNT", "date": day_text(day), "lines": [line]}
        self.write("adjustments", body, lambda: self.books.count(item, counted, unit_cost, day))

    @rule(pick=_picks, difference=st.integers(-3_000, 9_000).filter(bool), day=_days)
    def revalue(self, pick: int, difference: int, day: int) -> None:
        place = pick % len(self.books.layers)
        said = f"{'-' if difference < 0 else ''}{amount_text(abs(difference))}"
        body = {
            "date": day_text(day),
            "reason": "by chance",
            "lines": [{"layer": self.layer_ids()[place], "difference": said}],
        }
        self.write("revaluations", body, lambda: self.books.revalue(self.books.layers[place], difference, day))

    @precondition(lambda self: any(paper.state == "POSTED" for paper in self.books.papers))
    @rule(pick=_picks, day=_days)
    def take_back(self, pick: int, day: int) -> None:
        paper = chosen([paper for paper in self.books.papers if paper.state == "POSTED"], pick)
        path = f"/api/inventory/{paper.kind}/{self.ids[id(paper)]}/reverse/"
        body = {"reason": "by chance", "reversal_date": day_text(day)}
        with self.refused_alike(lambda: self.trade.post(path, body)):
            self.books.undo(paper, day)
