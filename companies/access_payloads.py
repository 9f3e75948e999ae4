"""How members and API keys of a company are shown; of a key never its hash. Pure."""

from uuid import UUID

from msgspec import Struct

from erp.clock import instant_text
from erp.models import ApiKey, Membership


class MembershipPayload(Struct, kw_only=True, frozen=True):
    """A person's role in the company."""

    id: UUID
    user: UUID
    user_email: str
    user_name: str
    role: str
    is_active: bool
    version: int


class ApiKeyPayload(Struct, kw_only=True, frozen=True):
    """Another system's key. `prefix` is the part before the dot, which is no secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    on_conflict: str | None
    allowed_ips: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    version: int


class IssuedKeyPayload(ApiKeyPayload, kw_only=True, frozen=True):
    """A key that was just made. `key` is shown this once: a repeat and a dry run answer null."""

    key: str | None


def membership_payload(membership: Membership) -> MembershipPayload:
    """The membership, read with its user."""
    return MembershipPayload(
        id=membership.id,
        user=membership.user_id,
        user_email=membership.user.email,
        user_name=membership.user.name,
        role=membership.role,
        is_active=membership.is_active,
        version=membership.version,
    )


def api_key_payload(key: ApiKey) -> ApiKeyPayload:
    return ApiKeyPayload(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=list(key.scopes),
        on_conflict=key.on_conflict,
        allowed_ips=list(key.allowed_ips),
        created_at=instant_text(key.created_at),
        expires_at=instant_text(key.expires_at) if key.expires_at else None,
        revoked_at=instant_text(key.revoked_at) if key.revoked_at else None,
        last_used_at=instant_text(key.last_used_at) if key.last_used_at else None,
        version=key.version,
    )


def issued_key_payload(key: ApiKey) -> IssuedKeyPayload:
    """As it is kept for a repeat: without the key itself, which is stored nowhere."""
    shown = api_key_payload(key)
    return IssuedKeyPayload(**{name: getattr(shown, name) for name in shown.__struct_fields__}, key=None)
