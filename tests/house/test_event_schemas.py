"""The JSON Schemas of the events are what the code sends, and the code sends what they say."""

import ast
import json
import re
from datetime import date
from typing import Any

import jsonschema
import pytest
from django.utils import timezone

from erp.models import OutboxEvent
from erp.rights import Role
from erp.starting import PROJECT_DIR
from invoices.management.commands.write_event_schemas import DIRECTORY, schema_text
from invoices.payment_reversing import reverse_payment
from invoices.reversing import reverse_invoice
from invoices.schemas import KINDS
from tests.builders import World, invoice_body, item_body
from tests.house.sources import Source, app_sources
from tests.house.test_docs import read, tables
from tests.trade import Trade
from tests.warehouse import Warehouse


def schema_of(kind: str) -> Any:
    return json.loads((PROJECT_DIR / DIRECTORY / f"{kind}.json").read_text())


def complaints(payload: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema_of(payload["type"]))
    return [f"{problem.json_path}: {problem.message}" for problem in validator.iter_errors(payload)]


def announced(world: World) -> list[Any]:
    """What the company's events carry, oldest first."""
    events = OutboxEvent.objects.of(world.key_actor).order_by("id")
    return [json.loads(payload) for payload in events.values_list("payload", flat=True)]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_files_are_what_the_command_writes(kind: str) -> None:
    written = (PROJECT_DIR / DIRECTORY / f"{kind}.json").read_text()
    assert written == schema_text(kind), "run: .venv/bin/python manage.py write_event_schemas"


NAMES_A_KIND = {"invoice_event", "invoice_events", "announcement", "_announce", "_next_version", "Step"}
"""Functions that are told which kind of event to record, and the steps of the warehouse, which name theirs."""


def recorded(sources: list[Source]) -> set[str]:
    """Kinds of events that the code names where it records one, or before, in a variable called `kind`."""
    texts: list[ast.AST] = []
    for node in (node for source in sources for node in ast.walk(source.tree)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in NAMES_A_KIND:
            texts += node.args[:2] + [word.value for word in node.keywords if word.arg in {"kind", "event"}]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "kind":
            texts.append(node.value)
    constants = [part.value for text in texts for part in ast.walk(text) if isinstance(part, ast.Constant)]
    return {text for text in constants if isinstance(text, str) and re.fullmatch(r"[a-z]+(_[a-z]+)+", text)}


def test_every_kind_that_is_recorded_has_a_schema_and_no_other() -> None:
    assert recorded(app_sources()) == set(KINDS)
    assert {file.stem for file in (PROJECT_DIR / DIRECTORY).glob("*.json")} == set(KINDS)


def test_every_kind_has_its_line_in_the_list() -> None:
    listed = {row[0].strip("`") for row in tables(read(f"{DIRECTORY}/README.md"), "kind")}
    assert listed == set(KINDS)


@pytest.mark.parametrize(
    "text",
    [
        "record(invoice_event('goods_lost', content, actor=actor, now=now))",
        "kind = 'goods_lost' if lost else 'invoice_updated'",
        "_announce(locks, 'goods_lost', order, actor, now)",
        "invoice_events([invoice], kind=lambda one: 'goods_lost', actor=actor, now=now)",
    ],
)
def test_a_kind_without_a_schema_is_found(text: str) -> None:
    assert recorded([Source.of("sales/losing.py", text)]) - set(KINDS) == {"goods_lost"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_schemas_are_schemas(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(kind))


def test_what_an_import_announces_fits_its_schema(world: World) -> None:
    body = invoice_body(remarks="with everything", Total="70.50", temp_name="Shop")
    body["items"] = [item_body(barcode="8901", mrp="1.2345", quantity="2.5", expiry_date="2027-12-31", batch_no="B1")]
    world.import_invoice(body)
    world.import_invoice(body | {"priority": "LOW", "items": [item_body()]})
    created, updated = announced(world)
    assert (created["type"], updated["type"]) == ("invoice_created", "invoice_updated")
    assert set(updated["changed"]) == {"priority", "items", "items_total"}
    assert complaints(created) == []
    assert complaints(updated) == []


def test_an_invoice_too_large_for_one_event_fits_without_its_items(world: World) -> None:
    world.import_invoice(items=[item_body(item_code=f"I{number}", remarks="x" * 200) for number in range(1000)])
    (event,) = announced(world)
    assert (event["items"], event["items_omitted"]) == ([], True)
    assert complaints(event) == []


def test_an_event_that_is_not_as_promised_is_noticed(world: World) -> None:
    world.import_invoice()
    (event,) = announced(world)
    del event["customer"]["code"]
    assert complaints(event | {"total_amount": "70.00"}) == [
        "$.customer: 'code' is a required property",
        "$.total_amount: '70.00' is not of type 'number'",
    ]


def handle_goods(warehouse: Warehouse) -> None:
    """Everything that the warehouse announces."""
    for begin, section in ((warehouse.picking, "PICKING"), (warehouse.packing, "PACKING")):
        warehouse.done("cancel-session/", begin(), session_type=section)
    held = warehouse.held()
    warehouse.done("packing/start-checking/", held)
    warehouse.done("packing/complete/", held)
    warehouse.done("packing/complete-boxing/", warehouse.boxing())
    warehouse.done("billing/return/", warehouse.picked(), return_reason="A strip is missing")
    warehouse.done("cancel-session/", warehouse.left("INTERNAL"), session_type="DELIVERY")
    number = warehouse.on_the_road()
    warehouse.done("delivery/complete/", number, delivery_status="IN_TRANSIT")
    warehouse.done("delivery/complete/", number)


@pytest.fixture
def traded(world: World) -> list[Any]:
    """What a company announces that confirms, invoices, posts and collects, cancels, takes back, and moves goods."""
    trade = Trade(world)
    trade.registration()
    customer, item = trade.customer(), trade.item(stock="50")
    lines = [{"item_id": item["id"], "quantity": "2"}]
    paid = trade.posted(trade.confirmed(lines, customer_id=customer["id"]))
    payment = trade.pay(paid, paid["total_value"])
    trade.credit(trade.posted(trade.confirmed(lines, customer_id=customer["id"])))
    undone = trade.posted(trade.confirmed(lines, customer_id=customer["id"]))
    cancelled = trade.invoice(trade.confirmed(lines, customer_id=customer["id"]))
    trade.done(f"/api/invoices/{cancelled['id']}/cancel/", {"reason": "wrong"})
    trade.done(f"/api/orders/sales/{cancelled['sales_order']}/cancel/", {"reason": "wrong"})
    world.import_invoice()
    how: dict[str, Any] = {"actor": world.actor(Role.OWNER), "reason": "wrong", "reversal_date": None}
    reverse_invoice(invoice_id=undone["id"], today=date(2025, 12, 28), now=timezone.now(), **how)
    reverse_payment(payment_id=payment["id"], today=date(2025, 12, 28), now=timezone.now(), **how)
    layer = trade.receipt()["lines"][0]["layer"]
    trade.revaluation(layer, "1")
    trade.transfer(item["id"], "1")
    trade.done(f"/api/inventory/batches/{trade.batch()['id']}/block/", {"reason": "recalled"})
    bill = trade.posted_bill()
    trade.pay(bill, "100.00")
    trade.pay(bill, "500.00")
    order = trade.confirmed_purchase([{"item_id": item["id"], "quantity": "2", "unit_rate": "10"}])
    trade.done(f"/api/invoices/{trade.bill(order)['id']}/cancel/", {"reason": "wrong"})
    reverse_invoice(invoice_id=trade.posted_bill(order)["id"], today=date(2025, 12, 28), now=timezone.now(), **how)
    handle_goods(Warehouse(world))
    (year,) = trade.get("/api/accounting/fiscal_years/").body
    trade.done(f"/api/accounting/fiscal_years/{year['id']}/close/")
    return announced(world)


def test_what_a_trade_announces_fits_its_schemas(traded: list[Any]) -> None:
    assert {event["type"] for event in traded} == set(KINDS)
    assert {event["type"]: found for event in traded if (found := complaints(event))} == {}
