"""Who opens a stream: by the headers of every request, by a ticket, or by the cookie of a login or of a ticket."""

from datetime import datetime

from django.conf import settings

from erp.access import Actor, Credentials, acting_member, holder_of_key, identify, require
from erp.locking import one_transaction
from erp.problems import InvalidApiKey, InvalidToken, NotAuthenticated, NotFound, Problem
from erp.rights import Right, Scope
from erp.tickets import add_ticket, take_ticket
from erp.tokens import Claims, KeyClaims, make_stream_token, read_stream_token


def issue_ticket(*, actor: Actor, now: datetime) -> str:
    """A ticket that opens one stream of the actor's company within 30 seconds. Kept as a hash; told once, here."""
    with one_transaction(company_id=actor.company_id) as locks:
        return add_ticket(locks, actor, now=now)


def identify_listener(credentials: Credentials, *, now: datetime) -> Actor:
    """Who opens an event stream; the company comes from the credential. The first good one counts: headers, ticket, cookie.

    A ticket that is shown is used up, unless a header was good before it. One that is used up does no harm beside the cookie
    that it brought: a browser returns with both. Raises as `identify`, and PermissionDenied.
    """
    try:
        actor = identify(credentials, now=now)
    except (NotAuthenticated, InvalidToken, InvalidApiKey) as refused:
        actor = _by_ticket_or_cookie(credentials, refused, now=now)
    require(actor, Right.READ, (Scope.EVENTS_READ,))
    return actor


def stream_token_of(actor: Actor, *, now: datetime) -> str:
    """What the cookie of a stream that was opened by a ticket says: the same as the ticket did, as long as that lives."""
    longest = now + settings.REFRESH_TOKEN_LIFETIME
    ends_at = longest if actor.expires_at is None else min(actor.expires_at, longest)
    if actor.login_id is None:
        return make_stream_token(KeyClaims(actor.id, actor.company_id, ends_at))
    return make_stream_token(Claims(actor.id, actor.login_id, ends_at, actor.company_id))


def _by_ticket_or_cookie(credentials: Credentials, refused: Problem, *, now: datetime) -> Actor:
    if credentials.ticket:
        claims = take_ticket(credentials.ticket, now=now)
        if claims is not None and (actor := _acting(claims, credentials, now=now)) is not None:
            return actor
    if credentials.cookie:
        claims = read_stream_token(credentials.cookie)
        if claims is not None and (actor := _acting(claims, credentials, now=now)) is not None:
            return actor
    if isinstance(refused, NotAuthenticated) and (credentials.ticket or credentials.cookie):
        raise InvalidToken
    raise refused


def _acting(claims: Claims | KeyClaims, credentials: Credentials, *, now: datetime) -> Actor | None:
    """Somebody in the company that the claims name; only a login's own cookie leaves the choice to the request."""
    if isinstance(claims, KeyClaims):
        return holder_of_key(claims.key_id, claims.company_id, address=credentials.address, now=now)
    if claims.company_id is None:
        return acting_member(claims, credentials.company, now=now)
    try:
        return acting_member(claims, str(claims.company_id), now=now)
    except NotFound:
        return None  # no longer a member
