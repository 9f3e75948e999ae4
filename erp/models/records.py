"""What happened: events and remembered answers. Appended, never changed."""

import pgtrigger
from django.db import models

from erp.models.companies import Company
from erp.models.guards import NEVER_TRUNCATED
from erp.models.scoped import ScopedManager


class EventChannel(models.Model):
    """Head row of a company's events: the last number given, and the floor below which events have been dropped."""

    company = models.OneToOneField(Company, on_delete=models.PROTECT, primary_key=True, related_name="+")
    last_number = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(floor__gte=0, last_number__gte=models.F("floor")),
                name="eventchannel_floor_below_head",
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.last_number}"


class OutboxEvent(models.Model):
    """An event, written in the transaction of the change it tells of.

    `number` is null until the sequencer gives the committed row its place: 1…n per company, without gap. `payload` is the
    JSON text exactly as every listener gets it.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField(null=True)
    type = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    payload = models.TextField()
    created_at = models.DateTimeField()

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="outboxevent_number"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="outboxevent_number_positive"),
        ]
        indexes = [
            # What the sequencer polls: empty but for the last milliseconds.
            models.Index(fields=["id"], name="outboxevent_unnumbered", condition=models.Q(number__isnull=True)),
            models.Index(fields=["company", "subject_id"], name="outboxevent_subject"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="numbered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                IF OLD.number IS NOT NULL OR ROW(OLD.id, OLD.company_id, OLD.type, OLD.subject_kind, OLD.subject_id,
                        OLD.payload, OLD.created_at) IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.type,
                        NEW.subject_kind, NEW.subject_id, NEW.payload, NEW.created_at) THEN
                    RAISE EXCEPTION 'numbered_once: an event is never changed' USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NEW;
                """,
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number}"


class IdempotencyKey(models.Model):
    """A write's key with the answer it got, inserted in the write's own transaction: there is no key without its answer."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    credential_id = models.UUIDField()
    route = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    part = models.IntegerField(default=0)
    body_hash = models.BinaryField()
    status = models.SmallIntegerField()
    answer = models.TextField()
    created_at = models.DateTimeField()

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "credential_id", "route", "key", "part"], name="idempotencykey_once"),
            models.CheckConstraint(condition=models.Q(status__gte=200, status__lt=300), name="idempotencykey_success_only"),
            models.CheckConstraint(condition=models.Q(status=204) | ~models.Q(answer=""), name="idempotencykey_has_answer"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotencykey_age")]
        triggers = [
            # Deleted they may be, when they are too old to be repeated.
            pgtrigger.Trigger(
                name="answered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="RAISE EXCEPTION 'answered_once: a remembered answer is never changed'"
                " USING ERRCODE = 'restrict_violation';",
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return self.key
