"""A client's rows on their way into another UISP: invoices, then payments, each looked up where it may be there already."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.foreign_rows import Row, RowRefused, amount_of
from connectors.models import ImportRow, ImportRun
from connectors.problems import OutcomeUnknown, RemoteNotFound, RemoteRefused
from connectors.runs import Settled, WaitingRow, mark_sent, read_arrived, read_waiting, settle_rows
from connectors.states import Entity, Reason, RowState, SkipReason
from connectors.uisp.bodies import Names, covers_of, invoice_body, moment_text, payment_body
from connectors.uisp.client import UispClient
from connectors.uisp.target import Stock, There, there_of
from connectors.uisp.translation import DRAFT, VOID, RowSkipped, Rules, status_of
from erp.locking import one_transaction
from erp.money import round_amount

_GARBLED = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Route:
    """Where rows go and on which terms: `stock` is what was there when the run began, `mark_key` finds payments."""

    client: UispClient
    stock: Stock
    names: Names
    rules: Rules
    mark_key: str


class Carrier:
    """All rows of one client. `settle` takes what became of rows, and keeps it; nothing is sent where `dry_run`."""

    def __init__(self, run: ImportRun, route: Route, client: str, *, dry_run: bool, should_stop: Callable[[], bool]) -> None:
        self._run, self._route, self._client, self._dry_run = run, route, client, dry_run
        self._should_stop = should_stop
        self._crm, self._stock = route.client, route.stock
        self._client_id = route.stock.clients.get(client)
        self._settled: list[Settled] = []
        self._unwritten: list[Settled] = []

    def carry(self) -> list[Settled]:
        """Send what has to be sent; answers what became of the rows. Raises what means that no row can be sent now.

        Each row that is sent is committed as SENT before, and as what became of it after; the others at the end.
        """
        with one_transaction(company_id=self._run.company_id) as locks:
            rows = read_waiting(locks, self._run.id, [self._client])
            self._arrived = read_arrived(locks, self._run.id, self._client)
        of = {entity: [row for row in rows if row.entity == entity] for entity in Entity}
        try:
            for row in of[Entity.CLIENT]:
                self._note(self._client_row(row, has_more=len(rows) > 1))
            for entity, judge in ((Entity.INVOICE, self._invoice), (Entity.PAYMENT, self._payment)):
                for row in sorted(of[entity], key=_in_order):
                    if self._should_stop():
                        return self._settled
                    self._note(self._judged(row, judge))
            return self._settled
        finally:
            self._write()

    # ── What becomes of a row ────────────────────────────────────────────────────────────────────────────────────────

    def _note(self, settled: Settled) -> None:
        if settled.target_there and settled.state in {RowState.DONE, RowState.UNCHANGED}:
            self._arrived[settled.row.entity, settled.row.external_id] = settled.target_there
        self._settled.append(settled)
        self._unwritten.append(settled)
        if settled.state in {RowState.DONE, RowState.UNKNOWN} or settled.http_status is not None:
            self._write()

    def _write(self) -> None:
        if self._unwritten and not self._dry_run:
            with one_transaction(company_id=self._run.company_id) as locks:
                settle_rows(locks, self._run.id, self._unwritten)
        self._unwritten = []

    def _judged(self, row: WaitingRow, judge: Callable[[WaitingRow], Settled]) -> Settled:
        try:
            if row.client and self._client_id is None:
                raise RowRefused(*self._no_client())
            return judge(row)
        except RowSkipped as skipped:
            return Settled(row, RowState.SKIPPED, code=skipped.reason)
        except RowRefused as refused:
            return Settled(row, RowState.FAILED, code=refused.reason, message=refused.message)
        except OutcomeUnknown as doubt:
            return Settled(row, RowState.UNKNOWN, code=Reason.UNKNOWN_OUTCOME, message=doubt.message)
        except (RemoteRefused, RemoteNotFound) as refused:
            return rejected(row, refused)
        except _GARBLED as garbled:
            text = f"It has another shape than any version's: {type(garbled).__name__} {garbled}"
            return Settled(row, RowState.FAILED, code=Reason.BAD_ROW, message=text)

    def _no_client(self) -> tuple[Reason, str]:
        if self._client in self._stock.shared:
            return Reason.DUPLICATE_CLIENT, f"Several clients of the target bear the ident {self._client}."
        return Reason.CLIENT_MISSING, f"No client of the target bears the ident {self._client}."

    def _client_row(self, row: WaitingRow, *, has_more: bool) -> Settled:
        if self._client_id is not None:
            return Settled(row, RowState.UNCHANGED, target_there=str(self._client_id))
        if row.payload.get("isLead"):
            return Settled(row, RowState.SKIPPED, code=SkipReason.LEAD)
        if not has_more:
            return Settled(row, RowState.SKIPPED, code=SkipReason.NOTHING_TO_MOVE)
        code, message = self._no_client()
        return Settled(row, RowState.FAILED, code=code, message=message)

    # ── Invoices ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _invoice(self, row: WaitingRow) -> Settled:
        status_of(row.payload, self._route.rules)
        body, wanted = invoice_body(row.payload, self._route.names), row.payload.get("status")
        number = body.get("number")
        if row.state is RowState.PENDING and wanted != DRAFT:
            known = self._stock.invoices.get(number or "")
        else:
            known = self._find_invoice(row, number)
        if known is not None:
            self._refuse_another(row, known)
            if wanted == VOID and known.status != VOID and not self._dry_run:
                self._void(known.id)
            return Settled(row, _found(row), target_there=str(known.id))
        if self._dry_run:
            return Settled(row, RowState.DONE, target_there="-")
        self._mark_sent(row)
        assert self._client_id is not None, "an invoice has a client"
        path, found = f"clients/{self._client_id}/invoices", None
        try:
            made = self._crm.transport.make(path, body, look_up=lambda: self._find_invoice(row, number))
        except RemoteRefused:
            # Where a first POST had arrived after all, the second one finds its number used.
            found = self._find_invoice(row, number)
            if found is None or not self._is_same(row, found):
                raise
            made = found
        there = made if isinstance(made, There) else there_of(made)
        if wanted == VOID and there.status != VOID:
            self._void(there.id)
        if not self._is_same(row, there):
            text = f"It came to {there.total} there, and is {row.payload.get('total')}."
            return Settled(row, RowState.CONFLICT, code=Reason.TOTAL_MISMATCH, message=text, target_there=str(there.id))
        return Settled(row, RowState.DONE, target_there=str(there.id))

    def _find_invoice(self, row: WaitingRow, number: str | None) -> There | None:
        """By its number; a draft has none, and is known by client, day and total."""
        if number is None:
            asked: dict[str, Any] = {"clientId": self._client_id, "statuses[]": DRAFT}
            return next((one for one in self._invoices(asked) if self._is_same(row, one)), None)
        organization = self._stock.organizations.get(self._client_id or 0, 0)
        asked = {"number": number} | ({"organizationId": organization} if organization else {})
        found = self._invoices(asked)
        return next((one for one in found if one.client_id == self._client_id), found[0] if found else None)

    def _invoices(self, asked: Mapping[str, Any]) -> list[There]:
        return [there_of(one) for one in self._crm.some("invoices", asked) if not one.get("proforma")]

    def _refuse_another(self, row: WaitingRow, there: There) -> None:
        if not self._is_same(row, there):
            text = f"The target has another invoice {row.payload.get('number')}: {there.total} of client {there.client_id}."
            raise RowRefused(Reason.DUPLICATE_NUMBER, text)

    def _is_same(self, row: WaitingRow, there: There) -> bool:
        return (
            there.client_id == self._client_id
            and round_amount(Decimal(there.total)) == amount_of(row.payload, "total")
            and instant(there.created) == instant(moment_text(row.payload, "createdDate"))
        )

    def _void(self, invoice_id: int) -> None:
        """Safe to repeat: one that is void stays so."""
        try:
            self._crm.transport.write("PATCH", f"invoices/{invoice_id}/void")
        except OutcomeUnknown:
            if self._crm.one("invoices", invoice_id).get("status") != VOID:
                self._crm.transport.write("PATCH", f"invoices/{invoice_id}/void")

    # ── Payments ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _payment(self, row: WaitingRow) -> Settled:
        covers = {self._invoice_there(one): amount for one, amount in covers_of(row.payload).items()}
        mark = self._route.names.mark(row.external_id)
        known = self._stock.payments.get(mark) if row.state is RowState.PENDING else self._find_payment(mark)
        if known is not None:
            return self._compared(row, known, covers, _found(row))
        ids = [int(one) if one.isdigit() else 0 for one in covers]
        body = payment_body(row.payload, self._route.names, client_id=self._client_id, invoice_ids=ids)
        if self._dry_run:
            return Settled(row, RowState.DONE, target_there="-")
        self._mark_sent(row)
        made: Row = self._crm.transport.make("payments", body, look_up=lambda: self._find_payment(mark))
        return self._compared(row, made, covers, RowState.DONE)

    def _invoice_there(self, external_id: str) -> str:
        key = (Entity.INVOICE, external_id)
        if (there := self._arrived.get(key)) is not None:
            return there
        met = next((one for one in self._settled if (one.row.entity, one.row.external_id) == key), None)
        if met is not None:
            if met.state is RowState.UNKNOWN:
                # Not refused for good: the next resume finds the invoice out, and then this payment's turn comes.
                raise OutcomeUnknown(f"It covers invoice {external_id}, of which it is not known whether it arrived.")
            raise RowRefused(Reason.BLOCKED_BY, f"It covers invoice {external_id}, which was not brought.")
        with one_transaction(company_id=self._run.company_id):
            rows = ImportRow.objects.of(self._run).filter(
                run=self._run, entity=Entity.INVOICE.value, external_id=external_id
            )
            client = rows.values_list("client_external_id", flat=True).first()
        if client is None:
            raise RowRefused(Reason.COVER_MISMATCH, f"It covers invoice {external_id}, which is not brought.")
        if client != self._client:
            raise RowRefused(Reason.CROSS_CLIENT_COVER, f"It covers invoice {external_id} of another client.")
        raise RowRefused(Reason.BLOCKED_BY, f"It covers invoice {external_id}, which was not brought.")

    def _find_payment(self, mark: str) -> Row | None:
        asked = {"customAttributeKey": self._route.mark_key, "customAttributeValue": mark}
        found = self._crm.some("payments", asked)
        return found[0] if found else None

    def _compared(self, row: WaitingRow, there: Row, covers: Mapping[str, Decimal], state: RowState) -> Settled:
        settled = Settled(row, state, target_there=str(there["id"]))
        paid = covers_there(there)
        if paid == covers and round_amount(Decimal(there["amount"])) == amount_of(row.payload, "amount"):
            return settled
        text = f"It pays {spelled(paid)} there, and should pay {spelled(covers)}."
        return replace(settled, state=RowState.CONFLICT, code=Reason.COVER_MISMATCH, message=text)

    def _mark_sent(self, row: WaitingRow) -> None:
        with one_transaction(company_id=self._run.company_id) as locks:
            mark_sent(locks, self._run.id, row)


def rejected(row: WaitingRow, refused: RemoteRefused | RemoteNotFound) -> Settled:
    """What the target understood and refused, in its words."""
    status = refused.status_there if isinstance(refused, RemoteRefused) else 404
    fields = "; ".join(f"{name}: {' '.join(map(str, texts))}" for name, texts in (refused.errors or {}).items())
    text = f"{refused.message} {fields}".strip()
    return Settled(row, RowState.FAILED, code=Reason.REJECTED, message=text, http_status=status)


def covers_there(payment: Row) -> dict[str, Decimal]:
    """What a payment of the target pays, by invoice, as it says itself."""
    found: dict[str, Decimal] = {}
    for cover in payment.get("paymentCovers") or []:
        key = str(cover.get("invoiceId"))
        found[key] = found.get(key, Decimal(0)) + round_amount(Decimal(cover["amount"]))
    return found


def spelled(covers: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{amount:.2f} of {key}" for key, amount in sorted(covers.items())) or "nothing"


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def _found(row: WaitingRow) -> RowState:
    """What is found of a row that was sent is what was sent."""
    return RowState.UNCHANGED if row.state is RowState.PENDING else RowState.DONE


def _in_order(row: WaitingRow) -> tuple[str, int, str]:
    key = row.external_id
    return str(row.payload.get("createdDate")), int(key) if key.isdigit() else 0, key
