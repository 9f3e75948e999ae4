"""Trading in any order of steps: the product and a model of its own must agree on stock, money and books, step by step.

After each step no law is broken either. What the model refuses, the product refuses with the same code, and nothing moves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from django.db.models import F, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from accounting.models import LedgerEntry, Voucher
from inventory.models import StockBalance, StockLayer
from invoices.models import CreditNote, Invoice, Payment
from sales.models import SalesOrderLine
from tests.builders import Answer, new_world
from tests.invariants import books_model as model
from tests.invariants.books_model import FAR, NEAR, Refused
from tests.invariants.buying import BuyingSteps
from tests.invariants.chances import (
    RATES,
    amount_text,
    buyers,
    chosen,
    day_text,
    days,
    items,
    paise,
    part_of,
    parts,
    picks,
    prices,
    quantity_text,
    receipts,
    thousandths,
    wanted_lines,
)
from tests.invariants.purchases_model import Purchases
from tests.invariants.revision_steps import RevisionSteps
from tests.invariants.revisions_model import Imports
from tests.invariants.stock_model import SIDE, StockBooks
from tests.invariants.stock_steps import StockSteps
from tests.reports import assert_ages_as_booked, assert_taxed_as_booked
from tests.trade import GSTIN_KA, Trade

pytestmark = pytest.mark.long


class BooksMachine(StockSteps, RevisionSteps, BuyingSteps):
    """One company; the ids that the product gave beside what the model knows."""

    def __init__(self) -> None:
        super().__init__()
        self.world = new_world()
        self.trade = Trade(self.world)
        self.trade.registration()
        self.skus = [f"SKU{rate}" for rate in RATES]
        unit = self.trade.kilogram()
        made = [
            self.trade.item(sku, stock="0", gst_rate=rate, uom_id=unit) for sku, rate in zip(self.skus, RATES, strict=True)
        ]
        self.items = [item["id"] for item in made]
        parties = {
            NEAR: self.trade.customer(name="Near"),
            FAR: self.trade.customer(name="Far", state_code="KA", gstin=GSTIN_KA),
        }
        self.customers = {name: party["id"] for name, party in parties.items()}
        self.codes = {name: party["code"] for name, party in parties.items()}
        self.supplier = self.trade.supplier()["id"]
        self.books = StockBooks(RATES)
        self.purchases = Purchases(self.books)
        self.imports = Imports(self.books)
        self.ids: dict[int, str] = {}
        self.line_ids: dict[int, str] = {}

    # ── What the model and the product do ────────────────────────────────────────────────────────────────────────────
    @contextmanager
    def refused_alike(self, send: Callable[[], Answer]) -> Iterator[list[Answer]]:
        """The model does its step inside, then the product, which must say the same; afterwards its answer is there."""
        code = ""
        answers: list[Answer] = []
        try:
            yield answers
        except Refused as refused:
            code = refused.code
        answers.append(send())
        told = answers[0].body.get("code", "") if answers[0].status >= 400 else ""
        assert told == code, (code, answers[0].status, answers[0].raw)

    def id_of(self, one: object) -> str:
        return self.ids[id(one)]

    def path(self, one: object, act: str) -> str:
        return f"/api/invoices/{'credit_notes/' if isinstance(one, model.Note) else ''}{self.id_of(one)}/{act}/"

    def standing(self) -> list[model.Invoice]:
        return [invoice for invoice in self.books.invoices if invoice.stands]

    def drafts(self) -> list[model.Invoice]:
        return [invoice for invoice in self.books.invoices if invoice.state == "DRAFT"]

    def draft_notes(self) -> list[model.Note]:
        return [note for note in self.books.notes if note.state == "DRAFT"]

    def open_notes(self) -> list[model.Note]:
        return [note for note in self.books.notes if note.state == "POSTED" and note.open]

    def good_money(self) -> list[model.Payment]:
        return [payment for payment in self.books.payments if payment.state == "POSTED"]

    def advances(self) -> list[model.Payment]:
        return [payment for payment in self.good_money() if payment.open]

    def of_customer(self, customer: str) -> list[model.Invoice]:
        return [invoice for invoice in self.standing() if invoice.order.customer == customer]

    def open_orders(self) -> list[model.Order]:
        return [order for order in self.books.orders if any(line.quantity > line.invoiced for line in order.lines)]

    @initialize(arrivals=st.lists(st.tuples(receipts, prices), min_size=4, max_size=4), post=st.booleans())
    def begin(self, arrivals: list[tuple[int, int]], post: bool) -> None:
        """Two layers of each item and an order for all of it, invoiced: every other step is one or two steps away."""
        for place, (quantity, unit_cost) in enumerate(arrivals):
            self.receive(place % 2, quantity, unit_cost, place)
        self.order(NEAR, [(item, self.books.on_hand(item), 10_000) for item in range(len(RATES))])
        self.invoice(0, [1000] * 3, 5, post)

    # ── Steps ────────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(item=items, quantity=receipts, unit_cost=prices, day=days)
    def receive(self, item: int, quantity: int, unit_cost: int, day: int) -> None:
        self.books.receive(item, quantity, unit_cost, day)
        self.trade.opening(self.items[item], quantity_text(quantity), amount_text(unit_cost), date=day_text(day))

    @rule(customer=buyers, wanted=wanted_lines)
    def order(self, customer: str, wanted: list[tuple[int, int, int]]) -> None:
        order = self.books.order(customer, wanted)
        lines = [
            {"item_id": self.items[item], "quantity": quantity_text(quantity), "unit_rate": amount_text(rate)}
            for item, quantity, rate in wanted
        ]
        made = self.trade.order(lines, order_date=day_text(0), customer_id=self.customers[customer])
        self.ids[id(order)] = made["id"]
        for line, shown in zip(order.lines, made["items"], strict=True):
            self.line_ids[id(line)] = shown["id"]
        self.trade.done(f"/api/orders/sales/{made['id']}/confirm/")

    @precondition(lambda self: self.open_orders())
    @rule(pick=picks, shares=st.lists(st.integers(0, 1000), min_size=3, max_size=3), day=days, post=st.booleans())
    def invoice(self, pick: int, shares: list[int], day: int, post: bool) -> None:
        """Of each line so much per mille of what is left, of the first one that is left at least a little."""
        order = chosen(self.open_orders(), pick)
        lefts = [line.quantity - line.invoiced for line in order.lines]
        quantities = [left * share // 1000 for left, share in zip(lefts, shares, strict=False)]
        if not any(quantities):
            first = next(place for place, left in enumerate(lefts) if left)
            quantities[first] = lefts[first]
        invoice = self.books.invoice(order, quantities, day)
        asked = [
            {"order_item": self.line_ids[id(line)], "quantity": quantity_text(quantity)}
            for line, quantity in zip(order.lines, quantities, strict=True)
            if quantity
        ]
        made = self.trade.made(
            f"/api/invoices/from_sales_order/{self.id_of(order)}/",
            {"invoice_date": day_text(day), "partial_allowed": True, "lines": asked},
        )
        self.ids[id(invoice)] = made["id"]
        for line, shown in zip(invoice.lines, made["lines"], strict=True):
            self.line_ids[id(line)] = shown["id"]
        if post:
            self.post_it(invoice, day)

    @precondition(lambda self: self.drafts())
    @rule(pick=picks, later=st.integers(0, 20))
    def post(self, pick: int, later: int) -> None:
        invoice = chosen(self.drafts(), pick)
        self.post_it(invoice, invoice.day + later)

    def post_it(self, invoice: model.Invoice, day: int) -> None:
        path = self.path(invoice, "post_voucher")
        with self.refused_alike(lambda: self.trade.post(path, {"posting_date": day_text(day)})):
            self.books.post(invoice, day)

    @precondition(lambda self: self.drafts())
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        invoice = chosen(self.drafts(), pick)
        self.books.cancel(invoice)
        self.trade.done(self.path(invoice, "cancel"), {"reason": "by chance"})

    @precondition(lambda self: self.standing())
    @rule(pick=picks, per_mille=st.integers(1, 1_500), advance=st.booleans(), later=days)
    def pay(self, pick: int, per_mille: int, advance: bool, later: int) -> None:
        invoice = chosen(self.standing(), pick)
        amount = part_of(invoice.open or invoice.total, per_mille)
        body = {
            "invoice_id": self.id_of(invoice),
            "amount": amount_text(amount),
            "payment_date": day_text(invoice.booked + later),
        } | ({"excess": "advance"} if advance else {})
        with self.refused_alike(lambda: self.trade.post("/api/payments/", body)) as told:
            payment = self.books.pay(invoice, amount, advance=advance)
        if told[0].status == 201:
            self.ids[id(payment)] = told[0].body["id"]

    @precondition(lambda self: self.advances())
    @rule(pick=picks, other=picks, per_mille=parts)
    def allocate(self, pick: int, other: int, per_mille: int) -> None:
        payment = chosen(self.advances(), pick)
        alike = self.of_customer(payment.customer)
        if not alike:
            return
        invoice = chosen(alike, other)
        amount = part_of(min(payment.open, invoice.open), per_mille)
        path = f"/api/payments/{self.id_of(payment)}/allocate/"
        body = {"invoice_id": self.id_of(invoice), "amount": amount_text(amount)}
        with self.refused_alike(lambda: self.trade.post(path, body)):
            self.books.allocate(payment, invoice, amount)

    @precondition(lambda self: self.good_money())
    @rule(pick=picks, day=days)
    def bounce(self, pick: int, day: int) -> None:
        payment = chosen(self.good_money(), pick)
        self.books.bounce(payment)
        body = {"reason": "bounced", "reversal_date": day_text(day)}
        self.trade.done(f"/api/payments/{self.id_of(payment)}/reverse/", body)

    @precondition(lambda self: self.standing())
    @rule(
        pick=picks, place=picks, per_mille=parts, later=days, price=st.booleans(), returns=st.booleans(), post=st.booleans()
    )
    def credit(self, pick: int, place: int, per_mille: int, later: int, price: bool, returns: bool, post: bool) -> None:
        invoice = chosen(self.standing(), pick)
        line = chosen(invoice.lines, place)
        quantity = 0 if price else part_of(line.quantity_left, per_mille)
        amount = part_of(line.net_left, per_mille) if price else 0
        wish = {"amount": amount_text(amount)} if price else {"quantity": quantity_text(quantity)}
        day = invoice.booked + later
        body = {
            "credit_date": day_text(day),
            "reason": "OTHER",
            "return_stock": returns,
            "post": post,
            "lines": [{"line": self.line_ids[id(line)]} | wish],
        }
        path = self.path(invoice, "credit_note")
        with self.refused_alike(lambda: self.trade.post(path, body)) as told:
            note = self.books.credit(invoice, line, day, quantity=quantity, amount=amount, returns=returns, post=post)
        if told[0].status == 201:
            self.ids[id(note)] = told[0].body["id"]

    @precondition(lambda self: self.draft_notes())
    @rule(pick=picks, post=st.booleans())
    def decide_note(self, pick: int, post: bool) -> None:
        note = chosen(self.draft_notes(), pick)
        (self.books.post_note if post else self.books.cancel_note)(note)
        self.trade.done(self.path(note, "post_voucher" if post else "cancel"))

    @precondition(lambda self: self.open_notes())
    @rule(pick=picks, other=picks, per_mille=parts)
    def apply(self, pick: int, other: int, per_mille: int) -> None:
        note = chosen(self.open_notes(), pick)
        invoice = chosen(self.of_customer(note.invoice.order.customer), other)
        amount = part_of(min(note.open, invoice.open), per_mille)
        body = {"invoice_id": self.id_of(invoice), "amount": amount_text(amount)}
        with self.refused_alike(lambda: self.trade.post(self.path(note, "apply"), body)):
            self.books.apply(note, invoice, amount)

    @precondition(lambda self: self.standing())
    @rule(pick=picks, day=days)
    def reverse(self, pick: int, day: int) -> None:
        invoice = chosen(self.standing(), pick)
        body = {"reason": "by chance", "reversal_date": day_text(day)}
        with self.refused_alike(lambda: self.trade.post(self.path(invoice, "reverse"), body)):
            self.books.reverse(invoice, day)

    # ── What must agree ──────────────────────────────────────────────────────────────────────────────────────────────
    def layer_ids(self) -> list[str]:
        return [str(one.id) for one in StockLayer.unscoped.filter(company=self.world.company).order_by("id")]

    @invariant()
    def stock_is_the_models(self) -> None:
        layers = StockLayer.unscoped.filter(company=self.world.company).order_by("id")
        found = [(thousandths(layer.quantity_left), paise(layer.value_left)) for layer in layers]
        assert found == [(layer.left, layer.worth) for layer in self.books.layers]
        balances = StockBalance.unscoped.filter(company=self.world.company).select_related("warehouse")
        lying = {
            (str(one.item_id), one.warehouse.is_default): (thousandths(one.on_hand), thousandths(one.reserved))
            for one in balances
        }
        for item, item_id in enumerate(self.items):
            assert lying.get((item_id, True), (0, 0)) == (self.books.on_hand(item), self.books.reserved(item))
            assert lying.get((item_id, False), (0, 0)) == (self.books.on_hand(item, SIDE), 0)

    @invariant()
    def documents_are_the_models(self) -> None:
        company = self.world.company
        invoices = {str(one.id): one for one in Invoice.unscoped.filter(company=company, invoice_type="SALES")}
        assert {key: (one.status, paise(one.total_value), paise(one.amount_received)) for key, one in invoices.items()} == {
            self.id_of(one): (one.status, one.total, one.received) for one in self.books.invoices
        }
        notes = {str(one.id): one for one in CreditNote.unscoped.filter(company=company, supplier=None)}
        assert {key: (one.status, paise(one.total_value), paise(one.amount_applied)) for key, one in notes.items()} == {
            self.id_of(one): (one.state, one.total, one.applied) for one in self.books.notes
        }
        payments = {str(one.id): one for one in Payment.unscoped.filter(company=company, kind="RECEIPT")}
        assert {key: (one.status, paise(one.amount), paise(one.allocated_amount)) for key, one in payments.items()} == {
            self.id_of(one): (one.state, one.amount, one.amount - one.open) for one in self.books.payments
        }
        ordered = SalesOrderLine.unscoped.filter(company=company)
        assert {str(one.id): (thousandths(one.invoiced_qty), thousandths(one.posted_qty)) for one in ordered} == {
            self.line_ids[id(line)]: (line.invoiced, line.posted) for order in self.books.orders for line in order.lines
        }

    @invariant()
    def ledger_is_the_models(self) -> None:
        entries = LedgerEntry.unscoped.filter(company=self.world.company).values("role")
        sums = entries.annotate(balance=Sum(F("debit") - F("credit"))).order_by()
        assert {row["role"]: paise(row["balance"]) for row in sums if row["balance"]} == {
            role: balance for role, balance in self.books.ledger.items() if balance
        }

    @invariant()
    def no_law_is_broken(self) -> None:
        self.trade.holds_the_law()

    def teardown(self) -> None:
        """The reports on documents are the accounts' on every day that something was booked, and between the days."""
        vouchers = Voucher.unscoped.filter(company=self.world.company).order_by("voucher_date")
        booked = sorted(set(vouchers.values_list("voucher_date", flat=True)))
        days = [day.isoformat() for day in booked]
        assert_ages_as_booked(self.trade, *days, "2099-12-31")
        for first, last in pairwise(days):
            assert_taxed_as_booked(self.trade, first, last)


def walk(*, examples: int, steps: int) -> None:
    chance = settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(BooksMachine, settings=chance)


@pytest.mark.db_heavy
def test_the_books_agree_with_their_model_whatever_is_done() -> None:
    walk(examples=5, steps=12)


@pytest.mark.slow
def test_the_books_agree_with_their_model_on_long_walks() -> None:
    walk(examples=60, steps=40)
