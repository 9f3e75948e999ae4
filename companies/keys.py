"""API keys inside somebody's transaction: made, shown once, and ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from erp.access import API_KEYS
from erp.identifiers import new_id
from erp.models import ApiKey
from erp.models.scoped import HasCompany
from erp.rights import Scope


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key may do and from where; no addresses: from anywhere. `on_conflict` None: the company's own default."""

    name: str
    scopes: Sequence[Scope]
    on_conflict: str | None = None
    allowed_ips: Sequence[str] = ()
    expires_at: datetime | None = None


class IssuedKey(NamedTuple):
    """The row, and the key itself, which nobody can read again: only its hash is kept."""

    row: ApiKey
    text: str


def make_key(scope: HasCompany, new: NewKey, *, now: datetime) -> IssuedKey:
    """A key of the company."""
    text, prefix, hashed = API_KEYS.generate()
    row = ApiKey(
        id=new_id(),
        company_id=scope.company_id,
        name=new.name,
        prefix=prefix,
        hashed_key=hashed,
        scopes=[one.value for one in dict.fromkeys(new.scopes)],
        on_conflict=new.on_conflict,
        allowed_ips=list(dict.fromkeys(new.allowed_ips)),
        created_at=now,
        expires_at=new.expires_at,
    )
    row.save(force_insert=True)
    return IssuedKey(row, text)


def has_ended(key: ApiKey, now: datetime) -> bool:
    """Whether it opens nothing any more: revoked, or past its day."""
    return key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now)
