"""The table of the warehouse: from every state that agrees every step leads to one that agrees, and nobody gets stuck."""

from itertools import product

import pytest

from fulfilment.agreement import agrees, every_state, sections_at
from fulfilment.status import DeliveryType, Section
from fulfilment.workflow import STEPS, Action, State, Step, after, billing_after, find_step
from invoices.status import BillingStatus, FulfilmentStatus
from tests.house.catalogue import provoked, rows

AGREEING = [state for state in every_state() if agrees(state)]
BEGINNINGS = {
    Action.DELIVER_DIRECT: DeliveryType.DIRECT,
    Action.SEND_BY_COURIER: DeliveryType.COURIER,
    Action.HAND_TO_COURIER: DeliveryType.COURIER,
    Action.ASSIGN_DRIVER: DeliveryType.INTERNAL,
}


def name(value: object) -> str:
    return str(getattr(value, "action", value))


def test_the_states_that_agree_are_those_of_the_contract() -> None:
    assert len(AGREEING) == 20
    assert {state.status for state in AGREEING} == set(FulfilmentStatus)


def test_where_no_session_can_be_none_is_asked_for() -> None:
    for status in FulfilmentStatus:
        there = {section for state in AGREEING if state.status is status for section in Section if state.of(section)}
        assert sections_at(status) == there
    assert sections_at(FulfilmentStatus.INVOICED) == set()


@pytest.mark.parametrize("step", STEPS, ids=name)
def test_every_step_leads_from_a_state_that_agrees_to_one_that_does(step: Step) -> None:
    before = [state for state in AGREEING if step.fits(state)]
    assert before, "a step that nobody can take"
    led_to = [after(step, state, BEGINNINGS.get(step.action)) for state in before]
    assert [state for state in led_to if not agrees(state)] == []


@pytest.mark.parametrize(("action", "state"), list(product(Action, AGREEING)), ids=name)
def test_an_action_does_one_thing_in_one_state(action: Action, state: State) -> None:
    fitting = [step for step in STEPS if step.action is action and step.fits(state)]
    assert len(fitting) <= 1
    assert find_step(action, state) == (fitting[0] if fitting else None)


def reached_from(start: State) -> set[State]:
    known, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        for step in STEPS:
            if step.fits(state) and (then := after(step, state, BEGINNINGS.get(step.action))) not in known:
                known.add(then)
                waiting.append(then)
    return known


def test_from_everywhere_an_invoice_can_still_be_delivered_and_from_there_it_goes_nowhere() -> None:
    for state in reached_from(State(FulfilmentStatus.INVOICED)):
        assert any(then.status is FulfilmentStatus.DELIVERED for then in reached_from(state)), state
        if state.status is FulfilmentStatus.DELIVERED:
            assert reached_from(state) == {state}


def test_only_a_correction_leaves_review() -> None:
    leaving = {step.action for step in STEPS if FulfilmentStatus.REVIEW in step.at}
    assert leaving == {Action.RESUME, Action.RESUME_WITH_OTHER_GOODS, Action.RESUME_WITHOUT_WORKER}


def test_review_is_in_both_columns_or_in_none() -> None:
    for step in STEPS:
        if step.to is FulfilmentStatus.REVIEW:
            assert step.billing is BillingStatus.REVIEW
        else:
            assert step.billing in {None, BillingStatus.RE_INVOICED}


@pytest.mark.parametrize("section", Section)
def test_what_was_re_invoiced_is_billed_when_the_section_that_sent_it_back_finishes(section: Section) -> None:
    finishing = [step for step in STEPS if step.finishes and section in {step.section, *step.fills}]
    assert {step.section for step in finishing} >= {section}
    for step in STEPS:
        if step.billing is None:
            then = billing_after(step, BillingStatus.RE_INVOICED, section)
            assert (then is BillingStatus.BILLED) == (step in finishing)
            assert billing_after(step, BillingStatus.BILLED, section) is BillingStatus.BILLED


@pytest.mark.db_heavy
def test_the_database_holds_the_same_agreement() -> None:
    states = list(every_state())
    with provoked() as cursor:
        judged = rows(
            cursor,
            "SELECT fulfilment_agree(s.a, s.b, s.c, s.d, s.e)"
            " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"
            " WITH ORDINALITY AS s (a, b, c, d, e, n)"
            " ORDER BY n",
            [
                [state.status.value for state in states],
                [state.picking for state in states],
                [state.packing for state in states],
                [state.delivery for state in states],
                [state.delivery_type for state in states],
            ],
        )
    assert [bool(one) for one in judged] == [agrees(state) for state in states]
