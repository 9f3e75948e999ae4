"""Reading a history: from a CRM in which somebody works meanwhile, and from files that may be cut off."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import stamina

from connectors.rates import TokenBucket
from connectors.states import Entity
from connectors.uisp.client import UispClient
from connectors.uisp.sources import BadExport, CrmSource, FileSource, write_export
from tests.standins.uisp.history import History
from tests.standins.uisp.server import READ_KEY, StandIn, serving

SMALL = History(106)


@pytest.fixture
def server() -> Iterator[StandIn]:
    with serving(SMALL) as here, stamina.set_testing(True, attempts=100, cap=True):
        yield here


@pytest.fixture
def source(server: StandIn) -> Iterator[CrmSource]:
    with closing(UispClient(server.url, READ_KEY, bucket=TokenBucket(10_000))) as client:
        yield CrmSource(client, server.url, page=25)


def ids(source: CrmSource) -> list[int]:
    return [row["id"] for row in source.rows(Entity.INVOICE)]


def test_every_invoice_is_read_once_page_by_page(source: CrmSource) -> None:
    assert ids(source) == list(range(1, 107))


@pytest.mark.parametrize("kind", ["row_comes", "row_goes"])
@pytest.mark.parametrize("page", [2, 3, 5])
def test_what_is_there_in_the_end_is_read_though_rows_come_and_go_between_pages(
    source: CrmSource, server: StandIn, kind: str, page: int
) -> None:
    server.fault(kind, path="invoices", nth=page)
    read = ids(source)
    assert len(read) == len(set(read))
    assert set(read) >= set(server.books.tables["invoices"])


def test_a_list_that_never_stands_still_is_no_history(source: CrmSource, server: StandIn) -> None:
    server.fault("row_comes", path="invoices", every=2)
    with pytest.raises(BadExport, match="Try when nobody works"):
        ids(source)


def test_an_export_keeps_every_digit_and_a_broken_one_never_looks_whole(
    source: CrmSource, server: StandIn, tmp_path: Path
) -> None:
    path = tmp_path / "invoices_export.json"
    server.fault("error_before", path="invoices", every=1)
    with pytest.raises(Exception, match="answered 500"):
        write_export(source, path)
    assert not path.exists()
    server.faults.clear()
    write_export(source, path)
    exact = {row["id"]: row["total"] for row in FileSource(tmp_path).rows(Entity.INVOICE)}
    assert exact == {bill.id: Decimal(repr(float(bill.exact))) for bill in SMALL.bills}
    with pytest.raises(BadExport, match="not written to its end"):
        FileSource(path.rename(tmp_path / "x.json.part"))


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    SMALL.write(tmp_path)
    path = tmp_path / "invoices_export.json"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadExport, match="is no JSON, or not all of it"):
        list(FileSource(tmp_path).rows(Entity.INVOICE))


def test_lines_are_read_like_an_array(tmp_path: Path) -> None:
    (tmp_path / "invoices_export.json").write_text('{"id": 1, "total": 1.10}\n\n{"id": 2}\n')
    assert list(FileSource(tmp_path).rows(Entity.INVOICE)) == [{"id": 1, "total": Decimal("1.10")}, {"id": 2}]


def test_another_file_is_another_source(tmp_path: Path) -> None:
    SMALL.write(tmp_path)
    before = FileSource(tmp_path).fingerprint
    assert before == FileSource(tmp_path).fingerprint
    path = tmp_path / "invoices_export.json"
    path.write_bytes(path.read_bytes() + b" ")
    assert before != FileSource(tmp_path).fingerprint
