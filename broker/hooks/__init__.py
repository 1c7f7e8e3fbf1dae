"""The plugin system: what a plugin may do, who the plugins are, and how they run on a message.

pluggy lives here and nowhere else: it checks the signatures, keeps the plugins and says in what order they stand.
What runs on a message is a table that is compiled from that once, at load. This package knows OCPP messages
(`broker.ocpp`); it does not know sockets, sessions, routes, or the configuration file.
"""

from broker.hooks.breaker import Breaker, PluginStats
from broker.hooks.context import Clock, Context, ContextFactory, PluginMetrics, SessionsView
from broker.hooks.eager import Resume, step
from broker.hooks.errors import PluginError, Problem
from broker.hooks.manager import Plugins
from broker.hooks.markers import answer, hookimpl, observe, on_call, on_reply
from broker.hooks.outcomes import Admit, Answer, Drop, Refuse, Reject, Replace, Route
from broker.hooks.plugin import BasePlugin
from broker.hooks.resolve import PluginSpec
from broker.hooks.run import run_answer, run_observe, run_on_call, run_on_reply
from broker.hooks.scaffold import scaffold
from broker.hooks.table import Chain, Handler, Table
from broker.hooks.views import Action, ConnectionRequest, Direction, Event, LinkView, SessionView

__all__ = [
    "Action",
    "Admit",
    "Answer",
    "BasePlugin",
    "Breaker",
    "Chain",
    "Clock",
    "ConnectionRequest",
    "Context",
    "ContextFactory",
    "Direction",
    "Drop",
    "Event",
    "Handler",
    "LinkView",
    "PluginError",
    "PluginMetrics",
    "PluginSpec",
    "PluginStats",
    "Plugins",
    "Problem",
    "Refuse",
    "Reject",
    "Replace",
    "Resume",
    "Route",
    "SessionView",
    "SessionsView",
    "Table",
    "answer",
    "hookimpl",
    "observe",
    "on_call",
    "on_reply",
    "run_answer",
    "run_observe",
    "run_on_call",
    "run_on_reply",
    "scaffold",
    "step",
]
