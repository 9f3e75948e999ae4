"""The steps of buying in the walk of `test_books_machine`: orders, receipts, bills, debit notes, money out, taking back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounting.models import LedgerEntry
from invoices.models import CreditNote, Invoice, Payment
from purchasing.models import GoodsReceipt, PurchaseOrder, PurchaseOrderLine
from tests.builders import Answer, World
from tests.invariants import purchases_model as model
from tests.invariants.chances import (
    amount_text,
    chosen,
    day_text,
    days,
    paise,
    part_of,
    parts,
    picks,
    prices,
    quantities,
    quantity_text,
    thousandths,
)
from tests.invariants.chances import items as some_item
from tests.invariants.purchases_model import Purchases
from tests.trade import Trade

_ORDERS, _NOTES = "/api/purchasing/orders/", "/api/invoices/credit_notes/"


class BuyingSteps(RuleBasedStateMachine):
    """What a company does that buys; mixed into the machine that also sells."""

    if TYPE_CHECKING:
        world: World
        trade: Trade
        items: list[str]
        ids: dict[int, str]
        line_ids: dict[int, str]
        refused_alike: Callable[[Callable[[], Answer]], AbstractContextManager[list[Answer]]]

        def id_of(self, one: object) -> str: ...

    purchases: Purchases
    supplier: str

    def bills_in(self, state: str) -> list[model.Bill]:
        return [bill for bill in self.purchases.bills if bill.state == state]

    def receipts_in(self, state: str) -> list[model.Receipt]:
        return [receipt for receipt in self.purchases.receipts if receipt.state == state]

    def debits_in(self, state: str) -> list[model.Debit]:
        return [note for note in self.purchases.debits if note.state == state]

    def money_out(self) -> list[model.MoneyOut]:
        return [money for money in self.purchases.payments if money.state == "POSTED"]

    @initialize(quantity=quantities, rate=prices, came=parts, billed=st.integers(1, 1_000), day=days)
    def begin_buying(self, quantity: int, rate: int, came: int, billed: int, day: int) -> None:
        """An order of which something came and something is billed, whichever is more."""
        self.order_goods(0, quantity, rate)
        self.goods_come(0, came, day)
        self.enter_bill(0, billed, day, post=True)

    @rule(item=some_item, quantity=quantities, rate=prices)
    def order_goods(self, item: int, quantity: int, rate: int) -> None:
        purchase = self.purchases.order(item, quantity, rate)
        line = {"item_id": self.items[item], "quantity": quantity_text(quantity), "unit_rate": amount_text(rate)}
        made = self.trade.confirmed_purchase([line], supplier_id=self.supplier, order_date=day_text(0))
        self.ids[id(purchase)] = made["id"]
        self.ids[id(purchase.line)] = made["items"][0]["id"]

    @precondition(lambda self: self.purchases.orders)
    @rule(pick=picks, per_mille=parts, day=days)
    def goods_come(self, pick: int, per_mille: int, day: int) -> None:
        purchase = chosen(self.purchases.orders, pick)
        quantity = part_of(purchase.line.quantity - purchase.line.came, per_mille)
        line = {"order_item": self.id_of(purchase.line), "quantity": quantity_text(quantity)}
        body = {"purchase_order_id": self.id_of(purchase), "receipt_date": day_text(day), "lines": [line]}
        with self.refused_alike(lambda: self.trade.post("/api/purchasing/receipts/", body)) as told:
            receipt = self.purchases.receive(purchase, quantity, day)
        if told[0].status == 201:
            self.ids[id(receipt)] = told[0].body["id"]

    @rule(item=some_item, quantity=quantities, rate=prices, day=days)
    def goods_come_unordered(self, item: int, quantity: int, rate: int, day: int) -> None:
        receipt = self.purchases.receive_unordered(item, quantity, rate, day)
        line = {"item_id": self.items[item], "quantity": quantity_text(quantity), "unit_cost": amount_text(rate)}
        made = self.trade.receipt([line], supplier_id=self.supplier, receipt_date=day_text(day))
        self.ids[id(receipt)] = made["id"]
        self.ids[id(receipt.purchase.line)] = made["lines"][0]["id"]

    @precondition(lambda self: self.purchases.billable())
    @rule(pick=picks, per_mille=st.integers(1, 1_000), day=days, post=st.booleans())
    def enter_bill(self, pick: int, per_mille: int, day: int, post: bool) -> None:
        purchase = chosen(self.purchases.billable(), pick)
        quantity = part_of(purchase.line.quantity - purchase.line.invoiced, per_mille)
        bill = self.purchases.bill(purchase, quantity, day)
        made = (self._bill_of_order if purchase.is_ordered else self._bill_by_hand)(bill)
        self.ids[id(bill)] = made["id"]
        self.line_ids[id(bill)] = made["lines"][0]["id"]
        if post:
            self.post_this_bill(bill, day)

    def _bill_of_order(self, bill: model.Bill) -> Any:
        line = {"order_item": self.id_of(bill.purchase.line), "quantity": quantity_text(bill.quantity)}
        order = {"id": self.id_of(bill.purchase)}
        return self.trade.bill(order, invoice_date=day_text(bill.day), partial_allowed=True, lines=[line])

    def _bill_by_hand(self, bill: model.Bill) -> Any:
        line = {"receipt_line": self.id_of(bill.purchase.line), "quantity": quantity_text(bill.quantity)}
        body = {
            "invoice_type": "PURCHASE",
            "party_id": self.supplier,
            "invoice_date": day_text(bill.day),
            "supplier_invoice_number": f"BY-HAND-{len(self.purchases.bills)}",
            "lines": [line | {"unit_rate": amount_text(bill.purchase.line.rate)}],
        }
        return self.trade.made("/api/invoices/", body)

    @precondition(lambda self: self.bills_in("DRAFT"))
    @rule(pick=picks, later=st.integers(0, 20), post=st.booleans())
    def decide_bill(self, pick: int, later: int, post: bool) -> None:
        bill = chosen(self.bills_in("DRAFT"), pick)
        if post:
            self.post_this_bill(bill, bill.day + later)
        else:
            self.purchases.cancel(bill)
            self.trade.done(f"/api/invoices/{self.id_of(bill)}/cancel/")

    def post_this_bill(self, bill: model.Bill, day: int) -> None:
        self.purchases.post(bill, day)
        self.trade.done(f"/api/invoices/{self.id_of(bill)}/post_voucher/", {"posting_date": day_text(day)})

    @precondition(lambda self: self.bills_in("POSTED"))
    @rule(pick=picks, day=days)
    def reverse_bill(self, pick: int, day: int) -> None:
        bill = chosen(self.bills_in("POSTED"), pick)
        path, body = f"/api/invoices/{self.id_of(bill)}/reverse/", {"reason": "by chance", "reversal_date": day_text(day)}
        with self.refused_alike(lambda: self.trade.post(path, body)):
            self.purchases.reverse(bill)

    @precondition(lambda self: self.receipts_in("POSTED"))
    @rule(pick=picks, day=days)
    def goods_go_back_as_if_they_never_came(self, pick: int, day: int) -> None:
        receipt = chosen(self.receipts_in("POSTED"), pick)
        path = f"/api/purchasing/receipts/{self.id_of(receipt)}/reverse/"
        body = {"reason": "by chance", "reversal_date": day_text(day)}
        with self.refused_alike(lambda: self.trade.post(path, body)):
            self.purchases.take_receipt_back(receipt, day)

    @precondition(lambda self: self.bills_in("POSTED"))
    @rule(pick=picks, per_mille=parts, later=days, price=st.booleans(), returns=st.booleans(), post=st.booleans())
    def debit(self, pick: int, per_mille: int, later: int, price: bool, returns: bool, post: bool) -> None:
        bill = chosen(self.bills_in("POSTED"), pick)
        quantity = 0 if price else part_of(bill.quantity - bill.debited, per_mille)
        amount = part_of(bill.total - bill.debited_for, per_mille) if price else 0
        wish = {"amount": amount_text(amount)} if price else {"quantity": quantity_text(quantity)}
        day = bill.booked + later
        body = {
            "credit_date": day_text(day),
            "reason": "OTHER",
            "return_stock": returns,
            "post": post,
            "lines": [{"line": self.line_ids[id(bill)]} | wish],
        }
        path = f"/api/invoices/{self.id_of(bill)}/credit_note/"
        with self.refused_alike(lambda: self.trade.post(path, body)) as told:
            note = self.purchases.debit(bill, day, quantity=quantity, amount=amount, returns=returns, post=post)
        if told[0].status == 201:
            self.ids[id(note)] = told[0].body["id"]

    @precondition(lambda self: self.debits_in("DRAFT"))
    @rule(pick=picks, post=st.booleans())
    def decide_debit(self, pick: int, post: bool) -> None:
        note = chosen(self.debits_in("DRAFT"), pick)
        path = f"{_NOTES}{self.id_of(note)}/{'post_voucher' if post else 'cancel'}/"
        with self.refused_alike(lambda: self.trade.post(path, {})):
            (self.purchases.post_debit if post else self.purchases.cancel_debit)(note)

    @precondition(lambda self: any(note.open for note in self.debits_in("POSTED")) and self.bills_in("POSTED"))
    @rule(pick=picks, other=picks, per_mille=parts)
    def apply_debit(self, pick: int, other: int, per_mille: int) -> None:
        note = chosen([one for one in self.debits_in("POSTED") if one.open], pick)
        bill = chosen(self.bills_in("POSTED"), other)
        amount = part_of(min(note.open, bill.open), per_mille)
        body = {"invoice_id": self.id_of(bill), "amount": amount_text(amount)}
        with self.refused_alike(lambda: self.trade.post(f"{_NOTES}{self.id_of(note)}/apply/", body)):
            self.purchases.apply_debit(note, bill, amount)

    @precondition(lambda self: self.purchases.orders)
    @rule(pick=picks)
    def close_purchase(self, pick: int) -> None:
        purchase = chosen(self.purchases.orders, pick)
        with self.refused_alike(lambda: self.trade.post(f"{_ORDERS}{self.id_of(purchase)}/close/", {})):
            self.purchases.close(purchase)

    @precondition(lambda self: self.bills_in("POSTED"))
    @rule(pick=picks, per_mille=st.integers(1, 1_500), advance=st.booleans(), later=days)
    def pay_bill(self, pick: int, per_mille: int, advance: bool, later: int) -> None:
        bill = chosen(self.bills_in("POSTED"), pick)
        amount = part_of(bill.open or bill.total, per_mille)
        body = {
            "invoice_id": self.id_of(bill),
            "amount": amount_text(amount),
            "payment_date": day_text(bill.booked + later),
        } | ({"excess": "advance"} if advance else {})
        with self.refused_alike(lambda: self.trade.post("/api/payments/", body)) as told:
            money = self.purchases.pay(bill, amount, advance=advance)
        if told[0].status == 201:
            self.ids[id(money)] = told[0].body["id"]

    @precondition(lambda self: self.money_out())
    @rule(pick=picks, day=days)
    def money_out_bounces(self, pick: int, day: int) -> None:
        money = chosen(self.money_out(), pick)
        self.purchases.bounce(money)
        body = {"reason": "bounced", "reversal_date": day_text(day)}
        self.trade.done(f"/api/payments/{self.id_of(money)}/reverse/", body)

    @invariant()
    def purchases_are_the_models(self) -> None:
        company = self.world.company
        bills = Invoice.unscoped.filter(company=company, invoice_type="PURCHASE")
        assert {str(one.id): (one.status, paise(one.total_value), paise(one.amount_received)) for one in bills} == {
            self.id_of(one): (one.status, one.total, one.paid) for one in self.purchases.bills
        }
        notes = CreditNote.unscoped.filter(company=company, customer=None)
        assert {str(one.id): (one.status, paise(one.total_value), paise(one.amount_applied)) for one in notes} == {
            self.id_of(one): (one.state, one.net, one.applied) for one in self.purchases.debits
        }
        money = Payment.unscoped.filter(company=company, kind="PAYMENT")
        assert {str(one.id): (one.status, paise(one.amount), paise(one.allocated_amount)) for one in money} == {
            self.id_of(one): (one.state, one.amount, one.amount - one.open) for one in self.purchases.payments
        }
        orders = PurchaseOrder.unscoped.filter(company=company)
        assert {str(one.id): one.status for one in orders} == {self.id_of(one): one.state for one in self.purchases.orders}
        ordered = PurchaseOrderLine.unscoped.filter(company=company)
        assert {str(one.id): _met(one) for one in ordered} == {
            self.id_of(one.line): (one.line.came, one.line.came_for, one.line.invoiced, one.line.billed, one.line.billed_for)
            for one in self.purchases.orders
        }
        receipts = GoodsReceipt.unscoped.filter(company=company)
        assert {str(one.id): (one.status, paise(one.total_cost)) for one in receipts} == {
            self.id_of(one): (one.state, one.cost) for one in self.purchases.receipts
        }

    @invariant()
    def grni_lies_between_what_came_and_what_is_billed(self) -> None:
        entries = LedgerEntry.unscoped.filter(company=self.world.company, role="GRNI")
        owed = sum(paise(one.credit - one.debit) for one in entries)
        assert owed == self.purchases.grni()


def _met(line: Any) -> tuple[int, ...]:
    return (
        thousandths(line.received_qty),
        paise(line.received_value),
        thousandths(line.invoiced_qty),
        thousandths(line.posted_qty),
        paise(line.billed_value),
    )
