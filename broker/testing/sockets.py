"""A broker, a CSMS and stations on real sockets, each as an asynchronous context manager.

Everything listens on a free port of the loopback address, and is gone when its block ends.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from broker.app import Broker
from broker.config import load
from broker.hooks import BasePlugin, PluginSpec
from broker.hooks.resolve import profiles as built_in
from broker.ocpp import Version
from broker.simulate import SimulatedCsms, SimulatedStation

_LISTENER = "plain"
_UPSTREAM = "csms"


@asynccontextmanager
async def broker(
    *plugins: type[BasePlugin] | Mapping[str, Any], upstream: SimulatedCsms | None = None, profiles: bool = True
) -> AsyncIterator[Broker]:
    """A running broker with these plugins: classes, each with its options behind it where it has any.

    They come before the built-in profiles, in their order; `profiles=False` leaves the built-in ones out. Every station
    may connect, with security profile 0, and goes to `upstream` (by the name `csms`), or to the local CSMS without one.
    The configuration and the admin token are in a folder of this broker alone (`config_path.parent`).

    Raises PluginError with every problem of every plugin, TypeError for options without a class before them.

    >>> async with csms() as upstream, broker(One, {"option": 1}, Two, upstream=upstream) as b, station(b) as s:
    ...     await s.boot()
    """
    specs = _specs(plugins) + (built_in() if profiles else [])
    with TemporaryDirectory(prefix="switchboard-test-") as folder:
        path = _written(Path(folder), upstream)
        running = Broker(load(path), config_path=path, plugins=specs)
        await running.start()
        try:
            yield running
        finally:
            await running.stop()


def csms(**options: Any) -> SimulatedCsms:
    """A CSMS that says yes to everything, and keeps what it was sent: `received`, `wait_for_call`, `handshakes`.

    `overrides` gives it other answers; `call` sends to a station. `options` are those of SimulatedCsms.
    """
    return SimulatedCsms(**options)


def station(to: Broker, identity: str = "CP001", *, version: str = "ocpp1.6", **options: Any) -> SimulatedStation:
    """A station that is connected to this broker: `boot`, `authorize`, `start`, `call(action, payload)` and so on.

    `answers` gives it other answers. `options` are those of SimulatedStation. Entering raises HandshakeRefused when the
    broker, or a plugin, turns it away.
    """
    return SimulatedStation(f"ws://127.0.0.1:{to.ports[_LISTENER]}/ocpp", identity, Version(version), **options)


def _specs(plugins: tuple[type[BasePlugin] | Mapping[str, Any], ...]) -> list[PluginSpec]:
    specs: list[PluginSpec] = []
    after_a_class = False
    for one in plugins:
        if isinstance(one, type):
            specs.append(PluginSpec(one.name or one.__name__, {}, one))
        elif after_a_class:
            specs[-1].options.update(one)
        else:
            raise TypeError("options stand behind the class of their plugin: broker(MyPlugin, {...})")
        after_a_class = isinstance(one, type)
    return specs


def _written(folder: Path, upstream: SimulatedCsms | None) -> Path:
    """The configuration as a file, so that a reload finds it again; JSON is YAML too."""
    document: dict[str, Any] = {
        "listeners": [{"name": _LISTENER, "bind": "127.0.0.1:0", "path": "/ocpp/{identity}", "security_profiles": [0]}],
        "stations": {"unknown": "accept"},
        "admin": {"bind": "127.0.0.1:0", "token_file": "admin.token"},
        "shutdown": {"timeout": 5, "spread": 0},
    }
    # No test waits for a boot that its station never makes.
    document["routes"] = [{"match": {}, "primary": "local" if upstream is None else _UPSTREAM, "boot_grace": 0}]
    if upstream is not None:
        document["upstreams"] = {_UPSTREAM: {"url": upstream.url + "/{identity}"}}
    path = folder / "switchboard.yaml"
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return path
