"""Sending one event to one receiver, once: signed, to an address that was judged, and never for longer than agreed."""

import asyncio
import os
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import httpx
from standardwebhooks import Webhook

from erp.webhooks.addresses import AddressRefused, Network, read_url, resolve

_MOST_ANSWER_BYTES = 64 * 1024
USER_AGENT = "distributor-erp-webhooks/1"
MAX_ERROR_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `id` is the event's, the same on each attempt; the body is the same, too."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """`secrets`: the newest first, and while a rotation overlaps the one before."""

    url: str
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Where we send at all, and how long a whole answer may take."""

    allowed: Sequence[Network]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the receiver said: a status, or in words why there is none. `asked_s` is its ``Retry-After``."""

    status: int | None
    error: str
    duration_ms: int
    asked_s: int = 0

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver wants no more of this, ever."""
        return self.status == 410


def signature_headers(message: Message, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks; one signature for each secret, blank-separated."""
    signatures = [Webhook(secret).sign(msg_id=message.id, timestamp=now, data=message.body) for secret in secrets]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


async def send_all(messages: Sequence[Message], receiver: Receiver, rules: Rules, *, now: datetime) -> list[Outcome]:
    """Send the messages side by side; an outcome for each, in their order. Raises nothing that a receiver can cause."""
    # Not what the environment says: a proxy would connect to what we have not judged.
    trust = _trusted(os.environ.get("SSL_CERT_FILE", "")) if receiver.url.startswith("https:") else False
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(verify=trust, trust_env=False, follow_redirects=False, limits=limits) as client:
        return list(await asyncio.gather(*(_send(client, one, receiver, rules, now=now) for one in messages)))


@lru_cache(maxsize=2)
def _trusted(_certificates: str) -> ssl.SSLContext:
    """Whom the machine trusts, or the file of certificates that is named to OpenSSL; reading them takes a while."""
    return ssl.create_default_context()


async def _send(client: httpx.AsyncClient, message: Message, receiver: Receiver, rules: Rules, *, now: datetime) -> Outcome:
    began = time.monotonic()
    status, error, asked_s = None, "", 0
    try:
        # The whole of it, name and handshake included: a receiver that sends a byte now and then keeps no limit of its own.
        async with asyncio.timeout(rules.timeout_s):
            status, asked_s = await _post(client, message, receiver, rules, now=now)
        if not 200 <= status < 300:
            error = f"The receiver answered {status}."
    except TimeoutError:
        error = f"No answer within {rules.timeout_s:g} s."
    except AddressRefused as refused:
        error = str(refused)
    except OSError:
        error = "The host's name is not known."
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, ValueError) as problem:
        error = _words(problem)
    return Outcome(status, error[:MAX_ERROR_LENGTH], int((time.monotonic() - began) * 1000), asked_s)


async def _post(
    client: httpx.AsyncClient, message: Message, receiver: Receiver, rules: Rules, *, now: datetime
) -> tuple[int, int]:
    """Status and ``Retry-After``. Connects to the address that was judged, and to it under the name that it is known by."""
    url = read_url(receiver.url, allowed=rules.allowed)
    address = await resolve(url, allowed=rules.allowed)
    headers = signature_headers(message, receiver.secrets, now=now) | {
        "Host": url.netloc.decode("ascii"),
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
    }
    request = client.build_request(
        "POST",
        url.copy_with(host=str(address)),
        content=message.body.encode(),
        headers=headers,
        timeout=rules.timeout_s,
        extensions={"sni_hostname": url.raw_host.decode("ascii")},
    )
    response = await client.send(request, stream=True)
    try:
        # An answer is looked at no further than to let the receiver finish writing it.
        read = 0
        async for chunk in response.aiter_raw():
            read += len(chunk)
            if read > _MOST_ANSWER_BYTES:
                break
        return response.status_code, _seconds(response.headers.get("Retry-After", ""))
    finally:
        await response.aclose()


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def _words(problem: Exception) -> str:
    """Its kind and what the library says, of which nothing comes from the receiver's body."""
    text = " ".join(str(problem).split())
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__
