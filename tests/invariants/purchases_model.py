"""A second opinion on purchases and money out, in whole paise and thousandths: the side of `books_model` that buys.

What came and what is billed of an order's line meet: whichever is ahead has an open quantity and an open value, of which the
other takes its share. GRNI is what lies between them.
"""

from dataclasses import dataclass, field

from tests.invariants.books_model import Books, Layer, Refused, half_up, share


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
    """A confirmed order of one line."""

    line: BoughtLine
    closed: bool = False

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
class MoneyOut:
    amount: int
    parts: list[tuple[Bill, int]] = field(default_factory=list)
    state: str = "POSTED"

    @property
    def open(self) -> int:
        return self.amount - sum(amount for _, amount in self.parts)


class Purchases:
    """The buying side of these books: their layers and their ledger are its own."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.orders: list[Purchase] = []
        self.receipts: list[Receipt] = []
        self.bills: list[Bill] = []
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

    def grni(self) -> int:
        """Received and not billed, less billed and not received."""
        return sum(purchase.line.came_for - purchase.line.billed_for for purchase in self.orders)
