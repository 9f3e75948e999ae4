"""Changing the chart: accounts that a company adds, what they are called and where they hang, and whether they are used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounting.kinds import AccountRole, AccountType
from accounting.models import LedgerAccount
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, unique_or_refused
from erp.currencies import find_currency
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed

SUBJECT = "ledger_account"
MISSING = "Account not found"


class AccountNeeded(Conflict):
    """The product books on this account: it has a role, or is a party's. It stays active."""

    code = "wrong-state"
    message = "Postings need this account; it stays active."


@dataclass(frozen=True, slots=True)
class NewAccount:
    """`parent_id` is a group of the same type; `currency` a code or an id, '' for any currency."""

    code: str
    name: str
    type: AccountType
    parent_id: UUID | None = None
    currency: str = ""
    is_group: bool = False


@use_case
def create_account(locks: Locks, *, new: NewAccount, actor: Actor, now: datetime) -> LedgerAccount:
    """An account of the company's own, without role: journals and lines of bills name it. A group takes no entries.

    Raises NotFound, ValidationFailed, AlreadyExists for a code (409).
    """
    _refuse_code_of_party(locks, new.code)
    account = LedgerAccount(
        id=new_id(),
        company_id=locks.company_id,
        code=new.code,
        name=new.name,
        type=new.type.value,
        parent_id=new.parent_id,
        currency=find_currency(actor, new.currency) if new.currency else None,
        is_group=new.is_group,
    )
    _judge_parent(locks, account)
    with unique_or_refused({"ledgeraccount_code": "code"}):
        account.save(force_insert=True)
    record_audit(locks, [Audit("create_account", SUBJECT, account.id, made_text(account))], actor=actor, now=now)
    return account


@use_case
def change_account(
    locks: Locks, *, account_id: UUID, changes: Mapping[str, Any], actor: Actor, now: datetime
) -> LedgerAccount:
    """Change name, parent, or whether it is active; what is booked stays. Locks ACCOUNT.

    Raises NotFound, ValidationFailed, AccountNeeded (409).
    """
    found = locks.take(LockOrder.ACCOUNT, LedgerAccount.objects.of(actor).filter(id=account_id))
    if not found:
        raise NotFound(MISSING)
    (account,) = found
    changed = apply_changes(account, changes)
    if "is_active" in changed and (account.role or account.owner_id):
        raise AccountNeeded(data={"role": account.role})
    if "parent_id" in changed:
        _judge_parent(locks, account)
    if changed:
        account.save(update_fields=list(changed))
        audit = Audit("change_account", SUBJECT, account.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return LedgerAccount.objects.of(actor).select_related("currency").get(id=account.id)


def _refuse_code_of_party(locks: Locks, code: str) -> None:
    """What is spelled as parties' accounts are: the first posting of a party would find its code taken."""
    group = code.partition("-")[0]
    roles = [AccountRole.RECEIVABLE.value, AccountRole.PAYABLE.value]
    if "-" in code and LedgerAccount.objects.of(locks).filter(code=group, role__in=roles, owner_id=None).exists():
        raise ValidationFailed(errors={"code": [f"Codes that begin with {group}- are those of parties."]})


def _judge_parent(locks: Locks, account: LedgerAccount) -> None:
    """Raise NotFound for a parent that is none, ValidationFailed for one that is no group of its kind, or below itself."""
    if account.parent_id is None:
        return
    parent = LedgerAccount.objects.of(locks).filter(id=account.parent_id).first()
    if parent is None:
        raise NotFound(MISSING, errors={"parent_id": [MISSING]})
    if not parent.is_group or parent.is_control or parent.type != account.type:
        text = f"{parent.code} is no group of {account.type} accounts."
        raise ValidationFailed(errors={"parent_id": [text]})
    above: LedgerAccount | None = parent
    while above is not None:
        if above.id == account.id:
            raise ValidationFailed(errors={"parent_id": ["A group is not below itself."]})
        above = LedgerAccount.objects.of(locks).filter(id=above.parent_id).first() if above.parent_id else None
