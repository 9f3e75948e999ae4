"""Comparing what was read from one UISP with what another one holds now, by a fresh read of it."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from connectors.foreign_rows import Row, amount_of
from connectors.models import ImportRun
from connectors.runs import Settled, exact_json, rows_of
from connectors.states import Entity, RowState
from connectors.uisp.bodies import Names, covers_of
from connectors.uisp.carriers import covers_there, spelled
from connectors.uisp.reconciliation import SHOWN, Comparison, Group
from connectors.uisp.reconciliation_statements import FORWARDED
from connectors.uisp.target import Target, mark_of
from connectors.uisp.translation import day_of
from erp.locking import one_transaction
from erp.money import round_amount

_ZERO = Decimal(0)
_INVOICE = ("status", "total", "amountPaid")
_PAYMENT = ("amount", "creditAmount", "paymentCovers", "attributes")


class Sent(NamedTuple):
    """A row of the source that is in the target, with its id there."""

    entity: str
    external_id: str
    client: str
    target: str
    payload: Row


def compare_with_target(
    run: ImportRun, target: Target, names: Names, *, zone: str, with_money: bool, whole: bool
) -> tuple[Comparison, list[str]]:
    """The comparison, and what else differs. Nothing here is trusted but what the target answers now."""
    with one_transaction(company_id=run.company_id):
        rows = rows_of(FORWARDED, {"company": run.company_id, "run": run.id})
        sent = [Sent(row[0], row[1], row[2], row[3], exact_json(row[4])) for row in rows]
    invoices = {str(row["id"]): _part(row, _INVOICE) for row in target.client.every("invoices", {"order": "createdDate"})}
    payments = {str(row["id"]): _part(row, _PAYMENT) for row in target.client.every("payments", {"order": "createdDate"})}
    found, differing = _compared(sent, invoices, payments, zone=zone, whole=whole)
    if with_money:
        marks = Counter(mark_of(row) for row in payments.values())
        twice = [(mark, count) for mark, count in sorted(marks.items()) if mark.startswith(f"{names.source}:") and count > 1]
        differing += [f"payment {mark} is there {count} times" for mark, count in twice[:SHOWN]]
    return found, differing


def _part(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row.get(name) for name in names}


def compare_with_itself(settled: list[Settled], *, zone: str) -> Comparison:
    """Of a dry run: as if all that would be sent came out as it should."""
    sent = [
        Sent(one.row.entity, one.row.external_id, one.row.client, one.row.external_id, one.row.payload)
        for one in settled
        if one.state in {RowState.DONE, RowState.UNCHANGED}
    ]
    invoices = {one.external_id: one.payload for one in sent if one.entity == Entity.INVOICE}
    payments = {one.external_id: one.payload for one in sent if one.entity == Entity.PAYMENT}
    return _compared(sent, invoices, payments, zone=zone, whole=False)[0]


def _compared(
    sent: list[Sent], invoices: Mapping[str, Row], payments: Mapping[str, Row], *, zone: str, whole: bool
) -> tuple[Comparison, list[str]]:
    found, differing = Comparison(), list[str]()
    ids = {one.external_id: one.target for one in sent if one.entity == Entity.INVOICE}
    balances: defaultdict[str, Decimal] = defaultdict(Decimal)
    named: set[str] = set()
    settle_there = 0
    for one in sent:
        if one.entity == Entity.INVOICE:
            there = invoices.get(one.target)
            _add_invoice(found, one, there, zone)
            named |= {str(cover["paymentId"]) for cover in one.payload.get("paymentCovers") or [] if cover.get("paymentId")}
            if there is not None and there.get("status") in {1, 2, 3}:
                balances[one.client] += amount_of(there, "total") - amount_of(there, "amountPaid")
        elif one.entity == Entity.PAYMENT:
            there = payments.get(one.target)
            wanted = {ids.get(key, key): amount for key, amount in covers_of(one.payload).items()}
            paid = {} if there is None else covers_there(there)
            if paid != wanted:
                differing.append(f"payment {one.external_id} pays {spelled(paid)} there, should pay {spelled(wanted)}")
            settle_there += bool(paid)
            found.payment_count += 1
            credit = _ZERO if there is None else round_amount(Decimal(there.get("creditAmount") or 0))
            amount = _ZERO if there is None else round_amount(Decimal(there["amount"]))
            found.money = (found.money[0] + amount_of(one.payload, "amount"), found.money[1] + amount)
            found.credit = (found.credit[0] + amount_of(one.payload, "creditAmount"), found.credit[1] + credit)
            balances[one.client] -= credit
    found.payments = (len(named), settle_there)
    for one in sent if whole else ():
        if one.entity == Entity.CLIENT and one.payload.get("accountOutstanding") is not None:
            theirs = amount_of(one.payload, "accountOutstanding") - amount_of(one.payload, "accountCredit")
            if theirs != balances[one.external_id]:
                found.clients.append((one.external_id, theirs, balances[one.external_id]))
    if len(differing) > SHOWN:
        differing[SHOWN:] = [f"… and {len(differing) - SHOWN:,} more payments"]
    return found, differing


def _add_invoice(found: Comparison, one: Sent, there: Row | None, zone: str) -> None:
    row = one.payload
    total, paid = amount_of(row, "total"), amount_of(row, "amountPaid")
    group = Group(row["status"], str(row.get("currencyCode") or ""), f"{day_of(row, 'createdDate', zone):%Y-%m}")
    theirs, ours = found.groups.get(group, ((0, _ZERO, _ZERO), (0, _ZERO, _ZERO)))
    theirs = (theirs[0] + 1, theirs[1] + total, theirs[2] + paid)
    told: Any = "absent"
    if there is not None:
        total_there, paid_there = amount_of(there, "total"), amount_of(there, "amountPaid")
        ours = (ours[0] + 1, ours[1] + total_there, ours[2] + paid_there)
        told = f"{there.get('status')} {total_there} paid {paid_there}"
    found.groups[group] = (theirs, ours)
    if (wanted := f"{row['status']} {total} paid {paid}") != told:
        found.invoices.append((one.external_id, wanted, told))
    if Decimal(row["total"]) != total:
        found.rounded = (found.rounded[0] + 1, found.rounded[1] + total - Decimal(row["total"]))
