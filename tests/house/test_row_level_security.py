"""Row-level security is written and waits to be enabled: on a copy of the database, enabled and forced, everything works.

The second fence is for the day on which a filter is forgotten, so the statements here have none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.utils import timezone
from psycopg import errors

from accounting.balances import fold_balances
from erp.access import Credentials, identify
from erp.database import DatabaseRole, conninfo
from erp.identifiers import new_id
from erp.jobs import FORGET_ANSWERS
from erp.listening import issue_ticket
from erp.locking import one_transaction
from erp.models import ApiKey, WebhookDelivery
from erp.rights import Role, Scope
from erp.roles import company_tables
from erp.sealing import SEAL_ENTRIES
from erp.sequencing import NUMBER_EVENTS
from invoices.payment_reversing import reverse_payment
from invoices.reversing import reverse_invoice
from tests.audit.sealed import act
from tests.builders import Answer, World, invoice_body, item_body, new_world, send
from tests.house.calls_of_people import people_of_every_kind
from tests.house.catalogue import provoked, rows
from tests.migrated import one_client
from tests.scratch import django_connected_to, owner_of, scratch_database
from tests.trade import Trade
from tests.warehouse import Warehouse

pytestmark = pytest.mark.long

OPEN_TO_LOOK_UPS = {"erp_membership", "erp_menugrant", "erp_apikey", "erp_streamticket"}
"""Read before the company is known; see `erp.access`."""


@pytest.fixture(scope="module")
def fenced_url(migrated_database: None) -> Iterator[str]:
    """A copy of the migrated database in which every company table has row-level security enabled and forced."""
    with scratch_database("erp_fenced", migrated=True) as url:
        with owner_of(url) as owner:
            for table in company_tables():
                owner.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        yield url


@pytest.fixture
def fenced(fenced_url: str) -> Iterator[str]:
    with django_connected_to(fenced_url):
        yield fenced_url


def import_once(world: World, body: dict[str, Any]) -> Answer:
    """Import with an idempotency key that is the invoice's number."""
    headers = {"X-API-Key": world.api_key, "Idempotency-Key": body["invoice_no"]}
    return send("POST", "/api/sales/import/invoice/", body, **headers)


@pytest.fixture
def two_worlds(fenced: str) -> tuple[World, World]:
    """Two companies with rows in every company table."""
    worlds = new_world(), new_world()
    for world in worlds:
        body = invoice_body()
        answer = import_once(world, body)
        assert answer.status == 201, answer.body
        trade = Trade(world)
        trade_once(trade)
        push_once(trade)
        shown = trade.get(f"/api/sales/invoices/{answer.body['data']['id']}/").body
        trade.done(f"/api/invoices/{shown['uuid']}/post_voucher/")
        assert world.import_invoice(body | {"Total": 1}).body["warnings"][-1]["code"] == "reposted"
        fold_balances(company_id=world.company.id)
        Warehouse(world).something_of_everything()
        one_client(world)
        people_of_every_kind(world)
        issue_ticket(actor=world.key_actor, now=timezone.now())
    with owner_of(fenced) as owner:
        owner.execute(SEAL_ENTRIES, {"batch": 100_000})
    for world in worlds:
        act(world)
    return worlds


def trade_once(trade: Trade) -> tuple[Any, Any]:
    """One order delivered, posted and paid, one credited, one with stock reserved; invoice and payment of the first."""
    trade.registration()
    trade.quoted("83.10")
    trade.received(trade.confirmed_purchase(), "10")
    customer, item = trade.customer(), trade.item("SKU001")
    trade.hsn_rate("3004", "12")
    trade.made("/api/inventory/uoms/", {"code": "BOX", "name": "Box"})
    packs = [{"uom_code": "BOX", "factor": "10"}]
    trade.patch(f"/api/inventory/items/{item['id']}/", {"gst_rate": "12", "packs": packs})
    trade.price_list("Trade prices", {"item_id": item["id"], "unit_rate": "90"})
    dated = trade.item("DATED", stock="0", batch_required=True)
    line = {"item_id": dated["id"], "quantity": "5", "unit_cost": "10", "batch_no": "B1", "expiry_date": "2027-12-31"}
    trade.opening(dated["id"], "0", "0", lines=[line])
    lines = [{"item_id": item["id"], "quantity": "2"}, {"item_id": dated["id"], "quantity": "1"}]
    invoice = trade.posted(trade.confirmed(lines, customer_id=customer["id"]))
    payment = trade.pay(invoice, "100.00")
    trade.credit(trade.posted(trade.confirmed(lines[:1], customer_id=customer["id"])))
    trade.confirmed(lines, customer_id=customer["id"])
    return invoice, payment


def push_once(trade: Trade) -> None:
    """One event on its way to one webhook."""
    webhook = trade.webhook()
    with one_transaction(company_id=trade.world.company.id) as locks:
        WebhookDelivery(
            id=new_id(),
            company_id=locks.company_id,
            endpoint_id=webhook["id"],
            number=1,
            type="invoice_created",
            subject_id=new_id(),
            state="PENDING",
            created_at=timezone.now(),
            next_attempt_at=timezone.now(),
        ).save(force_insert=True)


@contextmanager
def as_app(url: str, company: UUID | str | None) -> Iterator["psycopg.Connection[Any]"]:
    """A transaction of the serving role, with the setting as given; None leaves it as a new connection has it."""
    with psycopg.connect(conninfo(DatabaseRole.APP, environment={"DATABASE_URL": url})) as connection:
        if company is not None:
            connection.execute("SELECT set_config('app.company_id', %s, true)", [str(company)])
        yield connection
        connection.rollback()


def companies_seen(connection: "psycopg.Connection[Any]", table: str) -> set[Any]:
    return {row[0] for row in connection.execute(f"SELECT DISTINCT company_id FROM {table}").fetchall()}


@pytest.mark.db_heavy
def test_each_company_sees_its_own_rows_of_every_table_and_no_others(fenced: str, two_worlds: tuple[World, World]) -> None:
    for world in two_worlds:
        with as_app(fenced, world.company.id) as connection:
            for table in set(company_tables()) - OPEN_TO_LOOK_UPS:
                assert companies_seen(connection, table) == {world.company.id}, table


@pytest.mark.db_heavy
@pytest.mark.parametrize("setting", ["", None])
def test_without_a_company_no_row_is_seen(fenced: str, two_worlds: tuple[World, World], setting: str | None) -> None:
    with as_app(fenced, setting) as connection:
        for table in set(company_tables()) - OPEN_TO_LOOK_UPS:
            assert companies_seen(connection, table) == set(), table
        for table in OPEN_TO_LOOK_UPS:
            assert companies_seen(connection, table) >= {world.company.id for world in two_worlds}, table


@pytest.mark.db_heavy
def test_after_a_transaction_the_setting_is_blank_and_still_no_row_is_seen(
    fenced: str, two_worlds: tuple[World, World]
) -> None:
    with psycopg.connect(conninfo(DatabaseRole.APP, environment={"DATABASE_URL": fenced})) as connection:
        connection.execute("SELECT set_config('app.company_id', %s, true)", [str(two_worlds[0].company.id)])
        assert companies_seen(connection, "invoices_invoice")
        connection.commit()
        assert connection.execute("SELECT current_setting('app.company_id')").fetchone() == ("",)
        assert companies_seen(connection, "invoices_invoice") == set()


@pytest.mark.db_heavy
def test_a_row_of_another_company_can_be_neither_written_nor_moved_nor_taken(
    fenced: str, two_worlds: tuple[World, World]
) -> None:
    mine, others = (world.company.id for world in two_worlds)
    with owner_of(fenced) as owner:
        before = {table: owner.execute(f"SELECT count(*) FROM {table}").fetchone() for table in company_tables()}
    with owner_of(fenced) as owner:
        _triggers(owner, "DISABLE")
    try:
        _attack_others(fenced, mine, others)
    finally:
        with owner_of(fenced) as owner:
            _triggers(owner, "ENABLE")
            after = {table: owner.execute(f"SELECT count(*) FROM {table}").fetchone() for table in company_tables()}
    assert before == after


def _triggers(owner: "psycopg.Connection[Any]", how: str) -> None:
    """Ours off, so that it is the fence that refuses; they judge before it."""
    for table in company_tables():
        owner.execute(f"ALTER TABLE {table} {how} TRIGGER USER")


def _attack_others(fenced: str, mine: UUID, others: UUID) -> None:
    with owner_of(fenced) as owner:
        may = "SELECT t FROM unnest(%s::text[]) AS t WHERE "
        tables = [list(company_tables())]
        move, add = (
            "has_column_privilege('erp_app', t, 'company_id', 'UPDATE')",
            "has_table_privilege('erp_app', t, 'INSERT')",
        )
        movable = {table for (table,) in owner.execute(f"{may}{move}", tables).fetchall()}
        addable = {table for (table,) in owner.execute(f"{may}{add}", tables).fetchall()}
    assert len(movable) > 15
    assert set(company_tables()) - addable == {"erp_auditseal", "erp_audithead"}
    for table in company_tables():
        copied = f"SELECT (jsonb_populate_record(t, jsonb_build_object('company_id', %s::text))).* FROM {table} t LIMIT 1"
        attacks: list[tuple[str, list[Any]]] = []
        if table in addable:
            attacks.append((f"INSERT INTO {table} {copied}", [str(others)]))
        if table in movable:
            attacks.append((f"UPDATE {table} SET company_id = %s", [others]))
        for attack, parameters in attacks:
            with as_app(fenced, mine) as connection, pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                connection.execute(attack, parameters)
    with as_app(fenced, mine) as connection:
        for table in ("invoices_invoiceitem", "sales_salesman", "erp_membership", "erp_apikey"):
            assert connection.execute(f"DELETE FROM {table} WHERE company_id = %s", [others]).rowcount == 0
            assert connection.execute(f"UPDATE {table} SET id = id WHERE company_id = %s", [others]).rowcount == 0


@pytest.mark.db_heavy
def test_the_whole_way_of_an_import_works_behind_the_fence(fenced: str, two_worlds: tuple[World, World]) -> None:
    world, other = two_worlds
    body = invoice_body()
    first, replayed = import_once(world, body), import_once(world, body)
    unchanged = world.import_invoice(body)
    updated = world.import_invoice(body | {"items": [item_body(quantity=1), item_body(item_code="B")]})
    assert [answer.status for answer in (first, replayed, unchanged, updated)] == [201, 201, 200, 200]
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert (unchanged.data["result"], updated.data["result"]) == ("unchanged", "updated")
    assert other.import_invoice(body).status == 201

    assert world.get("/api/sales/invoices/").body["count"] == 13  # one was there, two were issued, nine are in the warehouse
    assert world.get(f"/api/sales/invoices/{first.data['id']}/").status == 200
    assert other.get(f"/api/sales/invoices/{first.data['id']}/").status == 404


@pytest.mark.db_heavy
def test_the_whole_way_from_order_to_payment_works_behind_the_fence(fenced: str) -> None:
    """And back: the payment is taken back, the invoice reversed, a draft cancelled. Every law holds in the end."""
    trade, other = Trade(new_world()), Trade(new_world())
    invoice, payment = trade_once(trade)
    assert (invoice["status"], payment["status"]) == ("POSTED", "POSTED")
    for path in (
        "/api/invoices/",
        "/api/payments/",
        "/api/invoices/credit_notes/",
        "/api/orders/sales/",
        "/api/inventory/items/",
    ):
        assert trade.get(path).body, path
        assert other.get(path).body == [], path
    assert other.get(f"/api/invoices/{invoice['id']}/").status == 404
    assert other.post(f"/api/invoices/{invoice['id']}/post_voucher/").status == 404

    today = date(2025, 12, 28)
    how: dict[str, Any] = {"actor": trade.world.actor(Role.OWNER), "reason": "wrong", "reversal_date": None}
    reverse_payment(payment_id=payment["id"], today=today, now=timezone.now(), **how)
    reverse_invoice(invoice_id=invoice["id"], today=today, now=timezone.now(), **how)
    draft = trade.invoice(trade.confirmed([{"item_id": trade.item("OTHER")["id"], "quantity": "1"}]))
    trade.done(f"/api/invoices/{draft['id']}/cancel/", {"reason": "wrong"})
    fold_balances(company_id=trade.world.company.id)
    with owner_of(fenced) as owner:
        reversals = "SELECT count(*) FROM accounting_voucher WHERE kind = 'REVERSAL' AND company_id = %s"
        assert owner.execute(reversals, [trade.world.company.id]).fetchone() == (2,)
        views = owner.execute("SELECT relname FROM pg_class WHERE relkind = 'v' AND relname ~ '^audit_i[0-9]'").fetchall()
        assert len(views) > 40
        for (view,) in views:
            found = owner.execute(f"SELECT * FROM {view} WHERE company_id = %s LIMIT 1", [trade.world.company.id]).fetchall()
            assert found == [], view


@pytest.mark.db_heavy
def test_people_log_in_and_keys_note_their_use_behind_the_fence(fenced: str, two_worlds: tuple[World, World]) -> None:
    world, other = two_worlds
    user = world.user(Role.OWNER)
    logged_in = send("POST", "/api/auth/login/", {"email": user.email, "password": "correct horse battery staple"})
    assert logged_in.status == 200, logged_in.body
    assert world.get("/api/auth/users/me/", role=Role.OWNER).status == 200
    assert world.get("/api/auth/users/me/", role=Role.OWNER, **{"X-Company-ID": str(other.company.id)}).status == 404

    key = world.key(Scope.EVENTS_READ)
    now = timezone.now() + timedelta(minutes=5)
    identify(Credentials(api_key=key), now=now)
    assert ApiKey.unscoped.get(prefix=key.partition(".")[0]).last_used_at == now


@pytest.mark.db_heavy
def test_the_relay_numbers_seals_and_forgets_for_every_company_behind_the_fence(
    fenced: str, two_worlds: tuple[World, World]
) -> None:
    with psycopg.connect(conninfo(DatabaseRole.RELAY, environment={"DATABASE_URL": fenced}), autocommit=True) as relay:
        heads: set[Any] = set()
        # Batch by batch: the copy brings along whatever other tests announced and nobody numbered.
        while numbered := relay.execute(NUMBER_EVENTS, {"batch": 1000}).fetchall():
            heads |= {row[0] for row in numbered}
        assert heads >= {world.company.id for world in two_worlds}
        assert relay.execute("SELECT count(*) FROM erp_outboxevent WHERE number IS NULL").fetchone() == (0,)
        while relay.execute(SEAL_ENTRIES, {"batch": 5_000}).fetchone() == (5_000,):
            pass
        assert relay.execute("SELECT count(*) FROM erp_unsealedentry").fetchone() == (0,)
        assert relay.execute(FORGET_ANSWERS, {"before": timezone.now(), "batch": 1000}).rowcount >= len(two_worlds)
        with pytest.raises(errors.InsufficientPrivilege):
            relay.execute("SELECT 1 FROM invoices_invoice")


def enabled_already(cursor: Any) -> list[str]:
    return rows(cursor, "SELECT relname::text FROM pg_class WHERE relrowsecurity OR relforcerowsecurity")


def test_it_is_not_enabled_yet() -> None:
    """A measured step of its own: its cost is published with it."""
    with provoked() as cursor:
        assert enabled_already(cursor) == []
        cursor.execute("ALTER TABLE sales_customer ENABLE ROW LEVEL SECURITY")
        assert enabled_already(cursor) == ["sales_customer"]
