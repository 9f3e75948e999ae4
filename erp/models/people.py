"""Where people stand in a company beside their role: departments, job titles, and the menus granted to them."""

from django.db import models

from erp.fields import CompanyForeignKey
from erp.menus import Menu
from erp.models.companies import Membership, User
from erp.models.scoped import CompanyModel, code_check, unique_in_company


class Department(CompanyModel):
    """A part of the company, known by its name."""

    name = models.CharField(max_length=150)
    description = models.CharField(max_length=2000, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("department"),
            models.UniqueConstraint(fields=["company", "name"], name="department_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="department_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class JobTitle(CompanyModel):
    """What somebody is employed as, in a department or in none."""

    title = models.CharField(max_length=150)
    description = models.CharField(max_length=2000, blank=True, default="")
    is_active = models.BooleanField(default=True)
    department = CompanyForeignKey(Department, null=True, related_name="job_titles", db_index=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("jobtitle"),
            models.UniqueConstraint(fields=["company", "department", "title"], nulls_distinct=False, name="jobtitle_title"),
            models.CheckConstraint(condition=~models.Q(title=""), name="jobtitle_title_given"),
        ]

    def __str__(self) -> str:
        return self.title


class MenuGrant(CompanyModel):
    """A menu granted to a member, and with it the rights that `erp.menus` says it carries. Taken back by deleting it."""

    membership = CompanyForeignKey(Membership, related_name="grants", db_index=False)
    menu = models.CharField(max_length=40)
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    assigned_by_email = models.CharField(max_length=254)
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("menugrant"),
            models.UniqueConstraint(fields=["company", "membership", "menu"], name="menugrant_once"),
            code_check("menu", Menu, "menugrant_menu"),
        ]

    def __str__(self) -> str:
        return self.menu
