"""Where the money of a payment went: cash, bank, or a clearing account for each gateway that collects it."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, AccountType
from accounting.models import LedgerAccount
from connectors.models import Connection
from connectors.uisp.translation import PaymentDraft
from erp.identifiers import new_id
from erp.locking import Locks
from erp.problems import Conflict
from invoices.status import PaymentMode

Account = tuple[UUID, AccountRole | None]
_ROLES = {PaymentMode.CASH: AccountRole.CASH}


class NoSuchAccount(Conflict):
    """The connection names an account for a way to pay that the chart does not have, or not any more. Correct the one."""

    code = "no-such-account"
    message = "The connection names an account that there is not."


def money_accounts(
    locks: Locks, payments: Sequence[PaymentDraft], connection: Connection, methods: Mapping[str, str]
) -> dict[tuple[PaymentMode, str], Account]:
    """By (mode, gateway) the account and its role. The connection may name others: ``{"accounts": {"GCash": "1010"}}``.

    What is neither cash nor bank has a clearing account of its gateway, made by the first payment: ``1010-GCASH``.
    """
    wanted = sorted({(one.mode, one.gateway) for one in payments})
    chosen: Mapping[str, str] = connection.options.get("accounts", {})
    roles = accounts_by_role(locks.company_id, [AccountRole.CASH, AccountRole.BANK])
    found: dict[tuple[PaymentMode, str], Account] = {}
    for mode, gateway in wanted:
        name = methods.get(gateway, gateway) or mode.value
        if name in chosen:
            found[mode, gateway] = _account(locks, chosen[name])
        elif mode is PaymentMode.OTHER:
            found[mode, gateway] = _clearing(locks, name)
        else:
            role = _ROLES.get(mode, AccountRole.BANK)
            found[mode, gateway] = (roles[role], role)
    return found


def _account(locks: Locks, code: str) -> Account:
    account = LedgerAccount.objects.of(locks).filter(code=code, is_group=False, is_control=False, is_active=True).first()
    if account is None:
        raise NoSuchAccount(f"The connection names account {code!r}, which there is not.", data={"account": code})
    return account.id, AccountRole(account.role) if account.role else None


def _clearing(locks: Locks, name: str) -> Account:
    code = f"1010-{re.sub(r'[^A-Z0-9]+', '-', name.upper()).strip('-')[:40] or 'OTHER'}"
    row = LedgerAccount(
        id=new_id(), company_id=locks.company_id, code=code, name=f"Clearing, {name}"[:255], type=AccountType.ASSET.value
    )
    LedgerAccount.objects.of(locks).bulk_create([row], ignore_conflicts=True)
    return _account(locks, code)
