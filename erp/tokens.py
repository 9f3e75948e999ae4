"""Signed tokens of a login: short access tokens, refresh tokens, and the cookie that opens an event stream."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

STREAM_COOKIE = "erp_stream"
STREAM_PATH = "/api/sales/sse/"


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


def make_token(kind: TokenKind, *, user_id: UUID, login_id: UUID, login_expires_at: datetime, now: datetime) -> str:
    """A signed token (HS256), valid for its kind's lifetime, never longer than its login."""
    token = _CLASSES[kind]()
    token["user_id"] = str(user_id)
    token["login_id"] = str(login_id)
    token["exp"] = int(min(now + token.lifetime, login_expires_at).timestamp())
    return str(token)


def read_token(text: str, kind: TokenKind) -> Claims | None:
    """The claims of a token of this kind that we signed and that has not expired, else None."""
    if len(text) > 2000:
        return None
    try:
        token = _CLASSES[kind](text)
        return Claims(
            user_id=UUID(token["user_id"]),
            login_id=UUID(token["login_id"]),
            expires_at=datetime.fromtimestamp(token["exp"], tz=UTC),
        )
    except (TokenError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return None
