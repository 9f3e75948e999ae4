"""Goods received and not invoiced, line by line of an order: where what came and what was billed meet. Pure.

A line knows how much came and at which value, how much is billed and what of its value the bills took out of GRNI. What is
ahead, receipts or bills, has the open quantity and the open value; the other takes its share of it. Base currency.
"""

from decimal import Decimal
from typing import NamedTuple, Protocol

from erp.money import half_up_share, share_of_left

ZERO = Decimal("0.00")


class MetLine(Protocol):
    """What came and what is billed of a line."""

    received_qty: Decimal
    received_value: Decimal
    posted_qty: Decimal
    billed_value: Decimal


class Part(NamedTuple):
    """Quantity and value of what meets."""

    quantity: Decimal
    value: Decimal

    def plus(self, quantity: Decimal, value: Decimal) -> "Part":
        return Part(self.quantity + quantity, self.value + value)


def billed_out(line: MetLine, quantity: Decimal, net: Decimal) -> Decimal:
    """What a bill takes out of GRNI: its share of what came and is not billed, and its own net of what is still to come."""
    waiting = max(line.received_qty - line.posted_qty, Decimal(0))
    met = min(waiting, quantity)
    ahead = net - half_up_share(net, met, quantity)
    return _share(line.received_value - line.billed_value, waiting, met) + ahead


def billed_ahead(line: MetLine, quantity: Decimal, *, done: Part) -> Part:
    """What of goods that come now, after `done` of the line, was billed already, and at which value they enter stock."""
    waiting = max(line.posted_qty - done.quantity, Decimal(0))
    met = min(waiting, quantity)
    return Part(met, _share(line.billed_value - done.value, waiting, met))


def still_meets(line: MetLine, *, received: Part | None = None, billed: Part | None = None) -> bool:
    """Whether what is left meets when this is taken back: alike in value where alike in quantity, else ahead in both."""
    quantity, value = line.received_qty - line.posted_qty, line.received_value - line.billed_value
    if received is not None:
        quantity, value = quantity - received.quantity, value - received.value
    if billed is not None:
        quantity, value = quantity + billed.quantity, value + billed.value
    return value == 0 if quantity == 0 else value >= 0 if quantity > 0 else value <= 0


def _share(value: Decimal, quantity: Decimal, step: Decimal) -> Decimal:
    return share_of_left(value_left=value, quantity_left=quantity, step=step) if step else ZERO
