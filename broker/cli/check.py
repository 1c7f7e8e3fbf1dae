"""`switchboard check`: everything but listening."""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli import options
from broker.cli.console import BAD_INPUT, Style, coloured, fail, note, say, show_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from broker.config import Config, Tls, Upstream


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the configuration cannot be served."""

    path: str
    """Where: `routes[1].primary`, a line of the file, or empty."""
    message: str
    """What is wrong or expected; no secret is in it."""


def check(
    config: options.ConfigFile = None,
    as_json: options.AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="A warning is a failure too.")] = False,
) -> None:
    """Read the configuration, open its certificates, load its plugins; listen on nothing.

    Every problem is reported with its path. Exit code 0 when it can be served, 2 when it cannot.
    """
    faults, warnings = examined(config)
    good = not faults and not (strict and warnings)
    if as_json:
        show_json({"ok": good, "problems": [asdict(one) for one in faults], "warnings": warnings})
    else:
        _show(str(config or "the default configuration"), faults, warnings, good)
    if not good:
        raise typer.Exit(BAD_INPUT)


def examined(path: Path | None) -> tuple[list[Fault], list[str]]:
    """All faults and warnings of a file; of the defaults when there is none."""
    from broker.cli.files import told
    from broker.config import ConfigError, load, warnings_of

    try:
        config = load(path)
    except ConfigError as error:
        return [Fault(problem.path, told(problem)) for problem in error.problems], []
    from broker.server.tls_advice import advice

    faults = [
        *_of_listeners(config),
        *_of_files(config),
        *_of_upstreams(config),
        *_of_plugins(config),
        *_of_admin(config),
    ]
    return faults, [*warnings_of(config), *advice(config.listeners)]


def _of_listeners(config: "Config") -> list[Fault]:
    from broker.server.tls import TlsError, build_context, expiries

    faults = []
    for number, listener in enumerate(config.listeners):
        if listener.tls is None:
            continue
        missing = [(key, path) for key, path in _files_of_listener(listener.tls) if not path.is_file()]
        faults += [Fault(f"listeners[{number}].tls.{key}", f"{path}: no such file") for key, path in missing]
        if not missing:
            try:
                build_context(listener.tls, listener.security_profiles)
                expiries(listener.tls)
            except TlsError as error:
                faults.append(Fault(f"listeners[{number}].tls", str(error)))
    return faults


def _of_files(config: "Config") -> list[Fault]:
    from broker.server.files import secured
    from broker.server.tls import TlsError

    if config.files is None:
        return []
    try:
        secured(config.files)
    except TlsError as error:
        return [Fault("files.tls", str(error))]
    return []


def _files_of_listener(tls: "Tls") -> "Iterator[tuple[str, Path]]":
    for number, pair in enumerate(tls.certificates):
        yield f"certificates[{number}].certificate", pair.certificate
        yield f"certificates[{number}].key", pair.key
    for key in ("client_ca", "crl"):
        if (path := getattr(tls, key)) is not None:
            yield key, path


def _of_upstreams(config: "Config") -> list[Fault]:
    from broker.session.upstream.upstreams import client_context

    faults = []
    for name, upstream in config.upstreams.items():
        missing = [path for path in _files_of(upstream) if not path.is_file()]
        faults += [Fault(f"upstreams.{name}.tls", f"{path}: no such file") for path in missing]
        if missing:
            continue
        try:
            client_context(upstream)
        except (OSError, ValueError) as error:
            faults.append(Fault(f"upstreams.{name}.tls", str(error)))
    return faults


def _files_of(upstream: "Upstream") -> list[Path]:
    tls = upstream.tls
    return [] if tls is None else [path for path in (tls.ca, tls.certificate, tls.key) if path is not None]


def _of_plugins(config: "Config") -> list[Fault]:
    from broker.app import load_plugins
    from broker.hooks import PluginError

    try:
        load_plugins(config)
    except PluginError as error:
        return [Fault(one.path or f"plugin {one.plugin}", one.message) for one in error.problems]
    return []


def _of_admin(config: "Config") -> list[Fault]:
    from broker.cli.files import told
    from broker.config import ConfigError
    from broker.server.admin.token_file import check as check_token_file

    if config.admin.tokens:
        return []
    try:
        check_token_file(config.admin.token_file)
    except ConfigError as error:
        return [Fault(problem.path, told(problem)) for problem in error.problems]
    return []


def _show(name: str, faults: list[Fault], warnings: list[str], good: bool) -> None:
    style = Style(coloured(sys.stderr))
    for fault in faults:
        note(f"{style(fault.path or 'file', 'bold')}: {fault.message}")
    for warning in warnings:
        note(f"{style('warning:', 'yellow')} {warning}")
    if good:
        say(f"{name}: good")
        return
    count, kind = (len(faults), "problem") if faults else (len(warnings), "warning")
    fail(f"{name}: {count} {kind}{'' if count == 1 else 's'}", BAD_INPUT)
