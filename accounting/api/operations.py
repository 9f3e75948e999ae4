"""The operations on accounts, vouchers, years and reports under ``/api/accounting/``."""

from accounting.api.filters import AccountFilter, ExchangeRateFilter, FiscalYearFilter, VoucherFilter
from accounting.charting import AccountNeeded
from accounting.closing import LockMovesForward, YearState
from accounting.journaling import BookedByDocument, ControlAccount
from accounting.payloads import (
    AccountPayload,
    BalanceSheetPayload,
    FiscalYearPayload,
    LocksPayload,
    ProfitAndLossPayload,
    ReversedPayload,
    StatementPayload,
    TrialBalancePayload,
    VoucherPayload,
)
from accounting.periods import BeforeBooksStart, PeriodClosed
from accounting.rate_payloads import ExchangeRatePayload
from accounting.rates import NoExchangeRate
from accounting.run_payloads import CurrencyRunPayload
from erp.api.contracts import Parameter
from erp.api.describing import DAY, PAGING, changes, lists, makes, path_ids, reports, shows
from erp.changing import AlreadyExists
from erp.numbering import SeriesExhausted

_ACCOUNT = {"account_id": "Id of the account."}
_VOUCHER = {"voucher_id": "Id of the voucher."}
_YEAR = {"year_id": "Id of the fiscal year."}
_DATES = (PeriodClosed, BeforeBooksStart, SeriesExhausted)

# ── Accounts and vouchers ────────────────────────────────────────────────────────────────────────────────────────────
LIST_ACCOUNTS = lists(
    "list_accounts",
    "The chart of accounts with the parties' accounts, by code, the last first.",
    AccountPayload,
    filters=AccountFilter,
    purposes={
        "search": "Code or name contains this.",
        "code": "Exactly this code.",
        "type": "What the account is.",
        "role": "What the postings use it for.",
        "owner": "Id of the party whose account it is.",
        "parent": "Id of the account above it.",
        "is_group": "Whether others stand below it.",
        "is_control": "Whether only documents book it.",
        "is_active": "Whether it may be booked.",
    },
)
GET_ACCOUNT = shows("get_account", "One account.", AccountPayload, ids=_ACCOUNT)
CREATE_ACCOUNT = makes(
    "create_account",
    "Add an account, for journals and lines of bills to name.",
    AccountPayload,
    refusals=(AlreadyExists,),
)
CHANGE_ACCOUNT = changes(
    "change_account",
    "Rename an account, hang it elsewhere, or close it to new entries.",
    AccountPayload,
    refusals=(AccountNeeded,),
    ids=_ACCOUNT,
    checks_version=False,
)
LIST_VOUCHERS = lists(
    "list_vouchers",
    "The vouchers, newest first, without their legs.",
    VoucherPayload,
    filters=VoucherFilter,
    purposes={
        "kind": "What it is of.",
        "source": "Id of the document that it stands for.",
        "account": "Id of an account that it books.",
        "start_date": "Dated this day or later.",
        "end_date": "Dated this day or before.",
        "number": "Exactly this number.",
    },
)
BOOK_JOURNAL = makes(
    "book_journal",
    "Book a journal, or a set-off of taxes, by hand.",
    VoucherPayload,
    refusals=(ControlAccount, *_DATES),
)
GET_VOUCHER = shows("get_voucher", "One voucher with its legs.", VoucherPayload, ids=_VOUCHER)
REVERSE_JOURNAL = changes(
    "reverse_journal",
    "Book the mirror of a journal; a document's voucher is undone through its document. Safe to repeat.",
    ReversedPayload,
    refusals=(BookedByDocument, *_DATES),
    ids=_VOUCHER,
    checks_version=False,
)

LIST_RATES = lists(
    "list_exchange_rates",
    "The exchange rates, the latest day first.",
    ExchangeRatePayload,
    filters=ExchangeRateFilter,
    purposes={
        "currency": "Code or id of the currency.",
        "start_date": "Of this day or later.",
        "end_date": "Of this day or before.",
    },
)
QUOTE_RATE = makes(
    "quote_rate",
    "Enter what one unit of a currency is worth on a day. It stays; documents that were booked at it keep it.",
    ExchangeRatePayload,
    refusals=(AlreadyExists,),
    located=False,
)

REVALUE_CURRENCIES = makes(
    "revalue_currencies",
    "Book what open items in other currencies are worth at the end of a month, and its mirror on the next day. Once a month;"
    " safe to repeat: the same vouchers answer.",
    CurrencyRunPayload,
    refusals=(NoExchangeRate, *_DATES),
    located=False,
)

# ── Years and locks ──────────────────────────────────────────────────────────────────────────────────────────────────
LIST_YEARS = lists(
    "list_fiscal_years",
    "The fiscal years, newest first; each appears when it is first booked in.",
    FiscalYearPayload,
    filters=FiscalYearFilter,
    purposes={"year": "The calendar year in which it begins."},
)
CLOSE_YEAR = changes(
    "close_year",
    "Close a year: its result goes to retained earnings, and nothing more is booked in it.",
    FiscalYearPayload,
    refusals=(YearState, PeriodClosed, SeriesExhausted),
    ids=_YEAR,
    checks_version=False,
)
REOPEN_YEAR = changes(
    "reopen_year",
    "Open the last closed year again.",
    FiscalYearPayload,
    refusals=(YearState, PeriodClosed, SeriesExhausted),
    ids=_YEAR,
    checks_version=False,
)
GET_LOCKS = shows("get_locks", "The days until which nothing is booked.", LocksPayload)
SET_LOCKS = changes(
    "set_locks",
    "Set them, or lift them by null. The tax lock and the hard lock take the right to administer besides.",
    LocksPayload,
    refusals=(LockMovesForward,),
)

# ── Reports ──────────────────────────────────────────────────────────────────────────────────────────────────────────
_FROM = Parameter("from", "First day; without it the first of the fiscal year.", DAY)
_TO = Parameter("to", "Last day; without it today.", DAY)
_AS_OF = Parameter("as_of", "At the end of this day; without it today.", DAY)
_KNOWN_AT = Parameter("known_at", "As the books stood at this instant.", {"type": "string", "format": "date-time"})

TRIAL_BALANCE = reports(
    "trial_balance",
    "Every account with its opening, turnover and closing.",
    TrialBalancePayload,
    _FROM,
    _TO,
    _AS_OF,
    _KNOWN_AT,
    Parameter("detail", "`control` folds the parties' accounts into one.", {"enum": ["control", "account"]}),
)
PROFIT_AND_LOSS = reports(
    "profit_and_loss",
    "Income, cost of goods, expenses and what remains; year-end vouchers left out.",
    ProfitAndLossPayload,
    _FROM,
    _TO,
    _AS_OF,
    _KNOWN_AT,
)
BALANCE_SHEET = reports(
    "balance_sheet", "What the company has and owes at the end of a day.", BalanceSheetPayload, _AS_OF, _KNOWN_AT
)
STATEMENT = reports(
    "account_statement",
    "An account's entries with the running balance, oldest first. Parties' accounts also for who deals with them.",
    StatementPayload,
    *path_ids(_ACCOUNT),
    Parameter("from", "First day; without it from the beginning.", DAY),
    _TO,
    *PAGING,
)
