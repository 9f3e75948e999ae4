"""The operations of the reports under ``/api/invoices/``."""

from erp.api.contracts import Parameter
from erp.api.describing import DAY, ID, reports
from invoices.report_payloads import AgeingPayload, TaxSummaryPayload
from invoices.status import InvoiceType

_INVOICE_TYPE = Parameter(
    "invoice_type", "Sold or bought; sold unless told.", {"enum": [kind.value for kind in InvoiceType]}
)

AGEING = reports(
    "ageing",
    "What each customer owes, or each supplier is owed, by how long it has been due.",
    AgeingPayload,
    Parameter("as_of", "At the end of this day; without it today.", DAY),
    _INVOICE_TYPE,
    Parameter("by", "Age from the due date or from the invoice's own.", {"enum": ["due_date", "invoice_date"]}),
    Parameter("buckets", "Where the buckets end, in days: `30,60,90` unless told.", {"type": "string"}),
    Parameter("party", "Id of a customer or supplier: only this one.", ID),
)
TAX_SUMMARY = reports(
    "gst_summary",
    "Taxable value and GST of what was booked in a period, reversals and notes subtracted.",
    TaxSummaryPayload,
    Parameter("from", "First day; without it the first of the month.", DAY),
    Parameter("to", "Last day; without it today.", DAY),
    _INVOICE_TYPE,
    Parameter("by", "A row to a rate, or to an HSN code with its unit.", {"enum": ["rate", "hsn"]}),
    Parameter("registration", "State code of one of ours, as 27 or MH: only what it supplied.", {"type": "string"}),
)
