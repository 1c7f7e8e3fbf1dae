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
    "broker.store": ("broker.tasks",),
    "broker.records": ("broker.ocpp", "broker.store", "broker.tasks"),
    "broker.hooks": ("broker.ocpp", "broker.tasks", "broker.records"),
    "broker.api": ("broker.ocpp", "broker.hooks", "broker.records"),
    "broker.session": (
        "broker.ocpp",
        "broker.hooks",
        "broker.metrics",
        "broker.tasks",
        "broker.config",
        "broker.store",
        "broker.records",
    ),
    "broker.server": (
        "broker.ocpp",
        "broker.hooks",
        "broker.metrics",
        "broker.tasks",
        "broker.config",
        "broker.log",
        "broker.session",
        "broker.store",
        "broker.records",
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
        "broker.store",
        "broker.records",
    ),
    "broker.simulate": ("broker.ocpp", "broker.tasks"),
    "broker.cli": ("broker", "certs"),
    "broker.testing": tuple(
        f"broker.{part}"
        for part in ("ocpp", "hooks", "api", "config", "session", "simulate", "app", "store", "records")
    ),
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


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, inside functions too; `from a import b` counts as a.b where b is a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "a relative import"
            assert node.level == 0, "a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if is_module(inner) else node.module


def is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def is_below(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(part + ".") for part in parts)


TREES = {module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in sources()}
IMPORTS = {module: set(imports(tree)) for module, tree in TREES.items()}


def tops(module: str) -> set[str]:
    return {name.partition(".")[0] for name in IMPORTS[module]}


def below(*parts: str) -> list[str]:
    return [module for module in TREES if is_below(module, parts)]


def test_every_source_file_belongs_to_a_layer() -> None:
    assert [module for module in TREES if not layer_of(module)] == ["broker"], "nothing but the package itself"


def test_every_layer_exists() -> None:
    assert [layer for layer in LAYERS if not is_module(layer)] == []


def test_imports_go_one_way() -> None:
    wrong = {}
    for module, names in IMPORTS.items():
        layer = layer_of(module)
        allowed = (*LAYERS.get(layer, ()), layer)
        if found := [name for name in names if is_below(name, OURS) and not is_below(name, allowed)]:
            wrong[module] = found
    assert wrong == {}


def block_of(module: str) -> tuple[str, str]:
    """Version and functional block of a plugin's module; the block is empty for what stands above the blocks."""
    _, family, *rest = [*module.split("."), "", ""]
    has_block = bool(rest and rest[0]) and (ROOT / "plugins" / family / rest[0]).is_dir()
    return family, rest[0] if has_block else ""


def test_any_block_of_2_can_be_left_out() -> None:
    """None imports another one; one of 2.1 may build upon its own of 2.0.1, and never the other way round."""
    wrong: dict[str, list[str]] = {}
    for module in below("plugins.ocpp201", "plugins.ocpp21"):
        family, block = block_of(module)
        for name in IMPORTS[module]:
            if not is_below(name, ("plugins.ocpp201", "plugins.ocpp21")):
                continue
            other, wanted = block_of(name)
            if wanted not in ("", block) or (family, other) == ("ocpp201", "ocpp21"):
                wrong.setdefault(module, []).append(name)
    assert wrong == {}


def test_what_versions_share_knows_none_of_them() -> None:
    versions = ("plugins.ocpp16", "plugins.ocpp201", "plugins.ocpp21", "plugins.policy")
    assert {m: [n for n in IMPORTS[m] if is_below(n, versions)] for m in below("plugins.shared")} == {
        m: [] for m in below("plugins.shared")
    }
    of_16 = [m for m in below("plugins.ocpp16") if any(is_below(n, versions[1:]) for n in IMPORTS[m])]
    of_2 = [m for m in below(*versions[1:3]) if any(is_below(n, versions[:1]) for n in IMPORTS[m])]
    assert (of_16, of_2) == ([], [])


def test_the_pki_stands_on_the_standard_library_and_cryptography() -> None:
    assert {m: tops(m) - sys.stdlib_module_names - {"cryptography", "certs"} for m in below("certs")} == {
        m: set() for m in below("certs")
    }


def test_the_protocol_does_no_input_or_output_and_has_no_clock() -> None:
    forbidden = {"asyncio", "aiohttp", "socket", "ssl", "time", "datetime", "logging", "structlog"}
    assert [module for module in below("broker.ocpp") if tops(module) & forbidden] == []


def test_pluggy_lives_in_the_hooks_and_nowhere_else() -> None:
    users = [module for module in TREES if "pluggy" in tops(module)]
    assert users
    assert [module for module in users if not is_below(module, ("broker.hooks",))] == []


def test_servers_are_started_in_the_server_and_by_the_simulated_csms_only() -> None:
    starting = {"AppRunner", "TCPSite", "run_app", "create_server", "start_server"}
    users = [module for module, tree in TREES.items() if starting & set(methods_called(tree))]
    assert [module for module in users if not is_below(module, ("broker.server", "broker.simulate"))] == []


def methods_called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def test_tasks_are_started_in_one_place() -> None:
    """`broker.tasks.spawn` names and keeps a task; a TaskGroup does it for its own."""
    started = {module: list(bare_tasks(tree)) for module, tree in TREES.items() if module != "broker.tasks"}
    assert {module: calls for module, calls in started.items() if calls} == {}


def bare_tasks(tree: ast.AST) -> Iterator[str]:
    groups = {
        item.optional_vars.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if ast.unparse(item.context_expr).endswith("TaskGroup()") and isinstance(item.optional_vars, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _starts_a_task(node.func) and not _of_group(node.func, groups):
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if alias.name in ("create_task", "ensure_future"))


def _starts_a_task(func: ast.expr) -> bool:
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return name in ("create_task", "ensure_future")


def _of_group(func: ast.expr, groups: set[str]) -> bool:
    return isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in groups


def test_no_file_is_too_long() -> None:
    lengths = {module_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {module: lines for module, lines in lengths.items() if lines > LONGEST} == {}


def test_every_package_says_what_it_is() -> None:
    packages = [path for path in sources() if path.name == "__init__.py" and path.read_text(encoding="utf-8").strip()]
    assert [str(path) for path in packages if not ast.get_docstring(TREES[module_of(path)])] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import asyncio\nasyncio.create_task(x())", ["asyncio.create_task(x())"]),
        ("from asyncio import create_task", ["create_task"]),
        ("async def f():\n    loop.create_task(x())", ["loop.create_task(x())"]),
        ("async def f():\n    async with asyncio.TaskGroup() as g:\n        g.create_task(x())", []),
        ("asyncio.ensure_future(x())", ["asyncio.ensure_future(x())"]),
    ],
)
def test_a_bare_task_is_recognised(source: str, found: list[str]) -> None:
    assert list(bare_tasks(ast.parse(source))) == found


def test_imports_are_recognised_wherever_they_stand() -> None:
    source = "import broker.app\ndef f():\n    from broker import tasks\n    from broker.hooks import step"
    assert set(imports(ast.parse(source))) == {"broker.app", "broker.tasks", "broker.hooks"}
