"""The operations on payments under ``/api/payments/``."""

from accounting.payloads import ReversalPayload
from accounting.periods import BeforeBooksStart, PeriodClosed
from erp.api.describing import changes, lists, makes, shows
from erp.numbering import SeriesExhausted
from invoices.api.books_filters import PaymentFilter
from invoices.books_queries import VOUCHER
from invoices.paying import ExceedsOutstanding, NotPayable
from invoices.payment_payloads import PaymentPayload, PaymentRowPayload
from invoices.reversing import NotPosted

_PAYMENT = {"payment_id": "Id of the payment."}
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
    "Take money for one invoice: received, allocated and booked at once.",
    PaymentPayload,
    refusals=(NotPayable, ExceedsOutstanding, *_DATES),
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
