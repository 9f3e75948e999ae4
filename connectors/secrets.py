"""Keys of foreign systems: from the environment, else encrypted in the database. Never shown, never logged."""

import os

from connectors.models import Connection
from erp.ciphers import Unreadable, decrypt, encrypt
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
        return decrypt(bytes(connection.secret).decode())
    except Unreadable as problem:
        raise NoSecret("The key was encrypted with a key that ENCRYPTION_KEYS no longer holds.") from problem


def sealed(secret: str) -> bytes:
    """The key as it is stored."""
    return encrypt(secret).encode()
