"""What billing may correct has the limits of what it may import, member by member."""

from typing import Any

import msgspec
import pytest
from msgspec import Struct

from erp.api.schema import body_schema
from fulfilment.drafts import CorrectionDraft, CustomerCorrection, ItemCorrection
from invoices.drafts import CustomerDraft, InvoiceDraft, ItemDraft

PAIRS: list[tuple[type[Struct], type[Struct], set[str]]] = [
    (InvoiceDraft, CorrectionDraft, {"replace_items", "resolution_notes"}),
    (CustomerDraft, CustomerCorrection, set()),
    (ItemDraft, ItemCorrection, {"id"}),
]


def limits(kind: type[Struct]) -> dict[str, Any]:
    """Member → what its schema allows, without what only says whether it may be left out."""
    members = body_schema(kind)["properties"]
    return {name: {key: value for key, value in schema.items() if key != "default"} for name, schema in members.items()}


@pytest.mark.parametrize(("imported", "corrected", "more"), PAIRS, ids=lambda one: getattr(one, "__name__", ""))
def test_the_limits_are_the_same(imported: type[Struct], corrected: type[Struct], more: set[str]) -> None:
    known, found = limits(imported), limits(corrected)
    assert set(found) - set(known) == more
    nested = {"customer", "items"}
    assert {name: found[name] for name in known if name not in nested} == {
        name: schema for name, schema in known.items() if name not in nested
    }


def test_only_the_number_is_required() -> None:
    required = [one.name for _, kind, _ in PAIRS for one in msgspec.structs.fields(kind) if one.required]
    assert required == ["invoice_no"]
