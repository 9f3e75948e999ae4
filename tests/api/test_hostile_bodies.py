"""A corpus of hostile requests: none is a 5xx, each refusal says what is wrong, nothing is ever stored.

Refused ones are sent for real. What is odd but right is sent as a dry run, which has to succeed, and stores nothing either.
"""

import asyncio
import base64
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from erp import asgi, wsgi
from erp.api.requests import AsgiRequest, WsgiRequest
from erp.rights import Role
from erp.serving import up_to
from invoices.api.views import ImportInvoiceView
from tests.builders import Answer, World, invoice_body, item_body, send
from tests.import_fields import TABLE, bad_values, body_with
from tests.observing import row_counts

IMPORT = "/api/sales/import/invoice/"
LIST = "/api/sales/invoices/"
LIMIT = 5 * 1024 * 1024
SEED = 20260123


@dataclass(frozen=True)
class Hostile:
    """`says` must stand in the answer: the name of the field, parameter or header, or the place in the body."""

    body: Any = None
    says: str = ""
    path: str = IMPORT
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    statuses: frozenset[int] = frozenset({400})
    anonymous: bool = False

    def __str__(self) -> str:
        shown = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return f"{self.method} {self.path[:80]} {self.headers} {shown[:200]!r}"


Corpus = Iterator[Hostile]
PLACE = r"line \d+, column \d+|byte \d+|The key '.*' (occurs twice|holds)"


def odd_but_right(body: Any, **changes: Any) -> Hostile:
    return Hostile(body, path=f"{IMPORT}?dry_run=true", statuses=frozenset({200, 201}), **changes)


# ── Bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def every_field_beyond_its_limit() -> Corpus:
    for row in TABLE:
        for value, _ in bad_values(row):
            yield Hostile(body_with(row, value), says=f'"{row.name}"')


SOUND = json.dumps(invoice_body(invoice_no="SOUND-1")).encode()


def bytes_that_are_no_json() -> Corpus:
    for body in (
        b"",
        b" ",
        b"{",
        b"}",
        b"[",
        b"null x",
        b"{]",
        b'{"a"',
        b'{"a":',
        b'{"a":1',
        b'{"a":1,',
        b"{,}",
        b"{a:1}",
        b"{'a':1}",
    ):
        yield Hostile(body, says=PLACE)
    for body in (b"null", b"true", b"5", b'"text"', b"[]", b"[{}]", b"[" + SOUND + b"]", b"1e400", b"-0"):
        yield Hostile(body, says="must be a JSON object")
    yield from (Hostile(SOUND[:length], says=PLACE) for length in range(1, len(SOUND), 7))
    for odd in (b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x28\xa1", b"\x80"):
        yield Hostile(odd + SOUND, says=PLACE)
        yield Hostile(SOUND.replace(b"Ajay", b"Aj" + odd + b"ay"), says=PLACE)
    yield Hostile(b"\xef\xbb\xbf" + SOUND, says=PLACE)
    for encoding in ("utf-16", "utf-16-le", "utf-32", "cp037"):
        yield Hostile(SOUND.decode().encode(encoding), says=PLACE)
    yield Hostile(SOUND + b"\x00", says=PLACE)
    yield Hostile(SOUND + SOUND, says=PLACE)
    yield Hostile(SOUND.replace(b"Ajay", b"Aj\nay"), says=PLACE)
    yield Hostile(SOUND.replace(b"Ajay", b"Aj\\xay"), says=PLACE)
    yield Hostile(SOUND.replace(b"Ajay", b"Aj\\ud8"), says=PLACE)
    yield Hostile(b"/**/" + SOUND, says=PLACE)
    yield Hostile(b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", says=PLACE)
    yield Hostile(b"a=1&b=2", says=PLACE)


def numbers_that_are_none() -> Corpus:
    for number in (b"NaN", b"Infinity", b"-Infinity"):
        for name in (b'"Total"', b'"colour"', b'"invoice_no"'):
            yield Hostile(SOUND[:-1] + b"," + name + b":" + number + b"}", says=PLACE)
    for number in (b"1e400", b"1e-400", b"1E5", b"-1e400", b"1e999999999999", b"9" * 41, b"9" * 5000, b"0." + b"1" * 41):
        yield Hostile(SOUND[:-1] + b',"Total":' + number + b"}", says='"Total"')
        yield Hostile(SOUND.replace(b"3.5", number), says='"mrp"')
        yield Hostile(SOUND.replace(b": 20", b": " + number), says='"quantity"')
        yield Hostile(SOUND.replace(b'"Ajay"', number), says='"salesman"')
        yield odd_but_right(SOUND[:-1] + b',"colour":' + number + b"}")
    for whole in (2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**31), -(2**63), 10**39):
        yield Hostile(invoice_body(Total=whole * 10**7 if whole > 0 else whole), says='"Total"')
        yield Hostile(invoice_body(items=[item_body(quantity=whole)]), says='"quantity"')


def keys_that_mislead() -> Corpus:
    for text in (
        b'"invoice_no":"A","invoice_no":"B"',
        b'"Total":1,"Total":2',
        b'"x":1,"x":1',
        b'"customer":{"code":"A","code":"B"}',
    ):
        yield Hostile(b"{" + text + b"}", says=PLACE)
    yield Hostile(b'{"items":[{"mrp":1,"mrp":2}]}', says=PLACE)
    yield Hostile(b'{"invoice_no":"A","\\u0069nvoice_no":"B"}', says=PLACE)
    for odd in (
        "\u0000",
        "\ud800",
        "\udfff",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\u00ad",
        "\u2028",
        "\u0007",
        "\u3164",
    ):
        yield Hostile({f"a{odd}": 1}, says=PLACE)
        yield Hostile(invoice_body(colour={"deep": [{f"a{odd}": 1}]}), says=PLACE)
    for name in (
        "__proto__",
        "constructor",
        "$where",
        "invoice_no ",
        " invoice_no",
        "INVOICE_NO",
        "іnvoice_no",
        "a.b",
        "a[0]",
        "",
    ):
        yield odd_but_right(invoice_body() | {name: {"x": 1}})


def nesting() -> Corpus:
    for opening, closing in ((b'{"a":', b"}"), (b"[", b"]")):
        for levels in (11, 100, 1000, 100_000):
            yield Hostile(opening * levels + b"1" + closing * levels, says=PLACE)
            yield Hostile(opening * levels, says=PLACE)
            yield Hostile(SOUND[:-1] + b',"x":' + opening * levels + b"1" + closing * levels + b"}", says=PLACE)
    yield odd_but_right(invoice_body(colour=[[[[[[[[1]]]]]]]]))
    yield odd_but_right(invoice_body(remarks="[" * 2000 + '{"' * 1000))
    yield odd_but_right(invoice_body(colour=[[]] * 10_000))


def sizes() -> Corpus:
    yield Hostile(invoice_body(remarks="x" * LIMIT), says="bytes", statuses=frozenset({413}))
    yield Hostile(b" " * (LIMIT + 1), says="bytes", statuses=frozenset({413}))
    yield Hostile(SOUND + b" " * (LIMIT + 1 - len(SOUND)), says="bytes", statuses=frozenset({413}))
    yield odd_but_right(SOUND + b" " * (LIMIT - len(SOUND)))
    yield Hostile(b"{" * 11 + b'"' + b'\\"' * 2_000_000, says=PLACE)
    yield Hostile(invoice_body(items=[item_body()] * 2001), says="no more than 2000")
    yield Hostile(b'{"items":[' + b"1," * 2_000_000 + b"1]}", says="no more than 2000")
    yield Hostile(b'{"items":[' + b"{}," * 1_000_000 + b"{}]}", says="no more than 2000")
    yield Hostile(invoice_body(salesman="x" * (LIMIT - 1000)), says='"salesman"')
    yield Hostile(invoice_body(customer={"code": "C", "name": "N", "email": "a@" * 2_000_000}), says='"email"')
    yield Hostile(invoice_body(customer={"code": "C", "name": "N", "email": "@" * 4_000_000}), says='"email"')
    yield Hostile(invoice_body(salesman="क\u200d" * 400_000), says='"salesman"')
    yield odd_but_right(invoice_body(**{f"x{number}": number for number in range(50_000)}))
    yield odd_but_right(invoice_body(colour="x" * 4_000_000))


LOOK_ALIKES = ["А-1", "A‐1", "Ａ-1", "A-１", "𝐀-1", "Α-1", "A-1\u0301", "Å", "Å", "ſ", "ﬁ", "İ", "ß", "ẞ"]
ODD_TEXTS = [
    "'; DROP TABLE invoices_invoice; --",
    "' OR 1=1 --",
    "%s %(company)s %b",
    "{0} {company.id} ${7*7} {{7*7}}",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "../../../../etc/passwd",
    "\\u0000 \\x00",
    "NULL",
    "null",
    "undefined",
    "😀" * 20,
    "e\u0301" * 20,
    "مرحبا بالعالم",
    "שלום",
    "ﷺ",
    "\U0010ffff",
    "\ufffe",
    "\ue000",
    "x" * 100,
    "-",
    ".",
    "0",
    "True",
    "E'\\\\'",
    "$$; --",
    "a\\",
    '"',
]


def texts_that_are_only_odd() -> Corpus:
    for text in LOOK_ALIKES + ODD_TEXTS:
        yield odd_but_right(invoice_body(invoice_no=text))
        yield odd_but_right(
            invoice_body(
                salesman=text,
                remarks=text,
                customer={"code": text[:50], "name": text, "address1": text},
                items=[item_body(name=text, item_code=text, batch_no=text)],
            )
        )


def a_valid_body_with_wounds() -> Corpus:
    """Bytes changed at random; what happens to be right is a dry run."""
    chance = random.Random(SEED)
    for _ in range(300):
        wounded = bytearray(SOUND)
        for _ in range(chance.choice([1, 1, 2, 5])):
            position = chance.randrange(len(wounded))
            match chance.randrange(3):
                case 0:
                    wounded[position] = chance.randrange(256)
                case 1:
                    del wounded[position : position + chance.randrange(1, 20)]
                case 2:
                    wounded[position:position] = chance.randbytes(chance.randrange(1, 4))
        yield Hostile(bytes(wounded), path=f"{IMPORT}?dry_run=true", statuses=frozenset({200, 201, 400}))


ANY_VALUE: list[Any] = [None, True, False, 0, -1, 1.5, 2**70, "", " ", "x", "5", "HIGH", "2026-01-23", "\u0000", "\ud800"]
ANY_VALUE += [
    "x" * 6000,
    [],
    {},
    [[]],
    [None],
    [{}],
    ["LOW"],
    {"": None},
    {"code": 1},
    {"items": []},
    item_body(),
    [item_body()],
]


def any_value_in_any_field() -> Corpus:
    """Types crossed with fields at random; what happens to be right is a dry run."""
    chance = random.Random(SEED + 1)
    for _ in range(300):
        row, other = chance.sample(TABLE, 2)
        body = body_with(row, chance.choice(ANY_VALUE))
        if other.parent == "":
            body[other.name] = chance.choice(ANY_VALUE)
        yield Hostile(body, path=f"{IMPORT}?dry_run=true", statuses=frozenset({200, 201, 400}))


# ── Around the body ──────────────────────────────────────────────────────────────────────────────────────────────────


def media_types() -> Corpus:
    unsupported = frozenset({415})
    for kind in (
        "text/plain",
        "text/html",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/x-ndjson",
        "application/jsonp",
        "application/json/x",
        "image/png",
        "*/*",
        "x",
        "\xff\xfe",
    ):
        yield Hostile(SOUND, says="Content-Type", headers={"Content-Type": kind}, statuses=unsupported)
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "x"):
        yield Hostile(SOUND, says="compressed", headers={"Content-Encoding": encoding}, statuses=unsupported)
    for kind in ("application/json", "APPLICATION/JSON", "application/problem+json", ""):
        yield odd_but_right(SOUND, headers={"Content-Type": kind})
    for charset in ("utf-16", "utf-32", "utf-7", "latin-1", "cp037", "rot13", "x", ""):
        yield odd_but_right(SOUND, headers={"Content-Type": f"application/json; charset={charset}"})


def headers() -> Corpus:
    for key in ("x" * 256, "\u00ad", "\x7f", "a\x01", "\x85"):
        yield Hostile(SOUND, says="Idempotency-Key", headers={"Idempotency-Key": key})
        yield Hostile(SOUND, says="Idempotency-Key", headers={"X-Idempotency-Key": key})
    for name, value in (
        ("X-Request-ID", "x" * 5000),
        ("X-Request-ID", "a\r\nSet-Cookie: a=b"),
        ("X-Forwarded-For", "::::, %00, 999.1.1.1"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Cookie", "erp_stream=\xff; =; ;;"),
        ("Accept", "\xff"),
        ("Accept", "text/html"),
        ("Accept-Language", "x" * 10_000),
        ("If-Match", "*"),
        ("Range", "bytes=0-0"),
        ("Transfer-Encoding", "chunked"),
        ("X-Company-ID", "\xff"),
        ("Idempotency-Key", "cl\xe9"),
    ):
        yield odd_but_right(SOUND, headers={name: value})


ODD_PARTS = ["%00", "%ff", "%ED%A0%80", "%E2%80%AE", "%E2%80%8B", "%EF%BB%BF", "%0a", "%07", "%c2%85"]


def queries() -> Corpus:
    for odd in ODD_PARTS:
        yield Hostile(SOUND, says="query", path=f"{IMPORT}?x={odd}")
        yield Hostile(SOUND, says="query", path=f"{IMPORT}?{odd}=x")
        yield Hostile(None, says="query", path=f"{LIST}?search={odd}", method="GET")
    for name in ("dry_run", "on_conflict"):
        for value in ("1", "yes", "TRUE", "null", "[]", "true,false", "x" * 5000, "%22", "%D1%82", f"&{name}="):
            yield Hostile(SOUND, says=f'"{name}"', path=f"{IMPORT}?{name}={value}")
    yield Hostile(SOUND, says="parameters", path=f"{IMPORT}?" + "&".join(f"p{number}=1" for number in range(2000)))
    yield Hostile(
        None, says="parameters", path=f"{LIST}?" + "&".join(f"p{number}=1" for number in range(2000)), method="GET"
    )
    for query in ("&&&&", "==", "?", "%", "%zz", "a[b]=1", "a=1;b=2", "x=" + "y" * 50_000):
        yield Hostile(SOUND, path=f"{IMPORT}?dry_run=true&{query}", statuses=frozenset({201}))


def list_parameters() -> Corpus:
    whole = ["-1", "1.5", "abc", "1e3", "٣", "9" * 10, "9" * 400, "0x1", "1_0", "%2B1", "None"]
    yield from (_list("page", value) for value in [*whole, "0"])
    yield from (_list("page_size", value) for value in whole)
    yield from (_list("page", value, "page_size=10000") for value in ("21", "999999999"))
    for name in ("status", "billing_status", "priority", "delivery_status", "exclude_delivery_status"):
        yield from (_list(name, value) for value in ("x", "picking", "%27", "null", "[]"))
    yield from (_list("user", value) for value in ("x", "1", "00000000-0000-7000-8000-00000000000g", "%27"))
    for name in ("created_after", "created_before"):
        for value in (
            "x",
            "2026-W01-1",
            "20260123",
            "2026-01-32",
            "2026-02-29",
            "0000-01-01",
            "0001-01-01",
            "1899-12-31",
            "9999-12-31",
            "2026-01-23T25:00",
            "2026-01-23T10:00:60",
            "2026-01-23T10:00%2B99:00",
            "2026-01-23T10:00:00.1234567",
            "2026-01-23T",
            "٢٠٢٦-٠١-٢٣",
            "now",
            "1769126400",
        ):
            yield _list(name, value)
    for value in ("x", "-", "--created_at", "id", "customer__email", "created_at,id", "?", "%27", "handling"):
        yield _list("ordering", value)
    yield _list("omit", "x")
    for name, length in (("search", 100), ("invoice_no", 100), ("customer_code", 50), ("created_by", 150), ("worker", 254)):
        yield _list(name, "x" * (length + 1))
    yield _list("status", "PICKING", "&".join(["status=PICKING"] * 50))
    yield from (_list("cursor", value) for value in cursors())
    for ordering in ("Total", "-invoice_date", "invoice_no", "priority"):
        yield from (_list("cursor", value, f"ordering={ordering}") for value in cursors(ordering))


def _list(name: str, value: str, rest: str = "") -> Hostile:
    return Hostile(None, says=f'"{name}"', path=f"{LIST}?{name}={value}&{rest}", method="GET")


def cursors(ordering: str = "-created_at") -> Iterator[str]:
    """What somebody might make up: not our form, or our form with values that no list has."""
    yield from ("x", "%25", "e30", "W10", "WzFd", "bnVsbA", "A" * 5000, "9" * 100, "====", "W1tdLDFd")
    values: list[Any] = ["", "x", None, 5, "\u0000", "\u202e", "9" * 201]
    if ordering == "-created_at":
        values += ["2026-01-23", "2026-01-23T10:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "infinity"]
    if ordering == "-invoice_date":
        values += ["2026-W01-1", "0001-01-01", "9999-12-31", "infinity", "20260123"]
    if ordering == "Total":
        values += ["NaN", "Infinity", "sNaN", "1e999999", "1_0", "٣"]
    texts_are_fine = ordering in {"invoice_no", "priority"}
    for value in values:
        if not (texts_are_fine and isinstance(value, str) and value.isprintable() and len(value) <= 200):
            yield _encoded([value, 1])
    right = {"-created_at": "2026-01-23T10:00:00+00:00", "-invoice_date": "2026-01-23", "Total": "1.00"}.get(ordering, "A")
    for tie in (2**63, -(2**63) - 1, 1.5, "1", None, True, [1]):
        yield _encoded([right, tie])
    yield from (_encoded(other) for other in ([right], [right, 1, 1], {"value": right, "tie": 1}, [[right], 1]))


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def paths() -> Corpus:
    unknown = frozenset({404})
    for part in (
        *ODD_PARTS,
        "0",
        "-1",
        "1.0",
        "1e3",
        "0x1",
        "9" * 18,
        "9" * 19,
        "9" * 4000,
        str(2**31),
        str(2**63),
        "%D9%A3",
        "null",
        "None",
        "..",
        "%2e%2e%2f",
        "..%2f..%2fetc%2fpasswd",
        "%27%20OR%201=1",
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-7000-8000-000000000000}",
        "urn:uuid:00000000-0000-7000-8000-000000000000",
        "0000000000007000800000000000000_",
        "%5C",
        "%",
        "a" * 8000,
        "\xff",
    ):
        yield Hostile(None, path=f"{LIST}{part}/", method="GET", statuses=unknown, says="not-found")
    for path in (
        "/api/",
        "/api/sales/",
        "/api/sales//invoices/",
        "/api/sales/nothing/",
        "/%00",
        "/api/sales/import/invoice/x",
        "//",
    ):
        yield Hostile(None, path=path, method="GET", statuses=unknown, says="not-found")


# ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────

LOGIN, REFRESH = "/api/auth/login/", "/api/auth/token/refresh/"


def logins() -> Corpus:
    sound = {"email": "nobody@example.com", "password": "x" * 12}
    values: list[Any] = [None, 5, True, [], {}, "", " ", "\u0000", "a\u0000", "\ud800", "\u202e", "x" * 300]
    for name in sound:
        yield from (Hostile(sound | {name: value}, says=f'"{name}"', path=LOGIN, anonymous=True) for value in values)
        yield Hostile({name: sound[name]}, says="This field is required.", path=LOGIN, anonymous=True)
    yield from (Hostile(body, says=PLACE, path=LOGIN, anonymous=True) for body in (b"", b"[]x", b"{", b'{"email":NaN}'))
    for email in ("' OR 1=1 --", "admin'--@example.com", "*", "İ@example.com", "a@b" * 80):
        yield Hostile(
            sound | {"email": email}, says="Invalid email or password", path=LOGIN, statuses=frozenset({401}), anonymous=True
        )
    yield from (Hostile({"refresh": value}, says='"refresh"', path=REFRESH, anonymous=True) for value in values[:-1])
    for token in ("x", "a.b.c", "e30.e30.", "null", "x" * 2000, "..", "eyJhbGciOiJub25lIn0.e30."):
        yield Hostile({"refresh": token}, says="token_not_valid", path=REFRESH, statuses=frozenset({401}), anonymous=True)


# ── The campaign ─────────────────────────────────────────────────────────────────────────────────────────────────────

PARTS: list[Callable[[], Corpus]] = [
    every_field_beyond_its_limit,
    bytes_that_are_no_json,
    numbers_that_are_none,
    keys_that_mislead,
    nesting,
    sizes,
    texts_that_are_only_odd,
    a_valid_body_with_wounds,
    any_value_in_any_field,
    media_types,
    headers,
    queries,
    list_parameters,
    paths,
    logins,
]
INTERNALS = re.compile(rb"Traceback|psycopg|django|msgspec|SELECT |/erp/|\.py\b")


def sent(hostile: Hostile, key: str) -> Answer:
    body = hostile.body if isinstance(hostile.body, bytes | None) else json.dumps(hostile.body).encode()
    credentials = {} if hostile.anonymous else {"X-API-Key": key}
    return send(hostile.method, hostile.path, body, **credentials, **hostile.headers)


@pytest.mark.db_heavy
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_hostile_requests_are_answered_in_words_and_store_nothing(world: World, part: Callable[[], Corpus]) -> None:
    key = world.api_key
    before = row_counts()
    for hostile in part():
        answer = sent(hostile, key)
        assert answer.status in hostile.statuses, f"{hostile}\n{answer.status} {answer.raw[:500]!r}"
        if answer.status < 400:
            continue
        assert answer.body["success" if "success" in answer.body else "code"] in {False, "not-found"}, hostile
        assert answer.body["request_id"] == answer.headers["X-Request-ID"]
        says = hostile.says or f'"errors"|{PLACE}'
        assert re.search(says, answer.raw.decode()), f"{hostile}\n{says}\n{answer.raw[:500]!r}"
        assert not INTERNALS.search(answer.raw), f"{hostile}\n{answer.raw[:500]!r}"
        assert len(answer.raw) < 100_000, f"{hostile}\nan answer of {len(answer.raw)} bytes"
    assert row_counts() == before


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert sum(1 for part in PARTS for _ in part()) >= 1800


def test_a_valid_body_is_not_refused_by_the_same_means(world: World) -> None:
    assert sent(Hostile(SOUND), world.api_key).status == 201


def test_a_body_that_breaks_off_is_refused(world: World) -> None:
    request = RequestFactory().post(IMPORT, b"{}", content_type="application/json", headers={"X-API-Key": world.api_key})
    request._stream = BrokenStream()
    response = ImportInvoiceView.as_view()(request)
    assert (response.status_code, json.loads(response.content)["message"]) == (400, "The body broke off before its end.")


class BrokenStream(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError("gone")


def test_a_foreign_host_is_refused_where_addresses_are_made(world: World) -> None:
    answer = world.get(LIST, role=Role.VIEWER, Host="evil.example")
    assert (answer.status, answer.body["code"]) == (400, "bad-request")


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "x", "latin-1"])
def test_the_charset_of_a_body_says_nothing_about_the_query(charset: str) -> None:
    content_type = f"application/json; charset={charset}"
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"dry_run=true",
        "headers": [(b"content-type", content_type.encode())],
    }
    environ = {
        "REQUEST_METHOD": "POST",
        "QUERY_STRING": "dry_run=true",
        "CONTENT_TYPE": content_type,
        "wsgi.input": BytesIO(),
    }
    for request in (AsgiRequest(scope, BytesIO()), WsgiRequest(environ)):
        assert request.GET.dict() == {"dry_run": "true"}


def test_both_servers_read_requests_so() -> None:
    assert asgi._django.request_class is AsgiRequest
    assert wsgi.application.request_class is WsgiRequest


def test_a_body_without_end_is_not_kept_on_disk() -> None:
    """Under ASGI Django stores the whole body before a view sees it."""
    sent = 0

    async def endless() -> dict[str, Any]:
        nonlocal sent
        if sent == 50 * LIMIT:
            return {"type": "http.disconnect"}
        sent += 65536
        return {"type": "http.request", "body": b" " * 65536, "more_body": True}

    async def kept() -> int:
        receive = up_to(LIMIT, endless)
        length, more = 0, True
        while more:
            message = await receive()
            length, more = length + len(message["body"]), message["more_body"]
        assert (await receive())["type"] == "http.disconnect", "Django listens for nothing else after the body"
        return length

    assert LIMIT < asyncio.run(kept()) <= LIMIT + 65536
