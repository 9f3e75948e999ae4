"""Writing what has been posted, in one statement: books, stock, orders, invoices, events and audit entries.

One statement, because each of them costs a round trip while the series of the company is locked, and because the triggers
that judge books, stock and documents against each other then see all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from accounting.vouchers import NewVoucher, entry_rows, header_rows
from erp.access import Actor
from erp.audit import Audit, audit_rows
from erp.cautions import Caution
from erp.locking import Locks
from erp.logging import current_request_id
from erp.money import add
from erp.outbox import Event, event_rows, wake_on_commit
from erp.rows import as_json
from inventory.fifo import Taking
from inventory.kinds import MovementKind
from inventory.order_billing import order_quantities
from inventory.reservations import release_rows
from inventory.stock import Issue, Place, issue_rows
from invoices.content import InvoiceContent
from invoices.events import SUBJECT, invoice_event
from invoices.inclusive_tax import place_of_supply
from invoices.posting_rows import InvoiceRow, LineRow
from invoices.posting_rules import PostingLine, due_date_of, settled_status
from invoices.posting_statements import WRITE_POSTED, WRITE_POSTED_WITH_STOCK

NOTHING_RECEIVED = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Told:
    """How a posting is announced and audited. What is `revised` has begun its version already, with its content."""

    action: str = "post_invoice"
    changes: str = ""
    revised: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """An invoice as it was, what it took from which layers by line, and the voucher that stands for it in the books.

    `received` is what has settled it already, of a revision only. `cautions` say what was done with doubt.
    """

    invoice: InvoiceRow
    lines: Sequence[PostingLine]
    takings: Mapping[UUID, Sequence[Taking]]
    voucher: NewVoucher
    received: Decimal = NOTHING_RECEIVED
    told: Told = Told()
    cautions: Sequence[Caution] = ()

    @property
    def status(self) -> str:
        """The state in the books that follows: a total of 0.00 is PAID at once."""
        return settled_status(self.received, self.invoice.total_value)

    @property
    def version(self) -> int:
        return self.invoice.version + (1 if self.told.revised is None else 0)


def write_posted(
    locks: Locks,
    posted: Sequence[Posted],
    *,
    take_numbers: Callable[[], Sequence[str]],
    day: date,
    actor: Actor,
    now: datetime,
) -> list[Posted]:
    """Write all of it, with the event of each; answers it with the numbers of its vouchers. Invoices, orders and places are
    locked.

    The numbers are taken when everything else has been made ready: the series of a company is what all its postings wait
    for, and whoever holds it should have nothing left to do but write.
    """
    issues = _issues(posted)
    quantities = _order_quantities(posted)
    parameters: dict[str, Any] = {
        "company": locks.company_id,
        "now": now,
        "ids": [one.invoice.id for one in posted],
        "invoices": as_json([_header(one) for one in posted]),
        "lines": as_json([line for one in posted for line in _lines(one)]),
        "audit": audit_rows(
            [Audit(one.told.action, SUBJECT, one.invoice.id, one.told.changes) for one in posted],
            actor.signature(current_request_id.get()),
        ),
    }
    parameters |= entry_rows([one.voucher for one in posted])
    moves = bool(issues or quantities)
    if moves:
        parameters |= issue_rows(issues, day=day)
        parameters |= release_rows(quantities)
        parameters["posted_quantities"] = order_quantities(quantities)
    numbers = take_numbers()
    numbered = [
        replace(one, voucher=replace(one.voucher, number=number)) for one, number in zip(posted, numbers, strict=True)
    ]
    parameters |= header_rows([one.voucher for one in numbered])
    parameters["events"] = event_rows([_event(one, actor, now) for one in numbered])
    with connection.cursor() as cursor:
        cursor.execute(WRITE_POSTED_WITH_STOCK if moves else WRITE_POSTED, parameters)
        headers, events = cursor.fetchone()
    assert headers == events == len(posted), "locked invoices are as they were read"
    wake_on_commit()
    return numbered


def _issues(posted: Sequence[Posted]) -> list[Issue]:
    return [
        Issue(
            place=Place(line.tracked_item, one.invoice.warehouse_id),
            kind=MovementKind.SALE,
            source_kind=SUBJECT,
            source_id=one.invoice.id,
            source_line_id=line.id,
            voucher_id=one.voucher.id,
            takings=one.takings[line.id],
        )
        for one in posted
        for line in one.lines
        if line.tracked_item is not None and one.invoice.warehouse_id is not None
    ]


def _order_quantities(posted: Sequence[Posted]) -> dict[UUID, Decimal]:
    """Order line → what is posted of it now."""
    quantities: dict[UUID, Decimal] = {}
    for one in posted:
        for line in one.lines:
            if line.order_line_id is not None:
                quantities[line.order_line_id] = quantities.get(line.order_line_id, Decimal(0)) + line.quantity
    return quantities


def _header(one: Posted) -> dict[str, Any]:
    invoice = one.invoice
    return {
        "id": invoice.id,
        "status": one.status,
        "voucher_id": one.voucher.id,
        "subtotal": add([line.net for line in one.lines]),
        "due_date": invoice.due_date or due_date_of(invoice.invoice_date, invoice.credit_days),
        "currency_id": invoice.currency_id,
        "exchange_rate": invoice.exchange_rate,
        "warehouse_id": invoice.warehouse_id,
        "version": one.version,
        **_taxed(invoice),
    }


def _taxed(invoice: InvoiceRow) -> dict[str, Any]:
    """What the tax of an imported invoice says of it; nothing where its prices include none."""
    ground = invoice.tax_ground
    if ground is None:
        return {}
    return {
        "tax_amount": invoice.tax_amount,
        "place_of_supply": place_of_supply(ground),
        "company_state_code": ground.state_code,
        "company_gstin": ground.gstin,
    }


def _taxes(invoice: InvoiceRow, line: LineRow) -> dict[str, Any]:
    if invoice.tax_ground is None:
        return {}
    named = {name: getattr(line, name) for name in ("gst_rate", "cgst", "sgst", "utgst", "igst")}
    return {**named, "hsn_code": line.item_hsn}


def _lines(one: Posted) -> list[dict[str, Any]]:
    return [
        {
            "id": line.id,
            "item_id": stored.item_id,
            "import_discount": stored.line_total - line.net,
            "posted_as_tracked": line.tracked_item is not None,
            **_taxes(one.invoice, stored),
        }
        for line, stored in zip(one.lines, one.invoice.lines, strict=True)
    ]


def _event(one: Posted, actor: Actor, now: datetime) -> Event:
    """The document as this statement leaves it; it is not read again."""
    content: InvoiceContent = msgspec.structs.replace(
        one.invoice.document, status=one.status, version=one.version, updated_at=now
    )
    books = {
        "books_status": content.status,
        "voucher_number": one.voucher.number,
        "amount_received": f"{one.received:.2f}",
        "outstanding_amount": f"{content.total_value - one.received:.2f}",
    }
    changed = one.told.revised
    kind = "invoice_posted" if changed is None else "invoice_updated"
    return invoice_event(kind, content, actor=actor, now=now, changed=changed, books=books)
