"""What `switchboard serve` says once the broker listens."""

import sys

from broker.app import Broker
from broker.cli.console import Style, coloured, note
from broker.config import Listener, Route


class AnnouncedBroker(Broker):
    """A broker that tells where it listens, as soon as it does: only then are the ports known."""

    async def start(self) -> None:
        """Start, and tell."""
        await super().start()
        note(banner(self, Style(coloured(sys.stderr))))


def banner(broker: Broker, style: Style) -> str:
    """What it listens on, who answers whom, where the token is."""
    config, path = broker.config, broker.config_path
    lines = [
        style("Switchboard is serving", "bold"),
        f"  {'config':<9} {path or 'none, so everything has its default'}",
    ]
    lines += [f"  {'stations':<9} {_listener(one, broker.ports[one.name])}" for one in config.listeners]
    known, unknown = len(config.stations.known), config.stations.unknown
    lines.append(f"  {'known':<9} {known} station{'' if known == 1 else 's'}; unknown ones: {unknown}")
    lines += [f"  {'route':<9} {_route(one)}" for one in config.routes]
    lines.append(f"  {'admin':<9} {broker.admin_url}  (/metrics /healthz /readyz /api/v1)")
    if not config.admin.tokens:
        lines.append(f"  {'token':<9} in {config.admin.token_file}")
    return "\n".join([*lines, "  Ctrl+C or SIGTERM stops it, SIGHUP reads the configuration again."])


def _listener(listener: Listener, port: int) -> str:
    scheme = "wss" if listener.tls else "ws"
    profiles = ", ".join(map(str, listener.security_profiles))
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return f"{scheme}://{host}:{port}{listener.path}  ({listener.name}, security profile {profiles})"


def _route(route: Route) -> str:
    match = route.match.model_dump(exclude_defaults=True, mode="json")
    wanted = ", ".join(f"{key} {value}" for key, value in match.items()) or "every station"
    return f"{wanted} -> {route.primary}"
