"""The words of connectors: kinds and states. Pure."""

from enum import StrEnum


class ConnectionKind(StrEnum):
    UISP = "UISP"
    INVOICE_NINJA = "INVOICE_NINJA"


class ConnectionState(StrEnum):
    """BROKEN: its key is refused, a person has to look."""

    OK = "OK"
    BROKEN = "BROKEN"
    OFF = "OFF"


class Entity(StrEnum):
    """What a foreign row is, in the foreign system's words."""

    CLIENT = "client"
    INVOICE = "invoice"
    PAYMENT = "payment"


class RunKind(StrEnum):
    """NINJA_CREATE never ends: its rows are the customers who were to be made known there by themselves."""

    UISP_MIGRATION = "UISP_MIGRATION"
    UISP_FORWARDING = "UISP_FORWARDING"
    NINJA_IMPORT = "NINJA_IMPORT"
    NINJA_CREATE = "NINJA_CREATE"


class AutoCreate(StrEnum):
    """When a customer is made known there by himself: never, as he comes, as his first site comes."""

    OFF = "off"
    ON_CUSTOMER = "on_customer"
    ON_FIRST_SITE = "on_first_site"


class Phase(StrEnum):
    STAGE = "STAGE"
    APPLY = "APPLY"
    RECONCILE = "RECONCILE"


class RunState(StrEnum):
    """RUNNING is also what a run is called that was killed: who comes next takes it up.

    UNDOING from the first document that was reversed until the last, whoever is killed in between; then UNDONE.
    """

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    DONE = "DONE"
    FAILED = "FAILED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class RowState(StrEnum):
    """SKIPPED by rule, FAILED for a reason named in its code, CONFLICT where a person has to decide.

    SENT to another system, and not known to have arrived: it is looked up before anything else is done with it. UNKNOWN is
    what three look-ups did not find out, and what rests on such a row.
    """

    PENDING = "PENDING"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"
    UNCHANGED = "UNCHANGED"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    CONFLICT = "CONFLICT"


OPEN_ROWS = (RowState.PENDING, RowState.SENT, RowState.UNKNOWN)
"""What a run that is resumed has to do."""
NOT_BROUGHT = frozenset({RowState.FAILED, RowState.CONFLICT, RowState.UNKNOWN})
"""States of a row that somebody has to look at."""


class Reason(StrEnum):
    """Why a row was not brought; a closed list, which failure files and reports use."""

    CLIENT_MISSING = "client-missing"
    DUPLICATE_CLIENT = "duplicate-client"
    DUPLICATE_NUMBER = "duplicate-number"
    TOTAL_MISMATCH = "total-mismatch"
    NEGATIVE_LINE = "negative-line"
    UNKNOWN_STATUS = "unknown-status"
    CURRENCY_UNKNOWN = "currency-unknown"
    NO_EXCHANGE_RATE = "no-exchange-rate"
    PERIOD_CLOSED = "period-closed"
    COVER_MISMATCH = "cover-mismatch"
    CROSS_CLIENT_COVER = "cross-client-cover"
    REFUND = "refund-needs-a-person"
    BAD_DATE = "bad-date"
    BAD_TEXT = "bad-text"
    BAD_ROW = "bad-row"
    BLOCKED_BY = "blocked-by"
    CHANGED_THERE = "changed-there"
    REJECTED = "rejected-by-target"
    UNKNOWN_OUTCOME = "unknown-outcome"
    SEVERAL_MATCHES = "several-matches"


class SkipReason(StrEnum):
    """What the rules leave out; told by count, and never a failure."""

    VOID = "void"
    DRAFT = "draft"
    PROFORMA = "proforma"
    LEAD = "lead"
    NO_PAYMENTS = "no-payments-wanted"
    NOTHING_PAID = "nothing-paid"
    NOTHING_TO_MOVE = "nothing-to-move"
    UNLINKED = "unlinked"
    DISMISSED = "dismissed"


class Badge(StrEnum):
    """How a customer stands with the foreign system that bills him; the first that fits.

    NOT_LINKED: he is not, or the connection is off. UNKNOWN: nothing was fetched yet, or not for a day.
    """

    NOT_LINKED = "not_linked"
    UNKNOWN = "unknown"
    OVERDUE = "overdue"
    DUE = "due"
    CREDIT = "credit"
    PAID = "paid"
