"""Everybody asks for everything at random: what is answered and where the invoice stands is what the table says.

And every cell of status × action × role, asked for once without keeping it.
"""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp.rights import Role
from fulfilment.status import DeliveryType, Section
from fulfilment.workflow import Action, State
from invoices.status import FulfilmentStatus as Status
from tests.builders import World, new_world
from tests.slicing import sliced
from tests.warehouse import Warehouse
from tests.warehouse_model import REQUESTS, Model, ask

pytestmark = pytest.mark.db_heavy

# ── Every cell ───────────────────────────────────────────────────────────────────────────────────────────────────────
OWN: dict[Section, Role | None] = {
    Section.PICKING: Role.PICKER,
    Section.PACKING: Role.PACKER,
    Section.DELIVERY: Role.DELIVERY,
}
COURIER, INTERNAL = DeliveryType.COURIER, DeliveryType.INTERNAL


def by_courier(warehouse: Warehouse) -> str:
    number = warehouse.left("COURIER")
    warehouse.done("delivery/complete/", number, delivery_status="IN_TRANSIT")
    return number


def beside_checking(warehouse: Warehouse) -> str:
    """Who checks holds that, begins another, and goes on checking."""
    (checked,) = [
        row["invoice_no"]
        for row in warehouse.ask("GET", "packing/my-checking/", role=Role.PACKER).data
        if row["checking_status"] == "CHECKING"
    ]
    warehouse.done("packing/hold-for-consolidation/", checked)
    number = warehouse.packing()
    warehouse.done("packing/start-checking/", checked)
    return number


PLACES: dict[State, Callable[[Warehouse], str]] = {
    State(Status.REVIEW, "REVIEW"): lambda house: house.sent_back(house.picking()),
    State(Status.REVIEW, "PICKED", "REVIEW"): lambda house: house.sent_back(house.packing()),
    State(Status.REVIEW, "PICKED", "PACKED"): lambda house: house.sent_back(house.packed()),
    State(Status.REVIEW, "PICKED", "PACKED", "REVIEW", INTERNAL): lambda house: house.sent_back(house.on_the_road()),
    State(Status.INVOICED): Warehouse.imported,
    State(Status.PICKED, "PICKED"): Warehouse.picked,
    State(Status.PACKED, "PICKED", "PACKED"): Warehouse.packed,
    State(Status.PACKED, "PICKED", "PACKED", "TO_CONSIDER", INTERNAL): lambda house: house.left("INTERNAL"),
    State(Status.DISPATCHED, "PICKED", "PACKED", "TO_CONSIDER", COURIER): lambda house: house.left("COURIER"),
    State(Status.DISPATCHED, "PICKED", "PACKED", "IN_TRANSIT", COURIER): by_courier,
    State(Status.DISPATCHED, "PICKED", "PACKED", "IN_TRANSIT", INTERNAL): Warehouse.on_the_road,
    State(Status.DELIVERED, "PICKED", "PACKED", "DELIVERED", DeliveryType.DIRECT): lambda house: house.left("DIRECT"),
    State(Status.BOXING, "PICKED", "PACKING"): Warehouse.boxing,
    State(Status.PACKING, "PICKED", "CHECKING_DONE"): Warehouse.held,
    # Last, because their workers have no hand free then.
    State(Status.PACKING, "PICKED", "CHECKING"): Warehouse.checking,
    State(Status.PACKING, "PICKED", "IN_PROGRESS"): beside_checking,
    State(Status.PICKING, "PREPARING"): Warehouse.picking,
}
"""Where an invoice can be, and how it gets there."""
STARTS = {Action.START_PICKING, Action.TAKE_OVER_PICKING, Action.START_PACKING, Action.TAKE_OVER_PACKING}


def model_of(state: State) -> Model:
    driver = Role.DELIVERY if state.delivery_type is INTERNAL else None
    return Model(state, workers=OWN | {Section.DELIVERY: driver})


def expected(state: State, action: Action, role: Role) -> int:
    return model_of(state).judge(action, role)[0]


CELLS = sliced(
    itertools.product(PLACES, REQUESTS, Role), by=lambda state, action, role: (action, expected(state, action, role))
)


class Crowd:
    """One company with an invoice in every place, and a second person in each role, who has nothing open."""

    def __init__(self) -> None:
        self.house = Warehouse(new_world())
        self.others = Warehouse(World(self.house.world.company))
        self.numbers = {state: make(self.house) for state, make in PLACES.items()}


@pytest.fixture(scope="module")
def crowd(migrated_database: None) -> Crowd:
    return Crowd()


@pytest.mark.parametrize(
    ("state", "action", "role"), CELLS, ids=lambda one: str(one).partition(", delivery_type")[0].replace(" ", "")
)
def test_a_request_is_answered_as_the_table_says(state: State, action: Action, role: Role, crowd: Crowd) -> None:
    opens = action in STARTS or (action is Action.START_CHECKING and state.status is Status.PICKED)
    asking = crowd.others if opens else crowd.house
    number = crowd.numbers[state]
    answer = ask(crowd.house, action, number, state.status, role=role, by=asking, query="?dry_run=true")
    assert answer.status == expected(state, action, role), answer.raw
    assert crowd.house.shown(number)["status"] == state.status


def test_the_places_are_where_they_are_said_to_be(crowd: Crowd) -> None:
    for state, number in crowd.numbers.items():
        shown = crowd.house.shown(number)
        sessions = [(shown[name] or {}).get("status") for name in ("picker_info", "packer_info", "delivery_info")]
        assert (shown["status"], *sessions) == (state.status, state.picking, state.packing, state.delivery)
    assert crowd.house.findings() == []


# ── Walks ────────────────────────────────────────────────────────────────────────────────────────────────────────────
ASKED = st.tuples(st.sampled_from(list(REQUESTS)), st.sampled_from(list(Role)))


def walk(asked: list[tuple[Action, Role]]) -> None:
    house, model = Warehouse(new_world()), Model()
    number = house.imported()
    for action, role in asked:
        status, step = model.judge(action, role)
        answer = ask(house, action, number, model.state.status, role=role)
        assert answer.status == status, (action, role, model, answer.raw)
        if step is not None:
            model.take(action, step, role)
        shown = house.shown(number)
        assert (shown["status"], shown["billing_status"]) == (model.state.status, model.billing), (action, role)
    # Nobody is stuck: who may do everything brings it to the customer.
    for action in WAY_OUT * 2:
        status, step = model.judge(action, Role.OWNER)
        if step is not None:
            answer = ask(house, action, number, model.state.status, role=Role.OWNER)
            assert answer.status == status, answer.raw
            model.take(action, step, Role.OWNER)
    assert house.shown(number)["status"] == model.state.status == Status.DELIVERED
    assert house.findings() == []


WAY_OUT = [
    Action.RESUME,
    Action.START_PICKING,
    Action.COMPLETE_PICKING,
    Action.START_PACKING,
    Action.COMPLETE_PACKING,
    Action.COMPLETE_BOXING,
    Action.CANCEL_DELIVERY,
    Action.DELIVER_DIRECT,
    Action.COMPLETE_DELIVERY,
]


@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(st.lists(ASKED, min_size=15, max_size=30))
def test_whoever_asks_for_whatever_the_invoice_is_where_the_table_says(asked: list[tuple[Action, Role]]) -> None:
    walk(asked)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(list(REQUESTS)), st.just(Role.OWNER)) | ASKED, min_size=30, max_size=80))
def test_longer_walks(asked: list[tuple[Action, Role]]) -> None:
    walk(asked)
