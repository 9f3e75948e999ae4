"""A posted invoice sent again while others pay, reverse, post or send it: one after the other, and books that hold."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from accounting.models import Voucher
from erp.rights import Role
from invoices.models import InvoiceRevision
from tests.builders import Answer, World, item_body, send
from tests.observing import deadlocks
from tests.parallel import at_once
from tests.trade import DAY, Trade

pytestmark = pytest.mark.db_heavy

NUMBERS = ["B-1", "B-2", "B-3"]
"""A race is run more than once: it may go either way."""


@pytest.fixture
def trade(world: World) -> Iterator[Trade]:
    before = deadlocks()
    made = Trade(world)
    made.item(stock="1000")
    yield made
    made.holds_the_law()
    assert deadlocks() == before


def billing(trade: Trade, number: str, total: str = "1000", customer: str = "N-1") -> Callable[[], Answer]:
    body = {
        "invoice_no": number,
        "invoice_date": DAY,
        "salesman": "Ajay",
        "customer": {"code": customer, "name": customer},
        "items": [item_body(item_code="SKU001", quantity="10", mrp="100")],
        "Total": total,
    }
    key = trade.world.api_key
    return lambda: send("POST", "/api/sales/import/invoice/", body, **{"X-API-Key": key})


def posted(trade: Trade, number: str) -> str:
    assert billing(trade, number)().status == 201
    path = f"/api/invoices/{trade.world.invoice(number).id}/"
    trade.done(f"{path}post_voucher/")
    return path


def asking(trade: Trade, path: str, body: Any) -> Callable[[], Answer]:
    token = trade.world.token(Role.ACCOUNTANT)
    return partial(send, "POST", path, body, Authorization=f"Bearer {token}")


def paying(trade: Trade, number: str) -> Callable[[], Answer]:
    invoice_id = str(trade.world.invoice(number).id)
    return asking(trade, "/api/payments/", {"invoice_id": invoice_id, "amount": "1000", "payment_date": DAY})


def test_of_all_that_are_sent_at_once_each_revises_the_one_before(trade: Trade) -> None:
    posted(trade, "B-1")
    answers = at_once([billing(trade, "B-1", total) for total in ("900", "800", "700")])
    assert {answer.status for answer in answers} == {200}
    told = [answer.body["warnings"][-1] for answer in answers]
    assert {one["code"] for one in told} == {"reposted"}
    invoice = trade.world.invoice("B-1")
    assert (invoice.revision, InvoiceRevision.unscoped.filter(invoice=invoice).count()) == (4, 3)
    assert len({one["reversed"] for one in told}) == len({one["posted"] for one in told}) == 3


def test_a_payment_meets_the_old_total_or_the_new_one(trade: Trade) -> None:
    for number in NUMBERS:
        path = posted(trade, number)
        sent, paid = at_once([billing(trade, number, "600"), paying(trade, number)])
        assert sent.status == 200, sent.raw
        shown = trade.get(path).body
        if paid.status == 201:
            assert (shown["status"], sent.body["warnings"][-1]["released"]) == ("PAID", "400.00")
        else:
            assert (paid.body["code"], shown["status"]) == ("allocation-exceeds-outstanding", "POSTED")
        assert shown["total_value"] == "600.00"


def test_money_of_one_customer_never_stays_on_the_invoice_of_another(trade: Trade) -> None:
    for number in NUMBERS:
        path = posted(trade, number)
        sent, paid = at_once([billing(trade, number, customer="O-1"), paying(trade, number)])
        assert (sent.status, paid.status) == (200, 201), (sent.raw, paid.raw)
        shown = trade.get(path).body
        assert shown["party_name"] == "O-1"
        assert shown["status"] == ("POSTED" if "released" in sent.body["warnings"][-1] else "PAID")


def test_a_reversal_undoes_the_voucher_that_stands_and_then_nothing_is_revised(trade: Trade) -> None:
    for number in NUMBERS:
        path = posted(trade, number)
        sent, undone = at_once([billing(trade, number, "600"), asking(trade, f"{path}reverse/", {"reason": "r"})])
        assert undone.status == 200, undone.raw
        invoice = trade.world.invoice(number)
        assert (invoice.status, undone.body["original_voucher"]) == ("CANCELLED", str(invoice.voucher_id))
        assert invoice.revision == (2 if sent.status == 200 else 1)
        assert sent.status == 200 or sent.body["code"] == "cancelled-in-books"


def test_what_is_posted_in_the_same_moment_is_revised_or_was_sent_before(trade: Trade) -> None:
    for number in NUMBERS:
        assert billing(trade, number)().status == 201
        path = f"/api/invoices/{trade.world.invoice(number).id}/"
        sent, done = at_once([billing(trade, number, "600"), asking(trade, f"{path}post_voucher/", None)])
        assert (sent.status, done.status) == (200, 200), (sent.raw, done.raw)
        invoice = trade.world.invoice(number)
        assert (invoice.status, str(invoice.total_value)) == ("POSTED", "600.00")
        revised = "reposted" in [one["code"] for one in sent.body.get("warnings", [])]
        assert Voucher.unscoped.filter(source_id=invoice.id).count() == (3 if revised else 1)
