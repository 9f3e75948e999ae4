"""The warehouse in a crowd: of many who want the same work one gets it, and what everybody sees agrees."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from erp.rights import Role
from tests.builders import Answer, World, send
from tests.observing import events_of
from tests.parallel import at_once
from tests.warehouse import SALES, Warehouse

pytestmark = pytest.mark.db_heavy

MOST_REPEATS = 10
"""Of a request whose locks a machine under load could not give within their time: 503, and the client asks again."""


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return Warehouse(world)


def ask(method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
    for _ in range(MOST_REPEATS):
        answer = send(method, SALES + path, body, **headers)
        if answer.status != 503:
            return answer
    raise AssertionError(f"{path} was never answered")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def told(answers: list[Answer]) -> Counter[tuple[int, str]]:
    return Counter((answer.status, answer.body.get("code", "")) for answer in answers)


def test_of_twenty_pickers_who_start_one_invoice_one_gets_it(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    pickers = [bearer(warehouse.newcomer(Role.PICKER)) for _ in range(20)]
    start = partial(ask, "POST", "picking/start/", {"invoice_no": number})
    answers = at_once([partial(start, one) for one in pickers])
    assert told(answers) == {(201, ""): 1, (409, "wrong-state"): 19}
    (started,) = [answer.data for answer in answers if answer.status == 201]
    assert warehouse.shown(number)["picker_info"]["email"] == started["picker_email"]
    assert [event["type"] for event in events_of(warehouse.world)] == ["invoice_created", "picking_started"]
    assert warehouse.findings() == []


def test_one_picker_who_starts_many_invoices_at_once_gets_one(warehouse: Warehouse) -> None:
    numbers = [warehouse.imported() for _ in range(8)]
    picker = bearer(warehouse.newcomer(Role.PICKER))
    answers = at_once([partial(ask, "POST", "picking/start/", {"invoice_no": number}, picker) for number in numbers])
    assert told(answers) == {(201, ""): 1, (409, "session-open"): 7}
    assert warehouse.findings() == []


def test_a_correction_that_comes_many_times_at_once_is_taken_once(warehouse: Warehouse) -> None:
    number = warehouse.in_review()
    key = {"X-API-Key": warehouse.world.api_key}
    bodies = [{"invoice_no": number, "items": [{"item_code": "PR650", "quantity": one}]} for one in range(1, 9)]
    answers = at_once([partial(ask, "PATCH", "update/invoice/", body, key) for body in bodies])
    assert told(answers) == {(200, ""): 1, (409, "not-in-review"): 7}
    assert warehouse.findings() == []


def test_completing_cancelling_and_returning_meet_and_one_comes_first(warehouse: Warehouse) -> None:
    keeper = bearer(warehouse.token(Role.STOCK_KEEPER))
    for _ in range(4):
        number = warehouse.picking()
        wishes = [
            ("picking/complete/", {}),
            ("cancel-session/", {"session_type": "PICKING"}),
            ("billing/return/", {"return_reason": "A strip is missing"}),
        ]
        works = [partial(ask, "POST", path, {"invoice_no": number} | more, keeper) for path, more in wishes]
        answers = at_once(works)
        assert {answer.status for answer in answers} <= {200, 404, 409}
        assert 200 in {answer.status for answer in answers}
        if warehouse.shown(number)["status"] == "REVIEW":
            warehouse.correct(number, resolution_notes="is right")
        if warehouse.shown(number)["status"] == "PICKING":
            warehouse.done("picking/complete/", number)
    assert warehouse.findings() == []


def test_administrators_who_force_one_invoice_and_move_many_meet_and_each_step_is_taken_once(warehouse: Warehouse) -> None:
    admins = [bearer(warehouse.newcomer(Role.ADMIN)) for _ in range(3)]
    forced = warehouse.imported()
    crowd = [forced, *(warehouse.imported() for _ in range(4))]
    step = {"from_status": "INVOICED", "to_status": "PICKED"}
    works = [partial(ask, "POST", "admin/bulk-status-update/", step, admin) for admin in admins]
    works += [partial(ask, "POST", "admin/complete-workflow/", {"invoice_no": forced}, admin) for admin in admins]
    answers = at_once(works)
    moves, decrees = answers[:3], answers[3:]
    assert [answer.status for answer in moves] == [200] * 3
    assert told(decrees) == {(200, ""): 1, (409, "wrong-state"): 2}
    moved = Counter(row["invoice_no"] for answer in moves for row in answer.body["invoices"])
    assert set(moved) >= set(crowd) - {forced}
    assert set(moved.values()) == {1}
    assert {warehouse.shown(number)["status"] for number in crowd} == {"DELIVERED", "PICKED"}
    steps = Counter((event["invoice_no"], event["type"]) for event in events_of(warehouse.world))
    assert set(steps.values()) == {1}
    assert steps[forced, "delivery_completed"] == 1
    assert warehouse.findings() == []


def test_an_import_and_a_step_meet_and_both_are_kept(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    body: Any = {"invoice_no": number, "invoice_date": "2026-01-23", "salesman": "Ajay", "remarks": "again"}
    body |= {"customer": {"code": "CUST-889", "name": "LifeCare Pharmacy"}, "items": [{"name": "P", "item_code": "PR650"}]}
    body["items"][0] |= {"quantity": 5, "mrp": 2}
    key = {"X-API-Key": warehouse.world.api_key}
    picker = bearer(warehouse.token(Role.PICKER))
    imported, started = at_once(
        [
            partial(ask, "POST", "import/invoice/", body, key),
            partial(ask, "POST", "picking/start/", {"invoice_no": number}, picker),
        ]
    )
    assert (imported.status, started.status) == (200, 201)
    shown = warehouse.shown(number)
    assert (shown["status"], shown["remarks"], shown["picker_info"]["status"]) == ("PICKING", "again", "PREPARING")
    assert warehouse.findings() == []


def test_of_many_packers_who_want_the_same_trays_one_gets_them(warehouse: Warehouse) -> None:
    trays = [warehouse.tray() for _ in range(3)]
    wanted = []
    for place in range(6):
        number, packer = warehouse.picked(), bearer(warehouse.newcomer(Role.PACKER))
        assert ask("POST", "packing/start/", {"invoice_no": number}, packer).status == 201
        codes = trays if place % 2 else trays[::-1]
        boxes = warehouse.boxes(number, *codes)
        wanted.append(partial(ask, "POST", "packing/save-tray-draft/", {"invoice_no": number, "boxes": boxes}, packer))
    assert told(at_once(wanted)) == {(200, ""): 1, (409, "tray-in-use"): 5}
    found = warehouse.ask("GET", "packing/search-trays/?q=T", role=Role.PACKER).data
    assert len({tray["in_use_invoice"] for tray in found}) == 1
    assert warehouse.findings() == []


def test_of_many_who_prove_two_parcels_in_either_order_all_are_answered(warehouse: Warehouse) -> None:
    numbers = [warehouse.left("COURIER") for _ in range(2)]
    courier, driver = warehouse.blue, bearer(warehouse.token(Role.DELIVERY))
    body = {"courier_id": courier, "reason": "quicker"}
    orders = [numbers if place % 2 else numbers[::-1] for place in range(6)]
    asked = [partial(ask, "POST", "delivery/update-courier/", body | {"invoice_nos": one}, driver) for one in orders]
    assert told(at_once(asked)) == {(200, ""): 6}
    assert warehouse.findings() == []
