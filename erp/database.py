"""One database, four roles: how each kind of connection is opened.

`owner` owns the tables and runs migrations, `app` serves, `relay` numbers and reads events of all companies, `auditor`
reads. The login of DATABASE_URL is a member of each and takes one when it connects; the roles themselves cannot log in.
"""

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class DatabaseRole(StrEnum):
    OWNER = "erp_owner"
    APP = "erp_app"
    RELAY = "erp_relay"
    AUDITOR = "erp_auditor"


_LIMITS = {
    # A writer that cannot get its lock gives up while its client still waits; the use case is then tried again.
    DatabaseRole.APP: "-c lock_timeout=3s -c statement_timeout=10s -c idle_in_transaction_session_timeout=15s",
    DatabaseRole.RELAY: "-c lock_timeout=3s -c statement_timeout=30s -c idle_in_transaction_session_timeout=15s",
}


def startup_options(role: DatabaseRole) -> str:
    """libpq ``options``: the role to take and its time limits."""
    return f"-c role={role.value} {_LIMITS.get(role, '')} -c timezone=UTC".replace("  ", " ")


def conninfo(role: DatabaseRole, *, environment: Mapping[str, str] = os.environ) -> str:
    """Connection string for a connection of one's own (LISTEN, the sequencer), outside Django's pool."""
    return make_conninfo(environment["DATABASE_URL"], options=startup_options(role), application_name=role.value)


def django_settings(url: str, *, pool_size: int) -> dict[str, Any]:
    """`DATABASES["default"]` out of a ``postgresql://`` URL. Raises ValueError, with the reason, for anything else."""
    if urlsplit(url).scheme not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must begin with postgresql:// (PostgreSQL is the only engine).")
    parts = conninfo_to_dict(url)
    known = {"dbname", "user", "password", "host", "port", "options"}
    options: dict[str, Any] = {key: value for key, value in parts.items() if key not in known}
    options |= {
        # Ours last: a URL may add to them, and not take the role away.
        "options": f"{parts.get('options') or ''} {startup_options(DatabaseRole.APP)}".strip(),
        # Statements are few and large here: prepared on the server, planned once per connection.
        "server_side_binding": True,
        "prepare_threshold": 1,
    }
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 5}
    return {
        "ENGINE": "erp.postgresql",
        "NAME": parts.get("dbname") or "erp",
        "USER": parts.get("user") or "",
        "PASSWORD": parts.get("password") or "",
        "HOST": parts.get("host") or "",
        "PORT": parts.get("port") or "",
        # Without a pool each worker thread keeps its connection, checked once per request when it fails.
        "CONN_MAX_AGE": 0 if pool_size else None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
