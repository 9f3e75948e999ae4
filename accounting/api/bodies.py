"""Bodies of accounts, journals, reversals and lock dates."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from accounting.kinds import AccountType, VoucherKind
from accounting.models import LedgerAccount, Voucher
from erp.bodies import MAX_LINES, ExchangeRateNumber, PositiveAmount
from erp.characters import CODE, MANY_LINES, ONE_LINE
from erp.parsing import DocumentDate, text_of

_Code = Annotated[str, text_of(LedgerAccount, "code", pattern=CODE, required=True)]


_AccountName = Annotated[str, text_of(LedgerAccount, "name", pattern=ONE_LINE, required=True)]


class AccountBody(Struct, kw_only=True, frozen=True):
    """An account of the company's own. A group has accounts below it, and no entries."""

    code: _Code
    name: _AccountName
    type: AccountType
    parent_id: UUID | None = None
    currency_id: Annotated[str, Meta(min_length=1, max_length=36, pattern=ONE_LINE)] | None = None
    is_group: bool = False


class AccountPatch(Struct, kw_only=True, frozen=True):
    name: _AccountName | UnsetType = UNSET
    parent_id: UUID | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class JournalLineBody(Struct, kw_only=True, frozen=True):
    account_code: _Code
    debit: PositiveAmount | None = None
    credit: PositiveAmount | None = None


class JournalBody(Struct, kw_only=True, frozen=True):
    voucher_date: DocumentDate
    lines: Annotated[list[JournalLineBody], Meta(min_length=2, max_length=MAX_LINES)]
    kind: Literal["JOURNAL", "GST_SETTLEMENT"] = VoucherKind.JOURNAL.value
    narration: Annotated[str, text_of(Voucher, "narration", pattern=ONE_LINE)] = ""


class ReverseBody(Struct, kw_only=True, frozen=True):
    reason: Annotated[str, Meta(min_length=1, max_length=400, pattern=MANY_LINES)]
    reversal_date: DocumentDate | None = None


class ExchangeRateBody(Struct, kw_only=True, frozen=True):
    currency_id: Annotated[str, Meta(min_length=1, max_length=36, pattern=ONE_LINE)]
    rate_date: DocumentDate
    rate: ExchangeRateNumber


class CurrencyRunBody(Struct, kw_only=True, frozen=True):
    as_of: DocumentDate


class LocksBody(Struct, kw_only=True, frozen=True):
    soft_lock_date: DocumentDate | UnsetType | None = UNSET
    tax_lock_date: DocumentDate | UnsetType | None = UNSET
    hard_lock_date: DocumentDate | UnsetType | None = UNSET
