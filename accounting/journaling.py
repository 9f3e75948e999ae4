"""Booking by hand: journals and tax set-offs, and their reversal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.charts import find_accounts
from accounting.kinds import AccountRole, VoucherKind
from accounting.models import LedgerAccount, Voucher
from accounting.periods import open_period
from accounting.reversals import Reversed, find_reversal, write_mirrors
from accounting.vouchers import Leg, NewVoucher, write_vouchers
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from erp.locking import Locks, Raced
from erp.money import add
from erp.numbering import Series, take_numbers
from erp.performing import use_case
from erp.problems import Conflict, FieldErrors, NotFound, Problem, ValidationFailed

SOURCE = "journal"
BY_HAND = (VoucherKind.JOURNAL, VoucherKind.GST_SETTLEMENT)


class ControlAccount(Problem):
    """A line names an account that only documents book. Make the document instead."""

    status, code = 400, "control-account"
    message = "Control accounts are booked by documents only."


class BookedByDocument(Conflict):
    """The voucher stands for a document: `data.source` names it. Undo the document."""

    code = "wrong-state"
    message = "This voucher belongs to a document; undo it through its document."


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One leg, in base currency: exactly one of debit and credit is positive."""

    account_code: str
    debit: Decimal = Decimal("0.00")
    credit: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class NewJournal:
    """What somebody books by hand. A tax set-off (GST_SETTLEMENT) may use the tax accounts and 2300, a journal may not."""

    voucher_date: date
    lines: Sequence[JournalLine]
    kind: VoucherKind = VoucherKind.JOURNAL
    narration: str = ""


@use_case
def book_journal(locks: Locks, *, journal: NewJournal, actor: Actor, now: datetime) -> UUID:
    """A posted voucher with the given legs (J17); its id. Base currency, two places, debit equal to credit.

    Locks COMPANY (share), SERIES. Raises NotFound for an account that is none, ControlAccount (400), ValidationFailed,
    PeriodClosed, BeforeBooksStart (409).
    """
    assert journal.kind in BY_HAND, "documents write their own vouchers"
    year = open_period(locks, journal.voucher_date, actor=actor, has_tax=journal.kind is VoucherKind.GST_SETTLEMENT)
    accounts = _accounts(actor, journal)
    _refuse_unbalanced(journal.lines)
    series = Series("JV", year.year)
    voucher_id = new_id()
    voucher = NewVoucher(
        id=voucher_id,
        kind=journal.kind,
        number=take_numbers(locks, {series: 1})[series][0],
        fiscal_year_id=year.id,
        voucher_date=journal.voucher_date,
        source_kind=SOURCE,
        source_id=voucher_id,
        legs=[
            Leg(account.id, AccountRole(account.role) if account.role else None, debit=line.debit, credit=line.credit)
            for line, account in zip(journal.lines, accounts, strict=True)
        ],
        currency_id=actor.company.base_currency_id,
        narration=journal.narration,
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    write_vouchers(locks, [voucher], now=now)
    record_audit(locks, [Audit("book_journal", SOURCE, voucher_id)], actor=actor, now=now)
    return voucher_id


@use_case
def reverse_journal(
    locks: Locks, *, voucher_id: UUID, reason: str, reversal_date: date, actor: Actor, now: datetime
) -> Reversed:
    """The mirror of a journal, booked on this day or on the journal's, whichever is later (J9).

    Reversing again answers the same reversal. Locks COMPANY (share), SERIES. Raises NotFound, BookedByDocument for a
    document's voucher and for a reversal, PeriodClosed (409).
    """
    original = Voucher.objects.of(actor).filter(id=voucher_id).first()
    if original is None:
        raise NotFound("Voucher not found")
    if original.kind not in BY_HAND:
        raise BookedByDocument(data={"source": {"kind": original.source_kind, "id": original.source_id}})
    day = max(reversal_date, original.voucher_date)
    has_tax = original.kind == VoucherKind.GST_SETTLEMENT
    year = open_period(locks, day, actor=actor, has_tax=has_tax)
    done = find_reversal(locks, voucher_id)
    if done is not None:
        return done
    series = Series("JV", year.year)
    number = take_numbers(locks, {series: 1})[series][0]
    # A voucher cannot be locked, it never changes; whoever came first has its number by now, and is seen.
    if find_reversal(locks, voucher_id) is not None:
        raise Raced("the journal was reversed by somebody else in this moment")
    (done,) = write_mirrors(locks, [original], numbers=[number], year=year, day=day, reason=reason, actor=actor, now=now)
    record_audit(locks, [Audit("reverse_journal", SOURCE, voucher_id)], actor=actor, now=now)
    return done


def _accounts(actor: Actor, journal: NewJournal) -> list[LedgerAccount]:
    """The account of each line. All that is wrong with accounts of this company is told at once."""
    found = find_accounts(actor, [line.account_code for line in journal.lines])
    accounts = [found[line.account_code] for line in journal.lines]
    refused = [account.code for account in accounts if not _takes(account, journal.kind)]
    if refused:
        raise ControlAccount(
            f"{', '.join(sorted(set(refused)))} cannot be booked by a {journal.kind.value}.", data={"accounts": refused}
        )
    return accounts


def _takes(account: LedgerAccount, kind: VoucherKind) -> bool:
    is_tax = (account.role or "").startswith(("INPUT_", "OUTPUT_"))
    if kind is VoucherKind.GST_SETTLEMENT:
        return is_tax or account.role == AccountRole.GST_SETTLEMENT
    return not account.is_control


def _refuse_unbalanced(lines: Sequence[JournalLine]) -> None:
    sided: list[FieldErrors] = [
        {} if (line.debit > 0) != (line.credit > 0) else {"debit": ["Exactly one of debit and credit must be positive."]}
        for line in lines
    ]
    if any(sided):
        raise ValidationFailed(errors={"lines": sided})
    debit, credit = add([line.debit for line in lines]), add([line.credit for line in lines])
    if len(lines) < 2 or debit != credit:
        raise ValidationFailed(
            errors={"lines": [f"Debit {debit:.2f} and credit {credit:.2f} must be equal, on two lines or more."]}
        )
