"""Keys of foreign systems: from the environment, else encrypted in the database. Never shown, never logged.

`CONNECTOR_SECRET_KEYS` holds the keys of the encryption, the newest first: to rotate, put a new one in front, and drop the
old one once every connection was saved again.
"""

import os

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from connectors.models import Connection
from erp.problems import Conflict


class NoSecret(Conflict):
    """The connection's key is in no variable of the environment, or cannot be decrypted. Give it again."""

    code = "connector-secret-missing"
    message = "The key of this connection is missing."


def secret_of(connection: Connection) -> str:
    """The key of the foreign system. Raises NoSecret, which says which variable is empty."""
    if connection.secret_env:
        if found := os.environ.get(connection.secret_env, ""):
            return found
        raise NoSecret(f"The environment variable {connection.secret_env} is empty.")
    if connection.secret is None:
        raise NoSecret
    try:
        return _cipher().decrypt(bytes(connection.secret)).decode()
    except InvalidToken as problem:
        raise NoSecret("The key was encrypted with a key that CONNECTOR_SECRET_KEYS no longer holds.") from problem


def sealed(secret: str) -> bytes:
    """The key as it is stored. Raises NoSecret without CONNECTOR_SECRET_KEYS."""
    return _cipher().encrypt(secret.encode())


def _cipher() -> MultiFernet:
    keys: list[str] = settings.CONNECTOR_SECRET_KEYS
    if not keys:
        raise NoSecret("CONNECTOR_SECRET_KEYS is empty: keys are kept in the environment only.")
    return MultiFernet([Fernet(key) for key in keys])
