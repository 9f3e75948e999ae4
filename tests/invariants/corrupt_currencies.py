"""Corruptions of documents in another currency: their rates, and what they settle in base."""

from tests.invariants.corrupt_books import TAKE_JV, entries, voucher
from tests.invariants.corrupt_documents import invoice, payment
from tests.invariants.planting import Corruption, plant

_ALLOCATION = "UPDATE invoices_paymentallocation SET {} WHERE payment_id = %({})s"


def settled(
    of: str, to: str, amount: str, base: str, paid: str = "", *, releases: str = "NULL", new: str = "%(new7)s"
) -> str:
    return (
        "INSERT INTO invoices_paymentallocation (id, company_id, payment_id, invoice_id, amount, settled_base, paid_base,"
        f" releases_id, allocation_date, created_at) VALUES ({new}, %(company)s, %({of})s, %({to})s, {amount}, {base},"
        f" {paid or base}, {releases}, '2025-12-28', now())"
    )


CURRENCIES: list[Corruption] = [
    plant("I45", "an invoice's rate changed", invoice("exchange_rate = 84", "abroad"), by="posted_content_stays"),
    plant("I10", "a booked invoice's rate changed", invoice("exchange_rate = 84", "abroad"), by="posted_content_stays"),
    plant("I45", "a payment's rate changed", payment("exchange_rate = 83", "wired"), by="posted_content_stays"),
    plant("I45", "a rate in our own currency", invoice("exchange_rate = 2"), by="posted_content_stays"),
    plant("I45", "less of the base settled", _ALLOCATION.format("settled_base = settled_base - 1", "wired"),
          by="append_only"),
    plant("I38", "less of the payment used", _ALLOCATION.format("paid_base = paid_base - 1", "wired"),
          by="append_only"),
    plant("I45", "an allocation that says nothing in base",
          _ALLOCATION.format("settled_base = NULL, paid_base = NULL", "wired"), by="append_only"),
    plant("I45", "a release in our own currency that says something in base",
          invoice("amount_received = 0, status = 'POSTED'", "partial"), payment("allocated_amount = 0"),
          settled("partly", "partial", "-100", "-100", releases="%(allocation)s"), by="settled_in_base"),
    plant("I45", "a release that takes back another base",
          invoice("amount_received = 0, status = 'POSTED'", "abroad"), payment("allocated_amount = 0", "wired"),
          settled("wired", "abroad", "-1000", "-83100", releases="%(wire)s"), by="settled_in_base"),
    plant("I45", "paid, and part of its base open",
          invoice("amount_received = 0, status = 'POSTED'", "abroad"), payment("allocated_amount = 0", "wired"),
          settled("wired", "abroad", "-1000", "-83100", "-84000", releases="%(wire)s"),
          invoice("amount_received = 1000, status = 'PAID'", "abroad"), payment("allocated_amount = 1000", "wired"),
          settled("wired", "abroad", "1000", "83099", "84000", new="%(new8)s"), by="settled_in_base"),
    plant("I38", "an exchange difference of nothing", TAKE_JV,
          voucher(kind="FX", source="'payment_allocation', gen_random_uuid(), 1"),
          entries(("near_account", "RECEIVABLE", "10", "0"), ("fx", "FX_REALISED", "0", "10")),
          by="difference_of_allocation"),
    plant("I38", "an exchange difference of an allocation that has another", TAKE_JV,
          voucher(kind="FX", source="'payment_allocation', %(wire)s, 1"),
          entries(("abroad_account", "RECEIVABLE", "10", "0"), ("fx", "FX_REALISED", "0", "10")),
          by="difference_of_allocation"),
]  # fmt: skip
