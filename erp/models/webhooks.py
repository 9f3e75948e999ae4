"""Where a company's events are pushed to, and what became of each push."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from erp.fields import CompanyForeignKey
from erp.models.guards import NEVER_DELETED
from erp.models.scoped import CompanyModel, ScopedManager, code_check, unique_in_company
from erp.webhooks.states import DeliveryState, PauseReason

_ENCRYPTED = "gAAAA"  # how each token of Fernet begins


class WebhookEndpoint(CompanyModel):
    """A URL that gets the company's events, each signed with its secret.

    `types` are names as ``?types=`` of the stream takes them; none: the kinds about sales invoices. `position` is the number
    of the last event that was looked at for it, so that what comes after it is still to be delivered whatever dies. Both
    secrets are encrypted. A removed one stays, because audit entries name it.
    """

    url = models.CharField(max_length=2000)
    types = ArrayField(models.CharField(max_length=40), default=list)
    secret = models.TextField()
    previous_secret = models.TextField(blank=True, default="")
    previous_until = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    failures_in_a_row = models.IntegerField(default=0)
    wait_until = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=10, blank=True, default="")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            unique_in_company("webhookendpoint"),
            models.CheckConstraint(condition=~Q(url="") & ~Q(secret=""), name="webhookendpoint_complete"),
            models.CheckConstraint(condition=Q(position__gte=0), name="webhookendpoint_position"),
            code_check("pause_reason", ["", *PauseReason], "webhookendpoint_pause_reason"),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, pause_reason="") | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
                name="webhookendpoint_paused_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(previous_secret="", previous_until__isnull=True)
                | (Q(previous_until__isnull=False) & ~Q(previous_secret="")),
                name="webhookendpoint_overlap_ends",
            ),
            models.CheckConstraint(
                condition=Q(secret__startswith=_ENCRYPTED) & Q(previous_secret__regex=f"^({_ENCRYPTED}|$)"),
                name="webhookendpoint_secret_encrypted",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="moves_forward",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                IF NEW.position < OLD.position
                        OR ROW(OLD.id, OLD.company_id) IS DISTINCT FROM ROW(NEW.id, NEW.company_id) THEN
                    RAISE EXCEPTION 'moves_forward: an endpoint looks at each event once, in their order'
                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'moves_forward';
                END IF;
                RETURN NEW;
                """,
            ),
            NEVER_DELETED,
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint, or arrived there.

    PENDING ones have a `next_attempt_at`; of one document's events only the earliest pending one is sent. FAILED: given up
    after three days, or its event has expired.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    company = models.ForeignKey("erp.Company", on_delete=models.PROTECT, related_name="+", db_index=False)
    endpoint = CompanyForeignKey(WebhookEndpoint, related_name="+", db_index=False)
    number = models.BigIntegerField()
    type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    state = models.CharField(max_length=10)
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    first_attempt_at = models.DateTimeField(null=True)
    last_attempt_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    last_status = models.SmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True, default="")
    last_duration_ms = models.IntegerField(null=True)

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            unique_in_company("webhookdelivery"),
            models.UniqueConstraint(fields=["company", "endpoint", "number"], name="webhookdelivery_once"),
            code_check("state", DeliveryState, "webhookdelivery_state"),
            models.CheckConstraint(condition=Q(number__gte=1), name="webhookdelivery_number"),
            models.CheckConstraint(
                condition=Q(state="PENDING", next_attempt_at__isnull=False)
                | (~Q(state="PENDING") & Q(next_attempt_at__isnull=True)),
                name="webhookdelivery_pending_is_due",
            ),
            models.CheckConstraint(
                condition=~Q(state="DELIVERED")
                | (Q(delivered_at__isnull=False, attempts__gte=1, last_status__gte=200, last_status__lt=300)),
                name="webhookdelivery_delivered_was_taken",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "endpoint", "subject_id", "number"],
                name="webhookdelivery_pending",
                condition=Q(state="PENDING"),
            ),
            models.Index(fields=["created_at"], name="webhookdelivery_age"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="of_its_event",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                IF ROW(OLD.id, OLD.company_id, OLD.endpoint_id, OLD.number, OLD.type, OLD.subject_id) IS DISTINCT FROM
                        ROW(NEW.id, NEW.company_id, NEW.endpoint_id, NEW.number, NEW.type, NEW.subject_id) THEN
                    RAISE EXCEPTION 'of_its_event: a delivery stays that of its event'
                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'of_its_event';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number} {self.state}"
