"""What a posted invoice said before outside billing sent it again."""

import pgtrigger
from django.db import models

from accounting.models import Voucher
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, unique_in_company
from erp.models.guards import APPEND_ONLY, NEVER_TRUNCATED
from invoices import revision_guards
from invoices.models.invoices import Invoice
from invoices.models.triggers import judged_at_commit


class InvoiceRevision(CompanyModel):
    """A revision that stood in the books, and the `voucher` that stood for it until it was reversed.

    `content` is the whole document as `invoices.content.InvoiceContent`, with the party as he was then. Never changed.
    """

    invoice = CompanyForeignKey(Invoice, related_name="revisions", db_index=False)
    revision = models.IntegerField()
    voucher = CompanyForeignKey(Voucher, related_name="+", db_index=False)
    content = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("invoicerevision"),
            models.UniqueConstraint(fields=["company", "invoice", "revision"], name="invoicerevision_once"),
            models.CheckConstraint(condition=models.Q(revision__gte=1), name="invoicerevision_counts"),
        ]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            judged_at_commit(
                "was_undone", pgtrigger.Insert, revision_guards.REVISION_WAS_UNDONE, pgtrigger.Q(new__revision__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.revision}"
