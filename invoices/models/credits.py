"""What is credited of posted invoices, and the invoices that the credit settles."""

from uuid import UUID

import pgtrigger
from django.db import models

from accounting.models import Voucher
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, Currency, unique_in_company
from erp.models.guards import APPEND_ONLY, NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT, EXCHANGE_RATE_LIMIT, QUANTITY_LIMIT
from inventory.models import StockDocument, Warehouse
from invoices import credit_guards
from invoices.models.invoices import Invoice
from invoices.models.lines import InvoiceItem
from invoices.models.settling import base_of_its_sign
from invoices.models.triggers import judged_at_commit
from invoices.status import CreditNoteStatus, CreditReason
from purchasing.models import Supplier
from sales.models import Customer

_VARIABLES = {"doc": "record", "booked": "record", "settled": "record"}
_CONTENT = (
    "company",
    "credit_note_number",
    "invoice",
    "customer",
    "supplier",
    "credit_date",
    "reason",
    "return_stock",
    "warehouse",
    "currency",
    "exchange_rate",
    "subtotal",
    "tax_amount",
    "round_off",
    "total_value",
)


def _after_insert(name: str, func: str) -> pgtrigger.Trigger:
    """Judged at the end of the statement that adds the rows."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="written"),
        func=func,
    )


class CreditNote(CompanyModel):
    """Less than an invoice said: goods that came or went back, a lower price. Amounts are in its currency, positive.

    Of what we sold it is a credit note of the customer, of what we bought a debit note against the supplier.

    `exchange_rate` (base per unit) is its invoice's, of which it is a correction.

    It says the same from its making on, drafts too; so what is left of the invoice is known under the invoice's lock.
    Goods that come back go into the layers they left; from there into `warehouse`, where one is named, by a `transfer`.
    `amount_applied` is the sum of its allocation rows; the rest is open credit of the party.
    """

    credit_note_number = models.CharField(max_length=16)
    invoice = CompanyForeignKey(Invoice, related_name="credit_notes", db_index=False)
    customer = CompanyForeignKey(Customer, null=True, related_name="+", db_index=False)
    supplier = CompanyForeignKey(Supplier, null=True, related_name="+", db_index=False)
    status = models.CharField(max_length=9)
    credit_date = models.DateField()
    reason = models.CharField(max_length=15)
    return_stock = models.BooleanField()
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    exchange_rate = models.DecimalField(max_digits=18, decimal_places=8, default=1, db_default=1)
    subtotal = models.DecimalField(max_digits=18, decimal_places=2)
    tax_amount = models.DecimalField(max_digits=18, decimal_places=2)
    round_off = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    total_value = models.DecimalField(max_digits=18, decimal_places=2)
    amount_applied = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    voucher = CompanyForeignKey(Voucher, null=True, related_name="+", db_index=False)
    warehouse = CompanyForeignKey(Warehouse, null=True, related_name="+", db_index=False)
    transfer = CompanyForeignKey(StockDocument, null=True, related_name="+", db_index=False)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("creditnote"),
            models.UniqueConstraint(fields=["company", "credit_note_number"], name="creditnote_number"),
            models.CheckConstraint(
                condition=models.Q(customer__isnull=False, supplier__isnull=True, credit_note_number__startswith="CN-")
                | models.Q(customer__isnull=True, supplier__isnull=False, credit_note_number__startswith="DN-"),
                name="creditnote_of_its_party",
            ),
            code_check("status", CreditNoteStatus, "creditnote_status_known"),
            code_check("reason", CreditReason, "creditnote_reason_known"),
            # Bounded above as well, because NaN is larger than every number.
            models.CheckConstraint(
                condition=models.Q(subtotal__gte=0, subtotal__lt=AMOUNT_LIMIT, tax_amount__gte=0)
                # In a currency of whole units each note leaves a whole rest, which may be rounded the other way.
                & models.Q(tax_amount__lt=AMOUNT_LIMIT, round_off__gte="-1.00", round_off__lte="1.00")
                & models.Q(total_value__gte=0, total_value__lt=AMOUNT_LIMIT),
                name="creditnote_parts_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(total_value=models.F("subtotal") + models.F("tax_amount") + models.F("round_off")),
                name="creditnote_total_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_applied__gte=0, amount_applied__lte=models.F("total_value")),
                name="creditnote_applied_within_total",
            ),
            models.CheckConstraint(
                condition=models.Q(status="POSTED", voucher__isnull=False)
                | models.Q(status__in=["DRAFT", "CANCELLED"], voucher__isnull=True, amount_applied=0),
                name="creditnote_posted_has_voucher",
            ),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="creditnote_version_positive"),
            models.CheckConstraint(
                condition=models.Q(warehouse__isnull=True, transfer__isnull=True)
                | models.Q(warehouse__isnull=False, supplier__isnull=True, return_stock=True)
                & (models.Q(transfer__isnull=True) | models.Q(status="POSTED")),
                name="creditnote_moves_returns_on",
            ),
            models.CheckConstraint(
                condition=models.Q(exchange_rate__gt=0, exchange_rate__lt=EXCHANGE_RATE_LIMIT),
                name="creditnote_exchange_rate_fixed",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-credit_date", "-id"], name="creditnote_newest"),
            models.Index(fields=["company", "invoice"], name="creditnote_by_invoice"),
        ]
        triggers = [
            judged_at_commit(
                "begins_in_books",
                pgtrigger.Insert,
                credit_guards.NOTE_FOLLOWS_BOOKS,
                pgtrigger.Q(new__version__gte=1),
                **_VARIABLES,
            ),
            judged_at_commit(
                "follows_books",
                pgtrigger.Update,
                credit_guards.NOTE_FOLLOWS_BOOKS,
                pgtrigger.AnyChange("status", "voucher", "amount_applied"),
                **_VARIABLES,
            ),
            pgtrigger.Trigger(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("status", "voucher", "transfer", *_CONTENT),
                func=credit_guards.NOTE_STAYS,
            ),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return self.credit_note_number

    @property
    def is_debit(self) -> bool:
        """Whether it is a debit note: of what a supplier billed."""
        return self.supplier_id is not None

    @property
    def document(self) -> str:
        """What a person calls it."""
        return "Debit note" if self.is_debit else "Credit note"

    @property
    def party(self) -> Customer | Supplier | None:
        """Whose invoice it is of."""
        party: Customer | Supplier | None = self.supplier if self.is_debit else self.customer
        return party

    @property
    def party_id(self) -> UUID:
        found: UUID | None = self.supplier_id if self.is_debit else self.customer_id
        assert found is not None, "the database keeps that a note has one party"
        return found


class CreditNoteLine(CompanyModel):
    """What is credited of a line of the invoice. `quantity` is null for a mere reduction of the price. Never changed.

    `returned_qty` is what comes back into stock, or goes back to the supplier, in the item's unit.
    """

    credit_note = CompanyForeignKey(CreditNote, related_name="lines", db_index=False)
    line_no = models.IntegerField()
    invoice_item = CompanyForeignKey(InvoiceItem, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    line_total = models.DecimalField(max_digits=18, decimal_places=2)
    cgst = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    sgst = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    utgst = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    igst = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    returned_qty = models.DecimalField(max_digits=18, decimal_places=3, default=0)

    class Meta:
        constraints = [
            unique_in_company("creditnoteline"),
            models.UniqueConstraint(fields=["company", "credit_note", "line_no"], name="creditnoteline_line_no"),
            models.UniqueConstraint(fields=["company", "credit_note", "invoice_item"], name="creditnoteline_once"),
            models.CheckConstraint(condition=models.Q(line_no__gte=1), name="creditnoteline_line_no_positive"),
            # Null is named, because a comparison with it is neither true nor false, and a check lets that pass.
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=False, quantity__gt=0, quantity__lt=QUANTITY_LIMIT)
                & (models.Q(returned_qty=0) | models.Q(returned_qty=models.F("quantity")))
                | models.Q(quantity__isnull=True, returned_qty=0, line_total__gt=0),
                name="creditnoteline_quantity_or_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(line_total__gte=0, line_total__lt=AMOUNT_LIMIT, cgst__gte=0, cgst__lt=AMOUNT_LIMIT)
                & models.Q(sgst__gte=0, sgst__lt=AMOUNT_LIMIT, utgst__gte=0, utgst__lt=AMOUNT_LIMIT)
                & models.Q(igst__gte=0, igst__lt=AMOUNT_LIMIT),
                name="creditnoteline_amounts_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(sgst=0, utgst=0, cgst=0)
                | models.Q(igst=0, utgst=0, cgst=models.F("sgst"))
                | models.Q(igst=0, sgst=0, cgst=models.F("utgst")),
                name="creditnoteline_tax_of_one_kind",
            ),
        ]
        indexes = [models.Index(fields=["company", "invoice_item"], name="creditnoteline_by_item")]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            _after_insert("within_invoice", credit_guards.CREDIT_WITHIN_INVOICE),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.line_total}"


class CreditNoteAllocation(CompanyModel):
    """Part of a credit note that settles an invoice, its own or another of the same party.

    Never changed: a release is a row of the opposite sign. Of documents in another currency, `settled_base` is what of the
    invoice's base it settles, `paid_base` what of the note's base pays it; both null in the company's own.
    """

    credit_note = CompanyForeignKey(CreditNote, related_name="allocations", db_index=False)
    invoice = CompanyForeignKey(Invoice, related_name="credit_allocations", db_index=False)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    settled_base = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    paid_base = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    allocation_date = models.DateField()
    releases = CompanyForeignKey("self", null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("creditnoteallocation"),
            models.UniqueConstraint(fields=["company", "releases"], name="creditnoteallocation_released_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, amount__lt=AMOUNT_LIMIT, releases__isnull=True)
                | models.Q(amount__lt=0, releases__isnull=False),
                name="creditnoteallocation_sign",
            ),
            models.CheckConstraint(condition=base_of_its_sign(), name="creditnoteallocation_base_sign"),
        ]
        indexes = [
            models.Index(fields=["company", "invoice"], name="creditallocation_by_invoice"),
            models.Index(fields=["company", "credit_note"], name="creditallocation_by_note"),
        ]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            _after_insert("received_follows", credit_guards.CREDIT_RECEIVED_FOLLOWS),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
