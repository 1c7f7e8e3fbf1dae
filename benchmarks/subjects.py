"""What is measured: the bare relay, and the broker in the configurations that performance has a target for."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

STATIONS_KNOWN = 2_000
PASSWORD = "benchmark-password-1"
INTERESTED = ["benchmarks.plugins:Reader", "benchmarks.plugins:Suspender", "benchmarks.plugins:Counter"]
IDLE = [f"benchmarks.plugins:Idle{number:02d}" for number in range(1, 13)]


@dataclass(frozen=True)
class Subject:
    """One process under measurement. `target`: the ratio to the bare relay that it may have."""

    name: str
    kind: str = "broker"  # or "bare"
    security: str = "ws"  # "wss" (profile 2), "mtls" (profile 3)
    loop: str = "uvloop"
    primary: str = "main"  # or "local"
    validation: str = "off"
    plugins: tuple[str, ...] | None = ()  # None: all profile plugins
    action: str = "MeterValues"
    secondary: bool = False
    target: float | None = None

    def over(self, security: str, target: float | None = None) -> "Subject":
        return replace(self, security=security, target=target)


BARE = Subject("bare", kind="bare")
BARE_ASYNCIO = Subject("bare, asyncio loop", kind="bare", loop="asyncio")
BROKER = Subject("broker", target=1.10)
RELAYS = (
    replace(BROKER, name="validation off"),
    Subject("lenient", validation="lenient"),
    Subject("lenient, 15 plugins, 3 interested", validation="lenient", plugins=(*INTERESTED, *IDLE), target=1.45),
    Subject("local Heartbeat", primary="local", validation="strict", plugins=None, action="Heartbeat", target=0.9),
    Subject("one secondary, ordinary message", action="MeterValues/ordinary", secondary=True, target=1.9),
    # At most twice the one above: a commit, shared with the other stations', and two more for the courier.
    Subject("one secondary, durable message", secondary=True),
)
#: As it runs without a word of configuration: all profile plugins, and of these the recording ones too.
RELAYED = Subject("relayed", validation="lenient", plugins=None, action="MeterValues/ordinary")
LOCALS = tuple(
    Subject(
        f"local {action.partition('/')[0]}",
        primary="local",
        validation="strict",
        plugins=None,
        action=action,
        target=2.0,
    )
    for action in ("Heartbeat", "Authorize", "StartTransaction", "TransactionEvent/Started")
)


@dataclass(frozen=True)
class Pki:
    """Where the benchmark's certificates are; made by `pki.make`."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root-ca.pem"

    @property
    def station_ca(self) -> Path:
        return self.folder / "station-ca.pem"

    @property
    def server(self) -> tuple[Path, Path]:
        return self.folder / "server-ecdsa.pem", self.folder / "server-ecdsa.key"

    @property
    def stations(self) -> Path:
        return self.folder / "stations"


def bare_arguments(subject: Subject, upstream: int, pki: Pki) -> list[str]:
    """Of `benchmarks.bare`."""
    arguments = ["--upstream", f"ws://127.0.0.1:{upstream}", "--loop", subject.loop]
    if subject.security != "ws":
        certificate, key = pki.server
        arguments += ["--certificate", str(certificate), "--key", str(key)]
    if subject.security == "mtls":
        arguments += ["--client-ca", str(pki.station_ca)]
    return arguments


def broker_config(subject: Subject, port: int, admin: int, upstream: int, pki: Pki) -> str:
    """The configuration file of `switchboard serve`; JSON is YAML."""
    listener: dict[str, Any] = {"name": "bench", "bind": f"127.0.0.1:{port}", "path": "/ocpp/{identity}"}
    listener["security_profiles"] = [{"ws": 0, "wss": 2, "mtls": 3}[subject.security]]
    if subject.security != "ws":
        certificate, key = map(str, pki.server)
        listener["tls"] = {"certificates": [{"certificate": certificate, "key": key}]}
    if subject.security == "mtls":
        listener["tls"]["client_ca"] = str(pki.station_ca)
    config = {
        "listeners": [listener],
        "stations": _stations(subject),
        "tokens": {"BENCH-TAG": "Accepted"},
        "upstreams": {
            "main": {"url": f"ws://127.0.0.1:{upstream}/ocpp/{{identity}}"},
            "second": {"url": f"ws://127.0.0.1:{upstream}/second/{{identity}}"},
        },
        "routes": [
            {
                "match": {},
                "primary": subject.primary,
                "validation": subject.validation,
                "secondaries": [{"upstream": "second"}] if subject.secondary else [],
            }
        ],
        "admin": {"bind": f"127.0.0.1:{admin}"},
        "store": {"url": f"sqlite:///bench-{port}.db"},
        # One address with thousands of stations as fast as they can be: what the limits are there to stop.
        "limits": {"connections_per_address": 100_000, "frames_per_second": 1_000_000, "frames_burst": 1_000_000},
        "shutdown": {"timeout": 5, "spread": 0},
    }
    if subject.plugins is not None:
        config["plugins"] = list(subject.plugins)
    return json.dumps(config, indent=1)


def _stations(subject: Subject) -> dict[str, Any]:
    if subject.security != "wss":
        return {"unknown": "accept"}
    known = [{"identity": f"BENCH-{number:05d}", "password": PASSWORD} for number in range(STATIONS_KNOWN)]
    return {"unknown": "reject", "known": known}
