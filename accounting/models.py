"""Double-entry books: accounts, vouchers, and entries that never change."""

import pgtrigger
from django.db import models

from accounting.kinds import AccountType, VoucherKind
from erp.fields import CompanyForeignKey, TransactionIdField
from erp.models import CompanyModel, Currency, ScopedManager, unique_in_company
from erp.models.companies import Company, User
from erp.models.records import APPEND_ONLY, NEVER_TRUNCATED
from erp.models.scoped import code_check


class LedgerAccount(CompanyModel):
    """A place in the chart. Code looks accounts up by role, never by code or name.

    A party's account is a sub-account of 1100 or 2000 with `owner_id`, the party's id; books need no party concept.
    A group takes no entries; a control account takes only entries of document vouchers.
    """

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=9)
    role = models.CharField(max_length=20, null=True)  # noqa: DJ001  null is "no role", and unique ignores it
    owner_id = models.UUIDField(null=True)
    parent = CompanyForeignKey("self", null=True, related_name="+", db_index=False)
    is_group = models.BooleanField(default=False)
    is_control = models.BooleanField(default=False)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, null=True, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            unique_in_company("ledgeraccount"),
            models.UniqueConstraint(fields=["company", "code"], name="ledgeraccount_code"),
            models.UniqueConstraint(
                fields=["company", "role", "owner_id"],
                nulls_distinct=False,
                condition=models.Q(role__isnull=False),
                name="ledgeraccount_one_per_role_and_owner",
            ),
            code_check("type", AccountType, "ledgeraccount_type_known"),
        ]

    def __str__(self) -> str:
        return self.code


class FiscalYear(CompanyModel):
    """A year of the books, named by the calendar year it starts in. Appears when first needed."""

    year = models.SmallIntegerField()
    start_date = models.DateField()
    end_date = models.DateField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            unique_in_company("fiscalyear"),
            models.UniqueConstraint(fields=["company", "year"], name="fiscalyear_year"),
            models.CheckConstraint(condition=models.Q(end_date__gt=models.F("start_date")), name="fiscalyear_has_days"),
        ]

    def __str__(self) -> str:
        return str(self.year)


_VOUCHER_BALANCES = """
    SELECT count(*), coalesce(sum(debit), 0), coalesce(sum(credit), 0)
    INTO entries, debits, credits
    FROM accounting_ledgerentry WHERE company_id = NEW.company_id AND voucher_id = NEW.id;
    IF debits <> credits OR debits <> NEW.total OR entries <> NEW.entry_count
       OR (entries < 2 AND NOT (entries = 0 AND NEW.total = 0)) THEN
        RAISE EXCEPTION 'voucher_balances: voucher % has % entries, debit %, credit %, total %',
            NEW.number, entries, debits, credits, NEW.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_balances';
    END IF;
    RETURN NULL;
"""

_ENTRY_FITS_VOUCHER = """
    IF EXISTS (
        SELECT 1 FROM written e
        LEFT JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
        WHERE v.tx IS DISTINCT FROM pg_current_xact_id() OR v.voucher_date <> e.voucher_date) THEN
        RAISE EXCEPTION 'entry_with_its_voucher: entries come only with their voucher, in its transaction, with its date'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_with_its_voucher';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written e
        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
        WHERE a.is_group OR NOT a.is_active OR (a.currency_id IS NOT NULL AND a.currency_id <> e.currency_id)) THEN
        RAISE EXCEPTION 'entry_account_takes_it: a group, an inactive account or one of another currency takes no entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_account_takes_it';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written e
        JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
        WHERE a.is_control AND (v.kind = 'JOURNAL' OR (v.kind = 'GST_SETTLEMENT'
            AND a.role NOT LIKE 'INPUT\\_%' AND a.role NOT LIKE 'OUTPUT\\_%'))) THEN
        RAISE EXCEPTION 'control_account: control accounts take no journals'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'control_account';
    END IF;
    RETURN NULL;
"""

_NOT_IN_LOCKED_PERIOD = """
    IF EXISTS (
        SELECT 1 FROM erp_company c
        WHERE c.id = NEW.company_id AND (NEW.voucher_date <= c.hard_lock_date
            OR (NEW.voucher_date < c.books_start_date)))
       OR EXISTS (
        SELECT 1 FROM accounting_fiscalyear y
        WHERE y.company_id = NEW.company_id AND y.id = NEW.fiscal_year_id
            AND (y.closed_at IS NOT NULL OR NEW.voucher_date NOT BETWEEN y.start_date AND y.end_date)
            AND NEW.kind <> 'YEAR_CLOSE') THEN
        RAISE EXCEPTION 'period_closed: nothing is booked on %', NEW.voucher_date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_closed';
    END IF;
    RETURN NEW;
"""


class Voucher(CompanyModel):
    """A booking: header of its entries. Never changed, never deleted; corrected by another voucher.

    `total` is the sum of its debits in the company's currency. `source_*` name the document without knowing its kind of
    table; each revision of a document has one voucher. `tx` is the transaction it was written in, which its entries share.
    """

    kind = models.CharField(max_length=14)
    number = models.CharField(max_length=16)
    fiscal_year = CompanyForeignKey(FiscalYear, related_name="+", db_index=False)
    voucher_date = models.DateField()
    source_kind = models.CharField(max_length=20)
    source_id = models.UUIDField()
    source_revision = models.IntegerField(default=1)
    reverses = CompanyForeignKey("self", null=True, related_name="reversed_by", db_index=False)
    total = models.DecimalField(max_digits=18, decimal_places=2)
    entry_count = models.IntegerField()
    narration = models.CharField(max_length=500, blank=True, default="")
    posted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    posted_at = models.DateTimeField()
    tx = TransactionIdField()

    class Meta:
        constraints = [
            unique_in_company("voucher"),
            models.UniqueConstraint(fields=["company", "number"], name="voucher_number"),
            models.UniqueConstraint(
                fields=["company", "source_kind", "source_id", "source_revision"],
                condition=models.Q(reverses__isnull=True),
                name="voucher_one_per_source_and_revision",
            ),
            models.UniqueConstraint(fields=["company", "reverses"], name="voucher_reversed_once"),
            code_check("kind", VoucherKind, "voucher_kind_known"),
            models.CheckConstraint(condition=models.Q(total__gte=0, entry_count__gte=0), name="voucher_total_not_negative"),
            models.CheckConstraint(
                condition=models.Q(reverses__isnull=True) | models.Q(kind="REVERSAL"), name="voucher_only_reversals_reverse"
            ),
        ]
        indexes = [models.Index(fields=["company", "voucher_date"], name="voucher_by_date")]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            pgtrigger.Trigger(
                name="not_in_locked_period", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_NOT_IN_LOCKED_PERIOD
            ),
            # Judged at commit, once per voucher.
            pgtrigger.Trigger(
                name="balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("entries", "bigint"), ("debits", "numeric"), ("credits", "numeric")],
                func=_VOUCHER_BALANCES,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class LedgerEntry(models.Model):
    """One leg: exactly one of debit and credit is positive, in the company's currency.

    `amount_currency` is the signed amount in the document's currency (debit positive).
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    voucher = CompanyForeignKey(Voucher, related_name="entries", db_index=False)
    voucher_date = models.DateField()
    line_no = models.SmallIntegerField()
    account = CompanyForeignKey(LedgerAccount, related_name="+", db_index=False)
    debit = models.DecimalField(max_digits=18, decimal_places=2)
    credit = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_currency = models.DecimalField(max_digits=18, decimal_places=2)
    role = models.CharField(max_length=20, blank=True, default="")

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "voucher", "line_no"], name="ledgerentry_line_no"),
            models.CheckConstraint(
                condition=models.Q(debit__gt=0, credit=0) | models.Q(credit__gt=0, debit=0),
                name="ledgerentry_one_positive_side",
            ),
            # numeric knows NaN, and NaN is greater than every number.
            models.CheckConstraint(condition=models.Q(debit__lt=10**16, credit__lt=10**16), name="ledgerentry_finite"),
        ]
        indexes = [models.Index(fields=["company", "account", "voucher_date", "id"], name="ledgerentry_statement")]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            pgtrigger.Trigger(
                name="fits_voucher",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="written"),
                func=_ENTRY_FITS_VOUCHER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.debit} {self.credit}"


class AccountDay(models.Model):
    """Entries of an account on a date, folded: sums of those up to the company's mark. Written by the fold only.

    Posting touches no balance row, so no posting waits for another; a reader adds the entries after the mark.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = CompanyForeignKey(LedgerAccount, related_name="+", db_index=False)
    day = models.DateField()
    debit = models.DecimalField(max_digits=18, decimal_places=2)
    credit = models.DecimalField(max_digits=18, decimal_places=2)

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "account", "day"], name="accountday_one")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"


class FoldMark(models.Model):
    """Up to which entry a company's account days have been folded."""

    company = models.OneToOneField(Company, on_delete=models.PROTECT, primary_key=True, related_name="+")
    entry_id = models.BigIntegerField(default=0)

    unscoped = models.Manager()
    objects = ScopedManager()

    def __str__(self) -> str:
        return f"{self.company_id} {self.entry_id}"
