"""What a company decides for itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, require_version, save_next_version
from erp.locking import LockOrder, Locks
from erp.models import Company
from erp.performing import use_case
from erp.problems import ValidationFailed
from erp.rights import Role


@use_case
def set_policies(
    locks: Locks, *, wanted: Mapping[str, Any], actor: Actor, now: datetime, expected_version: int | None = None
) -> Company:
    """Change the policies that are named, one column each (`erp.policies` has their choices); the others stay.

    Locks COMPANY, against every booking. Raises Stale, ValidationFailed for roles that may import and not even write.
    """
    if Role.VIEWER in wanted.get("jwt_import_roles", ()):
        raise ValidationFailed(errors={"jwt_import_roles": ["A viewer writes nothing, so he imports nothing."]})
    (company,) = locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))
    require_version(company.version, expected_version)
    changes = apply_changes(company, wanted)
    if changes:
        save_next_version(company, changes)
        record_audit(locks, [Audit("set_policies", "company", company.id, changes_text(changes))], actor=actor, now=now)
    return company
