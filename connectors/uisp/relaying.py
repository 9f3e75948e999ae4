"""A history from one UISP into another, from beginning to end: staged, inspected, sent, read again there, reported."""

from dataclasses import dataclass
from typing import Any

from connectors.models import ImportRun
from connectors.running import drop_run, finish_run, last_run, pause_run
from connectors.runs import Settled, count_rows, rows_of
from connectors.states import Phase, RunKind
from connectors.uisp.carriers import Route
from connectors.uisp.carrying import (
    REFUSED,
    STOPPED,
    Audience,
    Order,
    Outcome,
    Watch,
    choice_of,
    code_of,
    opened,
    report_of,
    rules_of,
    staged,
)
from connectors.uisp.forwarding import WORKERS, forward
from connectors.uisp.migrating import Course
from connectors.uisp.preflight import Preflight, inspect_forwarding
from connectors.uisp.reconciliation_statements import ATTRIBUTES_STAGED, TAXES_STAGED
from connectors.uisp.rereading import compare_with_itself, compare_with_target
from connectors.uisp.target import Target
from erp.access import Actor
from erp.locking import one_transaction

KIND = RunKind.UISP_FORWARDING


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is sent where: the order, the CRM that is filled, by how many workers."""

    order: Order
    target: Target
    workers: int = WORKERS


def relay(shipment: Shipment, *, actor: Actor, watch: Watch) -> Outcome:
    """Carry the order out. Raises RunUnfinished, NothingToResume, BadExport, Throttled, and what `forward` raises.

    After what `forward` raises the run is as it was left, and is resumed; nothing was done twice.
    """
    order, target = shipment.order, shipment.target
    run = opened(order, actor, watch, kind=KIND)
    choice, rules = choice_of(run, order, resumed=order.resume), rules_of(run, order)
    if run.phase == Phase.STAGE.value:
        staged(run, order, choice, now=watch.clock())
    stock = target.stock()
    found: Preflight = inspect_forwarding(
        run, rules, stock, currencies=target.currencies(), taxes=_taxes(run, target), most_missing=order.most_missing
    )
    for remark in found.remarks:
        watch.remark(remark)
    if found.refusals:
        if not order.resume:
            drop_run(run)
        return Outcome(REFUSED, refusals=found.refusals)
    names = target.names(
        order.connection.name,
        taxes=_named(run, "taxes"),
        methods=_named(run, "methods"),
        attributes=_attributes(run),
        write=not order.dry_run,
    )
    route = Route(target.client, stock, names, rules, "" if order.dry_run else target.mark_key())
    return _sent(run, route, shipment, with_money=choice.payments != "none", whole=choice.is_whole, actor=actor, watch=watch)


def _sent(
    run: ImportRun, route: Route, shipment: Shipment, *, with_money: bool, whole: bool, actor: Actor, watch: Watch
) -> Outcome:
    order, tried = shipment.order, list[Settled]()
    audience = Audience(order, run, watch, tried=tried.extend)
    failures = audience.failures
    course = Course(watch.clock, watch.hear, audience.settled, audience.should_stop)
    try:
        is_finished = forward(run=run, route=route, course=course, workers=shipment.workers, dry_run=order.dry_run)
    finally:
        if failures is not None:
            failures.close()
    if not is_finished:
        return audience.stopped()
    if order.dry_run:
        counts = [(one.row.entity, one.state.value, one.code, 1) for one in tried]
        report = report_of(counts, compare_with_itself(tried, zone=route.rules.zone), [], with_money=with_money)
        drop_run(run)
        return Outcome(code_of(report), report)
    report = reread(run, route, shipment.target, with_money=with_money, whole=whole)
    if failures is not None and not failures.finish():
        failures = None
    unknown = any(state == "UNKNOWN" for _, state, _, _ in count_rows(run))
    if unknown:
        # What nobody knows is settled by the next resume; the run is not at its end before.
        pause_run(run, now=watch.clock())
        return Outcome(STOPPED, report, run=run, failures=order.failures)
    finish_run(run, report, actor=actor, now=watch.clock())
    return Outcome(code_of(report), report, run=run, failures=order.failures if failures is not None else None)


def reread(run: ImportRun, route: Route, target: Target, *, with_money: bool, whole: bool) -> dict[str, Any]:
    """The report of all that the run sent, by what the target has now."""
    found, differing = compare_with_target(
        run, target, route.names, zone=route.rules.zone, with_money=with_money, whole=whole
    )
    return report_of(count_rows(run), found, differing, with_money=with_money)


def reread_last(shipment: Shipment, *, actor: Actor) -> Outcome:
    """The report of the last run of the connection, by what the target has now. Raises NothingToResume."""
    order = shipment.order
    run = last_run(order.connection, actor, KIND)
    choice = choice_of(run, order, resumed=True)
    names = shipment.target.names(
        order.connection.name, taxes={}, methods={}, attributes={"invoice": {}, "payment": {}}, write=False
    )
    route = Route(shipment.target.client, shipment.target.stock(), names, rules_of(run, order), "")
    report = reread(run, route, shipment.target, with_money=choice.payments != "none", whole=choice.is_whole)
    return Outcome(code_of(report), report, run=run)


def _taxes(run: ImportRun, target: Target) -> list[str]:
    """Names of taxes that invoices of the run bear and that the target does not have."""
    present = {str(row["name"]) for row in target.client.every("taxes")}
    with one_transaction(company_id=run.company_id):
        used = {key for (key,) in rows_of(TAXES_STAGED, {"company": run.company_id, "run": run.id})}
    names = _named(run, "taxes")
    return sorted({names.get(key, f"tax {key}") for key in used} - present)


def _named(run: ImportRun, what: str) -> dict[str, str]:
    """Names by id in the source; a failure file has none, and then they are those of the run before."""
    with one_transaction(company_id=run.company_id):
        runs = (
            ImportRun.objects.of(run).filter(connection_id=run.connection_id, kind=KIND.value).order_by("-created_at", "-id")
        )
        told = (options.get(what) for options in runs.values_list("options", flat=True))
        found: dict[str, str] = next((names for names in told if names), {})
    return found


def _attributes(run: ImportRun) -> dict[str, dict[str, str]]:
    with one_transaction(company_id=run.company_id):
        rows = rows_of(ATTRIBUTES_STAGED, {"company": run.company_id, "run": run.id})
    return {entity: {key: name for kind, key, name in rows if kind == entity} for entity in ("invoice", "payment")}
