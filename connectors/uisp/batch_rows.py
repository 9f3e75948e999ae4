"""The rows of a batch: what each becomes, and the references by which the next run knows them. Inside one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from connectors.foreign_rows import RowRefused
from connectors.models import Connection, ExternalRef
from connectors.row_statements import INSERT_REFS
from connectors.runs import Settled, WaitingRow
from connectors.states import Entity, Reason, RowState
from connectors.uisp.translation import RowSkipped, Rules
from erp.access import Actor
from erp.identifiers import new_id
from erp.locking import Locks
from erp.rows import as_json

_GARBLED = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What a row of another shape than any version's makes of reading it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`shared_idents` are names that several clients bear; `methods` the names of the ways to pay, by their ids."""

    connection: Connection
    rules: Rules
    shared_idents: frozenset[str]
    methods: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """What every part of a batch needs: the transaction, the terms, the run, who acts and when."""

    locks: Locks
    terms: Terms
    run_id: UUID
    actor: Actor
    now: datetime


class BatchRows:
    """Rows by what they are, each settled once; `refs` are what earlier batches and runs brought of all that they name."""

    def __init__(self, scene: Scene, rows: Sequence[WaitingRow]) -> None:
        self._scene = scene
        self._rows: dict[str, list[WaitingRow]] = defaultdict(list)
        for row in rows:
            self._rows[row.entity].append(row)
        self.settled: list[Settled] = []
        self.refs = self._read_refs()
        self._new_refs: list[dict[str, Any]] = []

    def of(self, entity: Entity) -> list[WaitingRow]:
        return self._rows[entity]

    def _read_refs(self) -> dict[tuple[str, str], ExternalRef]:
        """Of all that the rows are and name."""
        wanted: dict[str, set[str]] = {entity: {row.external_id for row in rows} for entity, rows in self._rows.items()}
        wanted.setdefault(Entity.CLIENT, set()).update(row.client for rows in self._rows.values() for row in rows)
        wanted.setdefault(Entity.INVOICE, set()).update(
            str(cover.get("invoiceId"))
            for row in self._rows[Entity.PAYMENT]
            for cover in row.payload.get("paymentCovers") or []
            if isinstance(cover, dict)
        )
        found: dict[tuple[str, str], ExternalRef] = {}
        for entity, ids in wanted.items():
            refs = ExternalRef.objects.of(self._scene.locks).filter(
                connection_id=self._scene.terms.connection.id, entity=entity, external_id__in=ids
            )
            found |= {(entity, ref.external_id): ref for ref in refs}
        return found

    def settle(
        self, row: WaitingRow, state: RowState, target: UUID | None = None, code: str = "", message: str = ""
    ) -> None:
        self.settled.append(Settled(row, state, target, code, message))

    def is_known(self, row: WaitingRow, content_hash: str) -> bool:
        """Whether an earlier run brought it: then it is unchanged, or a person has to look at what was changed there."""
        ref = self.refs.get((row.entity, row.external_id))
        if ref is None:
            return False
        target = ref.customer_id or ref.invoice_id or ref.payment_id
        if ref.content_hash == content_hash:
            self.settle(row, RowState.UNCHANGED, target)
        else:
            self.settle(row, RowState.CONFLICT, target, Reason.CHANGED_THERE, "It was changed there since it was brought.")
        return True

    def translated(self, row: WaitingRow, translate: Any) -> Any:
        """The draft, or None: then the row is settled."""
        try:
            return translate()
        except RowSkipped as skipped:
            self.settle(row, RowState.SKIPPED, code=skipped.reason)
        except RowRefused as refused:
            self.settle(row, RowState.FAILED, code=refused.reason, message=refused.message)
        except _GARBLED as garbled:
            text = f"It has another shape than any version's: {type(garbled).__name__} {garbled}"
            self.settle(row, RowState.FAILED, code=Reason.BAD_ROW, message=text)
        return None

    def refer(self, row: WaitingRow, content_hash: str, *, data: Mapping[str, Any] | None = None, **target: UUID) -> None:
        """Remember that the row is ours from now on: `customer_id`, `invoice_id` or `payment_id` is which."""
        self._new_refs.append(
            {"id": new_id(), "entity": row.entity, "external_id": row.external_id, "content_hash": content_hash}
            | {"data": data or {}, **target}
        )

    def write_refs(self) -> None:
        scene = self._scene
        parameters: dict[str, Any] = {"company": scene.locks.company_id, "now": scene.now}
        parameters |= {"connection": scene.terms.connection.id, "refs": as_json(self._new_refs)}
        with connection.cursor() as cursor:
            cursor.execute(INSERT_REFS, parameters)
