"""Logging in and out, refreshing, changing the password: acts of a person, before a company is known.

A `Login` row is the family of all tokens of one login; ending it ends them at once, on every worker. In this,
non-rotating mode (the default, because published clients never store a rotated token) a refresh gives the same refresh
token back.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from erp.identifiers import new_id
from erp.locking import one_transaction
from erp.members import find_member
from erp.models import Company, Login, User
from erp.problems import InvalidToken, NotAuthenticated, ValidationFailed
from erp.tokens import TokenKind, make_token, read_token


class WrongCredentials(NotAuthenticated):
    """Wrong e-mail or password, an account that is not active, or one without a company: one answer for all."""

    code = "invalid-credentials"
    message = "Invalid email or password"


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str
    stream: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    user: User
    company: Company
    tokens: Tokens


# Checked when the address is unknown, so that the answer takes as long as for a known one.
@cache
def _nobodys_hash() -> str:
    return make_password("nobody's password")


def log_in(*, email: str, password: str, company: str, now: datetime) -> LoggedIn:
    """Check the password and open a login, for the named company or the one the person works for.

    Raises WrongCredentials (401), whatever was wrong; NotFound for a company that is not his.
    """
    user = User.objects.filter(email=email.lower()).first()
    nobodys = _nobodys_hash()
    matches = check_password(password, nobodys if user is None else user.password)
    if user is None or not matches or not user.is_active:
        raise WrongCredentials
    member = find_member(user.id, company=company)
    if member is None or member.company is None:
        raise WrongCredentials
    expires_at = now + settings.REFRESH_TOKEN_LIFETIME
    with one_transaction(company_id=None):
        # Checking takes long enough for the password to be changed meanwhile, which ends the logins that are there.
        if not User.objects.filter(id=user.id, is_active=True, password=user.password).update(last_login=now):
            raise WrongCredentials
        login = Login.objects.create(id=new_id(), user=user, created_at=now, expires_at=expires_at)
    return LoggedIn(user, member.company, _tokens(login, now))


def refresh_access(*, refresh: str, now: datetime) -> Tokens:
    """A new access token for an open login. Raises InvalidToken (401) for anything else."""
    claims = read_token(refresh, TokenKind.REFRESH)
    login = None
    if claims is not None:
        login = (
            Login.objects.select_related("user")
            .filter(id=claims.login_id, user_id=claims.user_id, ended_at=None, expires_at__gt=now, user__is_active=True)
            .first()
        )
    if login is None:
        raise InvalidToken
    tokens = _tokens(login, now)
    return Tokens(access=tokens.access, refresh=refresh, stream=tokens.stream)


def log_out(*, refresh: str, user: User, now: datetime) -> None:
    """End the login of this refresh token and all its tokens. Raises InvalidToken unless it is the caller's own."""
    claims = read_token(refresh, TokenKind.REFRESH)
    if claims is None or claims.user_id != user.id:
        raise InvalidToken
    with one_transaction(company_id=None):
        Login.objects.filter(id=claims.login_id, user=user, ended_at=None).update(ended_at=now)


def change_password(*, user: User, login: Login, old_password: str, new_password: str, now: datetime) -> None:
    """Set a new password and end every other login of the person. Raises ValidationFailed naming the field."""
    if not user.check_password(old_password):
        raise ValidationFailed(errors={"old_password": ["The old password is not right."]})
    try:
        validate_password(new_password, user)
    except ValidationError as problem:
        raise ValidationFailed(errors={"new_password": list(problem.messages)}) from problem
    with one_transaction(company_id=None):
        User.objects.filter(id=user.id).update(password=make_password(new_password))
        Login.objects.filter(user=user, ended_at=None).exclude(id=login.id).update(ended_at=now)


def _tokens(login: Login, now: datetime) -> Tokens:
    def token(kind: TokenKind) -> str:
        return make_token(kind, user_id=login.user_id, login_id=login.id, login_expires_at=login.expires_at, now=now)

    return Tokens(token(TokenKind.ACCESS), token(TokenKind.REFRESH), token(TokenKind.STREAM))
