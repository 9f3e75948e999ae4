"""How the books are shown: accounts, vouchers, statements, reports, years. Amounts as texts with two places. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from accounting.entries import EntryPayload
from accounting.models import FiscalYear, LedgerAccount, Voucher
from accounting.queries import Statement, StatementEntry
from accounting.reporting import BalanceSheet, ProfitAndLoss, ReportLine, SheetLine
from accounting.reversals import Reversed
from erp.clock import instant_text
from erp.models import Company
from erp.money import add
from erp.spelling import amount_text


class AccountPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    code: str
    name: str
    type: str
    role: str | None
    parent: UUID | None
    currency_code: str | None
    is_group: bool
    is_control: bool
    is_active: bool


def account_payload(account: LedgerAccount) -> AccountPayload:
    """The account, read with its currency."""
    return AccountPayload(
        id=account.id,
        code=account.code,
        name=account.name,
        type=account.type,
        role=account.role,
        parent=account.parent_id,
        currency_code=account.currency.code if account.currency else None,
        is_group=account.is_group,
        is_control=account.is_control,
        is_active=account.is_active,
    )


class SourcePayload(Struct, kw_only=True, frozen=True):
    kind: str
    id: UUID


class VoucherPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    voucher_number: str
    kind: str
    voucher_date: str
    status: str
    narration: str
    source: SourcePayload
    reverses: UUID | None
    reversed_by: UUID | None
    total: str
    posted_at: str
    posted_by: str | None
    lines: list[EntryPayload] | UnsetType = UNSET


def voucher_payload(voucher: Voucher, reversed_by: UUID | None, lines: list[EntryPayload] | None) -> VoucherPayload:
    """The voucher, read with who posted it; `lines` only on details."""
    return VoucherPayload(
        id=voucher.id,
        voucher_number=voucher.number,
        kind=voucher.kind,
        voucher_date=voucher.voucher_date.isoformat(),
        status="POSTED" if reversed_by is None else "REVERSED",
        narration=voucher.narration,
        source=SourcePayload(kind=voucher.source_kind, id=voucher.source_id),
        reverses=voucher.reverses_id,
        reversed_by=reversed_by,
        total=amount_text(voucher.total),
        posted_at=instant_text(voucher.posted_at),
        posted_by=voucher.posted_by.email if voucher.posted_by else None,
        lines=UNSET if lines is None else lines,
    )


class ReversedPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    voucher_number: str
    reverses: UUID
    reverses_number: str


def reversed_payload(found: Reversed) -> ReversedPayload:
    return ReversedPayload(
        id=found.reversed_voucher_id,
        voucher_number=found.reversed_voucher_number,
        reverses=found.original_voucher_id,
        reverses_number=found.original_voucher_number,
    )


class ReversalPayload(Struct, kw_only=True, frozen=True):
    """What undoing a posted document answers: both vouchers, and the state in which the document now is."""

    reversed_voucher: UUID
    reversed_voucher_number: str
    original_voucher: UUID
    original_voucher_number: str
    status: str
    reason: str
    message: str


def reversal_payload(found: Reversed, *, status: str, kind: str) -> ReversalPayload:
    """Of a kind of document, named as it begins a sentence. A repeat answers the reason that was given first."""
    return ReversalPayload(
        reversed_voucher=found.reversed_voucher_id,
        reversed_voucher_number=found.reversed_voucher_number,
        original_voucher=found.original_voucher_id,
        original_voucher_number=found.original_voucher_number,
        status=status,
        reason=found.reason,
        message=f"{kind} already reversed" if found.already else f"{kind} reversed successfully",
    )


class StatementEntryPayload(Struct, kw_only=True, frozen=True):
    date: str
    voucher: UUID
    voucher_number: str
    kind: str
    narration: str
    debit: str
    credit: str
    balance: str


class StatementPayload(Struct, kw_only=True, frozen=True):
    account: AccountPayload
    currency_code: str
    opening: str
    entries: list[StatementEntryPayload]
    closing: str
    next: str | None


def statement_payload(
    account: LedgerAccount, statement: Statement, *, currency: str, next_url: str | None
) -> StatementPayload:
    return StatementPayload(
        account=account_payload(account),
        currency_code=currency,
        opening=amount_text(statement.opening),
        entries=[_statement_entry(entry) for entry in statement.entries],
        closing=amount_text(statement.closing),
        next=next_url,
    )


def _statement_entry(entry: StatementEntry) -> StatementEntryPayload:
    return StatementEntryPayload(
        date=entry.day.isoformat(),
        voucher=entry.voucher_id,
        voucher_number=entry.voucher_number,
        kind=entry.kind,
        narration=entry.narration,
        debit=amount_text(entry.debit),
        credit=amount_text(entry.credit),
        balance=amount_text(entry.balance),
    )


class TrialBalanceRow(Struct, kw_only=True, frozen=True):
    code: str
    name: str
    type: str
    role: str | None
    opening: str
    debit: str
    credit: str
    closing_debit: str
    closing_credit: str


class TrialBalanceTotals(Struct, kw_only=True, frozen=True):
    debit: str
    credit: str
    closing_debit: str
    closing_credit: str


class TrialBalancePayload(Struct, kw_only=True, frozen=True):
    parameters: dict[str, str | None]
    currency_code: str
    rows: list[TrialBalanceRow]
    totals: TrialBalanceTotals


def trial_balance_payload(
    lines: Sequence[ReportLine], *, parameters: dict[str, str | None], currency: str
) -> TrialBalancePayload:
    return TrialBalancePayload(
        parameters=parameters,
        currency_code=currency,
        rows=[
            TrialBalanceRow(
                code=line.code,
                name=line.name,
                type=line.type.value,
                role=line.role.value if line.role else None,
                opening=amount_text(line.opening),
                debit=amount_text(line.debit),
                credit=amount_text(line.credit),
                closing_debit=amount_text(line.closing_debit),
                closing_credit=amount_text(line.closing_credit),
            )
            for line in lines
        ],
        totals=TrialBalanceTotals(
            debit=_sum(line.debit for line in lines),
            credit=_sum(line.credit for line in lines),
            closing_debit=_sum(line.closing_debit for line in lines),
            closing_credit=_sum(line.closing_credit for line in lines),
        ),
    )


class AmountRow(Struct, kw_only=True, frozen=True):
    code: str
    name: str
    amount: str


class ProfitAndLossPayload(Struct, kw_only=True, frozen=True):
    parameters: dict[str, str | None]
    currency_code: str
    income: list[AmountRow]
    total_income: str
    cost_of_goods: list[AmountRow]
    total_cost_of_goods: str
    gross_profit: str
    expenses: list[AmountRow]
    total_expenses: str
    net_profit: str


def profit_and_loss_payload(
    report: ProfitAndLoss, *, parameters: dict[str, str | None], currency: str
) -> ProfitAndLossPayload:
    return ProfitAndLossPayload(
        parameters=parameters,
        currency_code=currency,
        income=[_row(line.code, line.name, line.credit - line.debit) for line in report.income],
        total_income=amount_text(report.total_income),
        cost_of_goods=[_row(line.code, line.name, line.debit - line.credit) for line in report.cost_of_goods],
        total_cost_of_goods=amount_text(report.total_cost_of_goods),
        gross_profit=amount_text(report.gross_profit),
        expenses=[_row(line.code, line.name, line.debit - line.credit) for line in report.expenses],
        total_expenses=amount_text(report.total_expenses),
        net_profit=amount_text(report.net_profit),
    )


class BalanceSheetPayload(Struct, kw_only=True, frozen=True):
    parameters: dict[str, str | None]
    currency_code: str
    assets: list[AmountRow]
    total_assets: str
    liabilities: list[AmountRow]
    total_liabilities: str
    equity: list[AmountRow]
    running_profit: str
    total_equity: str
    difference: str


def balance_sheet_payload(sheet: BalanceSheet, *, parameters: dict[str, str | None], currency: str) -> BalanceSheetPayload:
    return BalanceSheetPayload(
        parameters=parameters,
        currency_code=currency,
        assets=_rows(sheet.assets),
        total_assets=amount_text(sheet.total_assets),
        liabilities=_rows(sheet.liabilities),
        total_liabilities=amount_text(sheet.total_liabilities),
        equity=_rows(sheet.equity),
        running_profit=amount_text(sheet.running_profit),
        total_equity=amount_text(sheet.total_equity),
        difference=amount_text(sheet.difference),
    )


class FiscalYearPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    year: int
    start: str
    end: str
    status: str
    closed_at: str | None


def fiscal_year_payload(year: FiscalYear) -> FiscalYearPayload:
    return FiscalYearPayload(
        id=year.id,
        year=year.year,
        start=year.start_date.isoformat(),
        end=year.end_date.isoformat(),
        status="OPEN" if year.closed_at is None else "CLOSED",
        closed_at=instant_text(year.closed_at) if year.closed_at else None,
    )


class LocksPayload(Struct, kw_only=True, frozen=True):
    soft_lock_date: str | None
    tax_lock_date: str | None
    hard_lock_date: str | None
    books_start_date: str | None
    version: int


def locks_payload(company: Company) -> LocksPayload:
    days = {name: getattr(company, name) for name in LocksPayload.__struct_fields__ if name.endswith("_date")}
    return LocksPayload(**{name: day.isoformat() if day else None for name, day in days.items()}, version=company.version)


def _row(code: str, name: str, amount: Decimal) -> AmountRow:
    return AmountRow(code=code, name=name, amount=amount_text(amount))


def _rows(lines: Iterable[SheetLine]) -> list[AmountRow]:
    return [_row(line.code, line.name, line.amount) for line in lines]


def _sum(amounts: Iterable[Decimal]) -> str:
    return amount_text(add(list(amounts)))
