"""`switchboard plugins`: what is loaded, who handles what, a scaffold."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broker.cli import options
from broker.cli.client import AdminError, connect
from broker.cli.console import BAD_INPUT, fail, note, say, show_json, table

if TYPE_CHECKING:
    from broker.hooks import Plugins

app = typer.Typer(no_args_is_help=True, help="What is loaded, who handles what; a scaffold for a new plugin.")

Running = Annotated[
    bool, typer.Option("--running", help="Ask the running broker, with its counts, instead of reading the file.")
]


class Versions(StrEnum):
    """What --version takes."""

    v16 = "1.6"
    v201 = "2.0.1"
    v21 = "2.1"


@app.command("list")
def list_command(
    config: options.ConfigFile = None,
    running: Running = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """The plugins in their order, one line each."""
    described = _running(admin, token, token_file) if running else _loaded(config).describe()
    if as_json:
        show_json(described)
        return
    headings = ["PLUGIN", "ON ERROR", *(["CALLS", "ERRORS"] if running else []), "SUMMARY"]
    rows = []
    for one in described:
        stats = one.get("stats", {})
        counts = [str(stats.get("calls", 0)), str(stats.get("errors", 0))] if running else []
        rows.append([str(one["name"]), str(one.get("on_error", "")), *counts, str(one.get("summary", ""))])
    say(table(headings, rows))


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="The plugin.")],
    config: options.ConfigFile = None,
    running: Running = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """One plugin: its class, what it handles, its options, its counts."""
    described = _running(admin, token, token_file) if running else _loaded(config).describe()
    found = next((one for one in described if one["name"] == name), None)
    if found is None:
        names = ", ".join(str(one["name"]) for one in described)
        fail(f"no plugin {name} is loaded; there are: {names or 'none'}", BAD_INPUT)
    if as_json:
        show_json(found)
        return
    for key in ("name", "module", "summary", "on_error", "time_limit"):
        say(f"{key:<11} {found.get(key, '')}")
    say(f"{'hooks':<11} {', '.join(found.get('hooks', [])) or '-'}")
    for hook, selectors in found.get("handles", {}).items():
        for selector in selectors:
            say(f"{hook:<11} {_selector(selector)}")
    _pairs("config", found.get("config", {}))
    _pairs("stats", found.get("stats", {}) if running else {})


@app.command("chains")
def chains_command(
    action: Annotated[str | None, typer.Argument(help="Only this action.")] = None,
    version: Annotated[Versions | None, typer.Option(help="Only this OCPP version.")] = None,
    config: options.ConfigFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Who handles what, in which order: for each version, direction and action."""
    from broker.ocpp import Version

    loaded = _loaded(config)
    wanted = [Version(f"ocpp{version.value}")] if version is not None else list(Version)
    found = {str(one): [row for row in loaded.chains(one) if action in (None, row["action"])] for one in wanted}
    if as_json:
        show_json(found)
        return
    rows = [_chain(one, row) for one, chain in found.items() for row in chain]
    if not rows:
        note("no handler" if action is None else f"no handler of {action}")
        return
    say(table(["VERSION", "DIRECTION", "ACTION", "HANDLERS"], rows))


@app.command("new")
def new_command(
    name: Annotated[str, typer.Argument(help="Letters, digits, - and _.")],
    directory: Annotated[Path, typer.Option("--dir", help="The folder to write into.")] = Path("my_plugins"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write a working plugin and its test."""
    from broker.hooks import scaffold

    try:
        files = scaffold(name)
    except ValueError as error:
        fail(str(error), BAD_INPUT)
    present = [file for file in files if (directory / file).exists()]
    if present and not force:
        fail(f"{directory / present[0]} is there already; --force overwrites it", BAD_INPUT)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (directory / file).write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write into {directory}: {error.strerror or error}")
    plugin, test = files
    say(f"wrote {directory / plugin} and {directory / test}")
    say(f"try its test:        python -m pytest {directory}")
    shown = directory if directory.is_absolute() else f"./{directory}"
    say(f"name it in the file: plugin_dirs: [{shown}], and {Path(plugin).stem} under plugins")


def command_of_a_plugin(name: str) -> Any:
    """The command that a configured plugin registers under `name`; None when there is no such."""
    config = os.environ.get("SWITCHBOARD_CONFIG")
    if not config:
        return None
    for commands in _loaded(Path(config)).commands().values():
        if (command := commands.get(name)) is not None:
            return typer.main.get_command(command) if isinstance(command, typer.Typer) else command
    return None


def _loaded(config: Path | None) -> "Plugins":
    from broker.app import load_plugins
    from broker.cli.files import read_config
    from broker.hooks import PluginError

    try:
        return load_plugins(read_config(config))
    except PluginError as error:
        for problem in error.problems:
            note(str(problem))
        fail("the plugins do not load", BAD_INPUT)


def _running(admin: str, token: str | None, token_file: Path | None) -> list[dict[str, Any]]:
    try:
        answer = connect(admin, token, token_file).get("/api/v1/plugins")
    except AdminError as error:
        fail(str(error))
    found = answer.get("plugins", []) if isinstance(answer, dict) else answer
    return found if isinstance(found, list) else []


def _selector(selector: dict[str, Any]) -> str:
    direction = selector.get("direction") or "both ways"
    return f"{selector.get('version')} {selector.get('action')} ({direction})"


def _pairs(title: str, pairs: dict[str, Any]) -> None:
    for key, value in pairs.items():
        say(f"{title:<11} {key}: {value}")


def _chain(version: str, row: dict[str, Any]) -> list[str]:
    parts = []
    for hook in ("on_call", "answer", "on_reply", "observe"):
        handlers = row[hook]
        if handlers:
            shown = " > ".join(handlers) if isinstance(handlers, list) else str(handlers)
            parts.append(f"{hook}: {shown}")
    return [version, row["direction"], row["action"], "; ".join(parts)]
