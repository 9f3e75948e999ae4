"""The stand-in has the memory, the defaults and the faults of what it stands for, without which it would prove nothing."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.standins.uisp.history import CASH, WHOLE, History, rounded
from tests.standins.uisp.server import READ_KEY, WRITE_KEY, StandIn, serving

SMALL = History(80)


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with serving(SMALL) as here:
        yield here


@pytest.fixture
def crm(server: StandIn) -> Iterator[httpx.Client]:
    server.reset()
    with httpx.Client(base_url=f"{server.url}/crm/api/v1.0", headers={"X-Auth-App-Key": WRITE_KEY}) as client:
        yield client


def bill(**changes: Any) -> dict[str, Any]:
    return {"items": [{"label": "Plan", "price": 100, "quantity": 1}]} | changes


def test_the_whole_history_has_the_counts_and_traps_of_the_real_one() -> None:
    told = History(WHOLE).expected()
    assert told["by_status"] == {"0": 1, "1": 3478, "2": 688, "3": 60012, "4": 122}
    assert (told["clients"], told["payments"], told["missing_clients"]) == (10113, 60610, [158, 1000])
    # One payment for each invoice that got money would be 60,642: what is paid in two, and two at once, tell apart.
    assert told["covers"] - told["payments"] == 916


def test_a_history_agrees_with_itself_and_is_always_the_same(tmp_path: Path) -> None:
    History(80).write(tmp_path)
    invoices = json.loads((tmp_path / "invoices_export.json").read_text(), parse_float=Decimal)
    payments = json.loads((tmp_path / "payments_export.json").read_text(), parse_float=Decimal)
    covered = sum((cover["amount"] for one in payments for cover in one["paymentCovers"]), Decimal(0))
    assert covered == sum((rounded(Decimal(one["amountPaid"])) for one in invoices), Decimal(0))
    assert all(one["amount"] == sum(c["amount"] for c in one["paymentCovers"]) + one["creditAmount"] for one in payments)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    History(80).write(tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_lists_are_bare_paged_and_filtered_and_hide_archived_clients(crm: httpx.Client) -> None:
    everything = crm.get("invoices").json()
    assert len(everything) == 80
    assert crm.get("invoices?limit=30&offset=60").json() == everything[60:]
    unpaid = crm.get("invoices?statuses[]=1&statuses[]=2").json()
    assert {one["status"] for one in unpaid} == {1, 2}
    assert crm.get("invoices?createdDateFrom=2026-01-01").json() == [e for e in everything if e["createdDate"] >= "2026"]
    active, archived = crm.get("clients").json(), crm.get("clients?isArchived=1").json()
    assert len(active) + len(archived) == SMALL.client_count


def test_keys_and_errors_are_told_as_the_crm_tells_them(crm: httpx.Client) -> None:
    assert crm.get("invoices", headers={"X-Auth-App-Key": "nobody"}).status_code == 401
    assert crm.post("payments", json={}, headers={"X-Auth-App-Key": READ_KEY}).status_code == 403
    assert crm.get("invoices/999999").json() == {"code": 404, "message": "Object is not found."}
    refused = crm.post("clients/3/invoices", json=bill(dueDate="2026-01-01"))
    assert (refused.status_code, refused.json()["errors"]) == (422, {"dueDate": ["This field is not allowed."]})
    assert crm.post("clients/3/invoices", json=bill(number="100001")).status_code == 422
    assert crm.post("clients/3/invoices", json=bill(createdDate="2025-03-01T04:00:14+08:00")).status_code == 400


def test_credit_pays_new_invoices_and_money_pays_old_ones_unless_that_is_forbidden(crm: httpx.Client) -> None:
    client = crm.post("clients", json={"firstName": "New", "userIdent": "N1"}).json()["id"]
    first = crm.post(f"clients/{client}/invoices", json=bill()).json()
    second = crm.post(f"clients/{client}/invoices", json=bill()).json()
    money = {"clientId": client, "methodId": CASH, "amount": 250, "invoiceIds": [second["id"]]}
    paid = crm.post("payments", json=money).json()
    assert [one["invoiceId"] for one in paid["paymentCovers"]] == [second["id"], first["id"]]
    assert crm.post(f"clients/{client}/invoices", json=bill()).json()["status"] == 2
    assert crm.post(f"clients/{client}/invoices", json=bill(applyCredit=False)).json()["status"] == 1
    strict = money | {"amount": 20, "invoiceIds": [], "applyToInvoicesAutomatically": False}
    assert crm.post("payments", json=strict).json()["creditAmount"] == 20


def test_a_payment_taken_away_opens_its_invoice_and_a_paid_invoice_is_not_voided(crm: httpx.Client) -> None:
    client = crm.post("clients", json={"firstName": "New"}).json()["id"]
    invoice = crm.post(f"clients/{client}/invoices", json=bill()).json()
    money = crm.post("payments", json={"clientId": client, "methodId": CASH, "amount": 100}).json()
    assert crm.patch(f"invoices/{invoice['id']}/void").status_code == 422
    assert crm.delete(f"payments/{money['id']}").status_code == 204
    assert crm.patch(f"invoices/{invoice['id']}/void").json()["status"] == 4


def test_faults_meet_what_they_are_ordered_for(crm: httpx.Client, server: StandIn) -> None:
    server.fault("busy", nth=1, path="version", retry_after=7)
    assert crm.get("version").headers["Retry-After"] == "7"
    assert crm.get("version").status_code == 200
    server.fault("error_after", method="POST", times=1)
    assert crm.post("clients", json={"firstName": "Twice"}).status_code == 500
    assert [one for one in crm.get("clients").json() if one["firstName"] == "Twice"]
    server.fault("drop_inside", path="invoices", nth=1)
    with pytest.raises(httpx.RemoteProtocolError):
        crm.get("invoices")
    server.fault("row_goes", path="invoices", nth=1)
    assert len(crm.get("invoices").json()) == 79
