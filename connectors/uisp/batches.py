"""A batch of whole clients: what their rows become, judged row by row, and written together. Inside one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from accounting.vouchers import PartyName
from connectors.foreign_rows import RowRefused
from connectors.models import ImportRow
from connectors.runs import Settled, WaitingRow
from connectors.states import Entity, Reason, RowState
from connectors.uisp.accounts import money_accounts
from connectors.uisp.batch_rows import BatchRows, Scene
from connectors.uisp.clients import take_clients
from connectors.uisp.translation import (
    InvoiceDraft,
    PaymentDraft,
    translate_invoice,
    translate_payment,
)
from erp.identifiers import new_id
from erp.locking import LockOrder
from inventory.models import Item
from inventory.unknown_items import UnknownItem, make_items
from invoices.histories import History, write_history
from invoices.history import HistoryInvoice, HistoryPayment, HistoryShare
from invoices.models import Invoice
from invoices.status import BooksStatus


class _Bill(NamedTuple):
    """An invoice that takes money: of this batch, or of one before (`is_older`)."""

    id: UUID
    customer_id: UUID
    day: date
    is_older: bool


class Batch:
    """Rows of some clients on their way. Read with everything they meet, then judged in Python, then written."""

    def __init__(self, scene: Scene, rows: Sequence[WaitingRow]) -> None:
        self._scene, self._locks, self._terms = scene, scene.locks, scene.terms
        self._rows = BatchRows(scene, rows)
        self._customers: dict[str, PartyName] = {}
        self._invoices: list[tuple[WaitingRow, InvoiceDraft, UUID]] = []
        self._bills: dict[str, _Bill] = {}
        self._room: dict[str, Decimal] = {}
        self._payments: list[tuple[WaitingRow, PaymentDraft, UUID]] = []

    def write(self) -> list[Settled]:
        """Judge and write all of it. Locks PARTY, INVOICE, PAYMENT, STOCK, ACCOUNT, SERIES."""
        self._locks.claim(LockOrder.PARTY)
        self._customers = take_clients(self._scene, self._rows)
        self._lock_older()
        self._judge_invoices()
        self._locks.claim(LockOrder.PAYMENT)
        self._judge_payments()
        self._write_documents()
        self._rows.write_refs()
        return self._rows.settled

    # ── Invoices ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _lock_older(self) -> None:
        """What earlier runs brought and payments of now may settle."""
        older = {
            ref.invoice_id: external_id
            for (entity, external_id), ref in self._rows.refs.items()
            if entity == Entity.INVOICE and ref.invoice_id is not None
        }
        rows = Invoice.objects.of(self._locks).filter(id__in=older)
        for invoice in self._locks.take(LockOrder.INVOICE, rows):
            if invoice.status in {BooksStatus.POSTED, BooksStatus.PARTIALLY_PAID, BooksStatus.PAID} and invoice.customer_id:
                external_id = older[invoice.id]
                self._bills[external_id] = _Bill(invoice.id, invoice.customer_id, invoice.invoice_date, is_older=True)
                self._room[external_id] = invoice.total_value - invoice.amount_received

    def _judge_invoices(self) -> None:
        drafts = []
        for row in self._rows.of(Entity.INVOICE):
            draft = self._rows.translated(row, lambda row=row: translate_invoice(row.payload, self._terms.rules))
            if draft is not None and not self._rows.is_known(row, draft.hash()):
                drafts.append((row, draft))
        drafts.sort(key=lambda one: (str(one[0].payload.get("createdDate")), _in_order(one[0].external_id)))
        numbers = [draft.number for _, draft in drafts]
        taken = set(
            Invoice.objects.of(self._locks)
            .filter(invoice_type="SALES", invoice_no__in=numbers)
            .exclude(origin="HISTORY", status="CANCELLED")
            .values_list("invoice_no", flat=True)
        )
        for row, draft in drafts:
            customer = self._customers.get(row.client)
            if customer is None:
                self._rows.settle(
                    row, RowState.FAILED, code=self._why_no_client(row), message=f"Its client is {row.client}."
                )
            elif draft.number in taken:
                text = f"There is an invoice {draft.number} already."
                self._rows.settle(row, RowState.FAILED, code=Reason.DUPLICATE_NUMBER, message=text)
            else:
                taken.add(draft.number)
                self._take_invoice(row, draft, customer)

    def _why_no_client(self, row: WaitingRow) -> str:
        is_here = any(one.external_id == row.client for one in self._rows.of(Entity.CLIENT))
        return Reason.BLOCKED_BY if is_here else Reason.CLIENT_MISSING

    def _take_invoice(self, row: WaitingRow, draft: InvoiceDraft, customer: PartyName) -> None:
        key = new_id()
        self._invoices.append((row, draft, key))
        if draft.status is BooksStatus.POSTED:
            self._bills[row.external_id] = _Bill(key, customer.id, draft.invoice_date, is_older=False)
            self._room[row.external_id] = draft.total
        self._rows.settle(row, RowState.DONE, key)
        exact = row.payload.get("total")
        self._rows.refer(row, draft.hash(), invoice_id=key, data={"total": str(exact)} if exact != draft.total else {})

    # ── Payments ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge_payments(self) -> None:
        drafts = []
        for row in self._rows.of(Entity.PAYMENT):
            draft = self._rows.translated(row, lambda row=row: translate_payment(row.payload, self._terms.rules))
            if draft is not None and not self._rows.is_known(row, draft.hash()):
                drafts.append((row, draft))
        elsewhere = self._rows_elsewhere(cover for _, draft in drafts for cover, _ in draft.covers)
        for row, draft in drafts:
            refused = self._fault_of(row, draft, elsewhere)
            if refused is not None:
                self._rows.settle(row, RowState.FAILED, code=refused.reason, message=refused.message)
                continue
            for cover, amount in draft.covers:
                self._room[cover] -= amount
            key = new_id()
            self._payments.append((row, draft, key))
            self._rows.settle(row, RowState.DONE, key)
            self._rows.refer(
                row, draft.hash(), payment_id=key, data={"synthetic": True} if row.payload.get("synthetic") else {}
            )

    def _rows_elsewhere(self, covers: Iterable[str]) -> dict[str, ImportRow]:
        """Invoices that payments cover and that are none of this batch, nor of an earlier run."""
        missing = set(covers) - self._bills.keys()
        rows = ImportRow.objects.of(self._locks).filter(
            run_id=self._scene.run_id, entity=Entity.INVOICE, external_id__in=missing
        )
        return {row.external_id: row for row in rows.defer("payload")}

    def _fault_of(self, row: WaitingRow, draft: PaymentDraft, elsewhere: Mapping[str, ImportRow]) -> RowRefused | None:
        customer = self._customers.get(draft.client)
        if draft.client and customer is None:
            return RowRefused(Reason(self._why_no_client(row)), f"Its client is {draft.client}.")
        here = {one.row.external_id: one for one in self._rows.settled if one.row.entity == Entity.INVOICE}
        left: dict[str, Decimal] = defaultdict(Decimal)
        for cover, amount in draft.covers:
            bill, other = self._bills.get(cover), elsewhere.get(cover)
            left[cover] += amount
            if bill is None and cover in here and here[cover].state is RowState.FAILED:
                return RowRefused(Reason.BLOCKED_BY, f"It covers invoice {cover}, which was refused.")
            if (bill is not None and (customer is None or bill.customer_id != customer.id)) or (
                bill is None and other is not None and other.client_external_id != draft.client
            ):
                return RowRefused(Reason.CROSS_CLIENT_COVER, f"It covers invoice {cover} of another client.")
            if bill is None:
                return RowRefused(Reason.COVER_MISMATCH, f"It covers invoice {cover}, which is not brought.")
            if left[cover] > self._room[cover]:
                return RowRefused(Reason.COVER_MISMATCH, f"Invoice {cover} would be paid more than it is worth.")
        return None

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _write_documents(self) -> None:
        self._locks.claim(LockOrder.STOCK)
        names = {
            line.code: line.code.removeprefix("UISP-").capitalize()
            for _, one, _ in self._invoices
            for line in one.lines
            if not line.is_tax
        }
        items = self._items(names)
        accounts = money_accounts(
            self._locks, [one for _, one, _ in self._payments], self._terms.connection, self._terms.methods
        )
        received: dict[UUID, Decimal] = defaultdict(Decimal)
        payments = []
        for _, draft, key in self._payments:
            account_id, role = accounts[(draft.mode, draft.gateway)]
            shares = [HistoryShare(self._bills[cover].id, amount) for cover, amount in draft.covers]
            for share in shares:
                received[share.invoice_id] += share.amount
            customer = self._customers.get(draft.client)
            payments.append(
                HistoryPayment(
                    id=key, payment_date=draft.payment_date, customer_id=customer.id if customer else None, mode=draft.mode,
                    account_id=account_id, account_role=role, amount=draft.amount, shares=shares, reference=draft.reference,
                    notes=draft.notes,
                )
            )  # fmt: skip
        invoices = [
            HistoryInvoice(
                id=key, number=draft.number, invoice_date=draft.invoice_date, due_date=draft.due_date,
                customer_id=self._customers[row.client].id, lines=draft.lines, total=draft.total, round_off=draft.round_off,
                status=draft.status, remarks=draft.remarks, notes=draft.notes, received=received[key],
            )
            for row, draft, key in self._invoices
        ]  # fmt: skip
        parties = {one.id: one for one in self._customers.values()}
        named = {one.customer_id for one in invoices} | {one.customer_id for one in payments}
        write_history(
            self._locks,
            History(
                invoices=invoices,
                payments=payments,
                parties={key: one for key, one in parties.items() if key in named},
                items=items,
                older={bill.id: bill.day for bill in self._bills.values() if bill.is_older},
            ),
            actor=self._scene.actor,
            now=self._scene.now,
        )

    def _items(self, names: Mapping[str, str]) -> dict[str, UUID]:
        """One item for each type that UISP knows, made by the first line; nothing of it is kept in stock."""
        found = dict(Item.objects.of(self._locks).filter(sku__in=list(names), is_active=True).values_list("sku", "id"))
        missing = {code: UnknownItem(name, Decimal(0)) for code, name in names.items() if code not in found}
        if missing:
            made = make_items(self._locks, missing, tracked=False, actor=self._scene.actor, now=self._scene.now)
            found |= {code: item.id for code, item in made.items()}
        return found


def _in_order(external_id: str) -> tuple[int, str]:
    return (int(external_id) if external_id.isdigit() else 0, external_id)
