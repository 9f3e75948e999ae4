"""The items that imported lines meet when they are posted, inside somebody's transaction."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from erp.access import Actor
from erp.locking import Locks
from inventory.models import Item
from inventory.unknown_items import UnknownItem, make_items
from invoices.posting_rows import InvoiceRow, LineRow
from invoices.status import Origin


def meet_items(locks: Locks, invoices: Sequence[InvoiceRow], *, actor: Actor, now: datetime) -> list[InvoiceRow]:
    """The invoices, with an item made for every imported line whose code is no SKU, if the company wants that.

    What is made is known by the first line that names it, costs nothing, and has no stock. A code whose item is not
    active stays without.
    """
    policy = actor.company.import_creates_items
    unknown: dict[str, UnknownItem] = {}
    for invoice in invoices if policy != "never" else ():
        said = {item.id: item for item in invoice.document.items}
        for line in invoice.lines:
            if _lacks_item(invoice, line):
                unknown.setdefault(line.item_code, UnknownItem(said[line.id].name, said[line.id].mrp))
    if not unknown:
        return list(invoices)
    items = make_items(locks, unknown, tracked=policy == "tracked", actor=actor, now=now)
    return [
        msgspec.structs.replace(
            invoice,
            lines=[
                _with(line, items[line.item_code]) if _lacks_item(invoice, line) and line.item_code in items else line
                for line in invoice.lines
            ],
        )
        for invoice in invoices
    ]


def _lacks_item(invoice: InvoiceRow, line: LineRow) -> bool:
    return invoice.origin == Origin.IMPORTED and line.item_id is None and bool(line.item_code)


def _with(line: LineRow, item: Item) -> LineRow:
    return msgspec.structs.replace(
        line,
        item_id=item.id,
        tracked=item.tracked,
        batch_required=item.batch_required,
        issue_rule=item.issue_rule,
    )
