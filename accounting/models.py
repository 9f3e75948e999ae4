"""Double-entry books: accounts, vouchers, and entries that never change."""

from datetime import timedelta

import pgtrigger
from django.db import models

from accounting import guards
from accounting.kinds import AccountType, VoucherKind
from erp.fields import CompanyForeignKey, TransactionIdField
from erp.models import CompanyModel, Currency, ScopedManager, unique_in_company
from erp.models.companies import Company, User
from erp.models.guards import APPEND_ONLY, NEVER_TRUNCATED
from erp.models.scoped import code_check
from erp.money import AMOUNT_LIMIT, EXCHANGE_RATE_LIMIT


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
            models.CheckConstraint(
                condition=models.Q(owner_id__isnull=True) | models.Q(role__in=["RECEIVABLE", "PAYABLE"], is_group=False),
                name="ledgeraccount_only_parties_own",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="frozen", when=pgtrigger.Before, operation=pgtrigger.Update, func=guards.ACCOUNT_FROZEN)
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
            models.CheckConstraint(
                condition=models.Q(end_date__gte=models.F("start_date") + timedelta(days=364))
                & models.Q(end_date__lte=models.F("start_date") + timedelta(days=365)),
                name="fiscalyear_lasts_a_year",
            ),
            models.CheckConstraint(
                condition=models.Q(start_date__year=models.F("year")), name="fiscalyear_named_by_its_start"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=guards.YEAR_FROZEN,
            )
        ]

    def __str__(self) -> str:
        return str(self.year)


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
            # Bounded above as well, because NaN is larger than every number.
            models.CheckConstraint(
                condition=models.Q(total__gte=0, total__lt=AMOUNT_LIMIT, entry_count__gte=0), name="voucher_total_in_range"
            ),
            models.CheckConstraint(
                condition=models.Q(reverses__isnull=True) & ~models.Q(kind="REVERSAL")
                | models.Q(reverses__isnull=False, kind="REVERSAL"),
                name="voucher_only_reversals_reverse",
            ),
            models.CheckConstraint(condition=models.Q(source_revision__gte=1), name="voucher_revision_positive"),
        ]
        indexes = [
            models.Index(fields=["company", "voucher_date", "id"], name="voucher_by_date"),
            models.Index(fields=["company", "tx"], name="voucher_by_transaction"),
            models.Index(fields=["company"], condition=models.Q(kind="YEAR_CLOSE"), name="voucher_year_close"),
        ]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            pgtrigger.Trigger(
                name="not_in_locked_period",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=guards.NOT_IN_LOCKED_PERIOD,
            ),
            # Judged at commit, once per voucher.
            pgtrigger.Trigger(
                name="balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("entries", "bigint"), ("debits", "numeric"), ("credits", "numeric")],
                func=guards.VOUCHER_BALANCES,
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
            models.CheckConstraint(
                condition=models.Q(debit__lt=AMOUNT_LIMIT, credit__lt=AMOUNT_LIMIT), name="ledgerentry_finite"
            ),
            models.CheckConstraint(
                condition=models.Q(debit__gt=0, amount_currency__gte=0, amount_currency__lt=AMOUNT_LIMIT)
                | models.Q(credit__gt=0, amount_currency__lte=0),
                name="ledgerentry_currency_on_the_same_side",
            ),
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
                func=guards.ENTRY_FITS_VOUCHER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.debit} {self.credit}"


class AccountDay(models.Model):
    """Entries of an account on a date, folded: sums of those below the company's mark. Written by moving the mark only.

    Posting touches no balance row, so no posting waits for another; a reader adds the entries from the mark on.
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
        constraints = [
            models.UniqueConstraint(fields=["company", "account", "day"], name="accountday_one"),
            models.CheckConstraint(
                condition=models.Q(debit__gte=0, debit__lt=AMOUNT_LIMIT, credit__gte=0, credit__lt=AMOUNT_LIMIT),
                name="accountday_in_range",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="folded_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=guards.FOLDED_ONLY,
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"


class FoldMark(models.Model):
    """How far a company's account days are folded: they hold the vouchers of all transactions before `tx`.

    Transactions, not entry ids: ids are given before they commit, so a smaller one may appear after a larger. `cluster`
    is where `tx` counts: restored into another cluster, the mark is void until the fold has run again. Any update of the
    row folds; see `accounting.guards.FOLD`.
    """

    company = models.OneToOneField(Company, on_delete=models.PROTECT, primary_key=True, related_name="+")
    tx = TransactionIdField()
    cluster = models.BigIntegerField(default=0)

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        triggers = [
            pgtrigger.Trigger(name="begins", when=pgtrigger.Before, operation=pgtrigger.Insert, func=guards.FOLD_BEGINS),
            pgtrigger.Trigger(
                name="folds",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                declare=[("since", "xid8"), ("here", "bigint")],
                func=guards.FOLD,
            ),
            pgtrigger.Trigger(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=guards.FOLDED_ONLY,
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return str(self.company_id)


class ExchangeRate(CompanyModel):
    """What one unit of a currency is worth in the company's own, on a day. Never changed: documents keep their own copy."""

    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    rate_date = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("exchangerate"),
            models.UniqueConstraint(fields=["company", "currency", "rate_date"], name="exchangerate_one_a_day"),
            # Bounded above as well, because NaN is larger than every number.
            models.CheckConstraint(
                condition=models.Q(rate__gt=0, rate__lt=EXCHANGE_RATE_LIMIT), name="exchangerate_positive"
            ),
        ]
        indexes = [models.Index(fields=["company", "-rate_date", "-id"], name="exchangerate_newest")]
        triggers = [APPEND_ONLY, NEVER_TRUNCATED]

    def __str__(self) -> str:
        return f"{self.currency_id} {self.rate_date} {self.rate}"
