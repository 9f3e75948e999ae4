"""The one kind of trigger that documents share."""

from typing import Any

import pgtrigger


def judged_at_commit(
    name: str, operation: Any, func: str, condition: pgtrigger.Condition, **variables: str
) -> pgtrigger.Trigger:
    """Judged at commit, once per document and change."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        condition=condition,
        declare=list(variables.items()),
        func=func,
    )
