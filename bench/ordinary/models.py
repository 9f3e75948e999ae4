"""The tables of the product, mapped as an ordinary application would map them."""

from typing import ClassVar

from django.db import models

from erp.identifiers import new_id
from erp.models import Company
from sales.models import Customer, Salesman


class PlainInvoice(models.Model):
    """The invoice without its identity column, which an ORM insert would have to name."""

    id = models.UUIDField(primary_key=True, default=new_id)
    company = models.ForeignKey(Company, on_delete=models.DO_NOTHING, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, related_name="+")
    salesman = models.ForeignKey(Salesman, on_delete=models.DO_NOTHING, related_name="+")
    invoice_type = models.CharField(max_length=8, default="SALES")
    origin = models.CharField(max_length=8, default="IMPORTED")
    invoice_no = models.CharField(max_length=100)
    invoice_date = models.DateField()
    created_by = models.CharField(max_length=150, blank=True)
    priority = models.CharField(max_length=6)
    given_total = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    items_total = models.DecimalField(max_digits=18, decimal_places=2)
    total_value = models.DecimalField(max_digits=18, decimal_places=2)
    temp_name = models.CharField(max_length=255, blank=True)
    remarks = models.CharField(max_length=5000, blank=True)
    fulfilment_status = models.CharField(max_length=10, default="INVOICED")
    billing_status = models.CharField(max_length=11, default="BILLED")
    status = models.CharField(max_length=14, default="DRAFT")
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        managed = False
        db_table = "invoices_invoice"

    def __str__(self) -> str:
        return self.invoice_no


class PlainItem(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id)
    company = models.ForeignKey(Company, on_delete=models.DO_NOTHING, related_name="+")
    invoice = models.ForeignKey(PlainInvoice, on_delete=models.DO_NOTHING, related_name="items")
    line_no = models.IntegerField()
    name = models.CharField(max_length=255)
    item_code = models.CharField(max_length=100)
    barcode = models.CharField(max_length=100, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    mrp = models.DecimalField(max_digits=18, decimal_places=4)
    line_total = models.DecimalField(max_digits=18, decimal_places=2)
    company_name = models.CharField(max_length=255, blank=True)
    packing = models.CharField(max_length=100, blank=True)
    shelf_location = models.CharField(max_length=100, blank=True)
    batch_no = models.CharField(max_length=100, blank=True)
    expiry_date = models.DateField(null=True)
    remarks = models.CharField(max_length=2000, blank=True)

    class Meta:
        managed = False
        db_table = "invoices_invoiceitem"
        constraints: ClassVar = []

    def __str__(self) -> str:
        return self.item_code
