"""What must be so before the first row is written; nothing is written before it passes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole
from accounting.models import FiscalYear
from connectors.models import ImportRun
from connectors.runs import rows_of
from connectors.uisp.target import Stock
from connectors.uisp.translation import Rules
from erp.access import Actor
from erp.locking import one_transaction
from erp.rights import Role
from invoices.history import HISTORY_ROLES

_SEEN = """
SELECT coalesce(w.payload->>'currencyCode', ''), coalesce(w.payload->>'organizationId', ''), count(*),
    min(w.payload->>'createdDate'), max(w.payload->>'createdDate')
FROM connectors_importrow w
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.entity = 'invoice' GROUP BY 1, 2 ORDER BY 1, 2
"""
_STRANGERS = """
SELECT count(DISTINCT w.client_external_id), count(*), coalesce(sum(round((w.payload->>'total')::numeric, 2)), 0)
FROM connectors_importrow w
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.entity = 'invoice'
    AND jsonb_typeof(w.payload->'total') = 'number' AND NOT EXISTS (
        SELECT 1 FROM connectors_importrow c WHERE c.company_id = w.company_id AND c.run_id = w.run_id
            AND c.entity = 'client' AND c.external_id = w.client_external_id)
    AND NOT EXISTS (SELECT 1 FROM connectors_externalref r WHERE r.company_id = w.company_id
        AND r.connection_id = %(connection)s AND r.entity = 'client' AND r.external_id = w.client_external_id)
"""
_STRANGERS_THERE = """
SELECT count(DISTINCT w.client_external_id), count(*), coalesce(sum(round((w.payload->>'total')::numeric, 2)), 0)
FROM connectors_importrow w
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.entity = 'invoice'
    AND jsonb_typeof(w.payload->'total') = 'number'
    AND w.client_external_id <> ALL(%(clients)s) AND w.client_external_id <> ALL(%(shared)s)
"""
_NUMBERS_THERE = """
SELECT count(*) FROM connectors_importrow w
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.entity = 'invoice' AND w.payload->>'number' = ANY(%(numbers)s)
"""
_NAMELESS = """
SELECT count(*) FROM connectors_importrow w
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.entity = 'client'
    AND coalesce(w.payload->>'companyName', w.payload->>'firstName', w.payload->>'lastName', '') = ''
"""
_USED_NUMBERS = """
SELECT count(*) FROM connectors_importrow w
JOIN invoices_invoice i ON i.company_id = w.company_id AND i.invoice_type = 'SALES'
    AND i.invoice_no = %(prefix)s || (w.payload->>'number') AND (i.origin <> 'HISTORY' OR i.status <> 'CANCELLED')
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.entity = 'invoice' AND NOT EXISTS (
    SELECT 1 FROM connectors_externalref r WHERE r.company_id = w.company_id AND r.invoice_id = i.id)
"""


@dataclass(frozen=True, slots=True)
class Preflight:
    """`refusals` stop the run, `remarks` are worth knowing before."""

    refusals: Sequence[str]
    remarks: Sequence[str]


def inspect(run: ImportRun, rules: Rules, *, actor: Actor, most_missing: int) -> Preflight:
    """Look at all that was staged, and at the books that shall take it."""
    refusals: list[str] = []
    remarks: list[str] = []
    parameters = {"company": run.company_id, "run": run.id, "connection": run.connection_id, "prefix": rules.number_prefix}
    with one_transaction(company_id=run.company_id):
        seen = rows_of(_SEEN, parameters)
        if foreign := sorted({row[0] for row in seen if row[0] not in {"", rules.currency}}):
            remarks.append(f"Invoices in {', '.join(foreign)} will be refused: the books are in {rules.currency}.")
        if len(organizations := {row[1] for row in seen if row[1]}) > 1:
            refusals.append(f"The invoices are of {len(organizations)} organisations: migrate one at a time.")
        missing, invoices, money = rows_of(_STRANGERS, parameters)[0]
        if missing > most_missing:
            refusals.append(
                f"{missing:,} clients are missing, with {invoices:,} invoices of {money} in all;"
                f" --max-missing {missing} goes on without them."
            )
        nameless, used = rows_of(_NAMELESS, parameters)[0][0], rows_of(_USED_NUMBERS, parameters)[0][0]
        if nameless:
            remarks.append(f"{nameless:,} clients have no name: they will be called Client <id>.")
        if used:
            remarks.append(f"{used:,} numbers are used here already; those invoices will be refused. --number-prefix helps.")
        if days := [str(row[place])[:10] for row in seen for place in (3, 4) if row[place]]:
            refusals += _periods(run, actor, date.fromisoformat(min(days)), date.fromisoformat(max(days)))
        have = accounts_by_role(run.company_id, [*HISTORY_ROLES, AccountRole.CASH, AccountRole.BANK])
        lacking = [role.value for role in (*HISTORY_ROLES, AccountRole.CASH, AccountRole.BANK) if role not in have]
        if lacking:
            refusals.append(f"The chart has no active account for {', '.join(lacking)}.")
    return Preflight(refusals, remarks)


def inspect_forwarding(
    run: ImportRun, rules: Rules, stock: Stock, *, currencies: Collection[str], taxes: Sequence[str], most_missing: int
) -> Preflight:
    """Look at all that was staged, and at the other CRM that shall take it; `taxes` are those that it does not have."""
    refusals: list[str] = []
    remarks: list[str] = []
    parameters: dict[str, Any] = {"company": run.company_id, "run": run.id}
    known = {"clients": list(stock.clients), "shared": list(stock.shared), "numbers": list(stock.invoices)}
    with one_transaction(company_id=run.company_id):
        seen = rows_of(_SEEN, parameters)
        missing, invoices, money = rows_of(_STRANGERS_THERE, parameters | known)[0]
        nameless = rows_of(_NAMELESS, parameters)[0][0]
        used = rows_of(_NUMBERS_THERE, parameters | known)[0][0]
    if foreign := sorted({row[0] for row in seen if row[0]} - set(currencies)):
        refusals.append(f"The target does not know {', '.join(foreign)}.")
    if len(organizations := {row[1] for row in seen if row[1]}) > 1:
        refusals.append(f"The invoices are of {len(organizations)} organisations: migrate one at a time.")
    if taxes:
        refusals.append(f"The target has no tax called {', '.join(taxes)}; make it there first.")
    if missing > most_missing:
        refusals.append(
            f"{missing:,} clients are missing in the target, with {invoices:,} invoices of {money} in all;"
            f" --max-missing {missing} goes on without them, --client-map says which is which."
        )
    if stock.shared:
        remarks.append(f"{len(stock.shared):,} idents are borne by several clients of the target: nothing is sent for them.")
    if nameless:
        remarks.append(f"{nameless:,} clients of the source have no name.")
    if used:
        remarks.append(f"{used:,} numbers are used in the target already: what is the same is left, what is not is refused.")
    return Preflight(refusals, remarks)


def _periods(run: ImportRun, actor: Actor, first: date, last: date) -> list[str]:
    company, found = actor.company, []
    if company.books_start_date and first < company.books_start_date:
        found.append(f"The books start on {company.books_start_date}; the history on {first}.")
    for name in ("hard_lock_date", "soft_lock_date"):
        held = getattr(company, name)
        is_held = name == "hard_lock_date" or actor.role not in {Role.OWNER, Role.ADMIN}
        if held and first <= held and is_held:
            found.append(
                f"Nothing is booked up to {held} ({name}); the history begins on {first}. An accountant reopens it."
            )
    closed = FiscalYear.objects.of(actor).filter(closed_at__isnull=False, start_date__lte=last, end_date__gte=first)
    found += [f"The fiscal year {year} is closed." for year in closed.order_by("year").values_list("year", flat=True)]
    return found
