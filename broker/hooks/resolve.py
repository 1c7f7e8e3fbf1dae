"""Finding a plugin's class by the name in the configuration.

Looked up as an entry point of the group `switchboard.plugins`, then as a file or package in one of `plugin_dirs`,
then as `module:Class`. Only plugins that are named are imported.
"""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from broker.hooks.guard import FAILURE
from broker.hooks.plugin import BasePlugin

GROUP = "switchboard.plugins"
_BUILT_IN_PROFILES = "plugins.ocpp"


@dataclass(frozen=True, slots=True)
class PluginSpec:
    """One entry of `plugins:` in the configuration, or a class to use as it is (tests)."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    plugin: type[BasePlugin] | None = None


class NotFound(Exception):
    """No plugin of this name, or one that cannot be imported; the text says why."""


EntryPoints = Callable[[], Iterable[EntryPoint]]


def installed() -> Iterable[EntryPoint]:
    """The plugins that are installed, our own among them."""
    return entry_points(group=GROUP)


def profiles(found: EntryPoints = installed) -> list[PluginSpec]:
    """The built-in profile plugins: what is on when the configuration has no `plugins` key."""
    return [PluginSpec(ep.name) for ep in _unique(found()) if ep.value.startswith(_BUILT_IN_PROFILES)]


def resolve(name: str, plugin_dirs: Sequence[Path] = (), found: EntryPoints = installed) -> type[BasePlugin]:
    """The class behind `name`; raises NotFound."""
    installed_now = _unique(found())
    if matches := [ep for ep in installed_now if ep.name == name]:
        return _from_entry_points(name, matches)
    stem, _, class_name = name.partition(":")
    if (path := _in_dirs(stem, plugin_dirs)) is not None:
        return _class_of(_load_file(path), class_name, str(path.name))
    if class_name:
        return _class_of(_import(stem), class_name, stem)
    known = [ep.name for ep in installed_now] + [entry.stem for d in plugin_dirs for entry in _plugin_files(d)]
    near = get_close_matches(name, known, 1, cutoff=0.7)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
    raise NotFound(f"no such plugin; {hint}")


def _unique(found: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Sorted, each once: an editable install can show up twice."""
    return sorted({(ep.name, ep.value): ep for ep in found}.values(), key=lambda ep: (ep.name, ep.value))


def _from_entry_points(name: str, matches: Sequence[EntryPoint]) -> type[BasePlugin]:
    if len(matches) > 1:
        raise NotFound(f"more than one installed package offers it: {', '.join(ep.value for ep in matches)}")
    module, _, class_name = matches[0].value.partition(":")
    return _class_of(_import(module), class_name, module)


def _plugin_files(directory: Path) -> Iterable[Path]:
    if not directory.is_dir():
        return ()
    return sorted(
        entry
        for entry in directory.iterdir()
        if (entry.suffix == ".py" or (entry / "__init__.py").is_file())
        and not entry.name.startswith(("_", ".", "test_"))
    )


def _in_dirs(stem: str, plugin_dirs: Sequence[Path]) -> Path | None:
    found = [entry for directory in plugin_dirs for entry in _plugin_files(directory) if entry.stem == stem]
    if len(found) > 1:
        raise NotFound(f"more than one file has this name: {', '.join(map(str, found))}")
    return found[0] if found else None


def _load_file(path: Path) -> ModuleType:
    """Import a file or package under a name of its own, so that it can hide no installed module."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    module_name = f"switchboard_plugin_{path.stem.replace('-', '_')}_{digest}"
    file = path / "__init__.py" if path.is_dir() else path
    locations = [str(path)] if path.is_dir() else None
    spec = importlib.util.spec_from_file_location(module_name, file, submodule_search_locations=locations)
    if spec is None or spec.loader is None:
        raise NotFound(f"{path.name} is not Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except FAILURE as error:
        del sys.modules[module_name]
        raise NotFound(f"{path.name} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _import(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except FAILURE as error:
        raise NotFound(f"{module} cannot be imported: {type(error).__name__}: {error}") from error


def _class_of(module: ModuleType, class_name: str, where: str) -> type[BasePlugin]:
    """The named class, or the only plugin class that the module defines."""
    if class_name:
        candidate = getattr(module, class_name, None)
        if isinstance(candidate, type) and issubclass(candidate, BasePlugin):
            return candidate
        raise NotFound(f"{where} has no plugin class {class_name}; it must be a subclass of broker.api.BasePlugin")
    mine = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BasePlugin) and value.__module__ == module.__name__
    ]
    if len(mine) != 1:
        names = ", ".join(cls.__name__ for cls in mine) or "none"
        raise NotFound(f"{where} must define one subclass of BasePlugin (it has: {names}); or name it: file:Class")
    return mine[0]
