"""A second opinion on imported invoices: what is sent, what is sent again, and what that does to books that stand.

The model of an imported invoice is that of an order nobody took: no stock is promised for it, and it has no tax.
"""

from dataclasses import dataclass

from tests.invariants.books_model import (
    Books,
    Invoice,
    Layer,
    Line,
    Note,
    Order,
    OrderLine,
    Payment,
    Refused,
    Settled,
    half_up,
)


@dataclass(frozen=True)
class Sent:
    """What billing sends: (item, quantity, rate) by line, and a total that rules, or none."""

    customer: str
    day: int
    wanted: tuple[tuple[int, int, int], ...]
    total: int | None


class Imports:
    """What billing has sent into these books, by invoice."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.sent: dict[int, Sent] = {}

    def of(self, invoice: Invoice) -> Sent:
        return self.sent[id(invoice)]

    def new(self, sent: Sent) -> Invoice:
        invoice = Invoice(Order(sent.customer, []), sent.day, [])
        self.books.invoices.append(invoice)
        self._write(invoice, sent)
        return invoice

    def again(self, invoice: Invoice, sent: Sent) -> None:
        """The same invoice with this content."""
        if invoice.state == "CANCELLED":
            raise Refused("cancelled-in-books")
        if sent == self.of(invoice):
            return
        if invoice.state == "POSTED":
            self._revise(invoice, sent)
        else:
            self._write(invoice, sent)

    def _write(self, invoice: Invoice, sent: Sent) -> None:
        lines = []
        gross = [half_up(rate, quantity, 1000) for _, quantity, rate in sent.wanted]
        discounts = spread(0 if sent.total is None else sum(gross) - sent.total, gross)
        order = Order(sent.customer, [])
        for (item, quantity, rate), amount, discount in zip(sent.wanted, gross, discounts, strict=True):
            origin = OrderLine(item, quantity, rate, invoiced=quantity)
            order.lines.append(origin)
            lines.append(Line(origin, quantity, amount - discount, {}))
        invoice.order, invoice.day, invoice.lines = order, sent.day, lines
        self.sent[id(invoice)] = sent

    def _revise(self, invoice: Invoice, sent: Sent) -> None:
        """As if the old content had never been: goods back on its day, the new ones out, money kept as far as it fits."""
        mine = [note for note in self.books.notes if note.invoice is invoice]
        follow = continued(invoice.lines, [item for item, _, _ in sent.wanted])
        if any(note.state != "CANCELLED" for note in mine) or any(
            id(part.line) not in follow for note in mine for part in note.parts
        ):
            raise Refused("has-credit-notes")
        old_lines, old_sent, was = invoice.lines, self.of(invoice), [Was(layer) for layer in self.books.layers]
        for line in old_lines:
            for one in line.taken:
                one.layer.put_back(one.quantity, one.cost, invoice.booked)
        day = max(invoice.booked, sent.day)
        self._write(invoice, sent)
        if not self.books.serves(invoice, day):
            invoice.lines = old_lines
            self._write_back(invoice, old_lines, old_sent)
            for layer in was:
                layer.restore()
            raise Refused("insufficient-stock")
        self.books.book({role: -amount for role, amount in invoice.legs.items()})
        self._fit(invoice, invoice.total if old_sent.customer == sent.customer else 0)
        self.books.post(invoice, day)
        for note in mine:
            for part in note.parts:
                part.line = invoice.lines[follow[id(part.line)]]

    def _write_back(self, invoice: Invoice, lines: list[Line], sent: Sent) -> None:
        self._write(invoice, sent)
        invoice.lines = lines

    def _fit(self, invoice: Invoice, room: int) -> None:
        """The newest goes first; of the one that fits in part, the part is as new as the revision."""
        for one in [one for one in self.books.settled if one.invoice is invoice]:
            kept = min(one.amount, room)
            room -= kept
            if kept == one.amount:
                continue
            self.books.settled.remove(one)
            invoice.received -= one.amount - kept
            give_back(one.source, invoice, one.amount, kept)
            if kept:
                self.books.settled.append(Settled(one.source, invoice, kept))


class Was:
    """A layer as it was."""

    def __init__(self, layer: Layer) -> None:
        self.layer, self.left, self.worth, self.moves = layer, layer.left, layer.worth, list(layer.moves)

    def restore(self) -> None:
        self.layer.left, self.layer.worth, self.layer.moves = self.left, self.worth, self.moves


def give_back(source: Payment | Note, invoice: Invoice, amount: int, kept: int) -> None:
    if isinstance(source, Note):
        source.applied -= amount - kept
        return
    place = next(place for place, part in enumerate(source.parts) if part[0] is invoice and part[1] == amount)
    source.parts[place : place + 1] = [(invoice, kept)] if kept else []


def continued(lines: list[Line], items: list[int]) -> dict[int, int]:
    """Id of an old line → place of the new one that continues it: the same item, in their order, each once."""
    found: dict[int, int] = {}
    for place, item in enumerate(items):
        waiting = [line for line in lines if line.origin.item == item and id(line) not in found]
        if waiting:
            found[id(waiting[0])] = place
    return found


def spread(total: int, weights: list[int]) -> list[int]:
    """By the largest remainder, ties to the earlier line; a negative total by its absolute value."""
    if not any(weights):
        weights = [1] * len(weights)
    whole, sign = sum(weights), -1 if total < 0 else 1
    shares = [abs(total) * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda place: (-(abs(total) * weights[place] % whole), place))
    for place in remainders[: abs(total) - sum(shares)]:
        shares[place] += 1
    return [sign * share for share in shares]
