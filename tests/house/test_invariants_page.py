"""The page of the invariants says what the audit views say."""

import re
from pathlib import Path

from tests.house.catalogue import provoked, rows
from tests.worked import worked_rows

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "reference/invariants.md"


def views() -> dict[str, str]:
    """Audit view → the law it judges, in words."""
    with provoked() as cursor:
        found = rows(
            cursor,
            "SELECT relname::text, obj_description(oid, 'pg_class') FROM pg_class"
            " WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace AND relname LIKE 'audit!_%' ESCAPE '!'",
        )
    return dict(found)


def listed() -> dict[str, tuple[str, str]]:
    """Audit view → (law, words) as the page has them."""
    laws = [(row[0], row[1], row[3]) for row in worked_rows(PAGE, "law", "says", "refused by", "view")]
    laws += [(row[0], row[1], row[2]) for row in worked_rows(PAGE, "law", "says", "view")]
    return {view.strip("`"): (law, words) for law, words, view in laws}


def test_the_page_lists_every_view_in_its_words() -> None:
    assert {view: words for view, (_, words) in listed().items()} == views()
    for view, (law, _) in listed().items():
        kind, number = re.match(r"audit_([is])(\d+)_", view).groups()  # type: ignore[union-attr]
        assert law == f"{kind.upper()}{number}"


def test_every_law_is_judged_or_said_to_be_not() -> None:
    judged = {law for law, _ in listed().values()}
    pending = {row[0] for row in worked_rows(PAGE, "law", "why")}
    assert judged & pending == set()
    assert judged | pending == {f"I{number:02d}" for number in range(1, 56)} | {f"S{number}" for number in range(1, 8)}


def test_the_rules_it_names_exist() -> None:
    """As constraints of the catalogue, or as names in the triggers."""
    with provoked() as cursor:
        names = set(rows(cursor, "SELECT conname::text FROM pg_constraint UNION SELECT relname::text FROM pg_class"))
        bodies = " ".join(rows(cursor, "SELECT prosrc FROM pg_proc WHERE prorettype = 'trigger'::regtype"))
    for row in worked_rows(PAGE, "law", "says", "refused by", "view"):
        for rule in re.findall(r"`(\w+)`", row[2]):
            assert rule in names or f"'{rule}" in bodies, rule
