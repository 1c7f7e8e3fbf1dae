"""`switchboard check`: everything but listening."""

from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli import options
from broker.cli.console import BAD_INPUT, Style, coloured, fail, note, say, show_json

if TYPE_CHECKING:
    from broker.config import Config, Problem


def check(
    config: options.ConfigFile = None,
    as_json: options.AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="A warning is a failure too.")] = False,
) -> None:
    """Read the configuration, open its certificates, load its plugins; listen on nothing.

    Every problem is reported with its path. Exit code 0 when it can be served, 2 when it cannot.
    """
    from broker.config import ConfigError, Problem, load

    problems: list[Problem]
    warnings: list[str] = []
    try:
        loaded = load(config)
    except ConfigError as error:
        problems = list(error.problems)
    except OSError as error:
        problems = [Problem(str(config), "", f"a readable file ({error.strerror or error})")]
    else:
        problems, warnings = problems_of(loaded), loaded.warnings()
    good = not problems and not (strict and warnings)
    if as_json:
        show_json({"ok": good, "problems": [_plain(one) for one in problems], "warnings": warnings})
    else:
        _show(str(config or "the default configuration"), problems, warnings, good)
    if not good:
        raise typer.Exit(BAD_INPUT)


def problems_of(config: "Config") -> "list[Problem]":
    """What only shows when certificates are opened and plugins loaded."""
    from broker.config import Problem
    from broker.hooks import PluginError, Plugins, PluginSpec
    from broker.server.tls import TlsError, build_context, expiries

    problems = []
    for number, listener in enumerate(config.listeners):
        if listener.tls is None:
            continue
        try:
            build_context(listener.tls, listener.security_profiles)
            expiries(listener.tls)
        except TlsError as error:
            problems.append(Problem(f"listeners[{number}].tls", "", f"files that can be used: {error}"))
    problems += _upstream_problems(config)
    specs = None if config.plugins is None else [PluginSpec(one.name, dict(one.options)) for one in config.plugins]
    try:
        Plugins.load(specs, plugin_dirs=config.plugin_dirs)
    except PluginError as error:
        problems += [Problem("plugins", "", f"plugins that load: {one}") for one in error.problems]
    return problems


def _upstream_problems(config: "Config") -> "list[Problem]":
    from broker.config import Problem

    problems = []
    for name, upstream in config.upstreams.items():
        for key in ("ca", "certificate", "key"):
            path = getattr(upstream.tls, key, None)
            if path is not None and not path.is_file():
                problems.append(Problem(f"upstreams.{name}.tls.{key}", str(path), "a file that exists"))
    return problems


def _plain(problem: "Problem") -> dict[str, str]:
    return {"path": problem.path, "value": problem.value, "expected": problem.expected}


def _show(name: str, problems: "list[Problem]", warnings: list[str], good: bool) -> None:
    import sys

    from broker.cli.files import show_problems

    show_problems(problems)
    style = Style(coloured(sys.stderr))
    for warning in warnings:
        note(f"{style('warning:', 'yellow')} {warning}")
    if good:
        say(f"{name}: good")
    else:
        count = len(problems) or len(warnings)
        kind = "problem" if problems else "warning"
        fail(f"{name}: {count} {kind}{'' if count == 1 else 's'}", BAD_INPUT)
