"""Who is asking: from credentials to an `Actor` of one company. The only module that looks people and keys up unscoped."""

import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from rest_framework_api_key.crypto import KeyGenerator

from erp.locking import one_transaction
from erp.members import find_logged_in
from erp.menus import menus_carrying, rights_carried
from erp.models import ApiKey, Company, Login, Membership, MenuGrant
from erp.problems import InvalidApiKey, InvalidToken, NotAuthenticated, PermissionDenied, Problem
from erp.rights import ROLES_WITH, Right, Role, Scope, named_roles
from erp.tokens import Claims, TokenKind, read_token

API_KEYS = KeyGenerator(prefix_length=8, secret_key_length=40)
ENVIRONMENT_KEY_ID = uuid5(NAMESPACE_URL, "urn:distributor-erp:environment-api-key")
_ENVIRONMENT_SCOPES = frozenset({Scope.INVOICES_IMPORT, Scope.INVOICES_UPDATE, Scope.EVENTS_READ})

# A revoked key must be dead within a second on every worker; this much of it may be spent not asking again.
_REMEMBER_KEY_S = 0.5
_LAST_USED_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a system acting for one company.

    `role` is None for keys, `scopes` empty for people. `granted` are the rights that menus granted to a person add to his
    role's. `expires_at` is when the credential ends; None never. `key_prefix`, and the `address` that the request came from,
    are for the audit.
    """

    kind: Literal["user", "api_key"]
    id: UUID
    name: str
    email: str
    company: Company
    role: Role | None = None
    granted: frozenset[Right] = frozenset()
    scopes: frozenset[Scope] = field(default_factory=frozenset)
    on_conflict: str | None = None
    login_id: UUID | None = None
    expires_at: datetime | None = None
    key_prefix: str = ""
    address: str = ""

    @property
    def company_id(self) -> UUID:
        return self.company.id

    @property
    def credential_id(self) -> UUID:
        """What idempotency keys and revocation are bound to: the person, or the key."""
        return self.id

    def allows(self, right: Right, scope: Scope | None) -> bool:
        """People need a role or a grant with the right; keys need the scope, and a route that takes keys at all."""
        if self.kind == "api_key":
            return scope is not None and scope in self.scopes
        return self.role in ROLES_WITH[right] or right in self.granted

    def signature(self, request_id: str) -> dict[str, Any]:
        """Parameters that sign an audit entry."""
        return {
            "actor_kind": self.kind,
            "actor_id": self.id,
            "actor_name": self.email or self.name,
            "key_prefix": self.key_prefix,
            "address": self.address,
            "request_id": request_id,
        }


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought: header values as received, empty when absent."""

    authorization: str = ""
    api_key: str = ""
    cookie: str = ""
    ticket: str = ""
    company: str = ""
    address: str = ""


def identify(credentials: Credentials, *, now: datetime) -> Actor:
    """From the headers, Bearer first; what opens streams alone is for `erp.listening`.

    Raises NotAuthenticated when none was sent, InvalidApiKey when none is valid and a key was among them, else InvalidToken;
    NotFound when the person is not a member of the company he names, PermissionDenied when he is one of none.
    """
    failure: Problem = NotAuthenticated()
    scheme, _, token = credentials.authorization.partition(" ")
    if scheme.lower() == "bearer":
        claims = read_token(token.strip(), TokenKind.ACCESS)
        if claims is not None and (actor := acting_member(claims, credentials.company, now=now)) is not None:
            return _from(credentials.address, actor)
        failure = InvalidToken()
    if credentials.api_key:
        key_actor = _key_holder(credentials, now)
        if key_actor is not None:
            return _from(credentials.address, key_actor)
        failure = InvalidApiKey()
    raise failure


def _from(address: str, actor: Actor) -> Actor:
    """The actor at the address, in its shortest spelling; what a proxy calls an address and is none names nothing."""
    try:
        return replace(actor, address=str(ip_address(address.partition("%")[0])))
    except ValueError:
        return actor


def require(actor: Actor, right: Right, scopes: Iterable[Scope]) -> None:
    """Raise PermissionDenied unless the person has the right, by role or grant, or the key one of the scopes."""
    if right is Right.ANYONE:
        return
    if actor.kind == "api_key":
        if actor.scopes.isdisjoint(scopes):
            raise PermissionDenied(f"This API key may not do that: it needs the scope {' or '.join(scopes)}.")
    elif not actor.allows(right, None):
        raise PermissionDenied(f"Permission denied. Requires {' or '.join(named_roles(right))} role.")


def still_valid(actors: Iterable[Actor], *, now: datetime) -> set[UUID]:
    """Of these actors, the credential ids (login of a person, id of a key) that are still good; one query each."""
    actors = list(actors)
    people = {actor.login_id: actor for actor in actors if actor.login_id is not None}
    keys = {actor.id for actor in actors if actor.kind == "api_key"}
    good: set[UUID] = {ENVIRONMENT_KEY_ID} & keys if settings.SALES_IMPORT_API_KEY else set()
    good |= set(ApiKey.unscoped.filter(_key_is_good(now), id__in=keys, company__is_active=True).values_list("id", flat=True))
    open_logins = dict(
        Login.objects.filter(id__in=people, ended_at=None, expires_at__gt=now, user__is_active=True).values_list(
            "id", "user_id"
        )
    )
    members = set(
        Membership.unscoped.filter(
            user_id__in=set(open_logins.values()), is_active=True, company__is_active=True
        ).values_list("user_id", "company_id")
    )
    good |= {login for login, user in open_logins.items() if (user, people[login].company_id) in members}
    return good


def _key_is_good(now: datetime) -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


# ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def acting_member(claims: Claims, company: str, *, now: datetime) -> Actor | None:
    """The person of an unended login, as a member of the company he names, else of the one he works for."""
    member = find_logged_in(login_id=claims.login_id, user_id=claims.user_id, company=company, now=now)
    if member is None:
        return None
    if member.company is None:
        raise PermissionDenied("You are not an active member of any company.")
    return Actor(
        kind="user",
        id=member.user_id,
        name=member.name or member.email,
        email=member.email,
        company=member.company,
        role=member.role,
        granted=rights_carried(member.menus),
        login_id=claims.login_id,
        expires_at=claims.expires_at,
    )


def having(right: Right) -> Q:
    """Memberships whose member has the right, by his role or by a menu granted to him: what `Actor.allows` says, as SQL."""
    by_role = Q(role__in=[role.value for role in ROLES_WITH[right]])
    menus = [menu.value for menu in menus_carrying(right)]
    if not menus:
        return by_role
    granted = MenuGrant.unscoped.filter(company_id=OuterRef("company_id"), membership_id=OuterRef("id"), menu__in=menus)
    return by_role | Q(Exists(granted))


def member_of(company: Company, *, email: str = "") -> Actor | None:
    """Whom a command acts as: the active member with this e-mail, else the company's oldest OWNER; None without one."""
    members = Membership.unscoped.select_related("user", "company__base_currency").filter(
        company=company, is_active=True, user__is_active=True
    )
    asked = members.filter(user__email__iexact=email) if email else members.filter(role=Role.OWNER)
    found = asked.order_by("id").first()
    if found is None:
        return None
    user = found.user
    menus = MenuGrant.unscoped.filter(company=company, membership=found).values_list("menu", flat=True)
    return Actor(
        "user", user.id, user.name or user.email, user.email, found.company, Role(found.role), rights_carried(menus)
    )


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_remembered: dict[bytes, tuple[float, Actor, list[str]]] = {}


def _key_holder(credentials: Credentials, now: datetime) -> Actor | None:
    """The key's actor, from memory when it was looked up less than half a second ago."""
    digest = hashlib.sha256(credentials.api_key.encode(errors="surrogatepass")).digest()
    clock = time.monotonic()
    known = _remembered.get(digest)
    if known is None or clock - known[0] > _REMEMBER_KEY_S:
        looked_up = _look_up_key(credentials.api_key, now)
        if looked_up is None:
            _remembered.pop(digest, None)
            return None
        if len(_remembered) > 1000:
            _remembered.clear()
        known = _remembered[digest] = (clock, *looked_up)
    _, actor, allowed_ips = known
    if actor.expires_at is not None and actor.expires_at <= now:
        return None
    if allowed_ips and not _address_allowed(credentials.address, allowed_ips):
        return None
    return actor


def _look_up_key(text: str, now: datetime) -> tuple[Actor, list[str]] | None:
    if text == settings.PUBLISHED_SAMPLE_API_KEY:
        return None
    expected = settings.SALES_IMPORT_API_KEY
    if expected and hmac.compare_digest(text.encode(errors="surrogatepass"), expected.encode()):
        holder = _environment_key()
        return None if holder is None else (holder, [])
    prefix, dot, _ = text.partition(".")
    if not dot or not text.isascii() or not text.isprintable():
        return None
    key = (
        ApiKey.unscoped.select_related("company__base_currency")
        .filter(_key_is_good(now), prefix=prefix, company__is_active=True)
        .first()
    )
    if key is None or not API_KEYS.verify(text, key.hashed_key):
        return None
    _note_use(key, now)
    return _acting_key(key), list(key.allowed_ips)


def holder_of_key(key_id: UUID, company_id: UUID, *, address: str, now: datetime) -> Actor | None:
    """The key that made a ticket or cookie, if it is still good and may be used from this address; None otherwise."""
    if key_id == ENVIRONMENT_KEY_ID:
        holder = _environment_key() if settings.SALES_IMPORT_API_KEY else None
        return holder if holder is not None and holder.company_id == company_id else None
    keys = ApiKey.unscoped.select_related("company__base_currency").filter(_key_is_good(now), company__is_active=True)
    key = keys.filter(id=key_id, company_id=company_id).first()
    if key is None or (key.allowed_ips and not _address_allowed(address, key.allowed_ips)):
        return None
    return _acting_key(key)


def _environment_key() -> Actor | None:
    company = default_company()
    if company is None:
        return None
    return Actor("api_key", ENVIRONMENT_KEY_ID, "SALES_IMPORT_API_KEY", "", company, scopes=_ENVIRONMENT_SCOPES)


def _acting_key(key: ApiKey) -> Actor:
    return Actor(
        kind="api_key",
        id=key.id,
        name=key.name,
        email="",
        company=key.company,
        scopes=frozenset(Scope(scope) for scope in key.scopes if scope in set(Scope)),
        on_conflict=key.on_conflict,
        expires_at=key.expires_at,
        key_prefix=key.prefix,
    )


def _note_use(key: ApiKey, now: datetime) -> None:
    """At most one write a minute and key."""
    if key.last_used_at is None or now - key.last_used_at > _LAST_USED_STEP:
        with one_transaction(company_id=key.company_id):
            ApiKey.unscoped.filter(id=key.id, company_id=key.company_id).update(last_used_at=now)


def _address_allowed(address: str, allowed: list[str]) -> bool:
    try:
        return ip_address(address) in {ip_address(one) for one in allowed}
    except ValueError:
        return False


def default_company() -> Company | None:
    """The company of what names none: by its code in DEFAULT_COMPANY, else the oldest."""
    companies = Company.objects.select_related("base_currency").filter(is_active=True)
    if settings.DEFAULT_COMPANY:
        return companies.filter(code=settings.DEFAULT_COMPANY).first()
    return companies.order_by("created_at", "id").first()
