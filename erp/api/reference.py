"""The reference pages that are written from the code: permissions, problems, settings, the OpenAPI document."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterable
from pathlib import Path

from django.apps import apps

from erp.api.documentation import openapi_document
from erp.api.policy import policy
from erp.environment import SETTINGS
from erp.menus import RIGHTS_CARRIED
from erp.problems import Problem
from erp.rights import PURPOSES, ROLES_WITH, Right, Role
from erp.starting import PROJECT_DIR

DIRECTORY = PROJECT_DIR / "docs/reference"
_BEGIN = "<!-- Written by `manage.py write_reference`; what stands around it is written by hand. -->"
_END = "<!-- End of what is written by `manage.py write_reference`. -->"
_NOT_IMPORTED = {"asgi", "wsgi", "settings", "migrations", "management"}


def pages() -> dict[Path, str]:
    """Path → what the file should hold. In a page that people write on, only what stands between the marks is replaced."""
    tables = {"permissions": _permissions(), "problems": _problems(), "settings": _settings()}
    written = {DIRECTORY / f"{name}.md": _placed(DIRECTORY / f"{name}.md", text) for name, text in tables.items()}
    document = json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"
    return {**written, DIRECTORY / "openapi.json": document}


def stale_pages() -> list[Path]:
    """Pages that do not hold what they should."""
    return [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def _placed(path: Path, text: str) -> str:
    present = path.read_text(encoding="utf-8") if path.exists() else f"# {path.stem.title()}\n\n{_BEGIN}\n{_END}\n"
    before, begin, rest = present.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{path.name} has lost the marks between which it is written.")
    return f"{before}{_BEGIN}\n\n{text}\n{_END}{after}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _permissions() -> str:
    rights = _table(
        ["right", "for", "roles"],
        ([f"*{right}*", PURPOSES[right], _roles(right)] for right in Right if right is not Right.ANYONE),
    )
    routes = _table(
        ["path", "method", "right", "API key scopes"],
        (
            [f"`{entry.path}`", entry.method, f"*{entry.right}*", ", ".join(f"`{scope}`" for scope in entry.scopes) or "–"]
            for entry in policy()
        ),
    )
    grants = _table(
        ["menu", "adds"],
        ([f"`{menu}`", ", ".join(f"*{right}*" for right in sorted(carried))] for menu, carried in RIGHTS_CARRIED.items()),
    )
    return f"## Rights\n\n{rights}\n## Rights of granted menus\n\n{grants}\n## Routes\n\n{routes}"


def _roles(right: Right) -> str:
    """Those that have it, or those that have not when they are few."""
    without = [role.value for role in Role if role not in ROLES_WITH[right]]
    if len(without) > 1:
        return ", ".join(role.value for role in Role if role in ROLES_WITH[right])
    return " but ".join(["every role", *without])


def _problems() -> str:
    by_code = {(problem.status, problem.code): problem for problem in reversed(_every_problem())}
    return _table(
        ["code", "status", "when, and what to do"],
        ([f"`{code}`", str(status), _sentence(by_code[status, code])] for status, code in sorted(by_code)),
    )


def _sentence(problem: type[Problem]) -> str:
    text = inspect.cleandoc(problem.__doc__ or "")
    assert text, f"{problem.__name__} does not say when it is raised"
    return " ".join(text.split())


def _every_problem() -> list[type[Problem]]:
    """Every refusal of our own modules, bases before those that derive from them."""
    ours = [config.name for config in apps.get_app_configs() if Path(config.path).parent == PROJECT_DIR]
    for name in ours:
        _import_all(name)
    found: list[type[Problem]] = []
    waiting: list[type[Problem]] = [Problem]
    while waiting:
        problem = waiting.pop(0)
        derived = sorted(problem.__subclasses__(), key=lambda kind: (kind.__module__, kind.__qualname__))
        waiting += [kind for kind in derived if kind.__module__.partition(".")[0] in ours]
        found.append(problem)
    return found[1:]


def _import_all(package: str) -> None:
    module = importlib.import_module(package)
    for entry in pkgutil.iter_modules(module.__path__):
        if entry.name not in _NOT_IMPORTED:
            name = f"{package}.{entry.name}"
            if entry.ispkg:
                _import_all(name)
            else:
                importlib.import_module(name)


def _settings() -> str:
    return _table(
        ["variable", "is", "unset", "for"],
        (
            [f"`{setting.name}`", setting.kind, f"{setting.default or 'none'}", setting.purpose.replace("|", "\\|")]
            for setting in SETTINGS.values()
        ),
    )
