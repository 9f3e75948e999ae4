"""The envelopes in which an import answers."""

from typing import Any

from erp.clock import instant_text
from erp.idempotency import Answer
from invoices.importing import Imported
from invoices.payloads import ENCODER
from invoices.warnings import unknown_fields


def import_answer(imported: Imported, *, ignored_fields: list[str]) -> Answer:
    """201 for a new invoice, 200 for one that was there; `data` as decision 0008 settles it."""
    content = imported.content
    created = imported.result == "created"
    body: dict[str, Any] = {
        "success": True,
        "message": "Invoice imported successfully" if created else f"Invoice {content.invoice_no} updated successfully",
        "data": {
            "id": content.serial if imported.kept or not created else None,
            "invoice_no": content.invoice_no,
            "total_amount": content.total_value,
            "priority": content.priority,
            "status": content.fulfilment_status,
            "billing_status": content.billing_status,
            "created_at": instant_text(content.created_at),
            "result": imported.result,
        },
    }
    warnings = imported.warnings + unknown_fields(ignored_fields)
    if warnings:
        body["warnings"] = warnings
    if not imported.kept:
        body["dry_run"] = True
    return Answer(201 if created else 200, ENCODER.encode(body).decode())
