"""Settling in another currency, inside somebody's transaction: rates, a payment's legs in base, what was gained or lost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Sum

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.models import Voucher
from accounting.periods import BookingYear
from accounting.rates import rate_on
from accounting.vouchers import Foreign, Leg, NewVoucher, merge_legs, signed_leg, write_vouchers
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.locking import Locks
from erp.models.scoped import HasCompany
from erp.money import add, base_amount
from erp.numbering import Series, take_numbers
from invoices.document_legs import InCurrency
from invoices.exchange import InBase, Open, settle_in_base
from invoices.models import CreditNote, CreditNoteAllocation, Invoice, Payment, PaymentAllocation
from invoices.plans import Share

OF_PAYMENT, OF_CREDIT = "payment_allocation", "credit_allocation"
"""What a voucher of an exchange difference stands for; its id is the allocation's, or the release's."""
_ZERO = Decimal("0.00")


def is_foreign(document: Payment | CreditNote | Invoice, actor: Actor) -> bool:
    """Whether the document is in a currency that is not the company's."""
    return document.currency_id is not None and document.currency_id != actor.company.base_currency_id


def currency_of(document: CreditNote | Invoice, actor: Actor) -> InCurrency | None:
    """The other currency that the document is in, and the rate that is fixed; None for the company's own."""
    if not is_foreign(document, actor):
        return None
    assert document.currency_id is not None, "what is in another currency names it"
    assert document.exchange_rate is not None, "what is booked has its rate"
    return InCurrency(document.currency_id, document.exchange_rate)


def fix_rate(document: Payment | Invoice, day: date, actor: Actor) -> None:
    """Set the rate at which a document is posted on this day. Raises NoExchangeRate."""
    currency = document.currency
    if currency is not None and is_foreign(document, actor):
        document.exchange_rate = rate_on(document, actor, currency_id=currency.id, code=currency.code, day=day)


def parts_in_base(
    locks: Locks,
    document: Payment | CreditNote,
    shares: Sequence[Share],
    invoices: Mapping[UUID, Invoice],
    actor: Actor,
) -> dict[UUID, InBase]:
    """Allocation → its parts in base, of shares that fit, before the sums say them; nothing in the company's own currency.

    The invoices are locked, what settles them too or new, and their rates are fixed.
    """
    if not shares or not is_foreign(document, actor):
        return {}
    one = _settling(document)
    wanted = {share.invoice_id for share in shares}
    settled: dict[Any, Decimal] = {}
    for kind in (PaymentAllocation, CreditNoteAllocation):
        for invoice_id, base in _sums(kind.objects.of(locks).filter(invoice_id__in=wanted), "invoice_id", "settled_base"):
            settled[invoice_id] = settled.get(invoice_id, _ZERO) + base
    paid = dict(_sums(one.rows.objects.of(locks).filter(**{one.column: one.id}), one.column, "paid_base"))
    return settle_in_base(
        shares,
        source=Open(one.amount - one.used, worth_in_base(one.amount, one.rate) - paid.get(one.id, _ZERO)),
        invoices={
            invoice_id: Open(
                invoices[invoice_id].total_value - invoices[invoice_id].amount_received,
                worth_in_base(invoices[invoice_id].total_value, invoices[invoice_id].exchange_rate)
                - settled.get(invoice_id, _ZERO),
            )
            for invoice_id in wanted
        },
    )


class _Settling(NamedTuple):
    """What settles invoices: how much, of which `used` settles some already; its allocations, and how they name it."""

    id: UUID
    number: str
    amount: Decimal
    used: Decimal
    rate: Decimal | None
    rows: type[PaymentAllocation] | type[CreditNoteAllocation]
    column: str
    source: str
    party: AccountRole

    @property
    def sign(self) -> int:
        """1 for what lowers a customer's debt, -1 for what lowers ours."""
        return -1 if self.party is AccountRole.PAYABLE else 1


def _settling(document: Payment | CreditNote) -> _Settling:
    if isinstance(document, CreditNote):
        party = AccountRole.PAYABLE if document.is_debit else AccountRole.RECEIVABLE
        return _Settling(
            document.id,
            document.credit_note_number,
            document.total_value,
            document.amount_applied,
            document.exchange_rate,
            CreditNoteAllocation,
            "credit_note_id",
            OF_CREDIT,
            party,
        )
    return _Settling(
        document.id,
        document.payment_number,
        document.amount,
        document.allocated_amount,
        document.exchange_rate,
        PaymentAllocation,
        "payment_id",
        OF_PAYMENT,
        _party_role(document),
    )


def worth_in_base(amount: Decimal, rate: Decimal | None) -> Decimal:
    assert rate is not None, "what is posted has its rate"
    return base_amount(amount, rate)


def payment_legs(locks: Locks, payment: Payment, parts: Mapping[UUID, InBase], account_id: UUID, actor: Actor) -> list[Leg]:
    """J5: BANK or CASH against the customer's RECEIVABLE. J6: the supplier's PAYABLE against BANK or CASH.

    In another currency the money is at the payment's rate, the party at what the invoices were booked at; the difference is
    FX_REALISED. What settles nothing yet stays on the party's account at the payment's rate.
    """
    money, party = payment.account_id, _party_role(payment)
    role, sign = AccountRole(payment.account.role), _sign(payment)
    if not is_foreign(payment, actor):
        legs = [signed_leg(money, role, sign * payment.amount), signed_leg(account_id, party, -sign * payment.amount)]
        return legs[::sign]
    worth = worth_in_base(payment.amount, payment.exchange_rate)
    gained = add([part.gained for part in parts.values()])
    amount = sign * payment.amount
    legs = [
        signed_leg(money, role, sign * worth, Foreign(payment.currency_id, amount)),
        signed_leg(account_id, party, -sign * (worth - gained), Foreign(payment.currency_id, -amount)),
    ]
    if gained:
        legs.append(signed_leg(_fx_account(locks), AccountRole.FX_REALISED, -sign * gained))
    return merge_legs(legs)


def book_differences(
    locks: Locks,
    document: Payment | CreditNote,
    rows: Iterable[PaymentAllocation | CreditNoteAllocation],
    *,
    account_id: UUID,
    year: BookingYear,
    day: date,
    actor: Actor,
    now: datetime,
) -> None:
    """J10: a voucher FX for each allocation or release that is worth something else on its two sides; there may be none.

    `rows` are of the document, `account_id` is the party's. The company's period is locked; takes rank SERIES.
    """
    worth = [(row, gained) for row in rows if (gained := (row.paid_base or _ZERO) - (row.settled_base or _ZERO))]
    if not worth:
        return
    one, fx = _settling(document), _fx_account(locks)
    series = Series("JV", year.year)
    numbers = take_numbers(locks, {series: len(worth)})[series]
    vouchers = [
        NewVoucher(
            kind=VoucherKind.FX,
            number=number,
            fiscal_year_id=year.id,
            voucher_date=day,
            source_kind=one.source,
            source_id=row.id,
            legs=[
                signed_leg(account_id, one.party, one.sign * gained, Foreign(document.currency_id, _ZERO)),
                signed_leg(fx, AccountRole.FX_REALISED, -one.sign * gained),
            ],
            currency_id=actor.company.base_currency_id,
            narration=f"Exchange difference of {one.number}",
            posted_by_id=actor.id if actor.kind == "user" else None,
        )
        for (row, gained), number in zip(worth, numbers, strict=True)
    ]
    write_vouchers(locks, vouchers, now=now)
    deeds = [Audit("book_exchange_difference", one.source, voucher.source_id) for voucher in vouchers]
    record_audit(locks, deeds, actor=actor, now=now)


def standing_differences(scope: HasCompany, payment_id: UUID) -> list[Voucher]:
    """The vouchers FX of a payment's allocations and releases that no reversal has taken back, by their numbers."""
    rows = PaymentAllocation.objects.of(scope).filter(payment_id=payment_id).values("id")
    vouchers = Voucher.objects.of(scope).filter(source_kind=OF_PAYMENT, source_id__in=rows, reverses=None)
    undone = Voucher.objects.of(scope).filter(reverses_id=OuterRef("pk"))
    return list(vouchers.exclude(Exists(undone)).order_by("number"))


def days_of_differences(scope: HasCompany, payment_id: UUID) -> list[date]:
    """When they were booked: nothing is taken back before."""
    return [voucher.voucher_date for voucher in standing_differences(scope, payment_id)]


def _sums(rows: QuerySet[Any], owner: str, column: str) -> Iterator[tuple[Any, Decimal]]:
    summed = rows.values(owner).annotate(base=Sum(column)).order_by()
    return ((row[owner], row["base"] or _ZERO) for row in summed)


def _party_role(payment: Payment) -> AccountRole:
    return AccountRole.PAYABLE if payment.is_outgoing else AccountRole.RECEIVABLE


def _sign(payment: Payment) -> int:
    """1 for money in, a debit of BANK; -1 for money out."""
    return -1 if payment.is_outgoing else 1


def _fx_account(locks: Locks) -> UUID:
    return accounts_by_role(locks.company_id, [AccountRole.FX_REALISED])[AccountRole.FX_REALISED]
