"""Suppliers whom documents name."""

from uuid import UUID

from erp.access import Actor
from erp.problems import NotFound
from purchasing.models import Supplier


def find_supplier(actor: Actor, supplier_id: UUID) -> Supplier:
    """An active supplier of the company. Raises NotFound for unknown and foreign ids alike."""
    supplier = Supplier.objects.of(actor).filter(id=supplier_id, is_active=True).first()
    if supplier is None:
        text = "Supplier not found"
        raise NotFound(text, errors={"supplier_id": [text]})
    return supplier
