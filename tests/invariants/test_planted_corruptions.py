"""Corruptions of the books, the stock and the documents: refused by the database, and found by `verify` when forced in.

They come as single statements and as whole transactions that look like the product's own; as the serving role and as the
owner of the tables, with every trigger on.
"""

from collections import Counter

import psycopg
import pytest

from tests.house.catalogue import rows
from tests.invariants.corrupt_audit import AUDIT
from tests.invariants.corrupt_bills import BILL_LEGS, BILLS, posting_a_bill
from tests.invariants.corrupt_books import BOOKED, BOOKS
from tests.invariants.corrupt_credits import CREDITS
from tests.invariants.corrupt_currencies import CURRENCIES
from tests.invariants.corrupt_debits import DEBIT_LEGS, DEBITS, debiting
from tests.invariants.corrupt_documents import DOCUMENTS, DRAFT_LEGS, posting
from tests.invariants.corrupt_purchases import PURCHASES, RECEIPT
from tests.invariants.corrupt_revisions import REVISIONS
from tests.invariants.corrupt_stock import STOCK, TRANSFER
from tests.invariants.corrupt_warehouse import WAREHOUSE
from tests.invariants.planting import (
    Corruption,
    Ids,
    broken_laws,
    commit,
    ending_in_rollback,
    force,
    plant,
    prepare,
    refusing_rule,
)
from tests.slicing import thirds

CORRUPTIONS = [
    *BOOKS,
    *STOCK,
    *PURCHASES,
    *BILLS,
    *DOCUMENTS,
    *CREDITS,
    *DEBITS,
    *REVISIONS,
    *CURRENCIES,
    *WAREHOUSE,
    *AUDIT,
]
REFUSED = [one for one in CORRUPTIONS if one.rules]
SERVING = ["erp_app", "erp_owner"]

pytestmark = pytest.mark.db_heavy


@pytest.fixture(scope="module")
def ids(migrated_database: None) -> Ids:
    return prepare()


@pytest.mark.parametrize("role", SERVING)
@pytest.mark.parametrize("corruption", thirds(REFUSED), ids=str)
def test_the_database_refuses_it_by_name(ids: Ids, corruption: Corruption, role: str) -> None:
    with ending_in_rollback(role) as cursor, pytest.raises(psycopg.Error) as refusal:
        commit(cursor, corruption, ids)
    allowed = corruption.rules | ({"privilege"} if role == "erp_app" else set())
    assert refusing_rule(refusal.value) in allowed, refusal.value


@pytest.mark.parametrize("corruption", thirds(CORRUPTIONS), ids=str)
def test_verify_finds_it_when_it_is_forced_in(ids: Ids, corruption: Corruption) -> None:
    with ending_in_rollback() as cursor:
        force(cursor, corruption, ids)
        assert corruption.law in broken_laws(cursor, ids, law=corruption.law)


def test_nearly_all_are_refused() -> None:
    assert len(CORRUPTIONS) >= 100
    assert len(set(map(str, CORRUPTIONS))) == len(CORRUPTIONS)
    assert len(REFUSED) / len(CORRUPTIONS) >= 0.95


def test_the_ground_itself_breaks_no_law(ids: Ids) -> None:
    with ending_in_rollback() as cursor:
        assert broken_laws(cursor, ids) == set()


@pytest.mark.parametrize(
    "statements",
    [BOOKED, posting(*DRAFT_LEGS), RECEIPT, TRANSFER, posting_a_bill(*BILL_LEGS), debiting(*DEBIT_LEGS)],
    ids=["a voucher", "a posting", "a receipt", "a transfer", "a bill", "a debit note"],
)
@pytest.mark.parametrize("role", SERVING)
def test_the_same_with_nothing_wrong_is_taken(ids: Ids, statements: list[str], role: str) -> None:
    """What the corruptions are made of is valid, so what is refused is what is wrong with them."""
    with ending_in_rollback(role) as cursor:
        commit(cursor, plant("I00", "nothing", *statements), ids)


def test_every_law_that_verify_judges_has_a_corruption(ids: Ids) -> None:
    with ending_in_rollback() as cursor:
        views = rows(cursor, "SELECT relname::text FROM pg_class WHERE relkind = 'v' AND relname ~ '^audit_i[0-9]'")
    judged = {view.split("_")[1].upper() for view in views}
    assert judged - set(Counter(one.law for one in CORRUPTIONS)) == set()
