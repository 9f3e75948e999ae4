"""The operations on payments under ``/api/payments/``."""

from accounting.payloads import ReversalPayload
from accounting.periods import BeforeBooksStart, PeriodClosed
from accounting.rates import NoExchangeRate
from erp.api.describing import changes, lists, makes, removes, shows
from erp.numbering import SeriesExhausted
from invoices.amending import WrongState
from invoices.api.books_filters import PaymentFilter
from invoices.books_payloads import PostedPayload
from invoices.books_queries import VOUCHER
from invoices.payment_payloads import AllocationPayload, PaymentPayload, PaymentRowPayload
from invoices.reversing import NotPosted
from invoices.settlements import ExceedsOutstanding, ExceedsPayment, NotPayable

_PAYMENT = {"payment_id": "Id of the payment."}
_ALLOCATION = {**_PAYMENT, "allocation_id": "Id of the allocation."}
_SHARES = (WrongState, NotPayable, ExceedsOutstanding, ExceedsPayment)
_LEGS = {VOUCHER: "the legs of the voucher, for those who may read the books."}
_DATES = (PeriodClosed, BeforeBooksStart, SeriesExhausted)

LIST_PAYMENTS = lists(
    "list_payments",
    "The payments, newest first.",
    PaymentRowPayload,
    filters=PaymentFilter,
    purposes={
        "status": "State of the payment.",
        "kind": "Money in, or money out.",
        "mode": "How it was paid.",
        "party": "Id of the customer.",
        "unallocated": "Whether some of it settles nothing yet.",
        "start_date": "Paid on this day or later.",
        "end_date": "Paid on this day or before.",
    },
)
RECEIVE_PAYMENT = makes(
    "receive_payment",
    "Take money: for one invoice, received, allocated and booked at once; or from a customer, as a draft that plans what it "
    "settles, or booked at once.",
    PaymentPayload,
    refusals=(NotPayable, ExceedsOutstanding, ExceedsPayment, NoExchangeRate, *_DATES),
)
CHANGE_PAYMENT = changes(
    "change_payment",
    "Change a draft, all but its party and kind. `allocations` replaces what was planned; the date stays in the fiscal year "
    "of the number.",
    PaymentPayload,
    refusals=(*_SHARES, PeriodClosed, BeforeBooksStart),
    ids=_PAYMENT,
)
POST_PAYMENT = changes(
    "post_payment",
    "Post a draft: its voucher, and what it planned to settle, if anything. Safe to repeat: the same voucher answers.",
    PostedPayload,
    refusals=(*_SHARES, NoExchangeRate, *_DATES),
    ids=_PAYMENT,
)
CANCEL_PAYMENT = changes(
    "cancel_payment",
    "Cancel a draft; its number stays used. Safe to repeat.",
    PaymentPayload,
    refusals=(WrongState,),
    ids=_PAYMENT,
)
ALLOCATE_PAYMENT = makes(
    "allocate_payment",
    "Give an invoice a part of the payment. A draft plans it and changes no invoice; a posted payment settles it now.",
    AllocationPayload,
    refusals=(*_SHARES, *_DATES),
    ids=_PAYMENT,
    located=False,
    checks_version=True,
)
REMOVE_ALLOCATION = removes(
    "remove_allocation", "Take an allocation out of a draft's plan.", refusals=(WrongState,), ids=_ALLOCATION
)
RELEASE_ALLOCATION = makes(
    "release_allocation",
    "Take back what a posted payment settled: a row of the opposite sign; the money is free for another invoice.",
    AllocationPayload,
    refusals=(WrongState, *_DATES),
    ids=_ALLOCATION,
    located=False,
    checks_version=True,
)
GET_PAYMENT = shows(
    "get_payment",
    "One payment with its allocations.",
    PaymentPayload,
    ids=_PAYMENT,
    expands=_LEGS,
)
REVERSE_PAYMENT = changes(
    "reverse_payment",
    "Take a posted payment back: a mirror voucher, and its invoices are open again. Safe to repeat: the same reversal "
    "answers.",
    ReversalPayload,
    refusals=(NotPosted, *_DATES),
    ids=_PAYMENT,
)
