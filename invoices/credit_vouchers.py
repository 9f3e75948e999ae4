"""Booking credit and debit notes inside somebody's transaction: their legs and goods, their voucher, what it settles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from accounting.charts import accounts_by_role
from accounting.gst import Component
from accounting.kinds import AccountRole, VoucherKind
from accounting.periods import BookingYear
from accounting.vouchers import Leg, NewVoucher, PartyName, party_accounts, write_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.identifiers import new_id
from erp.locking import Locks
from erp.money import add
from erp.numbering import Series
from erp.outbox import record_events
from inventory.documents import Numbers
from invoices.credit_goods import SOURCE, GoodsMoved, choose_goods, pass_on, write_goods
from invoices.credit_queries import show_credit_note
from invoices.credit_rules import CREDIT_ROLES, DEBIT_ROLES, ZERO, credit_legs, debit_legs
from invoices.credits import COMPONENTS, add_allocation, is_stock
from invoices.document_legs import InCurrency
from invoices.exchange import InBase
from invoices.exchanges import currency_of, parts_in_base
from invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceItem
from invoices.plans import Share
from invoices.purchase_vouchers import named_account, refuse_closed
from invoices.settlements import receive, settlement_events
from invoices.status import CreditNoteStatus


@dataclass(frozen=True, slots=True)
class Booking:
    """All that a posting needs but its numbers, which are taken last.

    `share` is what it settles of its own invoice, None when nothing is open there; `part` that in base, in another currency.
    """

    goods: GoodsMoved
    legs: list[Leg]
    narration: str
    share: Share | None
    part: InBase | None

    def series(self, year: int) -> dict[Series, int]:
        """What numbers it takes: the voucher's, and one of the transfer of goods that go on."""
        return {Series("JV", year): 1} | ({Series("STK", year): 1} if self.goods.there is not None else {})

    @staticmethod
    def named(numbers: Mapping[Series, Sequence[str]], year: int) -> Numbers:
        """Those that were taken."""
        return Numbers(numbers.get(Series("STK", year), [""])[0], numbers[Series("JV", year)][0])


def prepare_booking(
    locks: Locks, note: CreditNote, lines: Sequence[CreditNoteLine], invoice: Invoice, *, day: date, actor: Actor
) -> Booking:
    """The goods and the legs of a note of a locked invoice. Takes ranks STOCK and ACCOUNT.

    Raises LayersUsed, InsufficientStock for goods of a purchase that cannot go back.
    """
    party = invoice.party
    assert party is not None, "a posted invoice has its party"
    goods = choose_goods(locks, note, lines, day=day, actor=actor)
    applied = min(note.total_value, invoice.total_value - invoice.amount_received)
    share = Share(new_id(), invoice.id, applied) if applied else None
    parts = parts_in_base(locks, note, [share] if share else [], {invoice.id: invoice}, actor)
    part = parts[share.allocation_id] if share and parts else None
    money = _Money(currency_of(note, actor), part.gained if part else ZERO)
    named = PartyName(party.id, party.code, party.name)
    legs_of = _debit_legs if note.is_debit else _credit_legs
    legs = legs_of(locks, note, lines, goods.cost, named, money)
    return Booking(goods, legs, f"for {invoice.invoice_no} {party.name}", share, part)


class _Money(NamedTuple):
    """The other currency of a note, if it has one, and what it is worth more in base than what it settles."""

    rate: InCurrency | None
    gained: Decimal


def _credit_legs(
    locks: Locks, note: CreditNote, lines: Sequence[CreditNoteLine], cost: Decimal, party: PartyName, money: _Money
) -> list[Leg]:
    """J7."""
    return credit_legs(
        net=note.subtotal,
        taxes=_taxes(lines),
        round_off=note.round_off,
        cost=cost,
        receivable_id=party_accounts(locks, AccountRole.RECEIVABLE, [party])[party.id],
        accounts=accounts_by_role(locks.company_id, CREDIT_ROLES),
        rate=money.rate,
        gained=money.gained,
    )


def _debit_legs(
    locks: Locks, note: CreditNote, lines: Sequence[CreditNoteLine], cost: Decimal, party: PartyName, money: _Money
) -> list[Leg]:
    """J8."""
    rows = InvoiceItem.objects.of(locks).filter(id__in=[line.invoice_item_id for line in lines])
    items = list(rows.select_related("account").order_by("line_no"))
    refuse_closed(items)
    stock = {item.id for item in items if is_stock(item)}
    nets = {line.invoice_item_id: line.line_total for line in lines}
    named = [(account, nets[item.id]) for item in items if (account := named_account(item)) is not None]
    goods_nets = [line.line_total for line in lines if line.invoice_item_id in stock]
    return debit_legs(
        goods_nets=goods_nets,
        other_net=note.subtotal - add([*goods_nets, *(net for _, net in named)]),
        taxes=_taxes(lines),
        round_off=note.round_off,
        cost=cost,
        payable_id=party_accounts(locks, AccountRole.PAYABLE, [party])[party.id],
        accounts=accounts_by_role(locks.company_id, DEBIT_ROLES),
        named=named,
        rate=money.rate,
        gained=money.gained,
    )


def _taxes(lines: Sequence[CreditNoteLine]) -> dict[Component, Decimal]:
    return {component: add([getattr(line, name) for line in lines]) for component, name in COMPONENTS.items()}


def book_note(
    locks: Locks,
    note: CreditNote,
    booking: Booking,
    *,
    numbers: Numbers,
    year: BookingYear,
    day: date,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Write voucher and movements; the note, still to be saved, says that it is posted and what it settles.

    Goods that go on into another warehouse are transferred.
    """
    voucher = NewVoucher(
        kind=VoucherKind.DEBIT_NOTE if note.is_debit else VoucherKind.CREDIT_NOTE,
        number=numbers.voucher,
        fiscal_year_id=year.id,
        voucher_date=day,
        source_kind=SOURCE,
        source_id=note.id,
        legs=booking.legs,
        currency_id=actor.company.base_currency_id,
        narration=f"{note.credit_note_number} {booking.narration}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    write_vouchers(locks, [voucher], now=now)
    write_goods(locks, booking.goods, note_id=note.id, voucher_id=voucher.id, day=day, now=now)
    if booking.goods.there is not None:
        pass_on(locks, note, booking.goods, number=numbers.document, day=day, actor=actor, now=now)
    note.voucher_id = voucher.id
    note.status = CreditNoteStatus.POSTED.value
    note.amount_applied = booking.share.amount if booking.share else ZERO
    return voucher.id


def settle_its_invoice(
    locks: Locks, note: CreditNote, invoice: Invoice, booking: Booking, *, day: date, actor: Actor, now: datetime
) -> None:
    """The invoice is settled by what was prepared, which the saved note says; both are announced."""
    share = booking.share
    if share is not None:
        receive(locks, [(invoice, share.amount)], now)
        add_allocation(locks, note, share, part=booking.part, day=day, now=now)
    shown = show_credit_note(actor, note.id)
    posted = announcement(
        "credit_note_posted", subject_kind=SOURCE, subject_id=note.id, payload=shown, actor=actor, now=now, lines="lines"
    )
    of_invoice = settlement_events([invoice], actor=actor, now=now) if share else []
    record_events(locks, [posted, *of_invoice], now=now)
