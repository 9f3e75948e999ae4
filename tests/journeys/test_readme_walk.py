"""What README and quickstart tell a newcomer to do, done against a live server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from erp.starting import PROJECT_DIR
from tests.journeys.walking import Block, Reader, blocks_of, differences, reader_in, wait_until
from tests.scratch import owner_of, scratch_database
from tests.serving import running_server

pytestmark = [
    pytest.mark.db_heavy,
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("curl") is None, reason="the documents use curl, and there is none here"),
]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Somebody who has typed `make up`: a server on a database of its own, with the demo in it."""
    with scratch_database("readme_walk", migrated=True) as url, running_server({"DATABASE_URL": url}) as server:
        command = [sys.executable, "manage.py", "seed_demo", "--base-url", server.base_url]
        environment = os.environ | {"DATABASE_URL": url, "ERP_VAR_DIR": str(tmp_path / "var")}
        subprocess.run(command, cwd=PROJECT_DIR, env=environment, check=True, timeout=60)
        with owner_of(url) as owner:
            waiting = "SELECT 1 FROM erp_outboxevent WHERE number IS NULL"
            wait_until(lambda: owner.execute(waiting).fetchone() is None or None)
        with reader_in(tmp_path) as reader:
            yield reader


def summary(event: dict[str, Any]) -> tuple[str, str, str]:
    """(number, kind, invoice) of an event."""
    return event["id"].rpartition(":")[2], event["data"]["type"], event["data"]["invoice_no"]


def test_the_quickstart_does_what_it_says(reader: Reader) -> None:
    blocks = blocks_of((PROJECT_DIR / "docs/quickstart.md").read_text())
    assert [block.kind for block in blocks].count("answer") == 13
    for block in blocks:
        if block.kind == "stream":
            reader.listen(block).wait_for_events(3 if block.what == "resumed" else 0)
        else:
            reader.run(block)
    heard = reader.listening["first"].wait_for_events(3)
    assert [summary(event) for event in heard] == [
        ("2", "invoice_created", "QUICK-1"),
        ("3", "invoice_updated", "QUICK-1"),
        ("4", "invoice_created", "QUICK-2"),
    ]
    assert re.fullmatch(r"invoices-[0-9a-f-]{36}:2", heard[0]["id"])
    assert set(heard[1]["data"]["changed"]) == {"items", "items_total", "total_amount"}
    assert reader.listening["resumed"].events == heard
    reader.listening["resumed"].wait_until_closed()  # its login has ended in the last step


def test_the_first_order_is_paid_as_the_page_says(reader: Reader) -> None:
    blocks = blocks_of((PROJECT_DIR / "docs/howto/order-to-payment.md").read_text())
    assert [block.kind for block in blocks].count("answer") == 5
    for block in blocks:
        reply = reader.run(block)
        if "expand=voucher" in block.script:
            assert reply is not None
            amounts = {entry["role"]: entry["debit"] + " " + entry["credit"] for entry in reply.body["entries"]}
            assert amounts == {
                "RECEIVABLE": "723.52 0.00",
                "SALES": "0.00 646.00",
                "OUTPUT_CGST": "0.00 38.76",
                "OUTPUT_SGST": "0.00 38.76",
                "COGS": "510.00 0.00",
                "INVENTORY": "0.00 510.00",
            }


def test_the_readme_ends_with_an_imported_invoice_and_its_event_on_screen(reader: Reader) -> None:
    start, stream, send, suite = blocks_of((PROJECT_DIR / "README.md").read_text())
    assert (start.script, suite.script) == ("make up\n", "make test\n")
    listening = reader.listen(stream)
    replies = [
        reader.run(send),
        reader.run(Block(send.script, "answer", "200")),
        reader.run(Block(send.script.replace('"quantity": 20', '"quantity": 21'), "answer", "200")),
    ]
    assert [reply and reply.body["data"]["result"] for reply in replies] == ["created", "unchanged", "updated"]
    assert [summary(event)[1:] for event in listening.wait_for_events(2)] == [
        ("invoice_created", "HELLO-1"),
        ("invoice_updated", "HELLO-1"),
    ]


def test_an_answer_that_the_document_does_not_show_is_noticed() -> None:
    assert differences({"a": "…", "b": [1, {}]}, {"a": 7, "b": [1, {}]}) == []
    assert differences({"a": 1, "b": [1]}, {"a": 2, "b": [1, 2]}) == ["$.a: 2 instead of 1", "$.b: [1, 2] instead of [1]"]
    assert differences({"a": 1}, {"a": 1, "c": 1}) == ["$.c: only in one of the two"]
