"""How a month's currency run is shown. Amounts two places, rates up to eight; all as texts. Pure."""

from uuid import UUID

from msgspec import Struct

from accounting.revaluing import CurrencyRun
from accounting.unrealised import Revalued
from erp.spelling import amount_text, shortest_text


class RevaluedPayload(Struct, kw_only=True, frozen=True):
    """What is open of a currency on a party's account: booked, and worth at the rate of the day; debit positive, in base."""

    account: UUID
    account_code: str
    account_name: str
    currency_code: str
    amount_currency: str
    rate: str
    booked: str
    worth: str
    difference: str


class CurrencyRunPayload(Struct, kw_only=True, frozen=True):
    """A month's run; no vouchers where nothing differed. `rows` only of the run that booked them, not of a repeat."""

    as_of: str
    mirror_date: str
    voucher: UUID | None
    voucher_number: str | None
    mirror: UUID | None
    mirror_number: str | None
    message: str
    rows: list[RevaluedPayload]


def currency_run_payload(run: CurrencyRun) -> CurrencyRunPayload:
    return CurrencyRunPayload(
        as_of=run.as_of.isoformat(),
        mirror_date=run.mirror_date.isoformat(),
        voucher=run.voucher_id,
        voucher_number=run.voucher_number,
        mirror=run.mirror_id,
        mirror_number=run.mirror_number,
        message=_message(run),
        rows=[_row(one) for one in run.rows],
    )


def _message(run: CurrencyRun) -> str:
    if run.already:
        return "This month was revalued before"
    return "Open items revalued" if run.voucher_id else "Nothing to revalue"


def _row(one: Revalued) -> RevaluedPayload:
    return RevaluedPayload(
        account=one.open.account_id,
        account_code=one.open.account_code,
        account_name=one.open.account_name,
        currency_code=one.open.currency_code,
        amount_currency=amount_text(one.open.amount),
        rate=shortest_text(one.rate),
        booked=amount_text(one.open.booked),
        worth=amount_text(one.worth),
        difference=amount_text(one.difference),
    )
