"""What a customer and a supplier have in common: registration for GST, state, code, and how a party is shown."""

import re
from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from accounting.gst import GstTreatment, is_gstin, state_code
from erp.locking import Locks
from erp.models import NumberSeries
from erp.numbering import Series, take_numbers
from erp.problems import FieldErrors, Problem, ValidationFailed


class BadGstin(Problem):
    """The GSTIN is none, or of another state, or missing for a REGISTERED party. Read it off the certificate."""

    status, code = 400, "bad-gstin"
    message = "This is no GSTIN of that state."


class PartyPayload(Struct, kw_only=True, frozen=True):
    """A customer or a supplier. `balance` in base currency: what he owes us, of a supplier what we owe him."""

    id: UUID
    code: str
    name: str
    gstin: str
    gst_treatment: str
    state_code: str
    state: str
    email: str
    phone: str
    billing_address: str
    shipping_address: str
    currency_code: str
    credit_limit: str
    credit_hold: bool
    credit_days: int
    price_list: UUID | None
    salesman: UUID | None = None
    is_active: bool
    balance: str
    version: int
    created_at: str


def chosen_treatment(given: GstTreatment | None, gstin: str) -> GstTreatment:
    """What the sender says, else what having a GSTIN or none says."""
    return given or (GstTreatment.REGISTERED if gstin else GstTreatment.UNREGISTERED)


def judge_gstin(gstin: str, treatment: str, *, party: str) -> None:
    """Raise BadGstin for what is no GSTIN, and for a registered one without; `party` is what the refusal calls him."""
    if gstin and not is_gstin(gstin):
        raise BadGstin("This is no GSTIN: its check character or its shape is wrong.", errors={"gstin": ["Not a GSTIN."]})
    if treatment == GstTreatment.REGISTERED and not gstin:
        text = f"A REGISTERED {party} has a GSTIN."
        raise BadGstin(text, errors={"gstin": [text]})


def read_state(text: str) -> str:
    """The two-digit code of a state given by code or letters; empty stays empty. Raises ValidationFailed."""
    code = state_code(text) if text else ""
    if code is None:
        errors: FieldErrors = {"state_code": ["Not a GST state: use its code or its letters (27, MH)."]}
        raise ValidationFailed(errors=errors)
    return code


def next_code(locks: Locks, prefix: str, codes: Iterable[str]) -> str:
    """The next code of ours that is not among `codes`; the numbers in between are passed over. Locks SERIES."""
    series = Series(prefix)
    row = NumberSeries.objects.of(locks).filter(series=prefix, year=series.year).first()
    last = row.last_number if row else 0
    own = re.compile(rf"{prefix}-([0-9]{{5,9}})", re.ASCII)
    present = {int(found[1]) for code in codes if (found := own.fullmatch(code))}
    step = next(step for step in range(1, len(present) + 2) if last + step not in present)
    return take_numbers(locks, {series: step})[series][-1]
