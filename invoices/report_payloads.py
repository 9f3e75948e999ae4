"""How the reports on documents are shown. Amounts as texts with two places, in the company's own currency. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from erp.money import add
from erp.spelling import amount_text, percent_text, quantity_text
from invoices.open_items import OpenParty, bucket_names
from invoices.tax_summaries import TaxedSupplies


class AgeingPayload(Struct, kw_only=True, frozen=True):
    """A row to a party: `party`, `party_code`, `party_name`, an amount for each of `buckets`, `total` and `unallocated`.

    `totals` has the same amounts; its `total` less its `unallocated` is the balance of the control account of that day.
    """

    parameters: dict[str, str | None]
    currency_code: str
    buckets: list[str]
    rows: list[dict[str, str]]
    totals: dict[str, str]


def ageing_payload(
    parties: Sequence[OpenParty], *, ends: Sequence[int], parameters: dict[str, str | None], currency: str
) -> AgeingPayload:
    names = bucket_names(ends)
    sums = [add([party.buckets[place] for party in parties]) for place in range(len(names))]
    loose = add([party.unallocated for party in parties])
    return AgeingPayload(
        parameters=parameters,
        currency_code=currency,
        buckets=names,
        rows=[
            {"party": str(one.id), "party_code": one.code, "party_name": one.name}
            | _aged(names, one.buckets, one.total, one.unallocated)
            for one in parties
        ],
        totals=_aged(names, sums, add(sums), loose),
    )


def _aged(names: Sequence[str], buckets: Sequence[Decimal], total: Decimal, unallocated: Decimal) -> dict[str, str]:
    amounts = dict(zip(names, buckets, strict=True)) | {"total": total, "unallocated": unallocated}
    return {name: amount_text(amount) for name, amount in amounts.items()}


class TaxAmounts(Struct, kw_only=True, frozen=True):
    """`total` is the taxable value with its tax."""

    taxable_value: str
    cgst: str
    sgst: str
    utgst: str
    igst: str
    total: str


class TaxRow(TaxAmounts, kw_only=True, frozen=True):
    """`supply` is B2B when the party is registered, else B2C. HSN code, `uqc` and quantity only of a summary by HSN code.

    `uqc` is the unit as GST returns call it, OTH where its unit has no such name.
    """

    supply: str
    gst_rate: str | None
    hsn_code: str | None
    uqc: str | None
    quantity: str | None


class TaxSummaryPayload(Struct, kw_only=True, frozen=True):
    """`totals` are what the tax accounts moved by documents of the period; `b2b` and `b2c` are their parts."""

    parameters: dict[str, str | None]
    currency_code: str
    rows: list[TaxRow]
    b2b: TaxAmounts
    b2c: TaxAmounts
    totals: TaxAmounts


def tax_summary_payload(
    supplies: Sequence[TaxedSupplies], *, parameters: dict[str, str | None], currency: str
) -> TaxSummaryPayload:
    return TaxSummaryPayload(
        parameters=parameters,
        currency_code=currency,
        rows=[_tax_row(one) for one in supplies],
        b2b=_tax_amounts(one for one in supplies if one.registered),
        b2c=_tax_amounts(one for one in supplies if not one.registered),
        totals=_tax_amounts(supplies),
    )


def _tax_row(one: TaxedSupplies) -> TaxRow:
    return TaxRow(
        supply="B2B" if one.registered else "B2C",
        gst_rate=None if one.gst_rate is None else percent_text(one.gst_rate),
        hsn_code=one.hsn_code,
        uqc=one.unit,
        quantity=None if one.quantity is None else quantity_text(one.quantity),
        taxable_value=amount_text(one.taxable_value),
        cgst=amount_text(one.cgst),
        sgst=amount_text(one.sgst),
        utgst=amount_text(one.utgst),
        igst=amount_text(one.igst),
        total=amount_text(one.total),
    )


def _tax_amounts(supplies: Iterable[TaxedSupplies]) -> TaxAmounts:
    rows = list(supplies)
    return TaxAmounts(
        taxable_value=amount_text(add([one.taxable_value for one in rows])),
        cgst=amount_text(add([one.cgst for one in rows])),
        sgst=amount_text(add([one.sgst for one in rows])),
        utgst=amount_text(add([one.utgst for one in rows])),
        igst=amount_text(add([one.igst for one in rows])),
        total=amount_text(add([one.total for one in rows])),
    )
