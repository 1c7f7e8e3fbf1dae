"""The plugin system: what a plugin may do, who the plugins are, and how they run on a message.

pluggy lives here and nowhere else: it checks the signatures, keeps the plugins and says in what order they stand.
What runs on a message is a table that is compiled from that once, at load. This package knows OCPP messages
(`broker.ocpp`); it does not know sockets, sessions, routes, or the configuration file.
"""

from broker.hooks.authority import Authority, AuthorityRefused
from broker.hooks.breaker import Breaker, PluginStats
from broker.hooks.call_errors import (
    CallFailed,
    CallTimeout,
    NotConnected,
    OperationFailed,
    QueueFull,
    StationRefused,
)
from broker.hooks.context import Clock, Context, ContextFactory, PluginMetrics, SessionsView
from broker.hooks.documents import PluginDocuments
from broker.hooks.eager import Resume, step
from broker.hooks.errors import PluginError, Problem
from broker.hooks.files import Files, OnDone, Transfer
from broker.hooks.manager import Plugins
from broker.hooks.markers import answer, hookimpl, observe, on_call, on_reply, operation, record
from broker.hooks.operations import Operation, UnknownOperation
from broker.hooks.outcomes import Admit, Answer, Drop, Refuse, Reject, Replace, Route
from broker.hooks.plugin import BasePlugin
from broker.hooks.resolve import PluginSpec
from broker.hooks.run import begin_record, finish_record, run_answer, run_observe, run_on_call, run_on_reply
from broker.hooks.scaffold import scaffold
from broker.hooks.table import Chain, Handler, Table
from broker.hooks.views import Action, ConnectionRequest, Direction, Event, LinkView, SessionView

__all__ = [
    "Action",
    "Admit",
    "Answer",
    "Authority",
    "AuthorityRefused",
    "BasePlugin",
    "Breaker",
    "CallFailed",
    "CallTimeout",
    "Chain",
    "Clock",
    "ConnectionRequest",
    "Context",
    "ContextFactory",
    "Direction",
    "Drop",
    "Event",
    "Files",
    "Handler",
    "LinkView",
    "NotConnected",
    "OnDone",
    "Operation",
    "OperationFailed",
    "PluginDocuments",
    "PluginError",
    "PluginMetrics",
    "PluginSpec",
    "PluginStats",
    "Plugins",
    "Problem",
    "QueueFull",
    "Refuse",
    "Reject",
    "Replace",
    "Resume",
    "Route",
    "SessionView",
    "SessionsView",
    "StationRefused",
    "Table",
    "Transfer",
    "UnknownOperation",
    "answer",
    "begin_record",
    "finish_record",
    "hookimpl",
    "observe",
    "on_call",
    "on_reply",
    "operation",
    "record",
    "run_answer",
    "run_observe",
    "run_on_call",
    "run_on_reply",
    "scaffold",
    "step",
]
