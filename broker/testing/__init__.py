"""What a plugin author tests with: a real table without sockets (`harness`), and a session and a clock to hold; a
broker, a CSMS and stations on real sockets (`broker`, `csms`, `station`).

It builds the plugins exactly as the broker does. The broker itself never imports it. pytest imports this package in
every environment that has Switchboard (`pytest_plugin`), so its names are loaded when somebody asks for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from broker.testing.fakes import StoppedClock, TestSession
    from broker.testing.sockets import broker, csms, station
    from broker.testing.table import Dropped, Harness, NotForwarded, PluginFailed, harness

_HOME = {
    "Dropped": "broker.testing.table",
    "Harness": "broker.testing.table",
    "NotForwarded": "broker.testing.table",
    "PluginFailed": "broker.testing.table",
    "StoppedClock": "broker.testing.fakes",
    "TestSession": "broker.testing.fakes",
    "broker": "broker.testing.sockets",
    "csms": "broker.testing.sockets",
    "harness": "broker.testing.table",
    "station": "broker.testing.sockets",
}

__all__ = [
    "Dropped",
    "Harness",
    "NotForwarded",
    "PluginFailed",
    "StoppedClock",
    "TestSession",
    "broker",
    "csms",
    "harness",
    "station",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(name)
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
