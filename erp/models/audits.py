"""The audit: who did what, and the chain of seals that would show if any of it were changed later."""

import pgtrigger
from django.db import models

from erp.audit_file import BEFORE_THE_FIRST
from erp.fields import CompanyForeignKey
from erp.models.companies import Company
from erp.models.guards import APPEND_ONLY, NEVER_DELETED, NEVER_TRUNCATED
from erp.models.scoped import ScopedManager


class AuditEntry(models.Model):
    """Who did what to which row, in the transaction that did it. `changes` is ``{field: [before, after]}`` as JSON text.

    `key_prefix` names the API key, where one was used; `address` is where the request came from.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    key_prefix = models.CharField(max_length=16, blank=True, default="", db_default="")
    address = models.CharField(max_length=45, blank=True, default="", db_default="")
    request_id = models.CharField(max_length=64, blank=True, default="")
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    changes = models.TextField(blank=True, default="")

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "id"], name="auditentry_company_id")]
        indexes = [models.Index(fields=["company", "subject_id"], name="auditentry_subject")]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            # One statement for all entries of a statement. Nobody has to remember to ask for a seal.
            pgtrigger.Trigger(
                name="waits_for_its_seal",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="written"),
                func="""
                INSERT INTO erp_unsealedentry (id, company_id) SELECT id, company_id FROM written;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"


class UnsealedEntry(models.Model):
    """An entry that waits for its seal; `id` is the entry's. Made by the entry's own statement, gone with the seal."""

    id = models.BigIntegerField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        triggers = [
            # An entry that no longer waited and had no seal would never get one.
            pgtrigger.Trigger(
                name="sealed_first",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=pgtrigger.Referencing(old="gone"),
                func="""
                IF EXISTS (SELECT FROM gone JOIN erp_auditentry e ON e.company_id = gone.company_id AND e.id = gone.id
                        WHERE NOT EXISTS (SELECT FROM erp_auditseal s
                            WHERE s.company_id = gone.company_id AND s.entry_id = gone.id)) THEN
                    RAISE EXCEPTION 'sealed_first: an audit entry waits until it is sealed'
                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'sealed_first';
                END IF;
                RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="waits_unchanged",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="RAISE EXCEPTION 'waits_unchanged: what waits for its seal is never changed'"
                " USING ERRCODE = 'restrict_violation';",
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return str(self.id)


class AuditHead(models.Model):
    """A company's last seal. It is moved by the seals themselves, and shows when the last of them were cut off."""

    company = models.OneToOneField(Company, on_delete=models.PROTECT, primary_key=True, related_name="+")
    last_number = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=BEFORE_THE_FIRST)

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="head_of_its_seals",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                IF TG_OP = 'UPDATE' AND (OLD.company_id <> NEW.company_id OR OLD.last_number > NEW.last_number)
                        OR (NEW.last_number <> 0 OR NEW.hash <> decode(repeat('00', 32), 'hex'))
                        AND NOT EXISTS (SELECT FROM erp_auditseal s WHERE s.company_id = NEW.company_id
                            AND s.number = NEW.last_number AND s.hash = NEW.hash) THEN
                    RAISE EXCEPTION 'head_of_its_seals: the head of an audit is its last seal'
                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'head_of_its_seals';
                END IF;
                RETURN NEW;
                """,
            ),
            NEVER_DELETED,
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.last_number}"


class AuditSeal(models.Model):
    """An entry's place in its company's audit, 1…n without gap, and the hash that ties it to all entries before it.

    ``hash = sha256(hash of the seal before ‖ bytes of the entry)``; `erp.audit_file` says which bytes.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()
    entry = CompanyForeignKey(AuditEntry, related_name="+", db_index=False)
    hash = models.BinaryField()

    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="auditseal_number"),
            models.UniqueConstraint(fields=["company", "entry"], name="auditseal_once"),
        ]
        triggers = [
            APPEND_ONLY,
            NEVER_TRUNCATED,
            # It reads by key, whatever the planner believes of a table that has just grown.
            pgtrigger.Trigger(
                name="continues_the_chain",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="written"),
                func="""
                SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
                IF EXISTS (
                    SELECT FROM (
                        SELECT w.company_id, w.number, w.entry_id, w.hash,
                            coalesce(lag(w.number) OVER mine, h.last_number) AS number_before,
                            coalesce(lag(w.hash) OVER mine, h.hash) AS hash_before
                        FROM written w LEFT JOIN erp_audithead h ON h.company_id = w.company_id
                        WINDOW mine AS (PARTITION BY w.company_id ORDER BY w.number)) link
                    LEFT JOIN erp_auditentry e ON e.company_id = link.company_id AND e.id = link.entry_id
                    WHERE link.number IS DISTINCT FROM link.number_before + 1
                        OR link.hash IS DISTINCT FROM erp_audit_hash(link.hash_before, link.number, e)) THEN
                    RAISE EXCEPTION 'continues_the_chain: a seal follows the last one of its company'
                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'continues_the_chain';
                END IF;
                UPDATE erp_audithead h SET last_number = latest.number, hash = latest.hash
                FROM (SELECT DISTINCT ON (company_id) company_id, number, hash FROM written
                    ORDER BY company_id, number DESC) latest
                WHERE h.company_id = latest.company_id;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.number}"
