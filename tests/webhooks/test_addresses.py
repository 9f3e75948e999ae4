"""Webhooks go to public addresses over HTTPS, and nowhere else: whatever the URL, nothing knocks on a door of ours."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from erp.webhooks.addresses import AddressRefused, judge, read_url
from erp.webhooks.sending import Message, Outcome, Receiver, Rules, send_all, signature_headers
from tests.trade import Trade
from tests.webhooks.receiver import Receiver as Canary
from tests.webhooks.receiver import receiving
from tests.webhooks.subscribing import PATH

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = Message("invoices-x:1", '{"type":"t"}')
PORT = "{port}"

HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "127.127.127.127", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "017700000001",
    "0177.0.0.1", "0177.0.0.0x1", "127.0.0.1.", "0", "0.0.0.0", "0x0", "00000000000", "localhost", "LOCALHOST", "localhost.",
    "localhost.localdomain", "ip6-localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]", "[2002:7f00:1::1]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd12:3456::1]",
    "[ff02::1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "10.0.0.1", "10.255.255.254", "172.16.0.1",
    "172.31.255.254", "192.168.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "100.64.0.1",
    "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255",
]  # fmt: skip
FORMS = [f"https://{host}:{PORT}/" for host in HOSTS] + [
    f"http://127.0.0.1:{PORT}/",
    f"http://example.com:{PORT}/",
    f"https://example.com@127.0.0.1:{PORT}/",
    f"https://example.com:x@127.0.0.1:{PORT}/",
    f"https://127.0.0.1:{PORT}\\@example.com/",
    f"https://127.0.0.1:{PORT}#@example.com/",
    f"https:127.0.0.1:{PORT}/",
    f"https:///127.0.0.1:{PORT}/",
    f"https://①②⑦.⓪.⓪.①:{PORT}/",
    f"https://127.0.0.1%00.example.com:{PORT}/",
    f"https://127.0.0.1\t.example.com:{PORT}/",
    f"ftp://127.0.0.1:{PORT}/",
    f"gopher://127.0.0.1:{PORT}/_x",
    "file:///etc/passwd",
    f"//127.0.0.1:{PORT}/",
    "https://",
    "https://:443/",
    "https://example.com:99999/",
    "https://example.com:0/",
    "https://" + "a" * 2000 + ".example/",
    "javascript:alert(1)",
]


@pytest.fixture
def canary() -> Iterator[Canary]:
    with receiving() as running:
        yield running


def sent(url: str, *, allowed: Any = (), timeout_s: float = 2.0) -> Outcome:
    (outcome,) = asyncio.run(send_all([MESSAGE], Receiver(url, [SECRET]), Rules(allowed, timeout_s), now=timezone.now()))
    return outcome


def test_no_form_of_a_url_reaches_a_door_of_ours(canary: Canary) -> None:
    assert len(FORMS) > 75
    for form in FORMS:
        outcome = sent(form.format(port=canary.port))
        assert outcome.status is None, form
        assert outcome.error, form
    assert canary.connections == 0
    assert sent(canary.url, allowed=[ip_network("127.0.0.1")]).status == 200
    assert canary.connections == 1, "it would have been heard"


def test_a_redirect_is_not_followed(canary: Canary) -> None:
    with receiving() as other:
        canary.then, canary.redirect_to = "redirect", other.url
        assert sent(canary.url, allowed=[ip_network("127.0.0.0/8")]).status == 307
        assert other.connections == 0


def test_a_name_is_asked_for_once_and_each_of_its_addresses_judged(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["93.184.215.14", "127.0.0.1"], ["::1"], ["127.0.0.1"]]
    asked: list[str] = []

    async def getaddrinfo(_loop: Any, host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        return [(0, 0, 0, "", (address, port)) for address in answers[len(asked) - 1]]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", getaddrinfo)
    for _ in range(2):
        assert sent(f"https://hooks.example:{canary.port}/").error == "Its address is not a public one."
    rebound = sent(f"http://hooks.example:{canary.port}/", allowed=[ip_network("127.0.0.1")])
    assert (rebound.status, asked) == (200, ["hooks.example"] * 3)
    assert canary.requests[0].headers["host"] == f"hooks.example:{canary.port}"


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "8.8.8.8"])
def test_public_addresses_are_allowed_by_https_only(address: str) -> None:
    judge(ip_address(address), scheme="https", allowed=[])
    with pytest.raises(AddressRefused):
        judge(ip_address(address), scheme="http", allowed=[ip_network("10.0.0.0/8")])


def test_a_url_that_may_be_good_is_read(canary: Canary) -> None:
    for good in ("https://example.com", "https://example.com:8443/a/b?c=d", "https://xn--bcher-kva.example/"):
        assert str(read_url(good, allowed=[])) == good
    assert read_url("http://10.1.2.3/", allowed=[ip_network("10.1.0.0/16")]).host == "10.1.2.3"
    with pytest.raises(AddressRefused):
        read_url("http://10.2.2.3/", allowed=[ip_network("10.1.0.0/16")])


@pytest.mark.parametrize("url", [form for form in FORMS if PORT not in form] + ["https://10.0.0.1/", "http://example.com/"])
def test_what_can_be_judged_at_once_is_refused_when_it_is_sent(world: Any, url: str) -> None:
    refused = Trade(world).post(PATH, {"url": url})
    assert (refused.status, list(refused.body["fields"])) == (400, ["url"]), refused.raw
    assert Trade(world).get(PATH).body == []


# ── Signatures ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_published_vector_of_the_standard_is_met() -> None:
    at = datetime.datetime.fromtimestamp(1614265330, tz=datetime.UTC)
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}')
    assert signature_headers(message, [SECRET], now=at) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def certificate_for(name: str, directory: Path) -> Path:
    """A certificate of its own for this name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = timezone.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / f"{name}.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


def test_the_certificate_has_to_be_that_of_the_name_though_the_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = [ip_network("127.0.0.0/8"), ipaddress.ip_network("::1")]
    for name, trusted, taken in (("localhost", True, True), ("elsewhere.example", True, False), ("localhost", False, False)):
        directory = tmp_path / f"{name}-{trusted}"
        directory.mkdir()
        file = certificate_for(name, directory)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        other = certificate_for("other.example", directory)
        monkeypatch.setenv("SSL_CERT_FILE", str(file if trusted else other))
        with receiving(context) as receiver:
            outcome = sent(f"https://localhost:{receiver.port}/hooks", allowed=allowed, timeout_s=5)
            assert outcome.taken is taken, outcome
            assert len(receiver.requests) == int(taken)
            if not taken:
                assert "CERTIFICATE_VERIFY_FAILED" in outcome.error
