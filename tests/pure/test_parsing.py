"""The strict reader: a dict, or a refusal that says where; never anything else, whatever the bytes."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from erp.characters import is_clean
from erp.parsing import MAX_DEPTH, read_into, read_object, unknown_members
from erp.problems import ParseError, Problem, TooLarge, ValidationFailed
from invoices.drafts import InvoiceDraft
from tests.builders import invoice_body, item_body

LIMIT = 5 * 1024 * 1024


def read(body: bytes) -> dict[str, Any]:
    return read_object(body, max_bytes=LIMIT)


def dumped(body: Any) -> bytes:
    return json.dumps(body).encode()


def read_draft(body: Any) -> InvoiceDraft:
    return read_into(InvoiceDraft, read(dumped(body)))


def refusal_of(body: bytes) -> Problem | None:
    """What the body is refused with, or None; anything but a refusal comes out as it is."""
    try:
        read_into(InvoiceDraft, read(body))
    except (ParseError, ValidationFailed) as refused:
        return refused
    return None


def errors_of(body: Any) -> Any:
    with pytest.raises(ValidationFailed) as refused:
        read_draft(body)
    return refused.value.errors


def text_of(body: bytes) -> str:
    with pytest.raises(ParseError) as refused:
        read(body)
    return refused.value.message


# ── Whatever comes ───────────────────────────────────────────────────────────────────────────────────────────────────

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["2026-01-23", "1e400", "NaN", "\u0000", "\ud800", "\u202e", "LOW", " ", "١٢"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [*InvoiceDraft.__struct_encode_fields__, "colour", ""]


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xef\xbb\xbf{}")
@example(b"\xff\xfe{\x00}\x00")
@example(b'{"a":1,"a":2}')
@example(b'{"a":' * 100_000)
@example(b"[" * 100_000)
@example(b'{"a":NaN}')
@example(b'{"a":1e400}')
@example(b'{"a":' + b"9" * 5000 + b"}")
@example(b'{"\\ud800":1}')
@example(b'{"a":"\\u0000"}')
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    refused = refusal_of(body)
    assert refused is None or refused.message.isprintable()


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_any_object_is_a_draft_or_refused_field_by_field(body: dict[str, Any]) -> None:
    refused = refusal_of(dumped(body))
    if isinstance(refused, ValidationFailed):
        assert refused.errors
        assert set(refused.errors) <= set(FIELDS)
        json.dumps(refused.errors).encode()


@given(st.sampled_from(FIELDS), json_values)
def test_one_bad_value_is_the_only_error(field: str, value: Any) -> None:
    refused = refusal_of(dumped(invoice_body() | {field: value}))
    if isinstance(refused, ValidationFailed):
        assert set(refused.errors or {}) == {field}


@given(st.integers(0, 400), st.binary(min_size=0, max_size=3))
def test_a_valid_body_with_a_wound_is_read_or_refused(position: int, wound: bytes) -> None:
    sound = dumped(invoice_body(invoice_no="W-1"))
    refused = refusal_of(sound[:position] + wound + sound[position + len(wound) :])
    assert refused is None or refused.message.isprintable()


# ── Bytes → object ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_at_the_limit_is_read_and_one_byte_more_is_too_large() -> None:
    body = b'{"a":"b"}'
    assert read_object(body, max_bytes=len(body)) == {"a": "b"}
    with pytest.raises(TooLarge):
        read_object(body, max_bytes=len(body) - 1)


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_ten_levels_are_read_and_the_eleventh_is_refused_where_it_opens() -> None:
    assert read(nested(MAX_DEPTH))
    assert text_of(nested(MAX_DEPTH + 1)) == "The body is nested deeper than 10 levels (line 1, column 51)."


@st.composite
def towers(draw: st.DrawFn) -> Any:
    """Nested about as deep as is allowed, with flat neighbours on every floor."""
    value: Any = draw(st.sampled_from([1, "[[[", '"{', [], {}]))
    for _ in range(draw(st.integers(7, 12))):
        neighbours = draw(st.lists(st.sampled_from([[], {}, [1], {"a": "]"}, "[", 1]), max_size=3))
        as_object = draw(st.booleans())
        value = {"left": neighbours, "\\[": value, "right": 1} if as_object else [*neighbours, value, *neighbours]
    return value


@given(towers())
def test_a_value_is_too_deep_just_when_it_is_deeper_than_ten(value: Any) -> None:
    body = dumped({"flat": [[]] * 12, "tower": value})
    assert is_too_deep(body) == (depth_of(value) + 1 > MAX_DEPTH)


@given(st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b'"', b"\\", b",", b"1"]), min_size=12, max_size=60))
@example([b"["] * 11)
@example([b"["] * 10 + [b"{", b"}"])
def test_what_is_json_is_never_let_through_too_deep(parts: list[bytes]) -> None:
    body = b'{"a":' + b"".join(parts) + b"}"
    try:
        depth = depth_of(json.loads(body))
    except ValueError:
        return
    assert is_too_deep(body) == (depth > MAX_DEPTH)


def is_too_deep(body: bytes) -> bool:
    refused = refusal_of(body)
    return isinstance(refused, ParseError) and "nested deeper" in refused.message


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((depth_of(member) for member in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth_of(member) for member in value), default=0)
    return 0


def test_brackets_in_texts_are_no_nesting() -> None:
    assert read(json.dumps({"a": '[[[[[[[[[[[["{{{{{{{{{{{{\\'}).encode())


def test_levels_that_close_do_not_add_up() -> None:
    assert len(read(b'{"a":[' + b",".join([b"[]"] * 100) + b"]}")["a"]) == 100


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{" * 11 + b'"' + b'\\"' * 2_000_000, id="escaped quotes without an end"),
        pytest.param(b'{"a":[' + b"[]," * 12 + b'"' + b"a" * 5_000_000, id="a text without an end"),
        pytest.param(b'{"a":[' + b"[]," * 12 + b"x" * 5_000_000, id="no bracket to be found"),
        pytest.param(b"[]" * 2_500_000, id="brackets only"),
    ],
)
def test_the_largest_bad_body_is_refused(body: bytes) -> None:
    """It used to take hours: whoever makes the scan quadratic again will wait."""
    assert text_of(body)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a":1,"a":2}', "The key 'a' occurs twice in one object."),
        (b'{"a":{"b":1,"b":1}}', "The key 'b' occurs twice in one object."),
        (b'{"a":1,"\\u0061":2}', "The key 'a' occurs twice in one object."),
        (b'{"a":NaN}', "The body is not valid JSON: NaN is not a number (line 1, column 6)."),
        (b'{"NaN":1,\n "a": NaN}', "The body is not valid JSON: NaN is not a number (line 2, column 7)."),
        (b'{"a":Infinity}', "The body is not valid JSON: Infinity is not a number (line 1, column 6)."),
        (b'{"a":-Infinity}', "The body is not valid JSON: -Infinity is not a number (line 1, column 7)."),
        (b"[]", "The body must be a JSON object (line 1, column 1)."),
        (b"null", "The body must be a JSON object (line 1, column 1)."),
        (b'"a"', "The body must be a JSON object (line 1, column 1)."),
        (b"1e400", "The body must be a JSON object (line 1, column 1)."),
        (b"", "The body is not valid JSON: Expecting value (line 1, column 1)."),
        (b'{"a":1,}', None),
        (b"{'a':1}", None),
        (b'{"a":01}', None),
        (b'{"a":.5}', None),
        (b'{"a":"\n"}', None),
        (b'{"a":1} {"a":2}', "The body is not valid JSON: Extra data (line 1, column 9)."),
        (b'{"a":"\xff"}', "The body is not valid UTF-8 (byte 6)."),
        (b'{"a":"\xed\xa0\x80"}', "The body is not valid UTF-8 (byte 6)."),
        (b"\xef\xbb\xbf{}", None),
        (b'{"a":1}\x00', None),
    ],
)
def test_what_is_not_one_strict_object_is_refused_where_it_is_bad(body: bytes, text: str | None) -> None:
    message = text_of(body)
    assert message == text if text else "line 1, column" in message


@pytest.mark.parametrize(
    "key", ["a\u0000", "\u202e", "\ud800", "\u200b", "a\u2066", "\ufeff", "\u00ad", "\u3164", "\U000e0041"]
)
def test_an_odd_character_in_a_key_is_refused_even_where_the_key_is_unknown(key: str) -> None:
    for body in ({key: 1}, {"colour": {key: 1}}, {"colour": [[{key: 1}]]}):
        for raw in (json.dumps(body).encode(), json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")):
            message = text_of(raw)
            assert "is not allowed" in message or "valid UTF-8" in message or "control character" in message


def test_a_long_key_is_shortened_in_the_message() -> None:
    key = b"k" * 1_000_000
    assert len(text_of(b'{"%s":1,"%s":2}' % (key, key))) < 200


def test_texts_are_trimmed_and_keep_what_is_inside() -> None:
    assert read('{"a":" \\t\u00a0\u3000b  c \\n"}'.encode()) == {"a": "b  c"}


def test_numbers_keep_every_digit() -> None:
    parsed = read(b'{"a":0.1234567890123456789012345678901234567890,"b":12345678901234567890123456789012345678}')
    assert parsed == {
        "a": Decimal("0.1234567890123456789012345678901234567890"),
        "b": 12345678901234567890123456789012345678,
    }
    assert isinstance(parsed["a"], Decimal)


# ── Object → draft ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_bad_field_is_named_at_once() -> None:
    body = invoice_body(invoice_no="", invoice_date="2026-02-30", customer={"code": "C"}, items=[item_body(), {"name": 5}])
    assert errors_of(body) == {
        "invoice_no": ["This field may not be blank."],
        "invoice_date": ["There is no such date."],
        "customer": {"name": ["This field is required."]},
        "items": [
            {},
            {
                "name": ["Not a valid string."],
                "item_code": ["This field is required."],
                "quantity": ["This field is required."],
                "mrp": ["This field is required."],
            },
        ],
    }


def test_too_many_lines_are_one_error_and_not_one_a_line() -> None:
    assert errors_of(invoice_body(items=[1] * 2001)) == {"items": ["Ensure this list has no more than 2000 items."]}


# Unicode's Default_Ignorable_Code_Point, without what chooses a glyph, and what steers the direction of text.
INVISIBLE_RANGES = [
    (0x0000, 0x0008),
    (0x000B, 0x000C),
    (0x000E, 0x001F),
    (0x007F, 0x009F),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180E, 0x180E),
    (0x200B, 0x200B),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE00FF),
    (0xE01F0, 0xE0FFF),
]
EDGES = sorted({chr(point) for span in INVISIBLE_RANGES for point in span})
REFUSED = ["Control and invisible characters are not allowed."]


@pytest.mark.parametrize("character", EDGES, ids=[f"U+{ord(one):04X}" for one in EDGES])
def test_an_invisible_character_is_refused_in_every_kind_of_text(character: str) -> None:
    odd = f"a{character}b"
    assert errors_of(invoice_body(invoice_no=odd)) == {"invoice_no": REFUSED}
    assert errors_of(invoice_body(salesman=odd)) == {"salesman": REFUSED}
    assert errors_of(invoice_body(remarks=odd)) == {"remarks": REFUSED}
    assert errors_of(invoice_body(priority=odd))["priority"]
    assert errors_of(invoice_body(customer={"code": "C", "name": "N", "email": f"{odd}@example.com"})) == {
        "customer": {"email": ["Enter a valid email address."]}
    }
    assert not is_clean(odd)


@pytest.mark.parametrize("character", "\t\n\r")
def test_breaks_are_kept_in_remarks_and_addresses_and_refused_elsewhere(character: str) -> None:
    text = f"a{character}b"
    draft = read_draft(invoice_body(remarks=text, customer={"code": "C", "name": "N", "address1": text}))
    assert (draft.remarks, draft.customer.address1) == (text, text)
    assert errors_of(invoice_body(invoice_no=text)) == {"invoice_no": REFUSED}
    assert errors_of(invoice_body(temp_name=text)) == {"temp_name": REFUSED}
    assert not is_clean(text)


@pytest.mark.parametrize("name", ["ശ്രീ\u200dകുമാർ", "क्\u200dष", "ನ್\u200dಯ", "می\u200cخواهم"])
def test_a_joiner_between_letters_is_part_of_a_name(name: str) -> None:
    assert read_draft(invoice_body(salesman=name)).salesman == name


@pytest.mark.parametrize("text", ["\u200dab", "ab\u200c", "a \u200db", "a\u200c\u200db"])
def test_a_joiner_that_joins_nothing_is_refused(text: str) -> None:
    assert errors_of(invoice_body(salesman=text)) == {"salesman": REFUSED}


@pytest.mark.parametrize("character", ["\u200c", "\u200d", "\ufe0f", "\ufe00", "\u180b", "\U000e0100"])
def test_a_code_holds_nothing_that_makes_it_look_like_another(character: str) -> None:
    odd = f"क्{character}ष"
    assert errors_of(invoice_body(invoice_no=odd)) == {"invoice_no": REFUSED}
    assert errors_of(invoice_body(items=[item_body(batch_no=odd)])) == {"items": [{"batch_no": REFUSED}]}
    assert read_draft(invoice_body(temp_name="❤\ufe0f")).temp_name == "❤\ufe0f"


def test_a_look_alike_is_another_code() -> None:
    latin, cyrillic = read_draft(invoice_body(invoice_no="A-1")), read_draft(invoice_body(invoice_no="А-1"))
    assert latin.invoice_no != cyrillic.invoice_no


@pytest.mark.parametrize("zero", ["-0", "-0.0", "-0.00", "-0.000"])
def test_there_is_no_negative_zero(zero: str) -> None:
    body = json.dumps(invoice_body()).replace('"items"', f'"Total": {zero}, "items"').replace("3.5", zero).encode()
    draft = read_into(InvoiceDraft, read(body))
    assert str(draft.given_total).startswith("0")
    assert str(draft.items[0].mrp).startswith("0")


def test_unknown_keys_are_found_at_every_level() -> None:
    body = invoice_body(colour=1, items=[item_body(), item_body(weight=2)])
    body["customer"]["gstin"] = "x"
    assert unknown_members(body, InvoiceDraft) == ["colour", "customer.gstin", "items[1].weight"]
