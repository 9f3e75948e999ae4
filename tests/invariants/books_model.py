"""A second opinion on the books, in whole paise and thousandths: what each step must lead to, by nothing of the product.

Days are numbers. `Books` does what the design says and nothing else; a step that has to be refused raises `Refused` and
leaves everything as it was.
"""

from collections import defaultdict
from dataclasses import dataclass, field

NEAR, FAR = "near", "far"
"""A customer in our own state, who pays CGST and SGST, and one in another, who pays IGST."""
MAIN = "main"
"""Where goods are received and sold from."""


class Refused(Exception):
    """The code that the refusal has to carry."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def half_up(value: int, many: int, of: int) -> int:
    """value × many ÷ of, halves up; nothing here is negative."""
    return (2 * value * many + of) // (2 * of)


def share(left: int, step: int, of_left: int) -> int:
    """What a step takes of what is left; the last one takes all."""
    return left if step == of_left else half_up(left, step, of_left)


@dataclass
class Layer:
    """`day` is that of its receipt; it may be taken from the day it was `booked`, later only where goods changed hands."""

    item: int
    day: int
    quantity: int
    value: int
    left: int
    worth: int
    moves: list[tuple[int, int]] = field(default_factory=list)
    place: str = MAIN
    booked: int = -1
    parent: "Layer | None" = None

    def held(self, day: int) -> int:
        """What lies there at the end of the day."""
        if max(self.day, self.booked) > day:
            return 0
        return self.quantity + sum(change for when, change in self.moves if when <= day)

    def usable(self, day: int) -> int:
        """The least that lies there at the end of this day or of any later one."""
        return min(self.held(end) for end in self._ends(day))

    def untouched(self, day: int) -> bool:
        """Whether all that came lies there at the end of this day and of every later one."""
        return all(self.held(end) == self.quantity for end in self._ends(day))

    def _ends(self, day: int) -> set[int]:
        return {day} | {one for one, _ in self.moves if one > day}

    def take(self, many: int, day: int) -> int:
        """What it costs: what then is left keeps its share of what the layer came with."""
        cost = max(0, self.worth - half_up(self.value, self.left - many, self.quantity))
        self._move(-many, -cost, day)
        return cost

    def put_back(self, many: int, cost: int, day: int) -> None:
        self._move(many, cost, day)

    def _move(self, many: int, worth: int, day: int) -> None:
        self.left += many
        self.worth += worth
        self.moves.append((day, many))


@dataclass
class Taken:
    """What a sale took of a layer and has not come back."""

    layer: Layer
    quantity: int
    cost: int


@dataclass
class OrderLine:
    item: int
    quantity: int
    rate: int
    invoiced: int = 0
    posted: int = 0
    reserved: int = 0


@dataclass
class Order:
    customer: str
    lines: list[OrderLine]


@dataclass
class Line:
    """A line of an invoice, with what no note has credited of it."""

    origin: OrderLine
    quantity: int
    net: int
    taxes: dict[str, int]
    taken: list[Taken] = field(default_factory=list)
    quantity_left: int = 0
    net_left: int = 0
    taxes_left: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.quantity_left, self.net_left, self.taxes_left = self.quantity, self.net, dict(self.taxes)


@dataclass
class Invoice:
    order: Order
    day: int
    lines: list[Line]
    state: str = "DRAFT"
    booked: int = 0
    received: int = 0
    legs: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(line.net + sum(line.taxes.values()) for line in self.lines)

    @property
    def open(self) -> int:
        return self.total - self.received

    @property
    def stands(self) -> bool:
        return self.state == "POSTED"

    @property
    def status(self) -> str:
        """In the books' words."""
        if not self.stands:
            return self.state
        if self.received == self.total:
            return "PAID"
        return "PARTIALLY_PAID" if self.received else "POSTED"


@dataclass
class Part:
    """What a note credits of a line; no quantity for a mere reduction of the price."""

    line: Line
    quantity: int
    net: int
    taxes: dict[str, int]


@dataclass
class Note:
    invoice: Invoice
    day: int
    parts: list[Part]
    returns: bool
    state: str = "DRAFT"
    applied: int = 0

    @property
    def total(self) -> int:
        return sum(part.net + sum(part.taxes.values()) for part in self.parts)

    @property
    def open(self) -> int:
        return self.total - self.applied


@dataclass
class Payment:
    """Money of a customer, and what of it each invoice has got."""

    customer: str
    amount: int
    parts: list[tuple[Invoice, int]] = field(default_factory=list)
    state: str = "POSTED"

    @property
    def open(self) -> int:
        return self.amount - sum(amount for _, amount in self.parts)


@dataclass
class Settled:
    """What a payment or a note settles of an invoice."""

    source: Payment | Note
    invoice: Invoice
    amount: int


class Books:
    def __init__(self, rates: list[int]) -> None:
        """`rates`: the tax of each item, in per cent."""
        self.rates = rates
        self.layers: list[Layer] = []
        self.orders: list[Order] = []
        self.invoices: list[Invoice] = []
        self.notes: list[Note] = []
        self.payments: list[Payment] = []
        self.settled: list[Settled] = []
        self.ledger: dict[str, int] = defaultdict(int)

    # ── What lies there ──────────────────────────────────────────────────────────────────────────────────────────────
    def on_hand(self, item: int, place: str = MAIN) -> int:
        return sum(layer.left for layer in self._layers_at(item, place))

    def _layers_at(self, item: int, place: str) -> list[Layer]:
        return [layer for layer in self.layers if layer.item == item and layer.place == place]

    def reserved(self, item: int) -> int:
        return sum(line.reserved for order in self.orders for line in order.lines if line.item == item)

    def receive(self, item: int, quantity: int, unit_cost: int, day: int) -> None:
        value = half_up(unit_cost, quantity, 1000)
        self.layers.append(Layer(item, day, quantity, value, quantity, value))
        self.book({"INVENTORY": value, "OPENING_BALANCE": -value})

    # ── Orders and invoices ──────────────────────────────────────────────────────────────────────────────────────────
    def order(self, customer: str, wanted: list[tuple[int, int, int]]) -> Order:
        """`wanted`: item, quantity, rate of each line. Confirmed: what is free is reserved, line by line."""
        order = Order(customer, [])
        self.orders.append(order)
        for item, quantity, rate in wanted:
            free = self.on_hand(item) - self.reserved(item)
            order.lines.append(OrderLine(item, quantity, rate, reserved=max(0, min(quantity, free))))
        return order

    def invoice(self, order: Order, quantities: list[int], day: int) -> Invoice:
        """A draft of these quantities of the order's lines."""
        lines = []
        for origin, quantity in zip(order.lines, quantities, strict=True):
            assert quantity <= origin.quantity - origin.invoiced
            if quantity:
                net = half_up(origin.rate, quantity, 1000)
                lines.append(Line(origin, quantity, net, self._taxes(order.customer, net, self.rates[origin.item])))
                origin.invoiced += quantity
        invoice = Invoice(order, day, lines)
        self.invoices.append(invoice)
        return invoice

    @staticmethod
    def _taxes(customer: str, net: int, rate: int) -> dict[str, int]:
        if customer == FAR:
            return {"OUTPUT_IGST": half_up(net, rate, 100)}
        half = half_up(net, rate, 200)
        return {"OUTPUT_CGST": half, "OUTPUT_SGST": half}

    def cancel(self, invoice: Invoice) -> None:
        self._give_back(invoice)
        invoice.state = "CANCELLED"

    def post(self, invoice: Invoice, day: int) -> None:
        if not self.serves(invoice, day):
            raise Refused("insufficient-stock")
        cost = 0
        for line in invoice.lines:
            missing = line.quantity
            for layer in self._in_order(line.origin.item):
                many = min(missing, layer.usable(day))
                if many:
                    line.taken.append(Taken(layer, many, layer.take(many, day)))
                    missing -= many
            assert missing == 0
            cost += sum(one.cost for one in line.taken)
            line.origin.posted += line.quantity
            line.origin.reserved -= min(line.origin.reserved, line.quantity)
        legs: dict[str, int] = defaultdict(int, {"RECEIVABLE": invoice.total, "COGS": cost, "INVENTORY": -cost})
        for line in invoice.lines:
            legs["SALES"] -= line.net
            for role, tax in line.taxes.items():
                legs[role] -= tax
        self.book(legs)
        invoice.legs, invoice.state, invoice.booked = legs, "POSTED", day

    def serves(self, invoice: Invoice, day: int) -> bool:
        """Whether the usable layers hold it, less what is reserved for others."""
        for item in range(len(self.rates)):
            mine = [line for line in invoice.lines if line.origin.item == item]
            own = sum(min(line.quantity, line.origin.reserved) for line in mine)
            usable = sum(layer.usable(day) for layer in self._layers_at(item, MAIN))
            if mine and sum(line.quantity for line in mine) > usable - self.reserved(item) + own:
                return False
        return True

    def _in_order(self, item: int, place: str = MAIN) -> list[Layer]:
        """First in, first out: by day, then as they were written down, which sorting keeps."""
        return sorted(self._layers_at(item, place), key=lambda layer: layer.day)

    def reverse(self, invoice: Invoice, day: int) -> None:
        if any(note.invoice is invoice and note.state != "CANCELLED" for note in self.notes):
            raise Refused("has-credit-notes")
        if invoice.received:
            raise Refused("has-settlements")
        for line in invoice.lines:
            for one in line.taken:
                one.layer.put_back(one.quantity, one.cost, max(day, invoice.booked))
            line.taken.clear()
            line.origin.posted -= line.quantity
        self._give_back(invoice)
        self.book({role: -amount for role, amount in invoice.legs.items()})
        invoice.state = "CANCELLED"

    @staticmethod
    def _give_back(invoice: Invoice) -> None:
        for line in invoice.lines:
            line.origin.invoiced -= line.quantity

    # ── Money ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def pay(self, invoice: Invoice, amount: int, *, advance: bool) -> Payment:
        if amount > invoice.open and not advance:
            raise Refused("allocation-exceeds-outstanding")
        self.book({"BANK": amount, "RECEIVABLE": -amount})
        payment = Payment(invoice.order.customer, amount)
        self.payments.append(payment)
        self.allocate(payment, invoice, min(amount, invoice.open))
        return payment

    def allocate(self, payment: Payment, invoice: Invoice, amount: int) -> None:
        """What was over settles another invoice."""
        if amount > payment.open:
            raise Refused("allocation-exceeds-payment")
        if amount > invoice.open:
            raise Refused("allocation-exceeds-outstanding")
        payment.parts.append((invoice, amount))
        self._settle(payment, invoice, amount)

    def bounce(self, payment: Payment) -> None:
        """The payment is reversed: what it settled is open again."""
        for invoice, amount in payment.parts:
            invoice.received -= amount
        payment.parts.clear()
        self.settled = [one for one in self.settled if one.source is not payment]
        payment.state = "REVERSED"
        self.book({"BANK": -payment.amount, "RECEIVABLE": payment.amount})

    # ── Credit notes ─────────────────────────────────────────────────────────────────────────────────────────────────
    def credit(
        self, invoice: Invoice, line: Line, day: int, *, quantity: int = 0, amount: int = 0, returns: bool, post: bool
    ) -> Note:
        """A note of a quantity of the line, or of an amount of its net. A draft has taken its part as well."""
        if quantity > line.quantity_left or amount > line.net_left:
            raise Refused("quantity-exceeds-invoice")
        net = share(line.net_left, quantity, line.quantity_left) if quantity else amount
        taxes = {role: share(tax, net, line.net_left) for role, tax in line.taxes_left.items()}
        note = Note(invoice, day, [Part(line, quantity, net, taxes)], returns)
        self._move_left(note, -1)
        self.notes.append(note)
        if post:
            self.post_note(note)
        return note

    def cancel_note(self, note: Note) -> None:
        self._move_left(note, 1)
        note.state = "CANCELLED"

    @staticmethod
    def _move_left(note: Note, sign: int) -> None:
        for part in note.parts:
            part.line.quantity_left += sign * part.quantity
            part.line.net_left += sign * part.net
            for role, tax in part.taxes.items():
                part.line.taxes_left[role] += sign * tax

    def post_note(self, note: Note) -> None:
        cost = sum(self._put_back(part, note.day) for part in note.parts) if note.returns else 0
        legs: dict[str, int] = defaultdict(int, {"RECEIVABLE": -note.total, "INVENTORY": cost, "COGS": -cost})
        for part in note.parts:
            legs["SALES_RETURNS"] += part.net
            for role, tax in part.taxes.items():
                legs[role] += tax
        self.book(legs)
        note.state = "POSTED"
        self.apply(note, note.invoice, min(note.total, note.invoice.open))

    @staticmethod
    def _put_back(part: Part, day: int) -> int:
        """The goods into the layers that gave them, the last first, at their share of what they cost."""
        missing, cost = part.quantity, 0
        for one in reversed(part.line.taken):
            many = min(missing, one.quantity)
            if many:
                worth = share(one.cost, many, one.quantity)
                one.layer.put_back(many, worth, day)
                one.quantity -= many
                one.cost -= worth
                missing -= many
                cost += worth
        assert missing == 0
        return cost

    def apply(self, note: Note, invoice: Invoice, amount: int) -> None:
        if amount > note.open:
            raise Refused("allocation-exceeds-credit")
        if amount > invoice.open:
            raise Refused("allocation-exceeds-outstanding")
        note.applied += amount
        self._settle(note, invoice, amount)

    def _settle(self, source: Payment | Note, invoice: Invoice, amount: int) -> None:
        invoice.received += amount
        if amount:
            self.settled.append(Settled(source, invoice, amount))

    def book(self, legs: dict[str, int]) -> None:
        """Onto the accounts, debits positive."""
        assert sum(legs.values()) == 0
        for role, amount in legs.items():
            self.ledger[role] += amount
