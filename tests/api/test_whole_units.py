"""Documents and payments in a currency that has whole units only."""

from typing import Any

import pytest

from erp.models import Currency
from tests.api.test_currencies import DAY, balances
from tests.builders import World
from tests.trade import Trade

JPY = {"currency_id": "JPY"}


@pytest.fixture
def trade(world: World) -> Trade:
    Currency.objects.get_or_create(code="JPY", defaults={"name": "Yen", "symbol": "¥", "decimal_places": 0})
    trade = Trade(world)
    trade.made("/api/accounting/exchange_rates/", JPY | {"rate_date": DAY, "rate": "0.5533"})
    return trade


def three(trade: Trade) -> Any:
    """A posted invoice of three pieces at 10.55 yen."""
    line = {"item_id": trade.item()["id"], "quantity": "3", "unit_rate": "10.55"}
    return trade.posted(trade.confirmed([line], **JPY))


def faults(trade: Trade, path: str, body: Any) -> Any:
    refused = trade.post(path, body)
    assert refused.status == 400, refused.raw
    return refused.body["fields"]


def test_an_invoice_its_notes_and_what_is_paid_are_whole(trade: Trade) -> None:
    invoice = three(trade)
    assert (invoice["subtotal"], invoice["round_off"], invoice["total_value"]) == ("31.65", "0.35", "32.00")
    assert (invoice["base_total"], invoice["currency_code"]) == ("17.71", "JPY")
    of_it = invoice["lines"][0]["id"]
    note = trade.credit(invoice, lines=[{"line": of_it, "quantity": "1"}], credit_date=DAY)
    assert (note["subtotal"], note["round_off"], note["total_value"]) == ("10.55", "0.45", "11.00")
    paid = trade.pay(invoice, "11", payment_date=DAY)
    assert (paid["amount"], paid["unallocated_amount"]) == ("11.00", "0.00")
    for number, total in enumerate(("10.00", "11.00")):
        note = trade.credit(invoice, lines=[{"line": of_it, "quantity": "1"}], credit_date=DAY)
        assert note["total_value"] == total, number
    assert (note["amount_applied"], note["unapplied_amount"]) == ("0.00", "11.00")
    assert balances(trade)["1100"] == "-6.09"
    trade.holds_the_law()


def test_a_part_of_a_unit_is_refused_by_the_field(trade: Trade) -> None:
    invoice = three(trade)
    whole = ["JPY has whole units only."]
    path = "/api/payments/"
    one = {"invoice_id": invoice["id"], "payment_date": DAY, "amount": "10.5"}
    assert faults(trade, path, one) == {"amount": whole}
    full = {"party_id": invoice["party"], "kind": "RECEIPT", "payment_date": DAY} | JPY
    parts = [{"invoice_id": invoice["id"], "amount": "0.01"}]
    told = faults(trade, path, full | {"amount": "10.01", "allocations": parts})
    assert told == {"amount": whole, "allocations": [{"amount": whole}]}
    draft = trade.made(path, full | {"amount": "10.00"})
    mine = f"{path}{draft['id']}/"
    assert trade.patch(mine, {"amount": "9.99"}).body["fields"] == {"amount": whole}
    assert trade.patch(mine, {"allocations": parts}).body["fields"] == {"allocations": [{"amount": whole}]}
    assert faults(trade, f"{mine}allocate/", {"invoice_id": invoice["id"], "amount": "0.5"}) == {"amount": whole}
    shown = trade.get(mine).body
    assert (shown["amount"], shown["allocations"], shown["version"]) == ("10.00", [], draft["version"])
    credit = {"credit_date": DAY, "reason": "OTHER", "lines": [{"line": invoice["lines"][0]["id"], "amount": "1.5"}]}
    assert faults(trade, f"/api/invoices/{invoice['id']}/credit_note/", credit) == {"lines": [{"amount": whole}]}
    trade.pay(invoice, "32", payment_date=DAY)
    note = trade.credit(invoice, lines=[{"line": invoice["lines"][0]["id"], "amount": "5"}], credit_date=DAY)
    assert note["total_value"] == "5.00"
    used = {"invoice_id": invoice["id"], "amount": "0.5"}
    assert faults(trade, f"/api/invoices/credit_notes/{note['id']}/apply/", used) == {"amount": whole}
    own = trade.made(path, {"party_id": invoice["party"], "kind": "RECEIPT", "payment_date": DAY, "amount": "0.5"})
    assert own["amount"] == "0.50"


def test_a_bill_is_whole_too(trade: Trade) -> None:
    item = trade.item("IN-YEN", stock="0")["id"]
    order = trade.confirmed_purchase([{"item_id": item, "quantity": "3", "unit_rate": "0.15"}], **JPY)
    bill = trade.posted_bill(order)
    assert (bill["subtotal"], bill["round_off"], bill["total_value"], bill["status"]) == ("0.45", "-0.45", "0.00", "PAID")
    trade.holds_the_law()
