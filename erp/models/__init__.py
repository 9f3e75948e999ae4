"""The ground: companies, people, credentials, and the records of what happened."""

from erp.models.audits import AuditEntry, AuditHead, AuditSeal, UnsealedEntry
from erp.models.companies import ApiKey, Company, Currency, Login, Membership, Registration, User
from erp.models.files import StoredFile
from erp.models.people import Department, JobTitle, MenuGrant
from erp.models.records import EventChannel, IdempotencyKey, OutboxEvent
from erp.models.scoped import CompanyModel, HasCompany, ScopedManager, UnscopedQuery, Within, unique_in_company
from erp.models.series import NumberSeries
from erp.models.throttles import Throttle
from erp.models.tickets import StreamTicket
from erp.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditHead",
    "AuditSeal",
    "Company",
    "CompanyModel",
    "Currency",
    "Department",
    "EventChannel",
    "HasCompany",
    "IdempotencyKey",
    "JobTitle",
    "Login",
    "Membership",
    "MenuGrant",
    "NumberSeries",
    "OutboxEvent",
    "Registration",
    "ScopedManager",
    "StoredFile",
    "StreamTicket",
    "Throttle",
    "UnscopedQuery",
    "UnsealedEntry",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Within",
    "unique_in_company",
]
