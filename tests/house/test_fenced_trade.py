"""Behind enabled row-level security a sale still goes all its way, and nobody sees another company's."""

import pytest

from companies.founding import Person, take_in
from erp.rights import Role
from erp.roles import company_tables
from tests.builders import new_world
from tests.scratch import django_connected_to, owner_of, scratch_database
from tests.trade import OPENED, Trade

pytestmark = pytest.mark.db_heavy

LISTS = [
    "/api/companies/registrations/", "/api/orders/sales/", "/api/orders/customers/", "/api/inventory/items/",
    "/api/purchasing/suppliers/", "/api/purchasing/orders/", "/api/purchasing/receipts/",
    "/api/invoices/", "/api/invoices/outstanding/", "/api/invoices/outstanding/?as_of=2025-12-31", "/api/payments/",
]  # fmt: skip


def test_two_companies_trade_behind_the_fence(migrated_database: None) -> None:
    with scratch_database("erp_fenced_trade", migrated=True) as url:
        with owner_of(url) as owner:
            for table in company_tables():
                owner.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        with django_connected_to(url):
            ours, theirs = Trade(new_world()), Trade(new_world())
            for trade in (ours, theirs):
                trade.registration()
                invoice = trade.posted()
                ordered = [{"item_id": invoice["lines"][0]["item"], "quantity": "2", "unit_rate": "60"}]
                trade.received(trade.confirmed_purchase(ordered), "2")
                trade.pay(invoice, "100.00")
            for path in LISTS:
                assert len(theirs.get(path).body) == 1, path
            for as_of in ("", f"?as_of={OPENED}"):
                assert len(theirs.get(f"/api/inventory/stock/{as_of}").body["rows"]) == 1
            detail = theirs.get(f"/api/invoices/{invoice['id']}/?expand=voucher,stock").body
            assert (len(detail["entries"]), len(detail["layers"]), len(detail["payments"])) == (6, 1, 1)
            assert theirs.get(f"/api/orders/customers/{invoice['party']}/").body["balance"] == "1021.00"
            assert ours.get(f"/api/invoices/{invoice['id']}/").status == 404

            body = {
                "invoice_ids": [
                    invoice["id"],
                    theirs.invoice(theirs.confirmed([{"item_id": theirs.item("B")["id"], "quantity": 1}]))["id"],
                ]
            }
            batch = theirs.done("/api/invoices/post_vouchers/", body)
            assert [one["result"] for one in batch["results"]] == ["already_posted", "posted"]
            assert ours.done("/api/invoices/post_vouchers/", body)["refused"] == 2

            plan = [{"invoice_id": invoice["id"], "amount": "21.00"}]
            draft = theirs.made(
                "/api/payments/",
                {"party_id": invoice["party"], "amount": "30.00", "payment_date": "2025-12-27", "allocations": plan},
            )
            assert theirs.done(f"/api/payments/{draft['id']}/post_voucher/")["status"] == "POSTED"
            part = {"invoice_id": invoice["id"], "amount": "9.00"}
            assert theirs.made(f"/api/payments/{draft['id']}/allocate/", part)["invoice_outstanding"] == "991.00"
            assert ours.post(f"/api/payments/{draft['id']}/allocate/", part).status == 404

            guest = ours.world.user(Role.OWNER)
            take_in(company=theirs.world.company, person=Person(guest.email, guest.name, "", Role.VIEWER))
            assert len(ours.get("/api/companies/").body) == 2
            assert ours.post("/api/companies/switch/", {"company_id": str(theirs.world.company.id)}).status == 200
            assert ours.get(f"/api/invoices/{invoice['id']}/").status == 200
