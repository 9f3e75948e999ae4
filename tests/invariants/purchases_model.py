"""A second opinion on purchases and money out, in whole paise and thousandths: the side of `books_model` that buys.

What came and what is billed of an order's line meet: whichever is ahead has an open quantity and an open value, of which the
other takes its share. GRNI is what lies between them.
"""

from dataclasses import dataclass, field, replace

from tests.invariants.books_model import MAIN, Layer, Refused, half_up, share
from tests.invariants.stock_model import StockBooks


@dataclass
class BoughtLine:
    item: int
    quantity: int
    rate: int
    came: int = 0
    came_for: int = 0
    invoiced: int = 0
    billed: int = 0
    billed_for: int = 0

    @property
    def value(self) -> int:
        return half_up(self.rate, self.quantity, 1000)

    def meets(self) -> bool:
        """Alike in value where alike in quantity, else the one that is ahead has no less."""
        ahead, worth = self.came - self.billed, self.came_for - self.billed_for
        return worth == 0 if ahead == 0 else worth >= 0 if ahead > 0 else worth <= 0


@dataclass
class Purchase:
    """A confirmed order of one line; or what came without one, of which as much was ordered as came."""

    line: BoughtLine
    closed: bool = False
    is_ordered: bool = True

    @property
    def state(self) -> str:
        if self.closed or self.line.billed == self.line.quantity:
            return "INVOICED"
        return "IN_PROGRESS" if self.line.came or self.line.invoiced else "CONFIRMED"


@dataclass
class Receipt:
    purchase: Purchase
    quantity: int
    cost: int
    day: int
    layer: Layer
    state: str = "POSTED"


@dataclass
class Bill:
    """Of so much of the order's line; untaxed, for the supplier is not registered."""

    purchase: Purchase
    quantity: int
    day: int
    state: str = "DRAFT"
    booked: int = 0
    paid: int = 0
    taken: int = 0
    debited: int = 0
    debited_for: int = 0

    @property
    def total(self) -> int:
        return half_up(self.purchase.line.rate, self.quantity, 1000)

    @property
    def open(self) -> int:
        return self.total - self.paid

    @property
    def status(self) -> str:
        if self.state != "POSTED":
            return self.state
        if self.paid == self.total:
            return "PAID"
        return "PARTIALLY_PAID" if self.paid else "POSTED"


@dataclass
class Debit:
    """A debit note, of a quantity of the bill's line or, without one, of its price. A draft has taken its part as well."""

    bill: Bill
    quantity: int
    net: int
    day: int
    returns: bool
    state: str = "DRAFT"
    applied: int = 0

    @property
    def open(self) -> int:
        return self.net - self.applied


@dataclass
class MoneyOut:
    amount: int
    parts: list[tuple[Bill, int]] = field(default_factory=list)
    state: str = "POSTED"

    @property
    def open(self) -> int:
        return self.amount - sum(amount for _, amount in self.parts)


class Purchases:
    """The buying side of these books: their layers and their ledger are its own."""

    def __init__(self, books: StockBooks) -> None:
        self.books = books
        self.orders: list[Purchase] = []
        self.unordered: list[Purchase] = []
        self.receipts: list[Receipt] = []
        self.bills: list[Bill] = []
        self.debits: list[Debit] = []
        self.payments: list[MoneyOut] = []

    def order(self, item: int, quantity: int, rate: int) -> Purchase:
        purchase = Purchase(BoughtLine(item, quantity, rate))
        self.orders.append(purchase)
        return purchase

    def receive(self, purchase: Purchase, quantity: int, day: int) -> Receipt:
        line = purchase.line
        if quantity > (line.billed if purchase.state == "INVOICED" else line.quantity) - line.came:
            raise Refused("quantity-exceeds-order")
        waiting = max(line.billed - line.came, 0)
        met = min(waiting, quantity)
        cost = share(line.billed_for - line.came_for, met, waiting) if met else 0
        passed = line.came + met
        rest = quantity - met
        cost += half_up(line.value, passed + rest, line.quantity) - half_up(line.value, passed, line.quantity)
        layer = Layer(line.item, day, quantity, cost, quantity, cost)
        self.books.layers.append(layer)
        line.came += quantity
        line.came_for += cost
        self.books.book({"INVENTORY": cost, "GRNI": -cost})
        receipt = Receipt(purchase, quantity, cost, day, layer)
        self.receipts.append(receipt)
        return receipt

    def receive_unordered(self, item: int, quantity: int, rate: int, day: int) -> Receipt:
        purchase = Purchase(BoughtLine(item, quantity, rate), is_ordered=False)
        self.unordered.append(purchase)
        return self.receive(purchase, quantity, day)

    def billable(self) -> list[Purchase]:
        """Orders of which something is on no bill, and what came without one and is on none."""
        orders = [one for one in self.orders if one.state != "INVOICED" and one.line.quantity > one.line.invoiced]
        return orders + [one for one in self.unordered if one.line.came > one.line.invoiced]

    def take_receipt_back(self, receipt: Receipt, day: int) -> None:
        """The order's line must still meet without it, and all that came with it must lie there, promised to nobody."""
        line, layer, day = receipt.purchase.line, receipt.layer, max(day, receipt.day)
        rest = replace(line, came=line.came - receipt.quantity, came_for=line.came_for - receipt.cost)
        if rest.came < line.billed or not rest.meets() or (line.invoiced and not receipt.purchase.is_ordered):
            raise Refused("has-invoices")
        if not layer.untouched(day):
            raise Refused("layers-used")
        if receipt.quantity > self.books.on_hand(line.item) - self.books.reserved(line.item):
            raise Refused("insufficient-stock")
        layer.take(receipt.quantity, day)
        line.came, line.came_for = rest.came, rest.came_for
        self.books.book({"INVENTORY": -receipt.cost, "GRNI": receipt.cost})
        receipt.state = "REVERSED"

    def bill(self, purchase: Purchase, quantity: int, day: int) -> Bill:
        assert quantity <= purchase.line.quantity - purchase.line.invoiced
        purchase.line.invoiced += quantity
        bill = Bill(purchase, quantity, day)
        self.bills.append(bill)
        return bill

    def cancel(self, bill: Bill) -> None:
        bill.purchase.line.invoiced -= bill.quantity
        bill.state = "CANCELLED"

    def post(self, bill: Bill, day: int) -> None:
        line = bill.purchase.line
        waiting = max(line.came - line.billed, 0)
        met = min(waiting, bill.quantity)
        taken = share(line.came_for - line.billed_for, met, waiting) if met else 0
        taken += bill.total - half_up(bill.total, met, bill.quantity)
        line.billed += bill.quantity
        line.billed_for += taken
        self.books.book({"GRNI": taken, "PRICE_VARIANCE": bill.total - taken, "PAYABLE": -bill.total})
        bill.taken, bill.state, bill.booked = taken, "POSTED", day

    def reverse(self, bill: Bill) -> None:
        if any(note.bill is bill and note.state != "CANCELLED" for note in self.debits):
            raise Refused("has-credit-notes")
        if bill.paid:
            raise Refused("has-settlements")
        line = bill.purchase.line
        line.billed -= bill.quantity
        line.billed_for -= bill.taken
        if not line.meets():
            line.billed += bill.quantity
            line.billed_for += bill.taken
            raise Refused("has-receipts")
        line.invoiced -= bill.quantity
        bill.purchase.closed = False
        self.books.book({"GRNI": -bill.taken, "PRICE_VARIANCE": bill.taken - bill.total, "PAYABLE": bill.total})
        bill.state = "CANCELLED"

    def close(self, purchase: Purchase) -> None:
        line = purchase.line
        if purchase.state != "IN_PROGRESS":
            raise Refused("wrong-state")
        if line.invoiced > line.billed:
            raise Refused("has-invoices")
        if line.came > line.billed:
            raise Refused("wrong-state")
        purchase.closed = True

    def pay(self, bill: Bill, amount: int, *, advance: bool) -> MoneyOut:
        if amount > bill.open and not advance:
            raise Refused("allocation-exceeds-outstanding")
        money = MoneyOut(amount)
        settled = min(amount, bill.open)
        if settled:
            money.parts.append((bill, settled))
        bill.paid += settled
        self.payments.append(money)
        self.books.book({"BANK": -amount, "PAYABLE": amount})
        return money

    def bounce(self, money: MoneyOut) -> None:
        for bill, amount in money.parts:
            bill.paid -= amount
        money.parts.clear()
        money.state = "REVERSED"
        self.books.book({"BANK": money.amount, "PAYABLE": -money.amount})

    # ── Debit notes ──────────────────────────────────────────────────────────────────────────────────────────────────
    def debit(self, bill: Bill, day: int, *, quantity: int = 0, amount: int = 0, returns: bool, post: bool) -> Debit:
        left, worth = bill.quantity - bill.debited, bill.total - bill.debited_for
        if quantity > left or amount > worth:
            raise Refused("quantity-exceeds-invoice")
        note = Debit(bill, quantity, share(worth, quantity, left) if quantity else amount, day, returns)
        if post:
            self.post_debit(note)
        bill.debited += quantity
        bill.debited_for += note.net
        self.debits.append(note)
        return note

    def cancel_debit(self, note: Debit) -> None:
        note.bill.debited -= note.quantity
        note.bill.debited_for -= note.net
        note.state = "CANCELLED"

    def post_debit(self, note: Debit) -> None:
        cost = self._send_back(note) if note.returns and note.quantity else 0
        self.books.book({"PAYABLE": note.net, "INVENTORY": -cost, "PRICE_VARIANCE": cost - note.net})
        note.state = "POSTED"
        self.apply_debit(note, note.bill, min(note.net, note.bill.open))

    def _send_back(self, note: Debit) -> int:
        """Out of the layers that the order's receipts made, first in, first out; what is promised to customers stays."""
        item, books, missing = note.bill.purchase.line.item, self.books, note.quantity
        came = [one.layer for one in self.receipts if one.purchase is note.bill.purchase and one.state == "POSTED"]
        if missing > sum(layer.usable(note.day) for layer in came):
            raise Refused("layers-used")
        if missing > min(books.on_hand(item), books.usable(item, MAIN, note.day)) - books.reserved(item):
            raise Refused("insufficient-stock")
        cost = 0
        for layer in sorted(came, key=lambda one: one.day):
            many = min(missing, layer.usable(note.day))
            if many:
                cost += layer.take(many, note.day)
                missing -= many
        return cost

    def apply_debit(self, note: Debit, bill: Bill, amount: int) -> None:
        if amount > note.open:
            raise Refused("allocation-exceeds-credit")
        if amount > bill.open:
            raise Refused("allocation-exceeds-outstanding")
        note.applied += amount
        bill.paid += amount

    def grni(self) -> int:
        """Received and not billed, less billed and not received."""
        return sum(purchase.line.came_for - purchase.line.billed_for for purchase in self.orders + self.unordered)
