"""The configuration: typed, frozen models of the one file, and the loader that reports every fault at once.

It knows the OCPP versions and validation levels of `broker.ocpp` and nothing else of the broker: it opens no socket and
no certificate, starts nothing, and leaves to each plugin what that plugin's options mean.
"""

from broker.config.addresses import is_loopback, is_private
from broker.config.listeners import CertificatePair, Listener, Tls
from broker.config.liveness import Liveness
from broker.config.load import defaults, load, loads
from broker.config.models import Config, PluginEntry
from broker.config.operations import Admin, AdminToken, Limits, Logging, Shutdown
from broker.config.problems import ConfigError, Problem
from broker.config.routes import LOCAL, Match, Route, ValidationPolicy
from broker.config.schema import json_schema
from broker.config.stations import Station, Stations
from broker.config.upstreams import BasicAuth, Reconnect, Upstream, UpstreamAuth, UpstreamTls
from broker.config.warnings import warnings_of

__all__ = [
    "LOCAL",
    "Admin",
    "AdminToken",
    "BasicAuth",
    "CertificatePair",
    "Config",
    "ConfigError",
    "Limits",
    "Listener",
    "Liveness",
    "Logging",
    "Match",
    "PluginEntry",
    "Problem",
    "Reconnect",
    "Route",
    "Shutdown",
    "Station",
    "Stations",
    "Tls",
    "Upstream",
    "UpstreamAuth",
    "UpstreamTls",
    "ValidationPolicy",
    "defaults",
    "is_loopback",
    "is_private",
    "json_schema",
    "load",
    "loads",
    "warnings_of",
]
