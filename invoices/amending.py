"""What may still change on an invoice that we keep: its texts and due date; and cancelling one that is not posted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, require_version
from erp.locking import LockOrder, Locks
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound
from invoices.bill_events import invoice_events
from invoices.books_queries import CANCEL
from invoices.events import SUBJECT
from invoices.models import Invoice
from invoices.order_quantities import give_back_to_order, lock_order_of
from invoices.reversing import InFulfilment
from invoices.status import BooksStatus, FulfilmentStatus, Origin

WHEN_POSTED = frozenset({"due_date", "notes"})
"""Columns that may change on a posted invoice; a draft's addresses, too."""


class WrongState(Conflict):
    """The document is in a state that does not allow this: the message names it."""

    code = "wrong-state"


class UseCreditNote(Conflict):
    """The invoice is posted, and what is posted stays. Credit it, or reverse it."""

    code = "use-credit-note"
    message = "A posted invoice is not cancelled: credit it, or reverse it."


@use_case
def change_invoice(
    locks: Locks,
    *,
    invoice_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> UUID:
    """Change due date, addresses or notes; its id. Locks INVOICE. Records `invoice_updated` when something differs.

    Raises NotFound, Stale, WrongState.
    """
    invoice = _lock(locks, invoice_id, actor)
    require_version(invoice.version, expected_version)
    if invoice.status == BooksStatus.CANCELLED:
        raise WrongState("The invoice is CANCELLED; nothing of it changes.", data={"status": invoice.status})
    frozen = changes.keys() - WHEN_POSTED
    if invoice.status != BooksStatus.DRAFT and frozen:
        raise WrongState(
            f"The invoice is {invoice.status}; only due_date and notes may change.",
            errors={name: ["Frozen since the invoice was posted."] for name in sorted(frozen)},
            data={"status": invoice.status},
        )
    changed = apply_changes(invoice, changes)
    if changed:
        _next_version(locks, "invoice_updated", invoice, actor, now, changed=sorted(changed))
        audit = Audit("change_invoice", SUBJECT, invoice.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return invoice.id


@use_case
def cancel_invoice(
    locks: Locks,
    *,
    invoice_id: UUID,
    actor: Actor,
    now: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> UUID:
    """DRAFT → CANCELLED; its id. The number stays visible, the quantities go back to the order. Again: nothing happens.

    Locks INVOICE, SALES_ORDER or PURCHASE_ORDER. Records `invoice_cancelled`. Raises NotFound, Stale, UseCreditNote,
    InFulfilment.
    """
    invoice = _lock(locks, invoice_id, actor)
    if invoice.status == BooksStatus.CANCELLED:
        return invoice.id
    require_version(invoice.version, expected_version)
    if invoice.status != BooksStatus.DRAFT:
        raise UseCreditNote(data={"status": invoice.status})
    # History is called delivered, and no warehouse ever had it.
    if invoice.origin != Origin.HISTORY and invoice.fulfilment_status not in {None, FulfilmentStatus.INVOICED}:
        raise InFulfilment(data={"fulfilment_status": invoice.fulfilment_status})
    lock_order_of(locks, invoice)
    give_back_to_order(locks, invoice, now=now)
    invoice.status = BooksStatus.CANCELLED.value
    _next_version(locks, "invoice_cancelled", invoice, actor, now)
    changes = changes_text({"reason": ["", reason]}) if reason else ""
    record_audit(locks, [Audit(CANCEL, SUBJECT, invoice.id, changes)], actor=actor, now=now)
    return invoice.id


def _lock(locks: Locks, invoice_id: UUID, actor: Actor) -> Invoice:
    found = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=invoice_id))
    if not found:
        raise NotFound("Invoice not found")
    return found[0]


def _next_version(
    locks: Locks, kind: str, invoice: Invoice, actor: Actor, now: datetime, *, changed: list[str] | None = None
) -> None:
    """Save the invoice as its next version, and announce it."""
    invoice.version += 1
    invoice.updated_at = now
    columns = ["due_date", "billing_address", "shipping_address", "notes", "status", "version", "updated_at"]
    invoice.save(update_fields=columns)
    told = invoice_events(
        [invoice], kind=kind, actor=actor, now=now, changed=changed, books=lambda one: {"books_status": one.status}
    )
    record_events(locks, told, now=now)
