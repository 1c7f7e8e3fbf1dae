"""Who may import whom: ARCHITECTURE.md, enforced on the source."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("broker", "plugins", "certs")
LONGEST = 400

#: What each part may import of ours, besides itself.
LAYERS = {
    "broker.ocpp": (),
    "broker.tasks": (),
    "broker.metrics": (),
    "broker.log": (),
    "broker.config": ("broker.ocpp",),
    "broker.hooks": ("broker.ocpp", "broker.tasks"),
    "broker.api": ("broker.ocpp", "broker.hooks"),
    "broker.session": ("broker.ocpp", "broker.hooks", "broker.metrics", "broker.tasks", "broker.config"),
    "broker.server": (
        "broker.ocpp",
        "broker.hooks",
        "broker.metrics",
        "broker.tasks",
        "broker.config",
        "broker.log",
        "broker.session",
        "certs",
    ),
    "broker.app": (
        "broker.ocpp",
        "broker.hooks",
        "broker.metrics",
        "broker.tasks",
        "broker.config",
        "broker.log",
        "broker.session",
        "broker.server",
    ),
    "broker.simulate": ("broker.ocpp", "broker.tasks"),
    "broker.cli": ("broker", "certs"),
    "broker.testing": tuple(f"broker.{part}" for part in ("ocpp", "hooks", "api", "config", "session", "simulate")),
    "plugins": ("broker.api",),
    "certs": (),
}


def sources() -> list[Path]:
    return sorted(path for part in OURS for path in (ROOT / part).rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str:
    return next((layer for layer in LAYERS if module == layer or module.startswith(layer + ".")), "")


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, inside functions too; `from a import b` counts as a.b where b is a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if is_module(inner) else node.module


def is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def is_below(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(part + ".") for part in parts)


SOURCES = [pytest.param(path, id=module_of(path)) for path in sources()]


def test_every_source_file_belongs_to_a_layer() -> None:
    empty = {"broker"}  # nothing but the package itself
    assert [module_of(path) for path in sources() if not layer_of(module_of(path))] == sorted(empty)


def test_every_layer_exists() -> None:
    assert [layer for layer in LAYERS if not is_module(layer)] == []


@pytest.mark.parametrize("path", SOURCES)
def test_imports_go_one_way(path: Path) -> None:
    layer = layer_of(module_of(path))
    allowed = (*LAYERS.get(layer, ()), layer)
    wrong = [name for name in imports(path) if is_below(name, OURS) and not is_below(name, allowed)]
    assert wrong == []


@pytest.mark.parametrize("path", [param for param in SOURCES if str(param.id).startswith("certs")])
def test_the_pki_stands_on_the_standard_library_and_cryptography(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imports(path)}
    assert tops - sys.stdlib_module_names <= {"cryptography", "certs"}


@pytest.mark.parametrize("path", [param for param in SOURCES if str(param.id).startswith("broker.ocpp")])
def test_the_protocol_does_no_input_or_output_and_has_no_clock(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imports(path)}
    assert tops.isdisjoint({"asyncio", "aiohttp", "socket", "ssl", "time", "datetime", "logging", "structlog"})


@pytest.mark.parametrize("path", SOURCES)
def test_pluggy_lives_in_the_hooks_and_nowhere_else(path: Path) -> None:
    if not module_of(path).startswith("broker.hooks"):
        assert "pluggy" not in {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", SOURCES)
def test_http_servers_are_the_servers_business(path: Path) -> None:
    """`aiohttp.web` may be named below for its types; nobody but the server and the simulated CSMS starts one."""
    if not is_below(module_of(path), ("broker.server", "broker.simulate", "broker.cli")):
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert called.isdisjoint({"AppRunner", "TCPSite", "run_app", "create_server", "start_server"})


@pytest.mark.parametrize("path", SOURCES)
def test_tasks_are_started_in_one_place(path: Path) -> None:
    """`broker.tasks.spawn` names and keeps a task; a TaskGroup does it for its own."""
    if module_of(path) == "broker.tasks":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    groups = {
        item.optional_vars.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if ast.unparse(item.context_expr).endswith("TaskGroup()") and isinstance(item.optional_vars, ast.Name)
    }
    started = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _starts_a_task(node.func) and not _of_group(node.func, groups)
    ]
    assert started == []
    assert not [name for name in imported_names(tree) if name in ("create_task", "ensure_future")]


def _starts_a_task(func: ast.expr) -> bool:
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return name in ("create_task", "ensure_future")


def _of_group(func: ast.expr, groups: set[str]) -> bool:
    return isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in groups


def imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", SOURCES)
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", [param for param in SOURCES if Path(param.values[0]).name == "__init__.py"])  # type: ignore[arg-type]
def test_every_package_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)) or not text.strip()
