"""The documents say what is true: links lead somewhere, names exist, tables are computed.

Each rule is a function that answers with its violations; the last section shows them each a document that breaks it.
"""

import ast
import re
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from companies.payloads import PoliciesPayload
from erp.locking import LockOrder
from erp.money import line_amount, round_amount, round_rate
from erp.starting import PROJECT_DIR
from erp.urls import STREAMS
from fulfilment.workflow import STEPS
from tests.house.walking_routes import routes

LONGEST_DECISION = 70
DECISION_HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "Check"]
APPS = ("erp", "accounting", "invoices", "fulfilment", "companies", "sales", "purchasing", "inventory")
ADDS_A_ROUTE = "add-an-endpoint.md"
TOP = {entry.name for entry in PROJECT_DIR.iterdir()} - {"var"}

_FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[\w: .-]+) -->\n)?```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


def documents() -> list[Path]:
    """Every document of the repository; the ones in hidden and ignored directories are not ours."""
    own = [*PROJECT_DIR.glob("*.md"), *(PROJECT_DIR / "docs").rglob("*.md"), *(PROJECT_DIR / "bench").glob("*.md")]
    return sorted(own)


def read(name: str) -> str:
    return (PROJECT_DIR / name).read_text()


def fences(text: str, language: str, mark: str | None = None) -> list[str]:
    """Bodies of the fenced blocks in this language; with `mark`, of those that a comment ``<!-- mark -->`` precedes."""
    found = [fence for fence in _FENCE.finditer(text) if fence["language"] == language]
    return [fence["body"] for fence in found if mark is None or fence["mark"] == mark]


def tables(text: str, first_column: str) -> list[list[str]]:
    """Rows of the table whose first column is headed so, without its head; cells trimmed."""
    rows: list[list[str]] = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        if cells[0][0] == first_column:
            rows += cells[2:]
    return rows


# ── Links and names ──────────────────────────────────────────────────────────────────────────────────────────────────
def anchors(text: str) -> set[str]:
    """What a link may name behind #, as the usual renderers spell it."""
    heads = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def broken_links(text: str, place: Path) -> list[str]:
    broken = []
    for target in _LINK.findall(_FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (place.parent / file).resolve() if file else place
        if not there.exists() or (anchor and anchor not in anchors(there.read_text())):
            broken.append(target)
    return broken


def missing_paths(text: str) -> list[str]:
    """Paths of the repository, named in code, that are not there. A star stands for anything."""
    shown = {body.splitlines()[0].removeprefix("# ") for body in fences(text, "python")}  # to be made by the reader
    named = [code for code in _CODE.findall(_FENCE.sub("", text)) if code not in shown]
    ours = [code for code in named if "/" in code and code.split("/")[0] in TOP and re.fullmatch(r"[\w./*-]+", code)]
    return [code for code in ours if not list(PROJECT_DIR.glob(code.rstrip("/")))]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))


def unknown_commands(text: str) -> list[str]:
    """`make` targets and `manage.py` commands, with their options, that do not exist."""
    code = "\n".join([*_CODE.findall(_FENCE.sub("", text)), *(fence["body"] for fence in _FENCE.finditer(text))])
    found = [f"make {target}" for target in re.findall(r"\bmake ([a-z][a-z-]*)", code) if target not in make_targets()]
    for name, rest in re.findall(r"manage\.py (\w+)((?:[^\n]|\\\n)*)", code):
        if name not in get_commands():
            found.append(f"manage.py {name}")
            continue
        known = options_of(name)
        found += [f"manage.py {name} {option}" for option in re.findall(r"(--[a-z][\w-]*)", rest) if option not in known]
    return found


def options_of(command: str) -> set[str]:
    app = get_commands()[command]
    loaded = app if not isinstance(app, str) else load_command_class(app, command)
    parser = loaded.create_parser("manage.py", command)
    return {option for action in parser._actions for option in action.option_strings} | {"--no-input", "--noinput"}


def unknown_routes(text: str) -> list[str]:
    """Paths of the API, named in text or examples, that nothing answers; a beginning of such a path will do."""
    named = set(re.findall(r"(?<![\w.-])/(?:api|health|metrics)(?:/[\w{}*-]+)*/?", text))
    known = [*STREAMS, *(re.sub(r"\{\w+\}", "{}", route.path) for route in routes())]
    shapes = {path: re.sub(r"\{\w+\}", "{}", path).rstrip("*") for path in named}
    return sorted(path for path, shape in shapes.items() if not any(route.startswith(shape) for route in known))


def unknown_settings(text: str) -> list[str]:
    """Names like settings that neither the code nor the files of the installation know."""
    named = {code for code in _CODE.findall(text) if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", code)}
    known = variables_exemplified() | set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    words = "".join(file.read_text() for app in APPS for file in (PROJECT_DIR / app).rglob("*.py"))
    return sorted(name for name in named - known if not re.search(rf"\b{name}\b", words))


RULES: dict[str, Callable[[Path], list[str]]] = {
    "links lead somewhere": lambda file: broken_links(file.read_text(), file),
    "paths exist": lambda file: missing_paths(file.read_text()),
    "commands exist": lambda file: unknown_commands(file.read_text()),
    "routes exist": lambda file: [] if file.name == ADDS_A_ROUTE else unknown_routes(file.read_text()),
    "settings exist": lambda file: unknown_settings(file.read_text()),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_document_keeps_the_rule(rule: str) -> None:
    violations = {str(file.relative_to(PROJECT_DIR)): RULES[rule](file) for file in documents()}
    assert {name: found for name, found in violations.items() if found} == {}


def test_there_are_documents_to_check() -> None:
    names = {str(file.relative_to(PROJECT_DIR)) for file in documents()}
    assert {"README.md", "docs/quickstart.md", "docs/decisions/README.md", "docs/reference/events/README.md"} <= names


# ── README ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_map_of_the_house_names_every_room() -> None:
    mapped = {row[0].strip("`").rstrip("/") for row in tables(read("README.md"), "directory")}
    apps = {
        entry.name
        for entry in PROJECT_DIR.iterdir()
        if (entry / "__init__.py").exists() or (entry.is_dir() and entry.name in {"bench", "deploy"})
    }
    assert apps - mapped == set()


def test_what_the_readme_lists_as_tests_is_there() -> None:
    (row,) = [row for row in tables(read("README.md"), "directory") if row[0] == "`tests/`"]
    rooms = {entry.parent.name for entry in (PROJECT_DIR / "tests").glob("*/__init__.py")}
    assert set(re.findall(r"`(\w+)`", row[1])) == rooms


def test_the_walk_through_one_import_names_files_that_are_there() -> None:
    (walk,) = [body for body in fences(read("README.md"), "") if body.startswith("POST ")]
    assert [file for file in re.findall(r"\b[\w/]+\.py\b", walk) if not (PROJECT_DIR / file).exists()] == []


# ── Decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────
def decisions() -> list[Path]:
    return sorted((PROJECT_DIR / "docs/decisions").glob("[0-9]*.md"))


@pytest.mark.parametrize("file", decisions(), ids=lambda file: file.stem)
def test_a_decision_is_a_page_with_its_five_headings(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= LONGEST_DECISION
    assert text.startswith(f"# {file.name[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == DECISION_HEADINGS


def test_the_index_lists_every_decision_by_its_title() -> None:
    indexed = {row[0]: row[1] for row in tables(read("docs/decisions/README.md"), "")}
    titles = {
        f"[{file.name[:4]}]({file.name})": file.read_text().splitlines()[0].removeprefix(f"# {file.name[:4]} ")
        for file in decisions()
    }
    assert indexed == titles


# ── Changelog, settings, hooks ───────────────────────────────────────────────────────────────────────────────────────
def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    heads = re.findall(r"^## (.+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", read("CHANGELOG.md"), re.MULTILINE)) <= kinds


def variables_read(source: str) -> set[str]:
    """Environment variables that a module reads, whichever way it does: their names are written out in capitals."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.args[0].value
            reader = ast.unparse(node.func)
            if isinstance(name, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", name) and "override" not in reader:
                found.add(name)
    return found


def variables_exemplified() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", read(".env.example"), re.MULTILINE))


def test_the_example_environment_names_every_setting() -> None:
    settings = variables_read(read("erp/settings.py")) | variables_read(read("erp/starting.py"))
    assert {"SECRET_KEY", "DATABASE_URL", "PORT", "EVENT_RETENTION_DAYS"} <= settings
    assert settings - variables_exemplified() == set()


def test_the_example_environment_holds_no_secret() -> None:
    values = dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", read(".env.example"), re.MULTILINE))
    assert values == {"SECRET_KEY": "", "POSTGRES_PASSWORD": ""}


def test_the_hooks_are_the_steps_of_make_check() -> None:
    hooks = set(re.findall(r"^ +entry: make check-(\S+)$", read(".pre-commit-config.yaml"), re.MULTILINE))
    checks = re.search(r"^CHECKS := (.+)$", read("Makefile"), re.MULTILINE)
    assert checks is not None
    assert hooks == set(checks.group(1).split())


# ── Reference ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    declared = [
        *project["project"]["dependencies"],
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    names = {re.split(r"[\[<>=!~; ]", one)[0] for one in declared}
    listed = [row[0].strip("`") for row in tables(read("docs/reference/dependencies.md"), "package")]
    assert sorted(listed) == sorted(names)
    assert all(len(row) == 4 and row[1] and row[2] for row in tables(read("docs/reference/dependencies.md"), "package"))


# ── Glossary and concepts ────────────────────────────────────────────────────────────────────────────────────────────
def test_every_policy_has_its_line() -> None:
    page = (PROJECT_DIR / "docs" / "reference" / "policies.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [
        name for name in PoliciesPayload.__struct_fields__ if name != "version"
    ]


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    words = [row[0] for row in tables(read("docs/glossary.md"), "word")]
    assert words == sorted(set(words), key=str.lower)
    assert len(words) > 30


def test_the_order_of_locks_is_the_codes() -> None:
    ranks = [row[0] for row in tables(read("docs/concepts/locking.md"), "rank")]
    assert ranks == [f"{rank.value} {rank.name}" for rank in LockOrder]


ROUNDINGS: dict[str, Callable[..., Decimal]] = {"amount": round_amount, "rate": round_rate, "line": line_amount}


def test_the_worked_tables_of_money_are_what_the_code_computes() -> None:
    text = read("docs/concepts/money.md")
    heads = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.MULTILINE)]
    computed = 0
    rounding: Callable[..., Decimal] | None = None
    for cells in heads:
        if cells[-1] in ROUNDINGS:
            rounding = ROUNDINGS[cells[-1]]
        elif rounding is not None and re.fullmatch(r"-?[\d.]+", cells[0]):
            *given, expected = (Decimal(cell) for cell in cells)
            assert str(rounding(*given)) == str(expected), cells
            computed += 1
        elif not set(cells[0]) <= set("-: "):
            rounding = None
    assert computed == 15


# ── The rules can fail ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    place = tmp_path / "page.md"
    place.write_text("# A head, indeed\n")
    text = "[a](gone.md) [b](page.md#a-head-indeed) [c](page.md#none) [d](https://example.com/)"
    assert broken_links(text, place) == ["gone.md", "page.md#none"]


def test_a_path_that_is_not_there_is_found() -> None:
    assert missing_paths("`erp/money.py` `erp/gone.py` `tests/*/test_docs.py` `application/json`") == ["erp/gone.py"]


def test_a_command_that_does_not_exist_is_found() -> None:
    text = "`make up` `make coffee`\n```sh\npython manage.py create_api_key --company X --colour red\nmanage.py brew\n```\n"
    assert unknown_commands(text) == ["make coffee", "manage.py create_api_key --colour", "manage.py brew"]


def test_a_route_that_nothing_answers_is_found() -> None:
    text = "`/api/sales/invoices/{id}/`, `/api/sales/`, `POST /api/sales/gone/`, `/health/ready`, docs/api/x"
    assert unknown_routes(text) == ["/api/sales/gone/"]


def test_a_setting_that_nobody_knows_is_found() -> None:
    assert unknown_settings("`SECRET_KEY` `PUBLISHED_SAMPLE_API_KEY` `COFFEE_STRENGTH`") == ["COFFEE_STRENGTH"]


def test_a_setting_is_found_however_it_is_read() -> None:
    source = 'A = os.environ.get("ONE_THING", "")\nB = flag("OTHER", "says what")\nC = path("not/one")\n'
    assert variables_read(source) == {"ONE_THING", "OTHER"}


# ── The warehouse ────────────────────────────────────────────────────────────────────────────────────────────────────
_ARROW = re.compile(r"^\s+(\w+) --> (\w+): ([\w, ]+)$", re.MULTILINE)


def test_the_diagram_of_the_warehouse_draws_the_table() -> None:
    (diagram,) = fences(read("docs/concepts/fulfilment.md"), "mermaid")
    drawn = {(start, end, action) for start, end, actions in _ARROW.findall(diagram) for action in actions.split(", ")}
    table = {(at.value, (step.to or at).value, step.action.value) for step in STEPS for at in step.at}
    assert drawn == table
