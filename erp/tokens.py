"""Signed tokens of a login: short access tokens, refresh tokens, and the cookie that opens an event stream."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid5

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

STREAM_COOKIE = "erp_stream"
STREAM_PATH = "/api/sales/sse/"


STREAM_TICKET_LIFETIME = timedelta(seconds=30)


class TokenKind(StrEnum):
    ACCESS = "access"
    REFRESH = "refresh"
    STREAM = "stream"


class StreamToken(Token):
    """What the stream cookie holds: it opens streams and nothing else, as long as its login lasts."""

    token_type = TokenKind.STREAM.value
    lifetime: timedelta = settings.REFRESH_TOKEN_LIFETIME


_CLASSES: dict[TokenKind, Any] = {
    TokenKind.ACCESS: AccessToken,
    TokenKind.REFRESH: RefreshToken,
    TokenKind.STREAM: StreamToken,
}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says. Whether its login has ended is for the database to say."""

    user_id: UUID
    login_id: UUID
    expires_at: datetime
    company_id: UUID | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True)
class KeyClaims:
    """What the stream cookie of a key says, which came by a ticket. Whether the key is still good is not in it."""

    key_id: UUID
    company_id: UUID
    expires_at: datetime


def make_token(kind: TokenKind, *, user_id: UUID, login_id: UUID, login_expires_at: datetime, now: datetime) -> str:
    """A signed token (HS256), valid for its kind's lifetime, never longer than its login."""
    token = _CLASSES[kind]()
    token["user_id"] = str(user_id)
    token["login_id"] = str(login_id)
    token["exp"] = int(min(now + token.lifetime, login_expires_at).timestamp())
    return str(token)


def make_refresh_token(*, user_id: UUID, login_id: UUID, generation: int, began_at: datetime, ends_at: datetime) -> str:
    """The refresh token of a login's generation: the same text whoever asks for it, as long as the login lasts."""
    token: Any = RefreshToken()
    token.set_iat(at_time=began_at)
    token["jti"] = uuid5(login_id, str(generation)).hex
    token["user_id"], token["login_id"], token["generation"] = str(user_id), str(login_id), generation
    token["exp"] = int(ends_at.timestamp())
    return str(token)


def make_stream_token(claims: Claims | KeyClaims) -> str:
    """The cookie of these claims, which is for one company and ends when they do."""
    token: Any = StreamToken()
    for name, value in asdict(claims).items():
        if name not in {"expires_at", "generation"}:
            token[name] = str(value)
    token["exp"] = int(claims.expires_at.timestamp())
    return str(token)


def read_token(text: str, kind: TokenKind) -> Claims | None:
    """The claims of a token of this kind that we signed and that has not expired, else None."""
    return _read(text, kind, _claims)


def read_stream_token(text: str) -> Claims | KeyClaims | None:
    """The same of a stream cookie, a person's or a key's."""
    return _read(text, TokenKind.STREAM, lambda token: _key_claims(token) if "key_id" in token else _claims(token))


_Found = TypeVar("_Found")


def _read(text: str, kind: TokenKind, claims: Callable[[Any], _Found]) -> _Found | None:
    if len(text) > 2000:
        return None
    try:
        return claims(_CLASSES[kind](text))
    except (TokenError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return None


def _claims(token: Any) -> Claims:
    return Claims(
        user_id=UUID(token["user_id"]),
        login_id=UUID(token["login_id"]),
        expires_at=_end_of(token),
        company_id=UUID(token["company_id"]) if "company_id" in token else None,
        generation=int(token["generation"]) if "generation" in token else 0,
    )


def _key_claims(token: Any) -> KeyClaims:
    return KeyClaims(UUID(token["key_id"]), UUID(token["company_id"]), _end_of(token))


def _end_of(token: Any) -> datetime:
    return datetime.fromtimestamp(token["exp"], tz=UTC)
