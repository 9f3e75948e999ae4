"""Payments in full: drafted, planned, posted, allocated later, released, cancelled."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.utils import timezone

from accounting.models import Voucher
from companies.founding import found_company
from erp.locking import one_transaction
from erp.models import OutboxEvent
from erp.rights import Role
from invoices.models import Invoice, Payment, PaymentAllocation
from tests.api.routes import NOBODY
from tests.builders import Answer, World
from tests.trade import Trade

PATH = "/api/payments/"


@pytest.fixture
def trade(world: World) -> Trade:
    """Its ACCOUNTANT acts; what sells is done by its OWNER."""
    Trade(world).registration()
    return Trade(world, Role.ACCOUNTANT)


@pytest.fixture
def party(trade: Trade) -> str:
    return str(trade.customer()["id"])


@pytest.fixture
def item(trade: Trade) -> str:
    return str(Trade(trade.world).item()["id"])


def posted(trade: Trade, party: str, item: str, quantity: int = 1) -> Any:
    """An invoice of 118.00 for each piece."""
    order = Trade(trade.world).confirmed([{"item_id": item, "quantity": quantity}], customer_id=party)
    return Trade(trade.world).posted(order)


def drafted(trade: Trade, party: str, amount: str, *parts: tuple[Any, str], **changes: Any) -> Answer:
    body: dict[str, Any] = {"party_id": party, "amount": amount, "payment_date": "2025-12-27"}
    if parts:
        body["allocations"] = [{"invoice_id": invoice["id"], "amount": part} for invoice, part in parts]
    return trade.post(PATH, body | changes)


def draft(trade: Trade, party: str, amount: str, *parts: tuple[Any, str], **changes: Any) -> Any:
    answer = drafted(trade, party, amount, *parts, **changes)
    assert answer.status == 201, answer.raw
    return answer.body


def path_of(payment: Any) -> str:
    return f"{PATH}{payment['id']}/"


def allocate(trade: Trade, payment: Any, invoice: Any, amount: str) -> Answer:
    return trade.post(f"{path_of(payment)}allocate/", {"invoice_id": invoice["id"], "amount": amount})


def post(trade: Trade, payment: Any, **body: Any) -> Answer:
    return trade.post(f"{path_of(payment)}post_voucher/", body)


def money(trade: Trade, invoice: Any) -> tuple[str, str]:
    shown = trade.get(f"/api/invoices/{invoice['id']}/").body
    return shown["status"], shown["outstanding_amount"]


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def events(trade: Trade) -> list[str]:
    return list(OutboxEvent.unscoped.filter(company=trade.world.company).order_by("id").values_list("type", flat=True))


def test_a_draft_plans_and_books_nothing(trade: Trade, party: str, item: str) -> None:
    one, two = posted(trade, party, item), posted(trade, party, item, 2)
    told = events(trade)
    payment = draft(trade, party, "300.00", (one, "118.00"), (two, "100.00"), mode="CHEQUE", reference_number="7")
    expected = {
        "payment_number": "RCT-2025-00001",
        "kind": "RECEIPT",
        "status": "DRAFT",
        "party": party,
        "account_code": "1010",
        "amount": "300.00",
        "allocated_amount": "218.00",
        "unallocated_amount": "82.00",
        "voucher": None,
        "voucher_number": None,
    }
    assert {name: payment[name] for name in expected} == expected
    assert [(row["invoice"], row["amount"], row["invoice_status"]) for row in payment["allocations"]] == [
        (one["id"], "118.00", "POSTED"),
        (two["id"], "100.00", "POSTED"),
    ]
    assert trade.get(path_of(payment)).body == payment
    assert trade.get(f"{PATH}?unallocated=true").body == [], "a draft is no money yet"
    assert (money(trade, one), money(trade, two)) == (("POSTED", "118.00"), ("POSTED", "236.00"))
    assert not Voucher.unscoped.filter(company=trade.world.company, kind="RECEIPT").exists()
    assert events(trade) == told
    trade.holds_the_law()


def test_posting_a_draft_settles_its_plan_with_the_same_ids(trade: Trade, party: str, item: str) -> None:
    one, two = posted(trade, party, item), posted(trade, party, item, 2)
    payment = draft(trade, party, "300.00", (one, "118.00"), (two, "100.00"))
    answer = post(trade, payment)
    assert answer.status == 200, answer.raw
    now = trade.get(path_of(payment)).body
    assert answer.body == {
        "voucher_id": now["voucher"],
        "voucher_number": now["voucher_number"],
        "status": "POSTED",
        "message": "Payment posted successfully",
    }
    assert (now["allocated_amount"], now["unallocated_amount"]) == ("218.00", "82.00")
    assert {row["id"] for row in now["allocations"]} == {row["id"] for row in payment["allocations"]}
    assert (money(trade, one), money(trade, two)) == (("PAID", "0.00"), ("PARTIALLY_PAID", "136.00"))
    assert sorted(events(trade)[-3:]) == ["invoice_paid", "invoice_updated", "payment_received"]
    told = events(trade)
    again = post(trade, payment)
    assert (again.status, again.body) == (200, answer.body | {"message": "Payment already posted"})
    assert events(trade) == told
    assert Payment.unscoped.get(id=payment["id"]).planned == []
    trade.holds_the_law()


def test_money_that_came_first_is_allocated_later_and_released_again(trade: Trade, party: str, item: str) -> None:
    """An advance: posted without any invoice, it settles those that come."""
    advance = draft(trade, party, "200.00", post=True)
    assert (advance["status"], advance["unallocated_amount"], advance["allocations"]) == ("POSTED", "200.00", [])
    assert trade.get(f"/api/orders/customers/{party}/").body["balance"] == "-200.00"
    one, two = posted(trade, party, item), posted(trade, party, item)
    answer = allocate(trade, advance, one, "118.00")
    assert answer.status == 201, answer.raw
    assert (answer.body["invoice"], answer.body["amount"], answer.body["invoice_status"]) == (one["id"], "118.00", "PAID")
    assert allocate(trade, advance, two, "50.00").body["invoice_outstanding"] == "68.00"
    assert [row["id"] for row in trade.get(f"{PATH}?unallocated=true").body] == [advance["id"]]
    assert refusal(allocate(trade, advance, two, "32.01")) == (409, "allocation-exceeds-payment")

    release = f"{path_of(advance)}allocations/{answer.body['id']}/release/"
    freed = trade.post(release, {"reason": "the wrong invoice"})
    assert (freed.status, freed.body["amount"], freed.body["releases"]) == (201, "-118.00", answer.body["id"])
    assert (money(trade, one), money(trade, two)) == (("POSTED", "118.00"), ("PARTIALLY_PAID", "68.00"))
    assert trade.get(path_of(advance)).body["unallocated_amount"] == "150.00"
    assert refusal(trade.post(release, {"reason": "again"})) == (409, "wrong-state")
    of_release = f"{path_of(advance)}allocations/{freed.body['id']}/release/"
    assert refusal(trade.post(of_release, {"reason": "of a release"})) == (409, "wrong-state")
    assert allocate(trade, advance, two, "68.00").body["invoice_status"] == "PAID"
    assert events(trade)[-3:] == ["invoice_updated", "invoice_updated", "invoice_paid"]
    trade.holds_the_law()
    assert trade.done(f"{path_of(advance)}reverse/", {"reason": "bounced"})["status"] == "REVERSED"
    assert (money(trade, one), money(trade, two)) == (("POSTED", "118.00"), ("POSTED", "118.00"))
    trade.holds_the_law()


def test_an_invoice_is_reversed_once_its_money_is_released(trade: Trade, party: str, item: str) -> None:
    invoice = posted(trade, party, item)
    payment = draft(trade, party, "118.00", (invoice, "118.00"), post=True)
    reverse = f"/api/invoices/{invoice['id']}/reverse/"
    assert refusal(trade.post(reverse, {"reason": "r"})) == (409, "has-settlements")
    allocation = payment["allocations"][0]["id"]
    assert trade.post(f"{path_of(payment)}allocations/{allocation}/release/", {"reason": "r"}).status == 201
    assert trade.post(reverse, {"reason": "r"}).status == 200
    trade.holds_the_law()


def test_a_plan_is_added_to_and_taken_from(trade: Trade, party: str, item: str) -> None:
    one, two = posted(trade, party, item), posted(trade, party, item)
    payment = draft(trade, party, "150.00", (one, "100.00"))
    added = allocate(trade, payment, two, "50.00")
    assert (added.status, added.body["invoice_status"], added.body["invoice_outstanding"]) == (201, "POSTED", "118.00")
    assert refusal(allocate(trade, payment, one, "0.01")) == (409, "allocation-exceeds-payment")
    first = f"{path_of(payment)}allocations/{payment['allocations'][0]['id']}/"
    assert refusal(trade.post(f"{first}release/", {"reason": "r"})) == (409, "wrong-state")
    assert trade.delete(first).status == 204
    assert trade.delete(first).status == 404
    shown = trade.get(path_of(payment)).body
    assert [row["id"] for row in shown["allocations"]] == [added.body["id"]]
    assert refusal(allocate(trade, payment, two, "68.01")) == (409, "allocation-exceeds-outstanding")
    assert allocate(trade, payment, two, "68.00").status == 201, "an invoice may be planned for in parts"
    assert post(trade, payment).status == 200
    assert money(trade, two) == ("PAID", "0.00")
    assert refusal(trade.delete(f"{path_of(payment)}allocations/{added.body['id']}/")) == (409, "wrong-state")
    trade.holds_the_law()


def test_a_draft_changes_but_for_its_party_and_kind(trade: Trade, party: str, item: str) -> None:
    invoice = posted(trade, party, item)
    payment = draft(trade, party, "50.00", (invoice, "50.00"), notes="n")
    path = path_of(payment)
    changes = {
        "amount": "60.00",
        "payment_date": "2025-12-28",
        "mode": "CASH",
        "reference_number": "R",
        "notes": None,
        "allocations": [{"invoice_id": invoice["id"], "amount": "60.00"}],
    }
    changed = trade.patch(path, changes)
    assert changed.status == 200, changed.raw
    told = {name: changed.body[name] for name in ("amount", "payment_date", "mode", "account_code", "notes", "version")}
    assert told == {
        "amount": "60.00",
        "payment_date": "2025-12-28",
        "mode": "CASH",
        "account_code": "1000",
        "notes": "",
        "version": 2,
    }
    assert changed.body["allocated_amount"] == "60.00"
    assert refusal(trade.patch(path, {"amount": "59.99"})) == (409, "allocation-exceeds-payment")
    assert refusal(trade.patch(path, {"party_id": party})) == (400, "unknown-field")
    assert refusal(trade.patch(path, {"kind": "RECEIPT"})) == (400, "unknown-field")
    another_year = trade.patch(path, {"payment_date": "2026-04-01"})
    assert (another_year.status, list(another_year.body["fields"])) == (400, ["payment_date"])
    assert post(trade, payment).status == 200
    assert refusal(trade.patch(path, {"notes": "late"})) == (409, "wrong-state")
    trade.holds_the_law()


def test_a_cancelled_draft_keeps_its_number_and_comes_to_nothing(trade: Trade, party: str, item: str) -> None:
    invoice = posted(trade, party, item)
    payment = draft(trade, party, "50.00", (invoice, "50.00"))
    cancel = f"{path_of(payment)}cancel/"
    first = trade.done(cancel, {"reason": "typed twice"})
    assert (first["status"], first["allocations"], first["unallocated_amount"]) == ("CANCELLED", [], "50.00")
    assert trade.done(cancel) == first, "again: nothing happens"
    assert refusal(post(trade, payment)) == (409, "wrong-state")
    assert refusal(allocate(trade, payment, invoice, "1.00")) == (409, "wrong-state")
    assert refusal(trade.post(f"{path_of(payment)}reverse/", {"reason": "r"})) == (409, "wrong-state")
    paid = draft(trade, party, "1.00", post=True)
    assert paid["payment_number"] == "RCT-2025-00002"
    assert refusal(trade.post(f"{path_of(paid)}cancel/", {})) == (409, "wrong-state")
    trade.holds_the_law()


def test_what_was_planned_is_judged_again_when_it_is_posted(trade: Trade, party: str, item: str) -> None:
    invoice = posted(trade, party, item)
    first, second = (draft(trade, party, "100.00", (invoice, "100.00")) for _ in range(2))
    assert post(trade, first).status == 200
    refused = post(trade, second)
    assert refusal(refused) == (409, "allocation-exceeds-outstanding")
    assert (refused.body["wanted"], refused.body["left"]) == ("100.00", "18.00")
    assert trade.patch(path_of(second), {"allocations": []}).status == 200
    assert post(trade, second).status == 200, "what is over is an advance"
    trade.holds_the_law()


def test_a_plan_may_name_a_draft_invoice_that_is_posted_by_then(trade: Trade, party: str, item: str) -> None:
    owner = Trade(trade.world)
    invoice = owner.invoice(owner.confirmed([{"item_id": item, "quantity": 1}], customer_id=party))
    payment = draft(trade, party, "118.00", (invoice, "118.00"))
    assert refusal(post(trade, payment)) == (409, "wrong-state")
    assert refusal(drafted(trade, party, "118.00", (invoice, "118.00"), post=True)) == (409, "wrong-state")
    trade.done(f"/api/invoices/{invoice['id']}/post_voucher/")
    assert post(trade, payment).status == 200
    assert money(trade, invoice) == ("PAID", "0.00")


def test_periods_are_kept(trade: Trade, party: str) -> None:
    payment = draft(trade, party, "10.00")
    early = post(trade, payment, posting_date="2025-12-26")
    assert (early.status, list(early.body["fields"])) == (400, ["posting_date"])
    trade.world.decide(hard_lock_date="2025-12-31")
    assert refusal(post(trade, payment)) == (409, "period-closed")
    assert refusal(drafted(trade, party, "10.00")) == (409, "period-closed")
    assert refusal(trade.patch(path_of(payment), {"payment_date": "2025-12-30"})) == (409, "period-closed")
    assert post(trade, payment, posting_date="2026-01-02").status == 200
    assert str(Voucher.unscoped.get(company=trade.world.company, kind="RECEIPT").voucher_date) == "2026-01-02"
    trade.holds_the_law()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"party_id": None}, ["invoice_id"]),
        ({"invoice_id": NOBODY}, ["invoice_id"]),
        ({"kind": "GIFT"}, ["kind"]),
        ({"excess": "advance"}, ["excess"]),
        ({"allocations": [{"invoice_id": NOBODY, "amount": "1"}] * 2}, ["allocations"]),
        ({"allocations": [{"invoice_id": NOBODY, "amount": "0"}]}, ["allocations"]),
        ({"party_id": None, "invoice_id": NOBODY, "post": True, "kind": "RECEIPT"}, ["kind", "post"]),
    ],
)
def test_a_bad_draft_is_refused_by_name(trade: Trade, party: str, changes: Any, fields: list[str]) -> None:
    answer = drafted(trade, party, "10.00", **changes)
    assert (answer.status, answer.body["code"], list(answer.body["fields"])) == (400, "validation", fields), answer.raw


def test_another_currency_is_drafted_and_posted_only_at_a_rate(trade: Trade, party: str) -> None:
    code = f"USD-{trade.world.company.code}"[:20]
    found_company(code=code, name="Makes the dollar known", now=timezone.now(), currency_code="USD")
    assert draft(trade, party, "1.00", currency_id="INR")["currency_code"] == "INR"
    assert draft(trade, party, "1.00", currency_id="USD")["exchange_rate"] is None
    assert refusal(drafted(trade, party, "1.00", currency_id="USD", post=True)) == (409, "no-exchange-rate")
    unknown = drafted(trade, party, "1.00", currency_id="QQQ")
    assert (unknown.status, list(unknown.body["fields"])) == (404, ["currency_id"])


def test_nobody_reaches_into_another_company_or_to_another_party(
    trade: Trade, party: str, item: str, other_world: World
) -> None:
    invoice, other = posted(trade, party, item), Trade(other_world)
    foreign = other.posted()
    mine, theirs = draft(trade, party, "10.00", (invoice, "1.00")), other.pay(foreign, "1.00")
    plan = mine["allocations"][0]["id"]
    foreign_calls: list[Callable[[], Answer]] = [
        lambda: drafted(trade, foreign["party"], "1.00"),
        lambda: drafted(trade, party, "1.00", (foreign, "1.00")),
        lambda: drafted(trade, party, "1.00", (foreign, "1.00"), post=True),
        lambda: allocate(trade, mine, foreign, "1.00"),
        lambda: allocate(trade, theirs, invoice, "1.00"),
        lambda: post(trade, theirs),
        lambda: trade.patch(path_of(theirs), {"notes": "n"}),
        lambda: trade.post(f"{path_of(theirs)}cancel/"),
        lambda: trade.delete(f"{path_of(theirs)}allocations/{plan}/"),
        lambda: trade.post(f"{path_of(theirs)}allocations/{theirs['allocations'][0]['id']}/release/", {"reason": "r"}),
        lambda: trade.delete(f"{path_of(mine)}allocations/{theirs['allocations'][0]['id']}/"),
    ]
    for call in foreign_calls:
        answer = call()
        assert refusal(answer) == (404, "not-found"), answer.raw
    stranger = str(trade.customer(name="Somebody else")["id"])
    for answer in (
        drafted(trade, stranger, "1.00", (invoice, "1.00")),
        allocate(trade, draft(trade, stranger, "1.00"), invoice, "1.00"),
        allocate(trade, draft(trade, stranger, "1.00", post=True), invoice, "1.00"),
    ):
        assert (answer.status, list(answer.body["fields"])) == (400, ["invoice_id"])
    assert (money(trade, invoice), money(other, foreign)) == (("POSTED", "118.00"), ("PARTIALLY_PAID", "949.00"))


def test_who_only_reads_writes_nothing(trade: Trade, party: str, item: str) -> None:
    invoice = posted(trade, party, item)
    payment = draft(trade, party, "10.00", (invoice, "1.00"))
    one = f"{path_of(payment)}allocations/{payment['allocations'][0]['id']}/"
    for role in (Role.VIEWER, Role.BILLER):
        for method, path, body in (
            ("POST", PATH, {"party_id": party, "amount": "1", "payment_date": "2025-12-27"}),
            ("PATCH", path_of(payment), {"notes": "n"}),
            ("POST", f"{path_of(payment)}allocate/", {"invoice_id": invoice["id"], "amount": "1"}),
            ("DELETE", one, None),
            ("POST", f"{one}release/", {"reason": "r"}),
            ("POST", f"{path_of(payment)}post_voucher/", None),
            ("POST", f"{path_of(payment)}cancel/", None),
        ):
            assert trade.world.send(method, path, body, role=role).status == 403, (role, method, path)
    assert trade.get(path_of(payment), role=Role.VIEWER).body == payment


# ── At once ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def at_once(trade: Trade, *requests: tuple[str, Any]) -> list[Answer]:
    token = trade.world.token(Role.ACCOUNTANT)

    def one(request: tuple[str, Any]) -> Answer:
        path, body = request
        try:
            return trade.world.send("POST", path, body, role=Role.ACCOUNTANT, Authorization=f"Bearer {token}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(one, requests))


def test_the_last_of_a_payment_is_given_away_once(trade: Trade, party: str, item: str) -> None:
    invoices = [posted(trade, party, item) for _ in range(4)]
    advance = draft(trade, party, "118.00", post=True)
    path = f"{path_of(advance)}allocate/"
    answers = at_once(trade, *[(path, {"invoice_id": one["id"], "amount": "118.00"}) for one in invoices])
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"allocation-exceeds-payment"}
    assert sorted(money(trade, one)[0] for one in invoices) == ["PAID", "POSTED", "POSTED", "POSTED"]
    trade.holds_the_law()


def test_the_last_of_an_invoice_is_settled_once(trade: Trade, party: str, item: str) -> None:
    """By two advances, and by two drafts that are posted."""
    invoice = posted(trade, party, item)
    advances = [draft(trade, party, "100.00", post=True) for _ in range(2)]
    drafts = [draft(trade, party, "100.00", (invoice, "100.00")) for _ in range(2)]
    part = {"invoice_id": invoice["id"], "amount": "100.00"}
    settling = [(f"{path_of(one)}allocate/", part) for one in advances]
    posting: list[tuple[str, Any]] = [(f"{path_of(one)}post_voucher/", {}) for one in drafts]
    answers = at_once(trade, *settling, *posting)
    assert sorted(answer.status < 300 for answer in answers) == [False, False, False, True]
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"allocation-exceeds-outstanding"}
    assert Invoice.unscoped.get(id=invoice["id"]).amount_received == Decimal("100.00")
    trade.holds_the_law()


def test_a_draft_is_posted_once_however_many_post_it(trade: Trade, party: str, item: str) -> None:
    payment = draft(trade, party, "118.00", (posted(trade, party, item), "118.00"))
    answers = at_once(trade, *[(f"{path_of(payment)}post_voucher/", {})] * 4)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["voucher_id"] for answer in answers}) == 1
    assert PaymentAllocation.unscoped.filter(company=trade.world.company).count() == 1
    trade.holds_the_law()


# ── Without our code ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"status": "POSTED", "planned": []}, "payment_posted_has_voucher"),
        ({"status": "CANCELLED"}, "payment_plans_as_draft"),
        ({"allocated_amount": "1.00"}, "allocation_adds_up"),
    ],
)
def test_the_database_refuses_a_draft_that_pretends(
    trade: Trade, party: str, item: str, columns: dict[str, Any], constraint: str
) -> None:
    payment = draft(trade, party, "118.00", (posted(trade, party, item), "118.00"))
    row = Payment.unscoped.filter(id=payment["id"])
    with pytest.raises(IntegrityError, match=constraint), one_transaction(company_id=trade.world.company.id):
        row.update(**columns)
