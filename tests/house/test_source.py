"""Rules of the house about its own text, each with a breach that it finds."""

import ast
import re
import subprocess
from collections.abc import Callable

import pytest

from erp.starting import PROJECT_DIR
from tests.house.registry import FLOORS
from tests.house.sources import Source, app_sources, functions

LONGEST_FUNCTION = 70
LONGEST_MODULE = 350
VAGUE = {"base", "common", "core", "helper", "helpers", "lib", "manager", "managers", "misc", "service", "services"}
VAGUE |= {"shared", "stuff", "util", "utils"}
NAMED_BY_OTHERS = {"erp/postgresql/base.py"}
"""Where Django looks for a database backend."""

Rule = Callable[[Source], list[str]]


def calls_of_quantize(source: Source) -> list[str]:
    """Money and quantities are rounded in one module."""
    if source.name == "erp/money.py":
        return []
    return [
        f"line {node.lineno}"
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"quantize", "to_integral_value"})
        or (isinstance(node, ast.Name) and node.id == "round")
    ]  # fmt: skip


def floats(source: Source) -> list[str]:
    """No number of the business is ever a float; a float literal may only be a duration or a share of one."""
    return [
        f"line {node.lineno}"
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
        or (isinstance(node, ast.Attribute) and node.attr in {"FloatField", "from_float"})
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Decimal"
        and any(isinstance(argument, ast.Constant) and isinstance(argument.value, float) for argument in node.args))
    ]  # fmt: skip


def lazy_imports(source: Source) -> list[str]:
    """An import inside a function hides a circle."""
    return [
        f"line {node.lineno} in {function.name}"
        for function in functions(source)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def signals(source: Source) -> list[str]:
    """Work that is done when something else happens to be saved is found by nobody."""
    return [
        f"line {node.lineno}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) in {"post_save", "pre_save", "post_delete", "m2m_changed"}
        and not ast.unparse(node).startswith("super()")  # a field's own method of that name
    ]


def long_functions(source: Source) -> list[str]:
    return [
        f"{function.name} has {(function.end_lineno or 0) - function.lineno + 1} lines"
        for function in functions(source)
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]


def long_modules(source: Source) -> list[str]:
    length = source.text.count("\n")
    return [f"{length} lines"] if length > LONGEST_MODULE else []


def vague_names(source: Source) -> list[str]:
    """A name that fits anything says nothing."""
    parts = source.name.removesuffix(".py").split("/")
    return [part for part in parts if part in VAGUE and source.name not in NAMED_BY_OTHERS]


def implicit_order(source: Source) -> list[str]:
    """`Meta.ordering` sorts every query, also those that nobody asked to be sorted."""
    return [
        f"line {statement.lineno}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and node.name == "Meta"
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id in {"ordering", "get_latest_by"} for target in statement.targets)
    ]


def undocumented_modules(source: Source) -> list[str]:
    return [] if not source.text.strip() or ast.get_docstring(source.tree) else ["no docstring"]


BREACHES: list[tuple[Rule, Source]] = [
    (calls_of_quantize, Source.of("invoices/totals.py", "x = amount.quantize(Decimal('0.01'))")),
    (calls_of_quantize, Source.of("invoices/totals.py", "x = round(amount, 2)")),
    (floats, Source.of("sales/prices.py", "x = float(amount)")),
    (floats, Source.of("sales/prices.py", "x = Decimal(0.1)")),
    (floats, Source.of("sales/models.py", "price = models.FloatField()")),
    (lazy_imports, Source.of("erp/access.py", "def f():\n    from sales.models import Customer")),
    (signals, Source.of("invoices/models.py", "post_save.connect(f)")),
    (long_functions, Source.of("sales/long.py", "def f():\n" + "    x = 1\n" * 70)),
    (long_modules, Source.of("sales/long.py", "x = 1\n" * 351)),
    (vague_names, Source.of("sales/utils.py", "")),
    (vague_names, Source.of("erp/services/sending.py", "")),
    (implicit_order, Source.of("sales/models.py", "class Meta:\n    ordering = ['id']")),
    (undocumented_modules, Source.of("sales/queries.py", "x = 1")),
]
RULES = list(dict.fromkeys(rule for rule, _ in BREACHES))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_our_modules_keep_the_rule(rule: Rule) -> None:
    assert len(app_sources()) > 60
    assert {source.name: found for source in app_sources() if (found := rule(source))} == {}


@pytest.mark.parametrize(("rule", "breach"), BREACHES, ids=[f"{rule.__name__}-{n}" for n, (rule, _) in enumerate(BREACHES)])
def test_a_breach_of_the_rule_is_found(rule: Rule, breach: Source) -> None:
    assert rule(breach)


# ── The repository as a whole ────────────────────────────────────────────────────────────────────────────────────────
# Spelled with a bracket, so that this file does not say what it forbids.
FORBIDDEN = [
    r"(?<![\w.])/(?:home|root|Users|work|mnt)/\w",  # somebody's own machine
    r"\b(?:T[O]DO|FIXM[E]|XX[X])\b",  # unfinished
    r"^(?:<{7}|={7}|>{7})(?: |$)",  # a merge half done
    r"\bpd[b]\b|\bbreakpoin[t]\(",
    r"-----BEGIN [A-Z ]*PRIVATE KE[Y]",
]
MAY_SAY_SO = {"uv.lock"}


def forbidden_words(text: str) -> list[str]:
    """Traces of a machine, of unfinished work, of a debugger, and keys."""
    return [match[0] for pattern in FORBIDDEN for match in re.finditer(pattern, text, re.MULTILINE)]


def test_the_repository_holds_no_traces_of_where_it_was_written() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT_DIR, capture_output=True, check=True).stdout
    files = [PROJECT_DIR / name for name in listed.decode().split("\0") if name and name not in MAY_SAY_SO]
    assert len(files) > 100
    found = {}
    for file in files:
        content = file.read_bytes() if file.exists() else b""
        if b"\0" not in content and (words := forbidden_words(content.decode())):
            found[str(file.relative_to(PROJECT_DIR))] = words
    assert found == {}


@pytest.mark.parametrize(
    "text", ["/".join(["see ", "home", "ajay"]), "# TO" + "DO later", "<" * 7 + " ours", "break" + "point()"]
)
def test_a_trace_is_found(text: str) -> None:
    assert forbidden_words(text)


def test_every_app_stands_on_a_floor() -> None:
    apps = {path.parent.name for path in PROJECT_DIR.glob("*/__init__.py")} - {"tests", "bench"}
    assert apps <= set(FLOORS)
