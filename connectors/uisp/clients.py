"""The clients of a batch: customers who are there already, and customers who are made. Inside one transaction."""

from uuid import UUID

from accounting.vouchers import PartyName
from connectors.models import ExternalRef
from connectors.runs import WaitingRow
from connectors.states import Entity, Reason, RowState
from connectors.uisp.batch_rows import BatchRows, Scene
from connectors.uisp.translation import ClientDraft, translate_client
from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from sales.models import Customer

_LONGEST_CODE = 50


def take_clients(scene: Scene, rows: BatchRows) -> dict[str, PartyName]:
    """Judge the clients and write the new customers (rank PARTY is claimed); by foreign id all that the batch may name.

    A customer with the code that the client calls himself by is that client, unless another client is he already.
    """
    return _Clients(scene, rows).taken()


class _Clients:
    def __init__(self, scene: Scene, rows: BatchRows) -> None:
        self._scene, self._batch = scene, rows
        self._customers: dict[str, PartyName] = {}
        self._new_customers: list[tuple[UUID, ClientDraft]] = []

    def taken(self) -> dict[str, PartyName]:
        self._judge_clients()
        self._write_customers()
        return self._customers

    def _judge_clients(self) -> None:
        drafts: dict[str, tuple[WaitingRow, ClientDraft]] = {}
        for row in self._batch.of(Entity.CLIENT):
            draft = self._batch.translated(row, lambda row=row: translate_client(row.payload, code=self._code_of(row)))
            if draft is not None:
                drafts[row.external_id] = (row, draft)
        present = {
            one.code: one
            for one in Customer.objects.of(self._scene.locks).filter(code__in=[one.code for _, one in drafts.values()])
        }
        taken = set(
            ExternalRef.objects.of(self._scene.locks)
            .filter(connection_id=self._scene.terms.connection.id, customer_id__in=[one.id for one in present.values()])
            .values_list("customer_id", flat=True)
        )
        for external_id, (row, draft) in drafts.items():
            ref = self._batch.refs.get((Entity.CLIENT, external_id))
            there = present.get(draft.code)
            if ref is not None and ref.customer_id is not None:
                # Whoever was brought is kept here: what is changed there of his name is none of ours.
                self._batch.settle(row, RowState.UNCHANGED, ref.customer_id)
            elif there is not None and there.id in taken:
                text = f"Customer {draft.code} is another client of the same system."
                self._batch.settle(row, RowState.CONFLICT, code=Reason.DUPLICATE_CLIENT, message=text)
            else:
                self._take_client(row, draft, there)
        self._name_known_customers()

    def _code_of(self, row: WaitingRow) -> str:
        ident = str(row.payload.get("userIdent") or "").strip()
        if not ident or ident in self._scene.terms.shared_idents or len(ident) > _LONGEST_CODE:
            return f"UISP-{row.external_id}"
        return ident

    def _take_client(self, row: WaitingRow, draft: ClientDraft, there: Customer | None) -> None:
        customer_id = there.id if there else new_id()
        if there is None:
            self._new_customers.append((customer_id, draft))
        self._customers[row.external_id] = PartyName(customer_id, draft.code, there.name if there else draft.name)
        self._batch.settle(row, RowState.DONE, customer_id)
        self._batch.refer(row, draft.hash(), customer_id=customer_id)

    def _name_known_customers(self) -> None:
        known = {
            ref.customer_id: external_id
            for (entity, external_id), ref in self._batch.refs.items()
            if entity == Entity.CLIENT and ref.customer_id is not None
        }
        for customer in Customer.objects.of(self._scene.locks).filter(id__in=known):
            self._customers[known[customer.id]] = PartyName(customer.id, customer.code, customer.name)

    def _write_customers(self) -> None:
        company, now = self._scene.locks.company_id, self._scene.now
        Customer.objects.of(self._scene.locks).bulk_create(
            Customer(
                id=key, company_id=company, code=one.code, name=one.name, email=one.email, phone1=one.phone,
                address1=one.address1, area=one.area, pincode=one.pincode, is_active=one.is_active, created_at=now,
                updated_at=now,
            )
            for key, one in sorted(self._new_customers, key=lambda pair: pair[1].code)
        )  # fmt: skip
        made = [Audit("migrate_customer", "customer", key) for key, _ in self._new_customers]
        if made:
            record_audit(self._scene.locks, made, actor=self._scene.actor, now=self._scene.now)
