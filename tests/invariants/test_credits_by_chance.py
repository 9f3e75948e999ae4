"""Credit notes in any sequence: line by line within the invoice, to the paisa the invoice when all is credited."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounting.gst import Component
from accounting.models import LedgerEntry
from erp.identifiers import new_id
from inventory.models import StockLayer
from invoices.credit_rules import Credit, LineLeft, Wish, all_that_is_left, credit_of, excesses, round_off_of
from tests.builders import World, new_world
from tests.trade import GSTIN_KA, Trade

pytestmark = pytest.mark.long

paise = st.integers(0, 10**7).map(lambda minor: Decimal(minor) / 100)
quantities = st.integers(1, 10**5).map(lambda thousandths: Decimal(thousandths) / 1000)


@dataclass(frozen=True)
class Step:
    """A part of what is then left, in per mille: of the quantity, or of the net."""

    share: int
    of_quantity: bool

    def wishes(self, line: LineLeft) -> list[Wish]:
        """One, or none where the part is too small to be asked for."""
        if self.of_quantity:
            quantity = (line.quantity * self.share / 1000).quantize(Decimal("0.001"))
            return [Wish(line.id, quantity=quantity)] if quantity else []
        amount = (line.net * self.share / 1000).quantize(Decimal("0.01"))
        return [Wish(line.id, amount=amount)] if amount else []


steps = st.lists(st.builds(Step, share=st.integers(1, 1000), of_quantity=st.booleans()), max_size=8)


def after(line: LineLeft, credit: Credit) -> LineLeft:
    taxes = {component: tax - credit.taxes[component] for component, tax in line.taxes.items()}
    quantity = line.quantity - (credit.quantity or Decimal(0))
    return LineLeft(line.id, line.line_no, quantity, line.net - credit.net, taxes, line.tracked)


@given(net=paise, half=paise, round_off=st.integers(-50, 50), quantity=quantities, way=steps)
@example(net=Decimal("0.01"), half=Decimal("0.02"), round_off=0, quantity=Decimal(3), way=[Step(333, of_quantity=True)] * 3)
def test_notes_never_take_more_than_is_left_and_together_all_of_it(
    net: Decimal, half: Decimal, round_off: int, quantity: Decimal, way: list[Step]
) -> None:
    half = min(half, net)  # what bears nothing bears no tax
    rounding = max(Decimal(round_off) / 100, -(net + 2 * half))
    line = LineLeft(new_id(), 1, quantity, net, {Component.CGST: half, Component.SGST: half}, tracked=True)
    for step in [*way, None]:
        wishes = all_that_is_left([line]) if step is None else step.wishes(line)
        for wish in wishes:
            assert excesses({line.id: line}, [wish]) == []
            credit = credit_of(line, wish, return_stock=True)
            share = round_off_of([credit], lines=[line], left=rounding)
            assert credit.net + credit.tax + share >= 0
            assert credit.taxes[Component.CGST] == credit.taxes[Component.SGST]
            line, rounding = after(line, credit), rounding - share
            assert min(line.quantity, line.net, *line.taxes.values()) >= 0
    assert [line.quantity, line.net, *line.taxes.values(), rounding] == [Decimal(0)] * 5


# ── The same against the database ────────────────────────────────────────────────────────────────────────────────────
prices = st.integers(1, 50_000).map(lambda step: f"{Decimal(step) / 100:.2f}")
note_kinds = st.sampled_from(["return", "credit", "amount", "draft", "cancelled"])
notes = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 999), note_kinds), min_size=1, max_size=4)


@pytest.mark.db_heavy
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(state=st.sampled_from(["MH", "KA"]), rates=st.tuples(prices, prices), way=notes, paid=st.booleans())
@example(state="MH", rates=("33.33", "0.01"), way=[(0, 333, "return"), (0, 333, "amount"), (1, 500, "draft")], paid=True)
def test_the_books_hold_whatever_is_credited(
    migrated_database: None, state: str, rates: tuple[str, str], way: list[tuple[int, int, str]], paid: bool
) -> None:
    world = new_world()
    trade = Trade(world)
    trade.registration()
    unit = trade.kilogram()
    items = [trade.item(sku, stock="7", unit_cost="33.333", uom_id=unit) for sku in ("ONE", "TWO")]
    for item in items:
        trade.opening(item["id"], "5", "41.07", date="2025-12-02")
    lines = [{"item_id": item["id"], "quantity": "9", "unit_rate": rate} for item, rate in zip(items, rates, strict=True)]
    customer = trade.customer(state_code=state, **({"gstin": GSTIN_KA} if state == "KA" else {}))
    invoice = trade.posted(trade.confirmed(lines, customer_id=customer["id"]))
    if paid:
        trade.pay(invoice, "0.01")
    for place, share, kind in way:
        _credit(trade, invoice, place, share, kind)
    trade.post(f"/api/invoices/{invoice['id']}/credit_note/", {"credit_date": "2025-12-28", "reason": "OTHER"})
    trade.holds_the_law()
    _wholly_credited(world, trade, invoice)


@pytest.mark.db_heavy
@settings(max_examples=2, suppress_health_check=[HealthCheck.too_slow])
@given(rates=st.tuples(prices, prices), came=st.tuples(prices, prices), way=notes)
@example(rates=("33.33", "0.01"), came=("41.07", "7.01"), way=[(0, 333, "return"), (0, 333, "amount"), (1, 500, "draft")])
def test_the_books_hold_whatever_is_debited(
    migrated_database: None, rates: tuple[str, str], came: tuple[str, str], way: list[tuple[int, int, str]]
) -> None:
    world = new_world()
    trade = Trade(world)
    trade.registration()
    unit = trade.kilogram()
    items = [trade.item(sku, stock="0", uom_id=unit) for sku in ("ONE", "TWO")]
    lines = [{"item_id": item["id"], "quantity": "9", "unit_rate": rate} for item, rate in zip(items, rates, strict=True)]
    order = trade.confirmed_purchase(lines, supplier_id=trade.supplier(gstin=GSTIN_KA, state_code="KA")["id"])
    for quantity in ("4", "5"):
        coming = zip(order["items"], came, strict=True)
        trade.received(
            order, lines=[{"order_item": one["id"], "quantity": quantity, "unit_cost": cost} for one, cost in coming]
        )
    bill = trade.posted_bill(order)
    for place, share, kind in way:
        _credit(trade, bill, place, share, kind)
    trade.post(f"/api/invoices/{bill['id']}/credit_note/", {"credit_date": "2025-12-28", "reason": "OTHER"})
    trade.holds_the_law()
    _wholly_credited(world, trade, bill)


def _credit(trade: Trade, invoice: Any, place: int, share: int, kind: str) -> None:
    line = invoice["lines"][place]
    wish = {"line": line["id"], "quantity": f"{Decimal(9 * share) / 1000:.3f}"}
    if kind == "amount":
        wish = {"line": line["id"], "amount": f"{max(Decimal(line['line_total']) * share / 1000, Decimal('0.01')):.2f}"}
    body = {"credit_date": "2025-12-28", "reason": "OTHER", "return_stock": kind == "return", "lines": [wish]}
    answer = trade.post(f"/api/invoices/{invoice['id']}/credit_note/", body | {"post": kind not in {"draft", "cancelled"}})
    if answer.status == 409:
        assert answer.body["code"] == "quantity-exceeds-invoice"
    elif kind in {"draft", "cancelled"}:
        trade.done(f"/api/invoices/credit_notes/{answer.body['id']}/{'cancel' if kind == 'cancelled' else 'post_voucher'}/")
    else:
        assert answer.status == 201, answer.raw


def _wholly_credited(world: World, trade: Trade, invoice: Any) -> None:
    """Net, tax and total of all notes are the invoice's; the account of the party holds what was paid."""
    made = trade.get(f"/api/invoices/credit_notes/?status=POSTED&invoice={invoice['id']}").body
    for name in ("subtotal", "tax_amount", "total_value"):
        assert sum(Decimal(note[name]) for note in made) == Decimal(invoice[name]), name
    legs = LedgerEntry.unscoped.filter(company=world.company)
    for role in ("OUTPUT_CGST", "OUTPUT_SGST", "OUTPUT_IGST", "INPUT_IGST"):
        assert sum(leg.debit - leg.credit for leg in legs.filter(role=role)) == 0, role
    assert trade.get(f"/api/invoices/{invoice['id']}/").body["status"] == "PAID"
    layers = StockLayer.unscoped.filter(company=world.company)
    assert all(layer.quantity_left <= layer.quantity and layer.value_left <= layer.value for layer in layers)
