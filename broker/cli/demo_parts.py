"""What the demo is made of: a PKI and a configuration in a temporary folder, and one station of each version."""

import json
import secrets
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from broker.ocpp import Version

if TYPE_CHECKING:
    from broker.simulate import SimulatedStation

PORTS = {"plain": 9000, "secure": 9443, "admin": 8080}
"""Taken where they are free; any other port otherwise."""
PKI = "pki"


@dataclass(frozen=True, slots=True)
class Actor:
    """A station of the demo."""

    identity: str
    version: Version
    profile: int
    listener: str
    how: str
    power: float


ACTORS = (
    Actor("CP-16-1", Version.V16, 1, "plain", "password", 11_000.0),
    Actor("CP-201-1", Version.V201, 3, "secure", "mutual TLS", 50_000.0),
    Actor("CP-21-1", Version.V21, 2, "secure", "TLS and password", 22_000.0),
)


class Secrets:
    """The token and the passwords of one run; never printed, gone with the folder."""

    def __init__(self, folder: Path) -> None:
        self.token = secrets.token_urlsafe(24)
        self.token_file = folder / "token"
        self.passwords = {actor.identity: secrets.token_hex(10) for actor in ACTORS if actor.profile != 3}
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(self.token + "\n", encoding="utf-8")


def make_certificates(folder: Path) -> None:
    """The two CAs, the server's certificates, and one for each station with profile 3."""
    import certs

    pki = folder / PKI
    certs.init(pki, organization="Switchboard demo")
    certs.issue_server(pki, ["localhost", "127.0.0.1"])
    for actor in ACTORS:
        if actor.profile == 3:
            certs.issue_station(pki, actor.identity)


def free_ports() -> dict[str, int]:
    """The usual port of each listener where it can be had now, 0 otherwise."""
    return {name: port if _is_free(port) else 0 for name, port in PORTS.items()}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def write_config(folder: Path, upstream: str, hidden: Secrets, ports: dict[str, int]) -> Path:
    """The broker's configuration as a file, so that a reload finds it again; JSON is YAML too."""
    path = folder / "switchboard.yaml"
    path.touch(mode=0o600)
    path.write_text(json.dumps(_document(upstream, hidden, ports), indent=2), encoding="utf-8")
    return path


def _document(upstream: str, hidden: Secrets, ports: dict[str, int]) -> dict[str, Any]:
    return {
        "listeners": [
            {
                "name": "plain",
                "bind": f"127.0.0.1:{ports['plain']}",
                "path": "/ocpp/{identity}",
                "security_profiles": [1],
            },
            {
                "name": "secure",
                "bind": f"127.0.0.1:{ports['secure']}",
                "path": "/ocpp/{identity}",
                "security_profiles": [2, 3],
                "tls": {
                    "certificates": [
                        {"certificate": f"{PKI}/server-{kind}.pem", "key": f"{PKI}/server-{kind}.key"}
                        for kind in ("ecdsa", "rsa")
                    ],
                    "client_ca": f"{PKI}/station-ca.pem",
                    "crl": f"{PKI}/station-ca.crl",
                },
            },
        ],
        "stations": {"unknown": "reject", "known": [_station(actor, hidden) for actor in ACTORS]},
        "upstreams": {"csms": {"url": upstream + "/{identity}"}},
        "routes": [{"match": {}, "primary": "csms"}],
        "admin": {
            "bind": f"127.0.0.1:{ports['admin']}",
            "tokens": [{"name": "demo", "role": "admin", "token": hidden.token}],
        },
        "shutdown": {"timeout": 5, "spread": 0},
        "logging": {"format": "console", "level": "warning"},
    }


def _station(actor: Actor, hidden: Secrets) -> dict[str, Any]:
    station: dict[str, Any] = {"identity": actor.identity, "security_profile": actor.profile}
    if actor.identity in hidden.passwords:
        station["password"] = hidden.passwords[actor.identity]
    return station


def make_stations(folder: Path, hidden: Secrets, ports: dict[str, int]) -> "list[SimulatedStation]":
    """The stations, ready to run, against the ports that the broker listens on."""
    from broker.simulate import Pace, SimulatedStation

    pace = Pace(before=0.8, between=2.0, every=2.5, samples=3, sample_covers=300.0)
    return [
        SimulatedStation(
            address(actor, ports),
            actor.identity,
            actor.version,
            password=hidden.passwords.get(actor.identity),
            tls=_tls(folder, actor),
            compress=actor.version is not Version.V16,
            power=actor.power,
            pace=pace,
        )
        for actor in ACTORS
    ]


def address(actor: Actor, ports: dict[str, int]) -> str:
    """The endpoint that this station connects to, without its identity."""
    return f"{'wss' if actor.profile > 1 else 'ws'}://127.0.0.1:{ports[actor.listener]}/ocpp"


def _tls(folder: Path, actor: Actor) -> ssl.SSLContext | None:
    if actor.profile < 2:
        return None
    from certs import Layout

    layout = Layout(folder / PKI)
    context = ssl.create_default_context(cafile=str(layout.root_ca.certificate))
    if actor.profile == 3:
        pair = layout.station(actor.identity)
        context.load_cert_chain(pair.certificate, pair.key)
    return context
