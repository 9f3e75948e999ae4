"""The warehouse of a company: its people, and invoices on their way through it."""

import itertools
from functools import cached_property
from typing import Any

from django.utils import timezone
from psycopg import sql

from erp.locking import one_transaction
from erp.models import Membership
from erp.rights import Role
from fulfilment.models import Courier
from tests.builders import PNG, Answer, World, form_of, invoice_body, send
from tests.cluster import owner_connection

SALES = "/api/sales/"
_codes = itertools.count(1)
_JUDGING = (
    "audit_i51_sessions_agree",
    "audit_i51_returns_agree",
    "audit_i51_read_copy",
    "audit_i51_trays_in_use",
    "audit_i31_event_per_version",
    "audit_i47_posted_content",
    "audit_i54_writes_are_audited",
)
FIRST_ROLE: dict[str, Role] = {"picking": Role.PICKER, "packing": Role.PACKER, "delivery": Role.DELIVERY}


class Warehouse:
    """Requests of one company's people; each logs in once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._tokens: dict[Role, str] = {}
        self._trays: dict[str, str] = {}

    def token(self, role: Role) -> str:
        if role not in self._tokens:
            self._tokens[role] = self.world.token(role)
        return self._tokens[role]

    def ask(self, method: str, path: str, body: Any = None, *, role: Role, **headers: str) -> Answer:
        return send(method, SALES + path, body, **{"Authorization": f"Bearer {self.token(role)}"} | headers)

    def post(self, path: str, number: str, *, role: Role | None = None, **more: Any) -> Answer:
        """POST about an invoice, by who works in that section unless another role is named."""
        role = role or FIRST_ROLE.get(path.split("/")[0], Role.STOCK_KEEPER)
        return self.ask("POST", path, {"invoice_no": number} | more, role=role)

    def form(self, path: str, texts: Any, *, role: Role, **files: bytes) -> Answer:
        """POST a multipart form."""
        body, headers = form_of(texts, **files)
        return self.ask("POST", path, body, role=role, **headers)

    def done(self, path: str, number: str, **more: Any) -> Any:
        answer = self.post(path, number, **more)
        assert answer.status in {200, 201}, answer.raw
        return answer.data

    def email(self, role: Role) -> str:
        return self.world.user(role).email

    @cached_property
    def heir(self) -> str:
        """The address of one more packer."""
        return World(self.world.company).user(Role.PACKER).email

    def newcomer(self, role: Role) -> str:
        """The access token of one more person with this role."""
        return World(self.world.company).token(role)

    def leave(self, role: Role) -> None:
        """This person does not work here any more."""
        with one_transaction(company_id=self.world.company.id):
            rows = Membership.unscoped.filter(company=self.world.company, user=self.world.user(role))
            assert rows.update(is_active=False) == 1

    def findings(self) -> list[tuple[str, str, str]]:
        """What the audit views find that judge sessions, versions with their events, and audit entries."""
        found: list[Any] = []
        with owner_connection() as owner:
            for view in _JUDGING:
                query = sql.SQL("SELECT {}, key, detail FROM {} WHERE company_id = %s")
                rows = owner.execute(query.format(sql.Literal(view), sql.Identifier(view)), [self.world.company.id])
                found += rows.fetchall()
        return found

    def courier(self, code: str = "BLUE") -> Courier:
        now = timezone.now()
        with one_transaction(company_id=self.world.company.id):
            return Courier.unscoped.create(
                company=self.world.company,
                courier_code=code,
                courier_name="Blue",
                type="EXTERNAL",
                phone="1",
                created_at=now,
                updated_at=now,
            )

    @cached_property
    def blue(self) -> str:
        """The id of a courier."""
        return str(self.courier(f"C-{next(_codes)}").id)

    def tray(self, code: str = "") -> str:
        """The code of one more tray."""
        code = code or f"T-{next(_codes)}"
        body = {"tray_code": code}
        made = self.world.send("POST", "/api/common/trays/", body, role=Role.ADMIN)
        assert made.status == 201, made.raw
        return code

    def tray_for(self, number: str) -> str:
        """The tray in which this invoice's goods are put."""
        if number not in self._trays:
            self._trays[number] = self.tray()
        return self._trays[number]

    def boxes(self, number: str, *codes: str, **more: Any) -> list[dict[str, Any]]:
        """A draft in which everything of the invoice lies in the first of the trays."""
        bill = self.ask("GET", f"packing/bill/{number}/", role=Role.VIEWER).data
        lines = [{"item_id": item["id"], "quantity": item["quantity"]} for item in bill["items"]]
        return [{"box_id": code, "items": [] if place else lines} | more for place, code in enumerate(codes)]

    # ── Invoices ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def imported(self, **changes: Any) -> str:
        body = invoice_body(**changes)
        assert self.world.import_invoice(body).status == 201
        number: str = body["invoice_no"]
        return number

    def picking(self, **invoice: Any) -> str:
        number = self.imported(**invoice)
        self.done("picking/start/", number)
        return number

    def picked(self, **invoice: Any) -> str:
        number = self.picking(**invoice)
        self.done("picking/complete/", number)
        return number

    def packing(self, **invoice: Any) -> str:
        number = self.picked(**invoice)
        self.done("packing/start/", number)
        return number

    def boxing(self, *codes: str, **invoice: Any) -> str:
        """Packed into trays, which wait for boxing."""
        number = self.packing(**invoice)
        self.done("packing/complete-tray-packing/", number, boxes=self.boxes(number, *(codes or (self.tray_for(number),))))
        return number

    def checking(self, **invoice: Any) -> str:
        number = self.picked(**invoice)
        self.done("packing/start-checking/", number)
        return number

    def held(self, **invoice: Any) -> str:
        number = self.packing(**invoice)
        self.done("packing/hold-for-consolidation/", number)
        return number

    def packed(self, **invoice: Any) -> str:
        number = self.packing(**invoice)
        self.done("packing/complete/", number)
        return number

    def left(self, kind: str, **invoice: Any) -> str:
        """Packed, and its delivery begun."""
        number = self.packed(**invoice)
        self.done("delivery/start/", number, delivery_type=kind)
        return number

    def on_the_road(self, **invoice: Any) -> str:
        number = self.left("INTERNAL", **invoice)
        self.done("delivery/assign/", number, delivery_type="INTERNAL")
        return number

    def sent_back(self, number: str) -> str:
        self.done("billing/return/", number, return_reason="A strip is missing")
        return number

    def in_review(self, **invoice: Any) -> str:
        return self.sent_back(self.picked(**invoice))

    def correct(self, number: str, *, role: Role | None = None, **sent: Any) -> Answer:
        """As the billing system corrects it, or a person."""
        return self.world.send("PATCH", SALES + "update/invoice/", {"invoice_no": number} | sent, role=role)

    def something_of_everything(self) -> dict[str, str]:
        """Invoices that a driver has delivered, a courier, that came back, that lie in trays: their numbers, by name."""
        road = self.on_the_road(invoice_no="WALKED")
        where = {"delivery_latitude": "11.25", "delivery_longitude": "75.78", "delivery_location_accuracy": "12.5"}
        self.done("delivery/complete/", road, **where)
        parcel = self.packed(invoice_no="PARCEL")
        self.done("delivery/start/", parcel, delivery_type="COURIER", courier_id=str(self.courier().id), box_weights=[1])
        slip = self.form("delivery/upload-slip/", {"invoice_no": parcel}, role=Role.DELIVERY, courier_slip=PNG)
        assert slip.status == 200, slip.raw
        self.left("DIRECT", invoice_no="COUNTER")
        under_way = self.left("COURIER", invoice_no="REROUTED")
        body = {"invoice_nos": [under_way], "courier_id": self.blue, "reason": "quicker"}
        assert self.ask("POST", "delivery/update-courier/", body, role=Role.DELIVERY).status == 200
        days = {"from_date": "2199-12-31", "from_status": "INVOICED", "to_status": "PICKED"}
        assert self.ask("POST", "admin/bulk-status-update/", days, role=Role.ADMIN).status == 200
        corrected = self.in_review(invoice_no="CORRECTED")
        assert self.correct(corrected, role=Role.BILLER, resolution_notes="is right").status == 200
        self.done("picking/complete/", corrected)
        waiting = self.in_review(invoice_no="WAITING")
        begun = self.imported(invoice_no="BEGUN")
        self.done("picking/start/", begun, role=Role.STOCK_KEEPER)
        self.done("picking/start/", begun, role=Role.ADMIN, take_over=True)
        self.done("picking/complete/", begun, role=Role.ADMIN)
        self.done("packing/start/", begun)
        self.done("packing/save-tray-draft/", begun, boxes=self.boxes(begun, self.tray("T-DRAFT")))
        held = self.picked(invoice_no="HELD")
        self.done("packing/start/", held, role=Role.STOCK_KEEPER)
        self.done("packing/hold-for-consolidation/", held, role=Role.STOCK_KEEPER)
        trayed = self.picked(invoice_no="TRAYED")
        self.done("packing/start/", trayed, role=Role.ADMIN)
        boxes = self.boxes(trayed, self.tray("T-SEALED"))
        self.done("packing/complete-tray-packing/", trayed, boxes=boxes, role=Role.ADMIN)
        return {
            "walked": road,
            "parcel": parcel,
            "corrected": corrected,
            "waiting": waiting,
            "begun": begun,
            "trayed": trayed,
        }

    def shown(self, number: str) -> Any:
        """The invoice as its detail shows it."""
        return self.ask("GET", f"invoices/{self.world.invoice(number).id}/", role=Role.VIEWER).body
