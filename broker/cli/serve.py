"""`switchboard serve`: runs the broker until it is told to stop."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from broker.cli import options
from broker.cli.console import BAD_INPUT, FAILED, Style, coloured, fail, note

if TYPE_CHECKING:
    from broker.app import Broker
    from broker.config import Config, Listener, Route


def serve(config: options.ConfigFile = None) -> None:
    """Run the broker until SIGTERM or Ctrl+C; a second one forces the end. SIGHUP reads the configuration again.

    Without a file it listens on loopback only, lets no unknown station in, and answers by itself.
    """
    from broker.cli.files import read_config
    from broker.log import configure

    read = read_config(config)
    configure(read.logging.format, read.logging.level)
    for warning in read.warnings():
        note(f"warning: {warning}")
    raise typer.Exit(_run(read, config))


def _run(config: "Config", path: Path | None) -> int:
    from broker.app import Broker
    from broker.cli.loop import run
    from broker.hooks import PluginError
    from broker.server.tls import TlsError

    try:
        return run(_serve(Broker(config, config_path=path), path))
    except PluginError as error:
        for problem in error.problems:
            note(str(problem))
        fail("the plugins do not load", BAD_INPUT)
    except TlsError as error:
        fail(f"cannot use a certificate: {error}", BAD_INPUT)
    except OSError as error:
        fail(f"cannot start: {error}", FAILED)


async def _serve(broker: "Broker", path: Path | None) -> int:
    await broker.start()
    import sys

    note(banner(broker, path, Style(coloured(sys.stderr))))
    return await broker.run()


def banner(broker: "Broker", path: Path | None, style: Style) -> str:
    """What it listens on, who answers whom, where the token is."""
    config = broker.config
    lines = [
        style("Switchboard is serving", "bold"),
        f"  {'config':<9} {path or 'none, so everything has its default'}",
    ]
    ports = dict(broker.listeners)
    lines += [f"  {'stations':<9} {_listener(one, ports[one.name])}" for one in config.listeners]
    known, unknown = len(config.stations.known), config.stations.unknown
    lines.append(f"  {'known':<9} {known} station{'' if known == 1 else 's'}; unknown ones: {unknown}")
    lines += [f"  {'route':<9} {_route(one)}" for one in config.routes]
    lines.append(f"  {'admin':<9} {broker.admin_url}  (/metrics /healthz /readyz /api/v1)")
    if not config.admin.tokens:
        lines.append(f"  {'token':<9} in {config.admin.token_file}")
    return "\n".join([*lines, "  Ctrl+C or SIGTERM stops it, SIGHUP reads the configuration again."])


def _listener(listener: "Listener", port: int) -> str:
    scheme = "wss" if listener.tls else "ws"
    profiles = ", ".join(map(str, listener.security_profiles))
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return f"{scheme}://{host}:{port}{listener.path}  ({listener.name}, security profile {profiles})"


def _route(route: "Route") -> str:
    match = route.match.model_dump(exclude_defaults=True, mode="json")
    wanted = ", ".join(f"{key} {value}" for key, value in match.items()) or "every station"
    return f"{wanted} -> {route.primary}"
