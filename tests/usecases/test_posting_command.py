"""`manage.py post_invoices`: the drafts of a company, from a shell or a timer."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounting.models import Voucher
from erp.models import AuditEntry
from erp.rights import Role
from invoices.models import Invoice
from tests.builders import World
from tests.trade import Trade


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def drafts(trade: Trade, *quantities: int, **options: Any) -> list[str]:
    item = trade.item()["id"]
    orders = [trade.confirmed([{"item_id": item, "quantity": quantity}]) for quantity in quantities]
    return [trade.invoice(order, **options)["invoice_number"] for order in orders]


def run(trade: Trade, *arguments: str) -> str:
    out = StringIO()
    call_command("post_invoices", f"--company={trade.world.company.code}", *arguments, stdout=out)
    return out.getvalue()


def statuses(trade: Trade) -> list[str]:
    rows = Invoice.unscoped.filter(company=trade.world.company).order_by("invoice_no")
    return list(rows.values_list("status", flat=True))


def test_the_drafts_of_a_company_are_posted_in_the_name_of_its_owner(
    trade: Trade, capsys: pytest.CaptureFixture[str]
) -> None:
    drafts(trade, 1, 2, 3)
    assert run(trade, "--dry-run") == "Would post 3 of 3; 0 posted before, 0 refused.\n"
    assert statuses(trade) == ["DRAFT"] * 3
    assert run(trade) == "Posted 3 of 3; 0 posted before, 0 refused.\n"
    assert "3/3" in capsys.readouterr().err
    assert statuses(trade) == ["POSTED"] * 3
    owner = trade.world.user(Role.OWNER)
    signed = AuditEntry.unscoped.filter(company=trade.world.company, action="post_invoice")
    assert set(signed.values_list("actor_name", flat=True)) == {owner.email}
    assert run(trade) == "No draft to post.\n"
    assert Voucher.unscoped.filter(company=trade.world.company, kind="SALES").count() == 3
    trade.holds_the_law()


def test_what_is_refused_is_named_and_the_rest_is_posted(trade: Trade) -> None:
    _, short = drafts(trade, 15, 10)
    out = StringIO()
    with pytest.raises(CommandError, match="Some were refused"):
        call_command("post_invoices", f"--company={trade.world.company.code}", stdout=out)
    assert out.getvalue().splitlines() == [
        f"{short}: insufficient-stock: There is not enough stock.",
        "Posted 1 of 2; 0 posted before, 1 refused.",
    ]


def test_filters_are_those_of_the_list(trade: Trade) -> None:
    first, second = drafts(trade, 1, 1)
    assert run(trade, f"--search={second}").startswith("Posted 1 of 1;")
    assert statuses(trade) == ["DRAFT", "POSTED"], first
    assert run(trade, "--start-date=2026-01-01") == "No draft to post.\n"
    with pytest.raises(CommandError, match=r"--start-date: "):
        run(trade, "--start-date=soon")


def test_who_may_not_keep_books_may_not_lend_his_name(trade: Trade) -> None:
    drafts(trade, 1)
    picker = trade.world.user(Role.PICKER)
    with pytest.raises(CommandError, match="Permission denied"):
        run(trade, f"--as={picker.email}")
    with pytest.raises(CommandError, match="no active member 'a@b\\.example'"):
        run(trade, "--as=a@b.example")
    with pytest.raises(CommandError, match="There is no company 'NOWHERE'"):
        call_command("post_invoices", "--company=NOWHERE")
    accountant = trade.world.user(Role.ACCOUNTANT)
    run(trade, f"--as={accountant.email}")
    assert Voucher.unscoped.get(company=trade.world.company, kind="SALES").posted_by_id == accountant.id
