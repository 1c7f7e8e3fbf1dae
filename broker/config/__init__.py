"""The configuration: typed, frozen models of the one file, and the loader that reports every fault at once.

It knows the OCPP versions and validation levels of `broker.ocpp` and nothing else of the broker: it opens no socket and
no certificate, starts nothing, and leaves to each plugin what that plugin's options mean.
"""

from broker.config.addresses import is_loopback, is_private
from broker.config.listeners import CertificatePair, Listener, Tls
from broker.config.liveness import Liveness
from broker.config.load import defaults, load, loads
from broker.config.match import Match
from broker.config.models import Config, PluginEntry
from broker.config.one_route import route_document, route_from
from broker.config.operations import Admin, AdminToken, Limits, Logging, Shutdown
from broker.config.primary_down import Failover, StandIn
from broker.config.problems import ConfigError, Problem
from broker.config.routes import LOCAL, Route, ValidationPolicy
from broker.config.schema import json_schema
from broker.config.secondaries import Filter, Grant, Secondary
from broker.config.stations import Station, Stations
from broker.config.store import Outbox, Store
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
    "Failover",
    "Filter",
    "Grant",
    "Limits",
    "Listener",
    "Liveness",
    "Logging",
    "Match",
    "Outbox",
    "PluginEntry",
    "Problem",
    "Reconnect",
    "Route",
    "Secondary",
    "Shutdown",
    "StandIn",
    "Station",
    "Stations",
    "Store",
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
    "route_document",
    "route_from",
    "warnings_of",
]
