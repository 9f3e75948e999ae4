"""Files of invoices as they are cut into invoices: each kind, packed or not, and what is no such file."""

import csv
import gzip
import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from invoices import import_files
from invoices.bulk_lines import MAX_LINE_BYTES
from invoices.import_files import COLUMNS, InvoiceFile
from invoices.sheets import BadFile


def cut(path: Path, content: bytes, **options: Any) -> list[bytes]:
    path.write_bytes(content)
    file = InvoiceFile(path, **options)
    try:
        return list(file.invoices())
    finally:
        file.close()


@pytest.fixture(scope="module")
def array_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("array") / "x.json"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(['"', "\\", '\\"', "]}", "[{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    objects=st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=5),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 1]),
    block=st.integers(1, 40),
)
def test_an_array_is_cut_into_its_objects_wherever_blocks_end(
    objects: list[Any], ascii_only: bool, indent: int | None, block: int, array_file: Path
) -> None:
    text = json.dumps(objects, ensure_ascii=ascii_only, indent=indent).encode(errors="surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_files, "_BLOCK_BYTES", block)
        found = cut(array_file, text)
    assert [json.loads(one.decode(errors="surrogatepass")) for one in found] == objects


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b"[{},]", b"[{} {}]", b"[{},[]]", b'["x",{}]', b"[{}", b'[{"a":"}]', b"[]x", b"[{}]]", b"null"],
)
def test_what_is_no_array_of_objects_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        cut(tmp_path / "x.json", content)


def test_an_object_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="larger"):
        cut(tmp_path / "x.json", b'[{"a":"' + b"x" * 3 * MAX_LINE_BYTES + b'"}]')


def test_lines_are_cut_at_their_ends_and_a_long_one_is_not_kept_whole(tmp_path: Path) -> None:
    long = b"x" * (5 * MAX_LINE_BYTES)
    one, blank, two, cut_off, last = cut(tmp_path / "x.ndjson", b"{}\r\n\n{1}\n" + long + b"\n{2}")
    assert [one, blank, two, last] == [b"{}", b"", b"{1}", b"{2}"]
    assert MAX_LINE_BYTES < len(cut_off) < 2 * MAX_LINE_BYTES


def test_a_packed_file_is_unpacked_and_one_that_breaks_off_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b"{}\n{}\n")
    assert cut(tmp_path / "x.ndjson.gz", packed) == [b"{}", b"{}"]
    for bad in (packed[:-5], b"nothing"):
        with pytest.raises(BadFile):
            cut(tmp_path / "x.ndjson.gz", bad)


def table(*rows: list[str]) -> bytes:
    lines: list[str] = []

    class Sink:
        def write(self, text: str) -> None:
            lines.append(text)

    csv.writer(Sink()).writerows(rows)
    return "".join(lines).encode("utf-8-sig")


HEADER = ["Bill No", "invoice_date", "customer.code", "items.name", "items.quantity", "Colour"]
MAP = {"Bill No": "invoice_no", "Colour": ""}


def test_rows_that_follow_each_other_are_one_invoice(tmp_path: Path) -> None:
    content = table(
        HEADER,
        ["A-1", "2026-01-23", "C1", 'Say "x", y', "1", "red"],
        ["A-1", "", "", "Two\nlines", "2", ""],
        [],
        ["A-2", "2026-01-24", "C2", "Third", " ", ""],
    )
    first, second = map(json.loads, cut(tmp_path / "x.csv", content, columns=MAP))
    assert first == {
        "invoice_no": "A-1",
        "invoice_date": "2026-01-23",
        "customer": {"code": "C1"},
        "items": [{"name": 'Say "x", y', "quantity": "1"}, {"name": "Two\nlines", "quantity": "2"}],
    }
    assert second["items"] == [{"name": "Third"}], "a blank cell is not sent"


def test_every_field_of_an_import_is_a_column() -> None:
    assert {"invoice_no", "Total", "customer.code", "customer.email", "items.mrp", "items.expiry_date"} <= set(COLUMNS)
    assert not {"customer", "items"} & set(COLUMNS)


@pytest.mark.parametrize(
    "content",
    [table(HEADER), table(["invoice_no", "invoice_no"]), table(["items.name"]), b"invoice_no\n\xff\n", b""],
)
def test_columns_that_nobody_knows_are_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        cut(tmp_path / "x.csv", content)


def workbook(rows: list[list[Any]]) -> bytes:
    book, content = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet("Bills")
    for row in rows:
        sheet.append(row)
    book.create_sheet("Notes").append(["nothing of ours"])
    book.save(content)
    return content.getvalue()


SHEET: list[list[Any]] = [
    ["Bill No", "invoice_date", "customer.code", "items.name", "items.quantity", "items.mrp", "Colour"],
    [
        71,
        datetime(2026, 1, 23),  # noqa: DTZ001  as Excel has them
        "007",
        "A",
        2,
        3.5,
        "red",
    ],
    [71, None, None, "B", 2.0, 0.1 + 0.2, True],
    [None] * 7,
    ["A-1", date(2026, 1, 24), "C", "A", 1, "45.50", None],
]


def test_a_sheet_is_read_as_its_csv_would_be(tmp_path: Path) -> None:
    columns = {"Bill No": "invoice_no", "Colour": ""}
    text = io.StringIO()
    csv.writer(text).writerows(
        [
            SHEET[0],
            ["71", "2026-01-23", "007", "A", "2", "3.5", "red"],
            ["71", "", "", "B", "2", "0.3", "true"],
            [],
            ["A-1", "2026-01-24", "C", "A", "1", "45.50", ""],
        ]
    )
    expected = cut(tmp_path / "x.csv", text.getvalue().encode(), columns=columns)
    assert len(expected) == 2
    assert cut(tmp_path / "x.xlsx", workbook(SHEET), columns=columns) == expected
    assert cut(tmp_path / "x.xlsx.gz", gzip.compress(workbook(SHEET)), columns=columns) == expected
    assert cut(tmp_path / "x.bin", workbook(SHEET), columns=columns, form="xlsx") == expected


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not an XLSX"),
        (b"invoice_no,items.name", "not an XLSX"),
        (workbook(SHEET)[:400], "not an XLSX"),
        (workbook(SHEET), "Unknown columns: Bill No, Colour"),
        (workbook([]), "no column invoice_no"),
        (workbook([["invoice_no"], ["A"], ["#REF!"]]), "Row 3: a cell is an error, #REF!"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused_with_the_reason(content: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=says):
        cut(tmp_path / "x.xlsx", content)
