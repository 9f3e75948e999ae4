"""Foreign systems that a company is connected to, what of theirs is which of ours, and the runs that brought it."""

from django.db import models

from connectors.states import ConnectionKind, ConnectionState, Entity, Phase, RowState, RunKind, RunState
from erp.fields import CompanyForeignKey
from erp.models import CompanyModel, unique_in_company
from erp.models.scoped import code_check
from invoices.models import Invoice, Payment
from sales.models import Customer


class Connection(CompanyModel):
    """A foreign system: where it is, and where its key is. `secret_env` names a variable; else `secret` is encrypted.

    `options` are decided before the first run: ``number_prefix``, accounts by the name of a method. `is_judged` means that
    the address came over HTTP and is judged before each connection; the command line is the operator's own hand. Of what
    was changed there before `polled_until` (Unix seconds, its clock) nothing is missing here; `polled_at` is when we looked.
    """

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=16)
    base_url = models.CharField(max_length=300)
    secret_env = models.CharField(max_length=100, blank=True, default="")
    secret = models.BinaryField(null=True)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=6, default=ConnectionState.OK.value)
    is_judged = models.BooleanField(default=False, db_default=False)
    polled_until = models.BigIntegerField(default=0, db_default=0)
    polled_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1, db_default=1)
    tested_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("connection"),
            models.UniqueConstraint(fields=["company", "name"], name="connection_name"),
            # Routes name a customer and no connection: there is one that is meant.
            models.UniqueConstraint(
                fields=["company", "kind"],
                condition=models.Q(kind=ConnectionKind.INVOICE_NINJA.value),
                name="connection_one_invoice_ninja",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="connection_name_given"),
            models.CheckConstraint(condition=models.Q(polled_until__gte=0), name="connection_polled_until"),
            code_check("kind", ConnectionKind, "connection_kind_known"),
            code_check("state", ConnectionState, "connection_state_known"),
            models.CheckConstraint(
                condition=models.Q(secret_env="") | models.Q(secret__isnull=True), name="connection_one_secret"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ExternalRef(CompanyModel):
    """That a row of the foreign system is one of ours. `content_hash` is of what was mapped, `data` what had no column.

    `gone_at` is when it was found deleted there; nothing of ours is deleted for that. `claimed_at` is when somebody went to
    fetch it anew: for a few seconds nobody else does.
    """

    connection = CompanyForeignKey(Connection, related_name="+", db_index=False)
    entity = models.CharField(max_length=16)
    external_id = models.CharField(max_length=64)
    customer = CompanyForeignKey(Customer, null=True, related_name="+", db_index=False)
    invoice = CompanyForeignKey(Invoice, null=True, related_name="+", db_index=False)
    payment = CompanyForeignKey(Payment, null=True, related_name="+", db_index=False)
    content_hash = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    fetched_at = models.DateTimeField()
    remote_updated_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            unique_in_company("externalref"),
            models.UniqueConstraint(fields=["company", "connection", "entity", "external_id"], name="externalref_once"),
            models.UniqueConstraint(
                fields=["company", "connection", "customer"],
                condition=models.Q(customer__isnull=False),
                name="externalref_one_per_customer",
            ),
            models.UniqueConstraint(
                fields=["company", "connection", "invoice"],
                condition=models.Q(invoice__isnull=False),
                name="externalref_one_per_invoice",
            ),
            models.UniqueConstraint(
                fields=["company", "connection", "payment"],
                condition=models.Q(payment__isnull=False),
                name="externalref_one_per_payment",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    entity=Entity.CLIENT.value, customer__isnull=False, invoice__isnull=True, payment__isnull=True
                )
                | models.Q(entity=Entity.INVOICE.value, customer__isnull=True, invoice__isnull=False, payment__isnull=True)
                | models.Q(entity=Entity.PAYMENT.value, customer__isnull=True, invoice__isnull=True, payment__isnull=False),
                name="externalref_of_its_entity",
            ),
            models.CheckConstraint(condition=~models.Q(external_id=""), name="externalref_id_given"),
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.external_id}"


class ImportRun(CompanyModel):
    """A run that moves rows here: what it was given, how far it is, and what came of it.

    The checkpoint is not here but in the states of its rows, which commit together with what they brought.
    """

    connection = CompanyForeignKey(Connection, related_name="+", db_index=False)
    kind = models.CharField(max_length=16)
    fingerprint = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    phase = models.CharField(max_length=9, default=Phase.STAGE.value)
    state = models.CharField(max_length=7, default=RunState.RUNNING.value)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    eta_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField()
    report = models.JSONField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            unique_in_company("importrun"),
            # One that is at work, or was killed at it; who comes next takes that one up.
            models.UniqueConstraint(
                fields=["company", "connection", "kind"],
                condition=models.Q(state=RunState.RUNNING.value),
                name="importrun_one_running",
            ),
            code_check("kind", RunKind, "importrun_kind_known"),
            code_check("phase", Phase, "importrun_phase_known"),
            code_check("state", RunState, "importrun_state_known"),
            models.CheckConstraint(
                condition=models.Q(done__gte=0) & models.Q(done__lte=models.F("total")), name="importrun_done_within_total"
            ),
        ]
        indexes = [models.Index(fields=["company", "connection", "-created_at"], name="importrun_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"


class ImportRow(CompanyModel):
    """A row of the foreign system on its way: as it was read, and what became of it.

    `target_id` is the row of ours, whatever its table; the `ExternalRef` is the key that the database keeps. Where it went
    into another foreign system, `target_external_id` is its id there. `http_status` is what that system refused it with.
    """

    run = CompanyForeignKey(ImportRun, related_name="+", db_index=False)
    entity = models.CharField(max_length=16)
    external_id = models.CharField(max_length=64)
    client_external_id = models.CharField(max_length=64, blank=True, default="")
    position = models.IntegerField()
    payload = models.JSONField(null=True)
    state = models.CharField(max_length=9, default=RowState.PENDING.value)
    code = models.CharField(max_length=32, blank=True, default="")
    message = models.CharField(max_length=500, blank=True, default="")
    attempts = models.SmallIntegerField(default=0)
    target_id = models.UUIDField(null=True)
    target_external_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    http_status = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [
            unique_in_company("importrow"),
            models.UniqueConstraint(fields=["company", "run", "entity", "external_id"], name="importrow_once"),
            code_check("entity", Entity, "importrow_entity_known"),
            code_check("state", RowState, "importrow_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state__in=[RowState.SKIPPED.value, RowState.FAILED.value, RowState.CONFLICT.value])
                | ~models.Q(code=""),
                name="importrow_reason_given",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[RowState.DONE.value, RowState.UNCHANGED.value])
                | models.Q(target_id__isnull=False)
                | ~models.Q(target_external_id=""),
                name="importrow_done_has_target",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "run", "client_external_id"], name="importrow_by_client"),
            models.Index(
                fields=["company", "run", "position"],
                condition=models.Q(state=RowState.PENDING.value),
                name="importrow_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.external_id} {self.state}"


class Site(CompanyModel):
    """A customer's place or service that we look after."""

    customer = CompanyForeignKey(Customer, related_name="+", db_index=False)
    name = models.CharField(max_length=150)
    url = models.CharField(max_length=500, blank=True, default="")
    address = models.CharField(max_length=500, blank=True, default="")
    note = models.CharField(max_length=2000, blank=True, default="")
    is_active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            unique_in_company("site"),
            models.UniqueConstraint(fields=["company", "customer", "name"], name="site_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="site_name_given"),
        ]

    def __str__(self) -> str:
        return self.name
