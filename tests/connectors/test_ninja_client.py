"""Talking to an Invoice Ninja: its ways that bite are met, and what it answers is held against what was asked."""

import ipaddress
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina

from connectors import problems
from connectors.doors import AddressForbidden, JudgedDoor
from connectors.foreign_rows import RowRefused
from connectors.invoice_ninja.client import NinjaClient, root_of
from connectors.invoice_ninja.translation import badge_of, translate_client, translate_invoice, without_secrets
from connectors.rates import TokenBucket
from connectors.states import Badge
from tests.standins.invoice_ninja.server import TOKEN, StandIn, serving

FAST = TokenBucket(10_000)
SHORT = httpx.Timeout(2, read=0.5)


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with serving() as here:
        yield here


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def ninja(server: StandIn) -> Iterator[NinjaClient]:
    server.reset()
    with closing(NinjaClient(server.url, TOKEN, bucket=FAST, time_limits=SHORT)) as client:
        yield client


# ── The stand-in has the ways that bite ──────────────────────────────────────────────────────────────────────────────
def test_the_stand_in_bites_as_the_real_one_does(server: StandIn) -> None:
    server.reset()
    polite = {"X-API-TOKEN": TOKEN, "Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
    with httpx.Client(base_url=server.url) as http:

        def ask(method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
            return http.request(method, path, json=body, headers=polite | headers)

        assert http.get("/api/v1/clients").headers["Content-Type"] == "text/html"
        assert ask("GET", "/api/v1/clients", **{"X-API-TOKEN": "another"}).status_code == 403
        assert ask("GET", "/api/v5/clients").status_code == 404
        assert ask("GET", "/api/v1/clients/1").status_code == 400
        twice = [ask("POST", "/api/v1/clients", {"name": "<b>Asha</b>", "contacts": [{"email": "a@b.in"}]}) for _ in "ab"]
        one, other = [answer.json()["data"] for answer in twice]
        assert (one["name"], one["id"] != other["id"]) == ("Asha", True)
        assert ask("POST", "/api/v1/clients", {"number": one["number"]}).json()["errors"] == {"number": ["It is in use."]}
        # A PUT without contacts leaves them; with them, whoever is not listed by his id is gone.
        assert (
            ask("PUT", f"/api/v1/clients/{one['id']}", {"city": "Pune"}).json()["data"]["contacts"][0]["email"] == "a@b.in"
        )
        changed = ask("PUT", f"/api/v1/clients/{one['id']}", {"contacts": [{"email": "c@d.in"}]}).json()["data"]
        assert [contact["email"] for contact in changed["contacts"]] == ["c@d.in"]
        ask("DELETE", f"/api/v1/clients/{other['id']}")
        counts = {}
        for query in ("", "?status=active", "?colour=blue", "?updated_at=yesterday", "?per_page=9999"):
            counts[query] = ask("GET", f"/api/v1/clients{query}").json()["meta"]["pagination"]
        assert [page["total"] for page in counts.values()] == [2, 1, 2, 2, 2]
        assert (counts[""]["per_page"], counts["?per_page=9999"]["per_page"]) == (20, 5000)
        line = {"cost": 100, "quantity": 3, "discount": 10, "tax_rate1": 18}
        bill = {"client_id": one["id"], "amount": 5, "line_items": [line]}
        made = ask("POST", "/api/v1/invoices?mark_sent=true", bill).json()["data"]
        assert (made["amount"], made["status_id"]) == (318.6, "2"), "whatever the sender thinks it comes to"
        money = {"client_id": one["id"], "amount": 18.6, "invoices": [{"invoice_id": made["id"], "amount": 18.6}]}
        assert [ask("POST", "/api/v1/payments", money).status_code for _ in "ab"] == [200, 429]
        client = ask("GET", f"/api/v1/clients/{one['id']}").json()["data"]
        invoice = ask("GET", f"/api/v1/invoices/{made['id']}").json()["data"]
        assert (client["balance"], client["paid_to_date"], invoice["status_id"]) == (300.0, 18.6, "3")


# ── The client ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("kind", "options"),
    [("busy", {"retry_after": 1}), ("silent_after", {}), ("html", {"status": 200}), ("cut_json", {}), ("nan", {})],
)
def test_all_pages_are_read_over_every_passing_fault(
    ninja: NinjaClient, server: StandIn, kind: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.invoice_ninja.client.PAGE", 2)
    keys = [server.books.make_client({"name": f"C{n}"})["id"] for n in range(5)]
    server.fault(kind, path="clients", nth=2, **options)
    assert [row["id"] for row in ninja.every("clients")] == keys
    assert [one.fault for one in server.journal] == ["", kind, "", ""]


@pytest.mark.parametrize("kind", ["row_comes", "row_goes"])
def test_no_row_is_lost_when_rows_come_and_go_between_pages(
    ninja: NinjaClient, server: StandIn, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.invoice_ninja.client.PAGE", 2)
    keys = [server.books.make_client({"name": f"C{n}"})["id"] for n in range(6)]
    server.fault(kind, path="clients", nth=2)
    read = [row["id"] for row in ninja.every("clients")]
    assert len(read) == len(set(read))
    assert set(read) >= set(keys)


def test_a_filter_that_is_not_heard_finds_nobody_else(ninja: NinjaClient, server: StandIn) -> None:
    books = server.books
    asha = books.make_client({"id_number": "C-1", "contacts": [{"email": "asha@rao.in"}]})
    twin = books.make_client({"id_number": "C-2", "contacts": [{"email": "x@y.in"}, {"email": "asha@rao.in"}]})
    gone = books.make_client({"contacts": [{"email": "asha@rao.in"}]})
    books.shelve("clients", gone["id"], "delete")
    books.make_invoice({"client_id": twin["id"]}, [])
    assert [row["id"] for row in ninja.clients_by_email("asha@rao.in")] == [asha["id"], twin["id"]]
    assert ninja.clients_by_email("Asha@rao.in") == [], "theirs is exact, and ours asks no more of it"
    books.tables["invoices"].clear()
    deaf = {"email", "id_number", "client_id"}
    for row in (asha, twin):
        books.make_invoice({"client_id": row["id"]}, [])
    listed = books.listed
    books.listed = lambda table, query: listed(table, {k: v for k, v in query.items() if k not in deaf})  # type: ignore[method-assign]
    try:
        assert [row["id"] for row in ninja.clients_by_email("x@y.in")] == [twin["id"]]
        assert [row["id"] for row in ninja.clients_by_id_number("C-1")] == [asha["id"]]
        assert [row["client_id"] for row in ninja.invoices_of(twin["id"])] == [twin["id"]]
    finally:
        books.listed = listed  # type: ignore[method-assign]


def test_what_is_missing_refused_and_forbidden_is_told_apart(ninja: NinjaClient, server: StandIn) -> None:
    with pytest.raises(problems.RemoteNotFound):
        ninja.one("clients", "VolejRejNm")
    server.books.make_client({"id_number": "C-1"})
    with pytest.raises(problems.RemoteRefused) as refused:
        ninja.make_client({"id_number": "C-1"})
    assert refused.value.errors == {"id_number": ["It is in use."]}
    with closing(NinjaClient(server.url, "another", bucket=FAST)) as stranger, pytest.raises(problems.BadCredentials):
        stranger.ping()
    assert ninja.ping()["company_name"] == "Stand-in Ltd"
    assert ninja.currencies()["8"] == "INR"


@pytest.mark.parametrize("kind", ["error_after", "error_before", "silent_after", "drop_before", "cut_json", "busy"])
def test_a_client_is_made_exactly_once_whatever_happens(ninja: NinjaClient, server: StandIn, kind: str) -> None:
    server.fault(kind, method="POST", times=2)
    made = ninja.make_client({"id_number": "C-1", "name": "Asha"})
    assert [row["id"] for row in server.books.tables["clients"].values()] == [made["id"]]


@pytest.mark.parametrize("tail", ["", "/", "/api/v1", "/api/v1/", "/api/v5/"])
def test_people_may_write_the_address_as_they_know_it(tail: str) -> None:
    assert root_of(f" https://billing.example/sub{tail} ") == "https://billing.example/sub"


def test_an_address_that_came_over_http_is_judged_before_anything_is_sent(server: StandIn) -> None:
    server.reset()
    by_name = server.url.replace("127.0.0.1", "localhost")
    for url in (server.url, by_name, "https://127.0.0.1:1", "https://169.254.169.254"):
        for allowed in ([], [ipaddress.ip_network("10.0.0.0/8")]):
            door = JudgedDoor(allowed=allowed)
            with closing(NinjaClient(url, TOKEN, door=door, bucket=FAST)) as client, pytest.raises(AddressForbidden):
                client.ping()
    assert server.journal == []
    door = JudgedDoor(allowed=[ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")])
    with closing(NinjaClient(server.url, TOKEN, door=door, bucket=FAST)) as client:
        assert client.ping()["user_name"] == "Ninja Admin"


# ── Translation ──────────────────────────────────────────────────────────────────────────────────────────────────────
def row(**changes: Any) -> dict[str, Any]:
    contacts = [
        {"email": "b@x.in"},
        {"email": "a@x.in", "is_primary": True, "link": "https://door", "contact_key": "k" * 32},
    ]
    return {
        "id": "VolejRejNm", "name": "Asha  Traders", "balance": Decimal("10.005"), "paid_to_date": 3, "contacts": contacts,
        "vat_number": "27aapfu0939f1zv", "settings": {"currency_id": "8"}, "updated_at": 1700000000,
    } | changes  # fmt: skip


def test_a_client_is_translated_and_nothing_that_opens_a_door_is_kept() -> None:
    client = translate_client(row())
    assert (client.name, client.email, client.balance) == ("Asha Traders", "a@x.in", Decimal("10.01"))
    assert (client.code, client.columns()["gstin"]) == ("IN-VolejRejNm", "27AAPFU0939F1ZV")
    assert "gstin" not in translate_client(row(vat_number="DE123")).columns()
    assert translate_client(row(name="", contacts=[], number="0007")).name == "Client 0007"
    assert translate_client(row(updated_at=1)).hash() == client.hash() != translate_client(row(city="Pune")).hash()
    kept = repr(without_secrets(row()))
    assert "a@x.in" in kept
    assert "door" not in kept
    assert "kkk" not in kept


@pytest.mark.parametrize(
    "changes",
    [{"name": "a\x00b"}, {"balance": "12"}, {"balance": None}, {"id": 7}, {"id": ""}, {"postal_code": "1" * 11},
     {"balance": Decimal("1e30")}, {"contacts": [{"email": "a\u202eb"}]}],
)  # fmt: skip
def test_a_client_that_ours_cannot_hold_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RowRefused):
        translate_client(row(**changes))


@pytest.mark.parametrize(
    ("invoices", "balance", "badge"),
    [
        ([("2", "5", "2026-02-09")], "5", Badge.OVERDUE), ([("2", "5", "2026-02-10")], "5", Badge.DUE),
        ([("3", "5", "")], "5", Badge.DUE), ([("4", "0", "2020-01-01"), ("1", "5", "2020-01-01")], "0", Badge.PAID),
        ([], "-1", Badge.CREDIT), ([], "7", Badge.DUE), ([("5", "5", "2020-01-01")], "0", Badge.PAID),
    ],
)  # fmt: skip
def test_the_badge_is_the_first_that_fits(invoices: list[tuple[str, str, str]], balance: str, badge: Badge) -> None:
    kept = [
        translate_invoice({"id": f"i{n}", "status_id": one[0], "balance": Decimal(one[1]), "amount": 5, "due_date": one[2]})
        for n, one in enumerate(invoices)
    ]
    assert badge_of([one.shown() for one in kept], Decimal(balance), today=date(2026, 2, 10)) is badge
    with pytest.raises(RowRefused):
        translate_invoice({"id": "i", "status_id": "9", "balance": 1, "amount": 1})
