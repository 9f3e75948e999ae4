"""Encrypting what is kept secret under the newest key, so that the keys before it can be taken away."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.models import Connection
from erp.ciphers import Unreadable, encrypt_anew
from erp.locking import one_transaction
from erp.models import Company, WebhookEndpoint, Within


@dataclass
class Encrypted:
    """How many secrets were rewritten, how many needed it not, and where those are that no key opens."""

    anew: int = 0
    already: int = 0
    unreadable: list[str] = field(default_factory=list)


def encrypt_secrets_anew() -> Encrypted:
    """Every secret of webhooks and foreign systems under the first of ENCRYPTION_KEYS, a transaction to each company.

    One that somebody replaces meanwhile is left as he wrote it. Run again it finds nothing to do. What no key opens stays.
    """
    done = Encrypted()
    for company in Company.objects.order_by("id"):
        with one_transaction(company_id=company.id):
            for row, column, token in _secrets(Within(company.id)):
                try:
                    other = encrypt_anew(token)
                except Unreadable:
                    done.unreadable.append(f"{type(row).__name__} {row.id} of {company.code}")
                    continue
                if other is None:
                    done.already += 1
                    continue
                kept = getattr(row, column)
                value = other if isinstance(kept, str) else other.encode()
                rows: Any = type(row).objects.of(row)
                done.anew += rows.filter(id=row.id, **{column: kept}).update(**{column: value})
    return done


def _secrets(company: Within) -> Iterator[tuple[WebhookEndpoint | Connection, str, str]]:
    for endpoint in WebhookEndpoint.objects.of(company).order_by("id"):
        yield endpoint, "secret", endpoint.secret
        if endpoint.previous_secret:
            yield endpoint, "previous_secret", endpoint.previous_secret
    for connection in Connection.objects.of(company).filter(secret__isnull=False).order_by("id"):
        yield connection, "secret", bytes(connection.secret or b"").decode()
