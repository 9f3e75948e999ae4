"""Logging in and out, refreshing, changing the password: acts of a person, before a company is known.

A `Login` row is the family of all tokens of one login; ending it ends them at once, on every worker. A refresh gives the
same refresh token back (the default, because published clients never store another one), or with ROTATE_REFRESH_TOKENS the
next generation's.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from erp.locking import one_transaction
from erp.members import find_member
from erp.models import Company, Login, User
from erp.problems import InvalidToken, NotAuthenticated, ValidationFailed
from erp.tokens import Claims, TokenKind, make_refresh_token, make_token, read_token


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


REUSE_GRACE = timedelta(seconds=60)
"""For an answer that was lost, and for tabs that refresh at the same time."""


def refresh_access(*, refresh: str, now: datetime) -> Tokens:
    """A new access token for an open login, with the refresh token to use next time.

    Where tokens rotate, one has one child: whoever shows it again within 60 s gets the same, and later that ends the login,
    because two have it. Raises InvalidToken (401) for anything else.
    """
    claims = read_token(refresh, TokenKind.REFRESH)
    login = None if claims is None else _open_logins(claims, now).first()
    if claims is None or login is None:
        raise InvalidToken
    if not settings.ROTATE_REFRESH_TOKENS and claims.generation == login.generation:
        return replace(_tokens(login, now), refresh=refresh)
    child = _rotated(claims, now)
    if child is None:
        raise InvalidToken
    return _tokens(child, now)


def _open_logins(claims: Claims, now: datetime) -> QuerySet[Login]:
    return Login.objects.filter(
        id=claims.login_id, user_id=claims.user_id, ended_at=None, expires_at__gt=now, user__is_active=True
    )


def _rotated(claims: Claims, now: datetime) -> Login | None:
    """The login with the generation that follows this token; None, and the login is over, when it was used up before.

    Locks the login's row, so that those who come at the same time see what the first has made of it.
    """
    with one_transaction(company_id=None):
        login = _open_logins(claims, now).select_for_update(of=("self",), no_key=True).first()
        if login is None:
            return None
        if claims.generation == login.generation:
            if settings.ROTATE_REFRESH_TOKENS:
                login.generation, login.rotated_at = login.generation + 1, now
                login.save(update_fields=["generation", "rotated_at"])
            return login
        if claims.generation == login.generation - 1 and login.rotated_at and now - login.rotated_at <= REUSE_GRACE:
            return login
        login.ended_at = now
        login.save(update_fields=["ended_at"])
        return None


def log_out(*, refresh: str, user: User, now: datetime) -> None:
    """End the login of this refresh token and all its tokens. Raises InvalidToken unless it is the caller's own."""
    claims = read_token(refresh, TokenKind.REFRESH)
    if claims is None or claims.user_id != user.id:
        raise InvalidToken
    with one_transaction(company_id=None):
        Login.objects.filter(id=claims.login_id, user=user, ended_at=None).update(ended_at=now)


def change_password(*, actor: Actor, user: User, login: Login, old_password: str, new_password: str, now: datetime) -> None:
    """Set a new password and end every other login of the person; the company in which he works is told that he did.

    Raises ValidationFailed naming the field.
    """
    if not user.check_password(old_password):
        raise ValidationFailed(errors={"old_password": ["The old password is not right."]})
    try:
        validate_password(new_password, user)
    except ValidationError as problem:
        raise ValidationFailed(errors={"new_password": list(problem.messages)}) from problem
    hashed = make_password(new_password)
    with one_transaction(company_id=actor.company_id) as locks:
        User.objects.filter(id=user.id).update(password=hashed)
        Login.objects.filter(user=user, ended_at=None).exclude(id=login.id).update(ended_at=now)
        record_audit(locks, [Audit("change_password", "user", user.id)], actor=actor, now=now)


def _tokens(login: Login, now: datetime) -> Tokens:
    def token(kind: TokenKind) -> str:
        return make_token(kind, user_id=login.user_id, login_id=login.id, login_expires_at=login.expires_at, now=now)

    return Tokens(token(TokenKind.ACCESS), _refresh_token(login), token(TokenKind.STREAM))


def _refresh_token(login: Login) -> str:
    began_at = login.rotated_at or login.created_at
    return make_refresh_token(
        user_id=login.user_id,
        login_id=login.id,
        generation=login.generation,
        began_at=began_at,
        ends_at=login.expires_at,
    )
