"""Who we sell to, and who sells."""

from django.db import models

from erp.models import CompanyModel, User, unique_in_company


class Customer(CompanyModel):
    """A buyer, known by code. An import writes only the fields it sends."""

    code = models.CharField(max_length=50)
    name = models.CharField(max_length=255)
    area = models.CharField(max_length=150, blank=True, default="", db_default="")
    address1 = models.CharField(max_length=500, blank=True, default="", db_default="")
    address2 = models.CharField(max_length=500, blank=True, default="", db_default="")
    address3 = models.CharField(max_length=500, blank=True, default="", db_default="")
    pincode = models.CharField(max_length=10, blank=True, default="", db_default="")
    phone1 = models.CharField(max_length=30, blank=True, default="", db_default="")
    phone2 = models.CharField(max_length=30, blank=True, default="", db_default="")
    email = models.CharField(max_length=254, blank=True, default="", db_default="")
    version = models.IntegerField(default=1, db_default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("customer"),
            models.UniqueConstraint(fields=["company", "code"], name="customer_code"),
            models.CheckConstraint(condition=~models.Q(code=""), name="customer_code_given"),
        ]

    def __str__(self) -> str:
        return self.code


class Salesman(CompanyModel):
    """A seller, known by name, as the billing systems write it; linked to a user when he is one."""

    name = models.CharField(max_length=150)
    phone = models.CharField(max_length=30, blank=True, default="", db_default="")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("salesman"),
            models.UniqueConstraint(fields=["company", "name"], name="salesman_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="salesman_name_given"),
        ]

    def __str__(self) -> str:
        return self.name
