"""Payments in another currency, inside somebody's transaction: their rate, their legs in base, what rates gained or lost."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
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
from invoices.exchange import InBase, Open, settle_in_base
from invoices.models import Invoice, Payment, PaymentAllocation
from invoices.plans import Share

SOURCE = "payment_allocation"
"""What a voucher of an exchange difference stands for; its id is the allocation's, or the release's."""
_ZERO = Decimal("0.00")


def is_foreign(payment: Payment, actor: Actor) -> bool:
    """Whether the payment is in a currency that is not the company's."""
    foreign: bool = payment.currency_id != actor.company.base_currency_id
    return foreign


def fix_rate(payment: Payment, day: date, actor: Actor) -> None:
    """Set the rate at which a payment is posted on this day. Raises NoExchangeRate."""
    if is_foreign(payment, actor):
        currency = payment.currency
        payment.exchange_rate = rate_on(payment, actor, currency_id=currency.id, code=currency.code, day=day)


def parts_in_base(
    locks: Locks, payment: Payment, shares: Sequence[Share], invoices: Mapping[UUID, Invoice], actor: Actor
) -> dict[UUID, InBase]:
    """Allocation → its parts in base, of shares that fit, before the sums say them; nothing in the company's own currency.

    The invoices are locked, the payment too or new, and their rates are fixed.
    """
    if not shares or not is_foreign(payment, actor):
        return {}
    wanted = {share.invoice_id for share in shares}
    rows = PaymentAllocation.objects.of(locks)
    settled = _sums(rows.filter(invoice_id__in=wanted), "invoice_id", "settled_base")
    paid = _sums(rows.filter(payment_id=payment.id), "payment_id", "paid_base")
    return settle_in_base(
        shares,
        payment=Open(
            payment.amount - payment.allocated_amount,
            worth_in_base(payment.amount, payment.exchange_rate) - paid.get(payment.id, _ZERO),
        ),
        invoices={
            one: Open(
                invoices[one].total_value - invoices[one].amount_received,
                worth_in_base(invoices[one].total_value, invoices[one].exchange_rate) - settled.get(one, _ZERO),
            )
            for one in wanted
        },
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
    payment: Payment,
    rows: Iterable[PaymentAllocation],
    *,
    account_id: UUID,
    year: BookingYear,
    day: date,
    actor: Actor,
    now: datetime,
) -> None:
    """J10: a voucher FX for each allocation or release that is worth something else on its two sides; there may be none.

    `account_id` is the party's. The company's period is locked; takes rank SERIES.
    """
    worth = [(row, gained) for row in rows if (gained := (row.paid_base or _ZERO) - (row.settled_base or _ZERO))]
    if not worth:
        return
    fx, sign = _fx_account(locks), _sign(payment)
    series = Series("JV", year.year)
    numbers = take_numbers(locks, {series: len(worth)})[series]
    vouchers = [
        NewVoucher(
            kind=VoucherKind.FX,
            number=number,
            fiscal_year_id=year.id,
            voucher_date=day,
            source_kind=SOURCE,
            source_id=row.id,
            legs=[
                signed_leg(account_id, _party_role(payment), sign * gained, Foreign(payment.currency_id, _ZERO)),
                signed_leg(fx, AccountRole.FX_REALISED, -sign * gained),
            ],
            currency_id=actor.company.base_currency_id,
            narration=f"Exchange difference of {payment.payment_number}",
            posted_by_id=actor.id if actor.kind == "user" else None,
        )
        for (row, gained), number in zip(worth, numbers, strict=True)
    ]
    write_vouchers(locks, vouchers, now=now)
    record_audit(locks, [Audit("book_exchange_difference", SOURCE, one.source_id) for one in vouchers], actor=actor, now=now)


def standing_differences(scope: HasCompany, payment_id: UUID) -> list[Voucher]:
    """The vouchers FX of a payment's allocations and releases that no reversal has taken back, by their numbers."""
    rows = PaymentAllocation.objects.of(scope).filter(payment_id=payment_id).values("id")
    vouchers = Voucher.objects.of(scope).filter(source_kind=SOURCE, source_id__in=rows, reverses=None)
    undone = Voucher.objects.of(scope).filter(reverses_id=OuterRef("pk"))
    return list(vouchers.exclude(Exists(undone)).order_by("number"))


def days_of_differences(scope: HasCompany, payment_id: UUID) -> list[date]:
    """When they were booked: nothing is taken back before."""
    return [voucher.voucher_date for voucher in standing_differences(scope, payment_id)]


def _sums(rows: QuerySet[PaymentAllocation], owner: str, column: str) -> dict[Any, Decimal]:
    summed = rows.values(owner).annotate(base=Sum(column)).order_by()
    return {row[owner]: row["base"] or _ZERO for row in summed}


def _party_role(payment: Payment) -> AccountRole:
    return AccountRole.PAYABLE if payment.is_outgoing else AccountRole.RECEIVABLE


def _sign(payment: Payment) -> int:
    """1 for money in, a debit of BANK; -1 for money out."""
    return -1 if payment.is_outgoing else 1


def _fx_account(locks: Locks) -> UUID:
    return accounts_by_role(locks.company_id, [AccountRole.FX_REALISED])[AccountRole.FX_REALISED]
