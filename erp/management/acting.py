"""For whom and as whom a command works: what it was told, or why that cannot be."""

from django.core.management.base import CommandError

from erp.access import Actor, member_of, require
from erp.models import Company
from erp.problems import PermissionDenied
from erp.rights import Right


def company_named(code: str) -> Company:
    """The company with this code. Raises CommandError."""
    company = Company.objects.filter(code=code).first()
    if company is None:
        raise CommandError(f"There is no company {code!r}.")
    return company


def acting_member(company: Company, email: str, right: Right) -> Actor:
    """The member with this e-mail, else the oldest OWNER. Raises CommandError for nobody, and for who lacks the right."""
    actor = member_of(company, email=email)
    if actor is None:
        who = f"no active member {email!r}" if email else "no active OWNER; name a member by --as"
        raise CommandError(f"{company.code} has {who}.")
    try:
        require(actor, right, ())
    except PermissionDenied as problem:
        raise CommandError(f"{actor.email}: {problem.message}") from None
    return actor
