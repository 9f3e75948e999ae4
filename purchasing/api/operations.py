"""The operations of the purchasing side under ``/api/purchasing/``."""

from accounting.parties import BadGstin, PartyPayload
from erp.api.describing import changes, lists, makes, shows
from erp.changing import AlreadyExists
from erp.numbering import SeriesExhausted
from purchasing.api.filters import SupplierFilter

_SUPPLIER = {"supplier_id": "Id of the supplier."}

LIST_SUPPLIERS = lists(
    "list_suppliers",
    "The suppliers, newest first, with what is owed to each.",
    PartyPayload,
    filters=SupplierFilter,
    purposes={
        "search": "Name, code, phone or e-mail contains this.",
        "code": "Exactly this code.",
        "gstin": "Exactly this GSTIN.",
        "is_active": "Whether he may be bought from.",
    },
)
CREATE_SUPPLIER = makes(
    "create_supplier",
    "Enrol a supplier; without a code he gets the next one.",
    PartyPayload,
    refusals=(BadGstin, AlreadyExists, SeriesExhausted),
)
GET_SUPPLIER = shows("get_supplier", "One supplier, with what is owed to him.", PartyPayload, ids=_SUPPLIER)
CHANGE_SUPPLIER = changes(
    "change_supplier",
    "Change a supplier; documents keep what they say.",
    PartyPayload,
    refusals=(BadGstin, AlreadyExists),
    ids=_SUPPLIER,
)
