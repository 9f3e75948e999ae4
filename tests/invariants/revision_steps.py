"""Steps of the books' machine: outside billing sends invoices, and sends them again when they are posted and paid."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from invoices.models import InvoiceItem
from tests.builders import Answer, send
from tests.invariants import books_model as model
from tests.invariants.books_model import NEAR
from tests.invariants.chances import amount_text, buyers, chosen, day_text, days, picks, quantity_text, wanted_lines
from tests.invariants.revisions_model import Imports, Sent
from tests.invariants.stock_model import StockBooks
from tests.trade import Trade

totals = st.none() | st.integers(1, 2_000)
"""Per mille of what the lines come to, when a total is given."""


class RevisionSteps(RuleBasedStateMachine):
    """Imports of the machine that mixes this in; each keeps what billing sent last."""

    trade: Trade
    books: StockBooks
    imports: Imports
    ids: dict[int, str]
    line_ids: dict[int, str]
    customers: dict[str, str]
    codes: dict[str, str]
    skus: list[str]
    refused_alike: Callable[[Callable[[], Answer]], AbstractContextManager[list[Answer]]]

    def imported(self) -> list[model.Invoice]:
        return [invoice for invoice in self.books.invoices if id(invoice) in self.imports.sent]

    @rule(customer=buyers, wanted=wanted_lines, day=days, per_mille=totals, post=st.booleans())
    def bill(self, customer: str, wanted: list[tuple[int, int, int]], day: int, per_mille: int | None, post: bool) -> None:
        sent = sent_of(customer, day, wanted, per_mille)
        invoice = self.imports.new(sent)
        answer = self.send(f"B-{len(self.imports.sent)}", sent)
        assert answer.status == 201, answer.raw
        self.ids[id(invoice)] = str(self.trade.world.invoice(answer.data["invoice_no"]).id)
        self.note_lines(invoice)
        if post:
            self.post_it(invoice, day)  # type: ignore[attr-defined]  # of the machine

    @precondition(lambda self: self.imported())
    @rule(pick=picks, wanted=wanted_lines, per_mille=totals)
    def bill_other_goods(self, pick: int, wanted: list[tuple[int, int, int]], per_mille: int | None) -> None:
        invoice = chosen(self.imported(), pick)
        old = self.imports.of(invoice)
        self.bill_again(invoice, sent_of(old.customer, old.day, wanted, per_mille))

    @precondition(lambda self: self.imported())
    @rule(pick=picks, share=st.integers(1, 1_500))
    def bill_another_total(self, pick: int, share: int) -> None:
        """The same goods: what was paid may no longer fit."""
        invoice = chosen(self.imported(), pick)
        old = self.imports.of(invoice)
        self.bill_again(invoice, sent_of(old.customer, old.day, list(old.wanted), share))

    @precondition(lambda self: self.imported())
    @rule(pick=picks, customer=buyers, day=days)
    def bill_another_customer_or_day(self, pick: int, customer: str, day: int) -> None:
        invoice = chosen(self.imported(), pick)
        old = self.imports.of(invoice)
        self.bill_again(invoice, Sent(customer, day, old.wanted, old.total))

    @precondition(lambda self: self.imported())
    @rule(pick=picks)
    def bill_the_same(self, pick: int) -> None:
        invoice = chosen(self.imported(), pick)
        self.bill_again(invoice, self.imports.of(invoice))

    def bill_again(self, invoice: model.Invoice, sent: Sent) -> None:
        number = self.number_of(invoice)
        with self.refused_alike(lambda: self.send(number, sent)) as told:
            self.imports.again(invoice, sent)
        if told[0].status == 200:
            self.note_lines(invoice)

    def number_of(self, invoice: model.Invoice) -> str:
        place = next(place for place, one in enumerate(self.imported(), start=1) if one is invoice)
        return f"B-{place}"

    def send(self, number: str, sent: Sent) -> Answer:
        body: dict[str, Any] = {
            "invoice_no": number,
            "invoice_date": day_text(sent.day),
            "salesman": "Ajay",
            "customer": {"code": self.codes[sent.customer], "name": "Near" if sent.customer == NEAR else "Far"},
            "items": [
                {"name": "Goods", "item_code": self.skus[item], "quantity": quantity_text(many), "mrp": amount_text(rate)}
                for item, many, rate in sent.wanted
            ],
        }
        if sent.total is not None:
            body["Total"] = amount_text(sent.total)
        return send("POST", "/api/sales/import/invoice/", body, **{"X-API-Key": self.trade.world.api_key})

    def note_lines(self, invoice: model.Invoice) -> None:
        rows = InvoiceItem.unscoped.filter(invoice_id=self.ids[id(invoice)]).order_by("line_no")
        for line, row_id in zip(invoice.lines, rows.values_list("id", flat=True), strict=True):
            self.line_ids[id(line)] = str(row_id)


def sent_of(customer: str, day: int, wanted: list[tuple[int, int, int]], per_mille: int | None) -> Sent:
    gross = sum(model.half_up(rate, quantity, 1000) for _, quantity, rate in wanted)
    total = None if per_mille is None else max(1, gross * per_mille // 1000)
    return Sent(customer, day, tuple(wanted), total)
