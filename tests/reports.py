"""The reports on documents, and what the ledger says of the same days."""

from decimal import Decimal
from typing import Any

from accounting.models import LedgerEntry
from tests.trade import Trade

AGEING = "/api/invoices/ageing/"
SUMMARY = "/api/invoices/gst_summary/"


def aged(trade: Trade, query: str = "") -> Any:
    answer = trade.get(f"{AGEING}{query}")
    assert answer.status == 200, answer.raw
    return answer.body


def summed(trade: Trade, query: str = "?from=2025-12-01&to=2026-03-31") -> Any:
    answer = trade.get(f"{SUMMARY}{query}")
    assert answer.status == 200, answer.raw
    return answer.body


def balance(trade: Trade, role: str, day: str) -> Decimal:
    """What the accounts of all parties say at the end of a day, positive on their side."""
    entries = LedgerEntry.unscoped.filter(company=trade.world.company, role=role, voucher_date__lte=day)
    owed = sum((one.debit - one.credit for one in entries), Decimal(0))
    return owed if role == "RECEIVABLE" else -owed


def assert_ages_as_booked(trade: Trade, *days: str) -> None:
    for day in days:
        for kind, role in (("SALES", "RECEIVABLE"), ("PURCHASE", "PAYABLE")):
            totals = aged(trade, f"?as_of={day}&invoice_type={kind}")["totals"]
            assert Decimal(totals["total"]) - Decimal(totals["unallocated"]) == balance(trade, role, day), (kind, day)


TAXES = ("cgst", "sgst", "utgst", "igst")


def assert_taxed_as_booked(trade: Trade, first: str, last: str) -> None:
    for kind, side in (("SALES", "OUTPUT"), ("PURCHASE", "INPUT")):
        totals = summed(trade, f"?from={first}&to={last}&invoice_type={kind}")["totals"]
        entries = LedgerEntry.unscoped.filter(company=trade.world.company, voucher_date__range=(first, last))
        for tax in TAXES:
            booked = sum((one.credit - one.debit for one in entries.filter(role=f"{side}_{tax.upper()}")), Decimal(0))
            assert Decimal(totals[tax]) == (booked if kind == "SALES" else -booked), (kind, tax)
