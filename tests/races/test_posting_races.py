"""Posting under a crowd: one invoice posted by everybody at once, and many invoices that want the same goods."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any

import pytest
from django.db.models import Sum

from accounting.models import LedgerEntry, Voucher
from erp.models import AuditEntry, Company, OutboxEvent
from erp.rights import Role
from inventory.models import Item, LayerConsumption, StockBalance, StockLayer, StockMovement
from invoices.models import Invoice, InvoiceItem
from tests.builders import Answer, World, invoice_body, item_body, send
from tests.observing import deadlocks
from tests.parallel import Retries, at_once
from tests.slicing import SEED
from tests.trade import Trade

pytestmark = pytest.mark.db_heavy

MOST_REPEATS = 5
"""Of a post whose locks a machine under load could not give within their time: 503, and the client asks again."""


@pytest.fixture
def trade(world: World) -> Iterator[Trade]:
    made = Trade(world)
    made.registration()
    yield made
    made.holds_the_law()


def post_until_answered(invoice_id: object, token: str) -> Answer:
    for _ in range(MOST_REPEATS):
        answer = send("POST", f"/api/invoices/{invoice_id}/post_voucher/", None, Authorization=f"Bearer {token}")
        if answer.status != 503:
            return answer
    raise AssertionError(f"{invoice_id} was never answered")


def post_all(invoice_ids: list[Any], token: str) -> list[Answer]:
    """One client: one after the other."""
    return [post_until_answered(one, token) for one in invoice_ids]


def gapless(numbers: list[str]) -> bool:
    return sorted(numbers) == [f"JV-2025-{number:05d}" for number in range(1, len(numbers) + 1)]


# ── One invoice ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("clients", "posts"), [(8, 25), pytest.param(32, 313, marks=pytest.mark.slow)], ids=["200", "10,000"]
)
def test_of_all_posts_of_an_invoice_one_books_and_the_others_say_the_same(
    trade: Trade, retries: Retries, clients: int, posts: int
) -> None:
    invoice, token, company = trade.invoice(), trade.world.token(Role.ACCOUNTANT), trade.world.company
    each = at_once([partial(post_all, [invoice["id"]] * posts, token) for _ in range(clients)])
    answers = [answer for answers in each for answer in answers]
    assert Counter(answer.status for answer in answers) == {200: clients * posts}
    told = Counter(answer.body.pop("message") for answer in answers)
    assert told == {"Invoice posted successfully": 1, "Invoice already posted": clients * posts - 1}
    voucher = Voucher.unscoped.get(company=company, kind="SALES")
    same = {"voucher_id": str(voucher.id), "voucher_number": "JV-2025-00002", "status": "POSTED"}
    assert [answer.body for answer in answers if answer.body != same] == []
    assert gapless(list(Voucher.unscoped.filter(company=company).values_list("number", flat=True)))
    assert StockMovement.unscoped.filter(company=company, kind="SALE").count() == 1
    assert OutboxEvent.unscoped.filter(company=company, type="invoice_posted").count() == 1
    assert "DeadlockDetected" not in retries.reasons


# ── Many invoices, the same goods ────────────────────────────────────────────────────────────────────────────────────

HOT = [f"HOT{number}" for number in range(5)]
ENOUGH_FOR = Decimal("0.7")
"""Of what all invoices want: some must go without."""
UNIT_COSTS = ["60", "70.01", "33.3333"]


@dataclass
class Crowd:
    """Imported invoices, which nothing is promised to, over the same few items in an order of lines of each one's own."""

    trade: Trade
    chance: random.Random
    wanted: Counter[str] = field(default_factory=Counter)
    invoices: list[Any] = field(default_factory=list)

    def arrive(self, count: int) -> None:
        for number in range(count):
            lines = self.chance.sample(HOT, self.chance.randint(3, len(HOT)))
            items = [item_body(item_code=sku, quantity=self.chance.randint(1, 6)) for sku in lines]
            self.wanted.update({item["item_code"]: item["quantity"] for item in items})
            party = {"code": f"C{number % 4}", "name": f"Customer {number % 4}"}
            answer = self.trade.world.import_invoice(invoice_body(invoice_no=f"N-{number}", customer=party, items=items))
            assert answer.status == 201, answer.raw
        numbered = Invoice.unscoped.filter(company=self.trade.world.company)
        self.invoices = list(numbered.order_by("serial").values_list("id", flat=True))

    def stock_up(self) -> dict[str, Decimal]:
        """Less than is wanted of each item, in layers of different cost; how much."""
        stocked = {}
        for sku in HOT:
            each = (self.wanted[sku] * ENOUGH_FOR / len(UNIT_COSTS)).quantize(Decimal("0.001"))
            item = self.trade.item(sku, stock="0", uom_id=self.trade.kilogram())
            for unit_cost in UNIT_COSTS:
                self.trade.opening(item["id"], str(each), unit_cost)
            stocked[sku] = each * len(UNIT_COSTS)
        return stocked


def sums(rows: Any, *columns: str, by: str) -> dict[str, tuple[Decimal, ...]]:
    """The sums of these columns, by the item's code."""
    found = rows.values(by).annotate(**{f"sum_{column}": Sum(column) for column in columns}).order_by(by)
    return {row[by]: tuple(row[f"sum_{column}"] for column in columns) for row in found}


def assert_stock_is_what_was_not_sold(company: Company, stocked: dict[str, Decimal], booked: set[Any]) -> None:
    """Counted four times: the invoices, what is on hand, what the layers hold, what left them; and so are its costs."""
    sold = sums(InvoiceItem.unscoped.filter(company=company, invoice__in=booked), "quantity", by="item_code")
    left = {sku: (quantity - sold[sku][0],) for sku, quantity in stocked.items()}
    assert all(quantity >= 0 for (quantity,) in left.values())
    assert sums(StockBalance.unscoped.filter(company=company), "on_hand", by="item__sku") == left
    assert sums(StockLayer.unscoped.filter(company=company), "quantity_left", by="item__sku") == left
    issued = sums(StockMovement.unscoped.filter(company=company, kind="SALE"), "quantity", "value", by="item__sku")
    taken = sums(LayerConsumption.unscoped.filter(company=company), "quantity", "cost", by="layer__item__sku")
    assert {sku: (-quantity, -value) for sku, (quantity, value) in issued.items()} == taken
    assert {sku: quantity for sku, (quantity, _) in taken.items()} == {sku: quantity for sku, (quantity,) in sold.items()}
    costs = LedgerEntry.unscoped.filter(company=company, role="COGS").aggregate(sum=Sum("debit"))["sum"]
    assert costs == sum(cost for _, cost in taken.values())


@pytest.mark.parametrize("posts", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_32_clients_who_want_the_same_goods_wait_for_each_other_and_never_in_a_circle(
    trade: Trade, retries: Retries, posts: int
) -> None:
    clients, company = 32, trade.world.company
    crowd = Crowd(trade, random.Random(SEED))
    crowd.arrive(clients * posts)
    stocked = crowd.stock_up()
    token, broken = trade.world.token(Role.ACCOUNTANT), deadlocks()
    shares = [crowd.invoices[first::clients] for first in range(clients)]
    each = at_once([partial(post_all, share, token) for share in shares])
    answers = dict(zip(chain(*shares), chain(*each), strict=True))
    refused = {one for one, answer in answers.items() if answer.body.get("code") == "insufficient-stock"}
    booked = {one for one, answer in answers.items() if answer.status == 200}
    assert refused
    assert booked
    assert refused | booked == set(crowd.invoices)
    assert deadlocks() == broken
    assert "DeadlockDetected" not in retries.reasons

    posted = Invoice.unscoped.filter(company=company, status="POSTED")
    assert set(posted.values_list("id", flat=True)) == booked
    assert_stock_is_what_was_not_sold(company, stocked, booked)
    numbers = list(Voucher.unscoped.filter(company=company).values_list("number", flat=True))
    assert len(numbers) == len(booked) + len(HOT) * len(UNIT_COSTS)
    assert gapless(numbers)
    assert OutboxEvent.unscoped.filter(company=company, type="invoice_posted").count() == len(booked)
    # Goods only leave: whoever was refused rightly is refused still.
    again = post_all(sorted(refused), token)
    assert {answer.body.get("code") for answer in again} == {"insufficient-stock"}


# ── Items that nobody has entered ────────────────────────────────────────────────────────────────────────────────────


def test_eight_who_post_the_same_unknown_items_make_each_once(trade: Trade, retries: Retries) -> None:
    codes, chance, broken = [f"NEW-{number}" for number in range(6)], random.Random(SEED), deadlocks()
    for number in range(8):
        lines = [item_body(item_code=code) for code in chance.sample(codes, len(codes))]
        body = invoice_body(invoice_no=f"U-{number}", items=lines)
        assert trade.world.import_invoice(body).status == 201
    token = trade.world.token(Role.ACCOUNTANT)
    invoices = [trade.world.invoice(f"U-{number}").id for number in range(8)]
    answers = at_once([partial(post_until_answered, one, token) for one in invoices])
    assert {answer.status for answer in answers} == {200}
    items = Item.unscoped.filter(company=trade.world.company)
    assert sorted(items.values_list("sku", flat=True)) == codes
    assert not InvoiceItem.unscoped.filter(company=trade.world.company, item__isnull=True).exists()
    made = AuditEntry.unscoped.filter(company=trade.world.company, action="create_item").count()
    assert made == len(codes)
    assert deadlocks() == broken
    assert "DeadlockDetected" not in retries.reasons
