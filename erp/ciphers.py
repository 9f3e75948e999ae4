"""Keeping secrets that have to be read again: encrypted in the table, with a key that is not in the database.

What only has to be recognised (passwords, API keys) is hashed instead. The first of ENCRYPTION_KEYS encrypts, each of them
decrypts, and SECRET_KEY comes last, so that it does alone where there are none.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """None of the keys opens it: the key that it was encrypted with has been taken away."""


def encrypt(text: str) -> str:
    """A token of Fernet: encrypted and signed, ASCII, other each time."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """What was encrypted. Raises Unreadable."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def encrypt_anew(token: str) -> str | None:
    """The same secret under the key that encrypts now; None when it is already. Raises Unreadable."""
    text = decrypt(token)
    try:
        _of_keys(_keys()[:1]).decrypt(token.encode())
    except InvalidToken:
        return encrypt(text)
    return None


def _fernet() -> MultiFernet:
    return _of_keys(_keys())


def _keys() -> Sequence[str]:
    return (*settings.ENCRYPTION_KEYS, settings.SECRET_KEY)


@lru_cache(maxsize=8)
def _of_keys(texts: Sequence[str]) -> MultiFernet:
    # The texts are long and random, so a plain hash makes keys of them; the prefix keeps them apart from token signing.
    hashes = (hashlib.sha256(b"distributor-erp encryption\x00" + text.encode()).digest() for text in texts)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in hashes])
