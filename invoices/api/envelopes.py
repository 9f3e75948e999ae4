"""The envelopes in which an import answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from erp.characters import is_clean
from erp.clock import instant_text
from erp.idempotency import Answer
from erp.problems import Problem
from invoices.bulk_lines import LineResult
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


_MOST_SHOWN = 100
_UNDONE = 424
"""A line that was good, and is not kept because another was refused."""


def bulk_lines_text(results: Sequence[LineResult], *, dry_run: bool) -> str:
    """The answers of a bulk import, a line of JSON for each line that was sent."""
    return "".join(ENCODER.encode(_bulk_line(one, dry_run=dry_run)).decode() + "\n" for one in results)


def bulk_done_text(counts: Mapping[str, int], *, dry_run: bool) -> str:
    """The last line: what became of all of them. Without it the answer is cut off."""
    body: dict[str, Any] = {"done": True, "lines": sum(counts.values())}
    body |= {name: counts.get(name, 0) for name in ("created", "updated", "unchanged")}
    body["errors"] = counts.get("error", 0)
    if undone := counts.get("rolled-back"):
        body["rolled_back"] = undone
    if dry_run:
        body["dry_run"] = True
    return ENCODER.encode(body).decode() + "\n"


def _bulk_line(result: LineResult, *, dry_run: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"line": result.line.number, "invoice_no": _shown_number(result.line.invoice_no)}
    if result.problem is not None:
        return body | {"status": result.problem.status, "result": result.word} | _refusal(result.problem)
    if result.imported is None:
        return body | {"status": _UNDONE, "result": result.word}
    content, created = result.imported.content, result.word == "created"
    body |= {
        "status": 201 if created else 200,
        "result": result.word,
        "id": content.serial if result.imported.kept or not created else None,
        "total_amount": content.total_value,
        "created_at": instant_text(content.created_at),
    }
    if warnings := result.imported.warnings + unknown_fields(result.line.ignored_fields):
        body["warnings"] = warnings
    return body | {"dry_run": True} if dry_run else body


def _refusal(problem: Problem) -> dict[str, Any]:
    body: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.errors is not None:
        body["errors"] = problem.errors
    if problem.data is not None:
        body["data"] = dict(problem.data)
    return body


def _shown_number(invoice_no: str | None) -> str | None:
    """What the line calls itself, where it is fit to be shown."""
    return invoice_no if invoice_no is not None and len(invoice_no) <= _MOST_SHOWN and is_clean(invoice_no) else None
