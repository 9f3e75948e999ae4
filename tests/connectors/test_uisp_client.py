"""Talking to a CRM: every fault that the stand-in can make is met, and no POST is ever done twice."""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors import problems
from connectors.rates import TokenBucket
from connectors.transport import Transport, wait_told
from connectors.uisp.client import UispClient, base_of
from tests.standins.uisp.history import CASH, History
from tests.standins.uisp.server import READ_KEY, WRITE_KEY, StandIn, serving

FAST = TokenBucket(10_000)


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with serving(History(80)) as here:
        yield here


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Between attempts nobody waits; how long they would is asked of the rule itself."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def crm(server: StandIn) -> Iterator[UispClient]:
    server.reset()
    client = UispClient(server.url, WRITE_KEY, bucket=FAST, time_limits=httpx.Timeout(2, read=0.5), most_bytes=2_000_000)
    yield client
    client.close()


def ids(client: UispClient) -> list[int]:
    return [row["id"] for row in client.every("invoices")]


FAULTS_OF_READING: list[tuple[str, dict[str, Any]]] = [
    ("busy", {"retry_after": 1}),
    ("busy", {}),
    ("error_before", {}),
    ("error_before", {"status": 503}),
    ("silent_after", {}),
    ("drop_before", {}),
    ("drop_inside", {}),
    ("html", {"status": 502}),
    ("html", {"status": 200}),
    ("cut_json", {}),
    ("nan", {}),
    ("slow", {"seconds": 1}),
    ("huge", {"bytes": 4_000_000}),
]


@pytest.mark.parametrize(("kind", "options"), FAULTS_OF_READING)
def test_reading_gets_over_every_passing_fault(crm: UispClient, server: StandIn, kind: str, options: dict[str, Any]) -> None:
    server.fault(kind, path="invoices", nth=1, **options)
    assert ids(crm) == list(range(1, 81))
    assert [one.fault for one in server.asked("GET", "invoices")] == [kind, ""]


@pytest.mark.parametrize(
    ("kind", "options", "refusal"),
    [
        ("busy", {"retry_after": 1}, problems.RemoteBusy),
        ("error_before", {}, problems.RemoteFailed),
        ("drop_before", {}, problems.Unreachable),
        ("html", {"status": 200}, problems.RemoteNonsense),
    ],
)
def test_reading_gives_up_after_five_attempts(
    crm: UispClient, server: StandIn, kind: str, options: dict[str, Any], refusal: type[Exception]
) -> None:
    server.fault(kind, **options)
    with pytest.raises(refusal):
        crm.some("invoices")
    assert len(server.asked("GET")) == 5


def test_a_key_refused_is_not_tried_again_and_three_times_close_the_connection(crm: UispClient, server: StandIn) -> None:
    server.fault("key_revoked", nth=1)
    for _ in range(3):
        with pytest.raises(problems.BadCredentials):
            crm.version()
    with pytest.raises(problems.BreakerOpen):
        crm.version()
    assert len(server.asked("GET")) == 3


def test_twenty_failures_in_a_row_close_the_connection(crm: UispClient, server: StandIn) -> None:
    server.fault("drop_before")
    for _ in range(4):
        with pytest.raises(problems.Unreachable):
            crm.version()
    with pytest.raises(problems.BreakerOpen):
        crm.version()
    assert len(server.asked("GET")) == 20


def test_amounts_are_read_digit_by_digit_and_sent_as_plain_numbers(crm: UispClient) -> None:
    body = {"items": [{"label": "Plan", "price": Decimal("799.00487804878"), "quantity": Decimal("1.50")}], "number": "N-1"}
    made = crm.make_invoice(3, body, organization_id=1)
    assert made["items"][0]["price"] == Decimal("799.00487804878")
    assert made["items"][0]["quantity"] == Decimal("1.5")


FAULTS_OF_WRITING = ["error_after", "error_before", "silent_after", "drop_before", "drop_inside", "cut_json", "busy"]


@pytest.mark.parametrize("kind", FAULTS_OF_WRITING)
def test_an_invoice_and_a_payment_are_made_exactly_once_whatever_happens(
    crm: UispClient, server: StandIn, kind: str
) -> None:
    attribute = crm.transport.write("POST", "custom-attributes", {"name": "Erp ref", "attributeType": "payment"})
    server.fault(kind, method="POST", times=2)
    invoice = crm.make_invoice(
        3, {"items": [{"label": "Plan", "price": 100, "quantity": 1}], "number": "N-1"}, organization_id=1
    )
    money = {
        "clientId": 3, "methodId": CASH, "amount": 100, "invoiceIds": [invoice["id"]],
        "attributes": [{"customAttributeId": attribute["id"], "key": attribute["key"], "value": "old:1"}],
    }  # fmt: skip
    server.faults[0].done = 0
    payment = crm.make_payment(money, mark_key=attribute["key"], mark="old:1")
    tables = server.books.tables
    assert [row["id"] for row in tables["invoices"].values() if row["number"] == "N-1"] == [invoice["id"]]
    assert [row["id"] for row in tables["payments"].values() if row["attributes"][0].get("value") == "old:1"] == [
        payment["id"]
    ]
    assert tables["invoices"][invoice["id"]]["status"] == 3
    if kind != "busy":  # turned away at the door, it may knock again at once
        asked = [(one.method, one.fault) for one in server.journal if one.method == "POST" or one.query]
        assert ("POST", kind) in asked
        assert all(after[0] == "GET" for before, after in pairwise(asked) if before[1] == kind)


def test_what_stays_in_doubt_is_told_after_three_look_ups(crm: UispClient, server: StandIn) -> None:
    server.fault("error_before", method="POST")
    with pytest.raises(problems.OutcomeUnknown):
        crm.make_invoice(3, {"items": [{"label": "Plan", "price": 1, "quantity": 1}], "number": "N-2"}, organization_id=1)
    assert (len(server.asked("POST")), len(server.asked("GET", "invoices"))) == (3, 3)


def test_a_refusal_is_told_with_its_fields_and_not_repeated(crm: UispClient, server: StandIn) -> None:
    with pytest.raises(problems.RemoteRefused) as refused:
        crm.make_invoice(3, {"items": [], "number": "N-3"}, organization_id=1)
    assert refused.value.errors == {"items": ["This collection should contain 1 element or more."]}
    assert len(server.asked("POST")) == 1
    with closing(UispClient(server.url, READ_KEY, bucket=FAST)) as reader, pytest.raises(problems.BadCredentials):
        reader.transport.write("POST", "payments", {})


def test_rows_are_counted_without_being_told_how_many_there_are(crm: UispClient, server: StandIn) -> None:
    assert crm.count("invoices") == 80
    assert crm.count("invoices", {"statuses[]": 0}) == 1
    assert crm.count("credit-notes") == 0
    assert len(server.journal) < 34


def test_active_and_archived_clients_are_both_read(crm: UispClient) -> None:
    assert sorted(row["id"] for row in crm.clients()) == list(range(1, History(80).client_count + 1))


def test_how_far_the_other_clock_is_ahead_is_noticed(crm: UispClient, server: StandIn) -> None:
    crm.version()
    assert abs(crm.transport.skew_s or 0) <= 5
    server.fault("clock_off", seconds=3600)
    crm.version()
    assert abs((crm.transport.skew_s or 0) - 3600) <= 5


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with serving(certificate=self_signed(tmp_path)) as server:
        strict = UispClient(server.url, READ_KEY, bucket=FAST)
        with closing(strict), pytest.raises(problems.Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            strict.version()
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        with closing(UispClient(server.url, READ_KEY, bucket=FAST, verify=trusting)) as client:
            assert client.version() == "4.4.30"


NOW = datetime.datetime(2026, 2, 10, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7), (None, 60), ("soon", 60), ("9999", 300), ("0", 0),
        ("Tue, 10 Feb 2026 12:00:30 GMT", 31), ("Tue, 10 Feb 2026 11:00:00 GMT", 0), ("Wed, 11 Feb 2026 12:00:00 GMT", 300),
    ],
)  # fmt: skip
def test_retry_after_is_obeyed_within_reason(header: str | None, seconds: int) -> None:
    assert wait_told(header, now=NOW) == seconds


def test_the_bucket_keeps_the_rate_and_halves_it_for_a_minute_when_told_to() -> None:
    clock, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    bucket = TokenBucket(10, clock=lambda: clock[0], sleep=sleep)
    for _ in range(30):
        bucket.take()
    assert sum(slept) == pytest.approx(2.0)
    bucket.slow_down()
    assert bucket.rate() == 5
    clock[0] += 61
    assert bucket.rate() == 6
    clock[0] += 300
    assert bucket.rate() == 10


@pytest.mark.parametrize(
    "text",
    ["https://x.example", "https://x.example/crm/", "https://x.example/crm/api/v1.0", "https://x.example/crm/api/v2.1/"],
)
def test_people_may_write_the_address_as_they_know_it(text: str) -> None:
    assert base_of(text) == "https://x.example/crm/api/v1.0/"


def test_old_systems_have_the_api_elsewhere() -> None:
    assert base_of("https://x.example/api/v1.0") == "https://x.example/api/v1.0/"


def test_nobody_is_led_elsewhere_with_a_key_in_hand() -> None:
    answer = httpx.Response(302, headers={"Location": "https://elsewhere.example/"}, content=b"{}")
    transport = Transport("https://x.example/", {"X-Auth-App-Key": "k"}, bucket=FAST)
    transport.close()
    transport._client = httpx.Client(base_url="https://x.example/", transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(problems.RemoteRefused):
        transport.read("version")
    transport.close()


def self_signed(folder: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that only its own file vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    begins = datetime.datetime.now(datetime.UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(begins - datetime.timedelta(days=1)).not_valid_after(begins + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return str(folder / "cert.pem"), str(folder / "key.pem")
