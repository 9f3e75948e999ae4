"""How the purchasing side is shown. Amounts two places, as texts. Pure."""

from decimal import Decimal

from accounting.gst import STATES
from accounting.parties import PartyPayload
from erp.clock import instant_text
from erp.spelling import amount_text
from purchasing.models import Supplier


def supplier_payload(supplier: Supplier, *, owed: Decimal, currency_code: str) -> PartyPayload:
    """A supplier as a party; `owed` is what we owe him, in base currency."""
    return PartyPayload(
        id=supplier.id,
        code=supplier.code,
        name=supplier.name,
        gstin=supplier.gstin,
        gst_treatment=supplier.gst_treatment,
        state_code=supplier.state_code,
        state=next(iter(STATES.get(supplier.state_code, ())), ""),
        email=supplier.email,
        phone=supplier.phone,
        billing_address=supplier.billing_address,
        shipping_address=supplier.shipping_address,
        currency_code=currency_code,
        credit_limit=amount_text(supplier.credit_limit),
        credit_hold=supplier.credit_hold,
        credit_days=supplier.credit_days,
        is_active=supplier.is_active,
        balance=amount_text(owed),
        version=supplier.version,
        created_at=instant_text(supplier.created_at),
    )
