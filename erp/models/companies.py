"""Companies, people, their roles, their logins, and the keys of other systems."""

from typing import get_args

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from erp.fields import CompanyForeignKey
from erp.identifiers import new_id
from erp.models.guards import NEVER_DELETED
from erp.models.scoped import CompanyModel, code_check, unique_in_company
from erp.policies import (
    MOST_LEASE_MINUTES,
    OLDEST_RATE_DAYS,
    BatchMismatch,
    CourierHandover,
    CreditCheck,
    ImportCreatesItems,
    ImportTax,
    NumberDateOrder,
    OnConflict,
    PackingQuantityCheck,
    PostRequires,
    PurchaseMatch,
    ReimportInProgress,
    SellExpired,
    TotalMismatch,
)
from erp.rights import ALL_BUT_VIEWER, Role


def all_but_viewer() -> list[str]:
    return list(ALL_BUT_VIEWER)


class Currency(models.Model):
    """ISO 4217. Shared by all companies."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=60)
    symbol = models.CharField(max_length=8, blank=True, default="")
    decimal_places = models.SmallIntegerField(default=2)

    class Meta:
        constraints = [
            # Columns hold two places, so currencies with three are not offered.
            models.CheckConstraint(condition=models.Q(decimal_places__in=[0, 2]), name="currency_decimal_places")
        ]

    def __str__(self) -> str:
        return self.code


class Company(models.Model):
    """One set of books. Its policies decide what the contract leaves to the company; `version` is theirs and the locks'."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=255)
    base_currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+")
    timezone = models.CharField(max_length=64, default="Asia/Kolkata")
    fiscal_year_start = models.SmallIntegerField(default=4)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    legal_name = models.CharField(max_length=255, blank=True, default="", db_default="")
    address = models.CharField(max_length=500, blank=True, default="", db_default="")
    phone = models.CharField(max_length=30, blank=True, default="", db_default="")
    email = models.CharField(max_length=254, blank=True, default="", db_default="")

    books_start_date = models.DateField(null=True)
    soft_lock_date = models.DateField(null=True)
    tax_lock_date = models.DateField(null=True)
    hard_lock_date = models.DateField(null=True)

    total_mismatch = models.CharField(max_length=6, default="accept")
    on_conflict = models.CharField(max_length=6, default="update")
    reimport_in_progress = models.CharField(max_length=6, default="accept")
    jwt_import_roles = ArrayField(models.CharField(max_length=20), default=all_but_viewer)
    confirm_requires_stock = models.BooleanField(default=False, db_default=False)
    invoice_requires_stock = models.BooleanField(default=False, db_default=False)
    number_date_order = models.CharField(max_length=6, default="warn", db_default="warn")
    round_total_to_rupee = models.BooleanField(default=False, db_default=False)
    credit_check = models.CharField(max_length=6, default="refuse", db_default="refuse")
    rate_max_age_days = models.SmallIntegerField(default=7, db_default=7)
    batch_mismatch = models.CharField(max_length=9, default="refuse", db_default="refuse")
    sell_expired = models.CharField(max_length=6, default="refuse", db_default="refuse")
    import_creates_items = models.CharField(max_length=9, default="untracked", db_default="untracked")
    import_tax = models.CharField(max_length=9, default="none", db_default="none")
    post_requires = models.CharField(max_length=9, default="none", db_default="none")
    shared_terminal = models.BooleanField(default=False, db_default=False)
    courier_handover = models.CharField(max_length=10, default="dispatched", db_default="dispatched")
    session_lease_minutes = models.IntegerField(default=240, db_default=240)
    packing_quantity_check = models.CharField(max_length=6, default="refuse", db_default="refuse")
    enable_bulk_picking = models.BooleanField(default=False, db_default=False)
    enable_manual_picking_completion = models.BooleanField(default=False, db_default=False)
    purchase_match = models.CharField(max_length=7, default="order", db_default="order")
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            code_check("total_mismatch", get_args(TotalMismatch), "company_total_mismatch"),
            code_check("on_conflict", get_args(OnConflict), "company_on_conflict"),
            code_check("reimport_in_progress", get_args(ReimportInProgress), "company_reimport_in_progress"),
            code_check("number_date_order", get_args(NumberDateOrder), "company_number_date_order"),
            code_check("credit_check", get_args(CreditCheck), "company_credit_check"),
            code_check("batch_mismatch", get_args(BatchMismatch), "company_batch_mismatch"),
            code_check("sell_expired", get_args(SellExpired), "company_sell_expired"),
            code_check("import_creates_items", get_args(ImportCreatesItems), "company_import_creates_items"),
            code_check("import_tax", get_args(ImportTax), "company_import_tax"),
            code_check("post_requires", get_args(PostRequires), "company_post_requires"),
            code_check("purchase_match", get_args(PurchaseMatch), "company_purchase_match"),
            code_check("courier_handover", get_args(CourierHandover), "company_courier_handover"),
            code_check("packing_quantity_check", get_args(PackingQuantityCheck), "company_packing_quantity_check"),
            models.CheckConstraint(
                condition=models.Q(session_lease_minutes__gte=0, session_lease_minutes__lte=MOST_LEASE_MINUTES),
                name="company_session_lease_minutes",
            ),
            models.CheckConstraint(
                condition=models.Q(jwt_import_roles__contained_by=ALL_BUT_VIEWER), name="company_jwt_import_roles"
            ),
            models.CheckConstraint(
                condition=models.Q(rate_max_age_days__gte=0, rate_max_age_days__lte=OLDEST_RATE_DAYS),
                name="company_rate_max_age_days",
            ),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start__gte=1, fiscal_year_start__lte=12),
                name="company_fiscal_year_start",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="hard_lock_moves_forward",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("hard_lock_date"),
                func="""
                IF OLD.hard_lock_date IS NOT NULL AND coalesce(NEW.hard_lock_date, '-infinity') < OLD.hard_lock_date THEN
                    RAISE EXCEPTION 'hard_lock_moves_forward: % was final', OLD.hard_lock_date
                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hard_lock_moves_forward';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.code


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person, known by e-mail address (kept in lower case). Companies are joined by `Membership`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True, default="")
    phone = models.CharField(max_length=30, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(default=False)
    active_company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="+")
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.email


class Membership(CompanyModel):
    """A user's role in a company. Never deleted: history names people.

    Suspended by `is_active = false`; ended by `ended_at` besides, and then no list of people shows it any more.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20)
    is_active = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)
    department = CompanyForeignKey("erp.Department", null=True, related_name="+", db_index=False)
    job_title = CompanyForeignKey("erp.JobTitle", null=True, related_name="+", db_index=False)
    created_by_name = models.CharField(max_length=254, blank=True, default="", db_default="")
    avatar = CompanyForeignKey("erp.StoredFile", null=True, related_name="+", db_index=False)
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            unique_in_company("membership"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(is_active=False), name="membership_ended_is_inactive"
            ),
            models.UniqueConstraint(fields=["company", "user"], name="membership_one_per_user"),
            code_check("role", Role, "membership_role"),
        ]
        indexes = [
            models.Index(
                fields=["company", "department"],
                condition=models.Q(department__isnull=False),
                name="membership_by_department",
            ),
            models.Index(
                fields=["company", "job_title"], condition=models.Q(job_title__isnull=False), name="membership_by_job_title"
            ),
        ]
        triggers = [
            # Judged at commit, so that ownership may change hands within a transaction.
            pgtrigger.Trigger(
                name="keeps_an_owner",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(old__role="OWNER", old__is_active=True),
                func="""
                -- Locked, so that two transactions do not each count on the owner whom the other lets go.
                IF NOT EXISTS (SELECT 1 FROM erp_membership m
                        WHERE m.company_id = OLD.company_id AND m.role = 'OWNER' AND m.is_active FOR SHARE) THEN
                    RAISE EXCEPTION 'keeps_an_owner: a company has one active owner at least'
                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'keeps_an_owner';
                END IF;
                RETURN NULL;
                """,
            ),
            NEVER_DELETED,
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Login(models.Model):
    """One login of a user on one device: the family that its access, refresh and stream tokens belong to.

    Every token names its login; ending it ends them all at once. `generation` counts how often the refresh token was
    replaced, last at `rotated_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="logins")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    generation = models.IntegerField(default=0, db_default=0)
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(generation=0, rotated_at__isnull=True)
                | models.Q(generation__gt=0, rotated_at__isnull=False),
                name="login_rotated_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class ApiKey(CompanyModel):
    """Another system's credential. Only its prefix and a one-way hash are kept; the key is shown once, when made."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    hashed_key = models.CharField(max_length=150)
    scopes = ArrayField(models.CharField(max_length=40))
    on_conflict = models.CharField(max_length=6, null=True)  # noqa: DJ001  null means "the company's own default"
    allowed_ips = ArrayField(models.GenericIPAddressField(), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            unique_in_company("apikey"),
            models.CheckConstraint(condition=~models.Q(scopes=[]), name="apikey_has_scope"),
            models.CheckConstraint(
                condition=models.Q(hashed_key__regex=r"^(sha512|pbkdf2_sha256|argon2|scrypt)\$"), name="apikey_hashed"
            ),
            code_check("on_conflict", ["update", "reject"], "apikey_on_conflict"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Registration(CompanyModel):
    """A GST registration of the company, good until `valid_to` (included): one per state that has no end."""

    state_code = models.CharField(max_length=2)
    gstin = models.CharField(max_length=15)
    is_default = models.BooleanField(default=False)
    valid_to = models.DateField(null=True)
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            unique_in_company("registration"),
            models.UniqueConstraint(
                fields=["company", "state_code"], condition=models.Q(valid_to__isnull=True), name="registration_state"
            ),
            models.UniqueConstraint(
                fields=["company"], condition=models.Q(is_default=True), name="registration_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.gstin
