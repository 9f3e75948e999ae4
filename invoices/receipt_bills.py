"""Bills of goods that came without an order, inside somebody's transaction: what is left to bill of a receipt's line.

Nothing is kept beside the bills themselves: what they take is summed under the lock of the receipt (ADR 0068).
"""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from erp.locking import Locks
from erp.money import share_of_left
from erp.spelling import quantity_text
from invoices.models import InvoiceItem
from invoices.remainders import QuantityExceedsReceipt
from invoices.status import BooksStatus
from purchasing.arrivals import lock_received
from purchasing.grni import ZERO, Part
from purchasing.models import GoodsReceiptLine

_STANDING = Q(invoice__status__in=[BooksStatus.POSTED, BooksStatus.PARTIALLY_PAID, BooksStatus.PAID])


def refuse_more_than_came(locks: Locks, lines: Mapping[UUID, GoodsReceiptLine], wanted: Mapping[UUID, Decimal]) -> None:
    """Raise QuantityExceedsReceipt where more is wanted than came and is on no live bill; the receipts are locked."""
    live = _billed(locks, lines, ~Q(invoice__status=BooksStatus.CANCELLED))
    over = [
        {"receipt_line": key, "line_no": line.line_no, "wanted": quantity_text(wanted[key]), "left": quantity_text(left)}
        for key, line in lines.items()
        if wanted[key] > (left := line.quantity - live[key].quantity)
    ]
    if over:
        raise QuantityExceedsReceipt(data={"lines": over})


def take_out_of_receipts(locks: Locks, items: Iterable[InvoiceItem]) -> None:
    """Set what each line of a bill that is being posted takes out of GRNI: its share of what its receipt's line owes still.

    In base, whatever the bill's own price. Locks RECEIPT.
    """
    of_receipts = [(item, item.receipt_line_id) for item in items if item.receipt_line_id is not None]
    if not of_receipts:
        return
    lines = lock_received(locks, {line_id for _, line_id in of_receipts})
    taken = _billed(locks, lines, _STANDING)
    for item, line_id in of_receipts:
        line, done = lines[line_id], taken[line_id]
        value = share_of_left(
            value_left=line.cost - done.value, quantity_left=line.quantity - done.quantity, step=item.quantity
        )
        item.grni_value, taken[line_id] = value, done.plus(item.quantity, value)


def _billed(locks: Locks, lines: Collection[UUID], which: Q) -> dict[UUID, Part]:
    rows = InvoiceItem.objects.of(locks).filter(which, receipt_line_id__in=lines).order_by()
    sums = rows.values_list("receipt_line_id").annotate(Sum("quantity"), Sum("grni_value"))
    none = dict.fromkeys(lines, Part(Decimal(0), ZERO))
    return none | {line: Part(quantity, value or ZERO) for line, quantity, value in sums}
