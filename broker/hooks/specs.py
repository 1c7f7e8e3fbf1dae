"""The hooks of Switchboard. The docstrings are the documentation; docs/plugins.md shows them with examples.

Three kinds: `register_*` are called once, while the plugins are built. The message hooks (`on_call`, `answer`,
`on_reply`, `record`, `observe`) are never called through pluggy: their handlers are compiled into a table. The rest is
called when something happens, each plugin in the order of the configuration.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry

from broker.hooks.markers import hookspec
from broker.hooks.outcomes import Admit, Answer, Drop, Payload, Refuse, Reject, Replace, Route
from broker.hooks.views import Action, ConnectionRequest, Event, LinkView, SessionView
from broker.ocpp import Call, Reply


class Specs:
    """Every hook that a plugin may implement."""

    @hookspec
    def register_actions(self) -> Sequence[Action]:
        """The actions that this plugin owns: version, name, direction, profile, and schemas of its own.

        An action outside the specification must be registered before a handler can name it. Two plugins that own
        the same action are an error at start. Build time; not async.
        """
        return ()

    @hookspec
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """Add collectors to the registry of the plugins, which `/metrics` shows with the broker's own.

        `self.metrics.counter(...)` is the short way and names them after the plugin. Build time; not async.
        """

    @hookspec
    def register_routes(self) -> Sequence[Any]:
        """HTTP routes of this plugin: `aiohttp.web.RouteDef`s, relative to `/plugins/<name>` of the admin listener.

        Requests have passed the admin listener's authentication. Build time; not async.
        """
        return ()

    @hookspec
    def register_commands(self) -> Mapping[str, Any]:
        """Sub-commands of `switchboard`: name to `typer.Typer` or `click.Command`. Build time; not async."""
        return {}

    @hookspec
    def broker_starting(self, broker: Any) -> None:
        """The broker is about to open its listeners; in the order of the configuration. May be async.

        An exception here refuses to start, with the plugin's name.
        """

    @hookspec
    def broker_stopping(self, broker: Any) -> None:
        """The listeners are closed and the sessions gone; in reverse order, only for what has started. May be async."""

    @hookspec
    def connection_opening(self, request: ConnectionRequest) -> Admit | Refuse | None:
        """A station at the door, after authentication and before the upgrade. May be async.

        The first `Refuse` wins over every `Admit`; the last `Admit` with an identity renames the station; None for
        no opinion. A plugin with `on_error = "reject"` that fails refuses with 503.
        """
        return None

    @hookspec(firstresult=True)
    def choose_route(self, session: SessionView) -> Route | None:
        """Where this station's calls go. The first answer that is not None wins; nobody's: the configured routes.

        Not async: it stands between a station's first message and its upstream.
        """
        return None

    @hookspec
    def session_opened(self, session: SessionView) -> None:
        """A station is connected. May be async; nobody waits for it."""

    @hookspec
    def session_closed(self, session: SessionView, reason: str) -> None:
        """A station is gone; exactly once for each `session_opened`, and after it. May be async."""

    @hookspec
    def upstream_opened(self, session: SessionView, link: LinkView) -> None:
        """A leg to an upstream is up. May be async; nobody waits for it."""

    @hookspec
    def upstream_closed(self, session: SessionView, link: LinkView, reason: str) -> None:
        """A leg to an upstream is down; exactly once for each `upstream_opened`, and after it. May be async."""

    @hookspec
    def on_call(self, session: SessionView, call: Call) -> Replace | Answer | Reject | Drop | None:
        """A call on its way, in either direction; `call.origin` is `station`, an upstream's name, `api` or `plugin`.

        None to let it pass, `Replace(payload)` to change it for everybody behind, `Answer(payload)` or
        `Reject(kind)` to answer it here, `Drop()` to forget it. Message table; may be async, within `time_limit`.
        """
        return None

    @hookspec
    def answer(self, session: SessionView, call: Call) -> Payload | Answer | Reject | None:
        """The local CSMS's answer: the payload of a CALLRESULT, or `Reject(kind)`.

        Exactly one handler for each (version, action): two are an error at start. None only for a SEND, which has
        no answer. Message table; may be async, within `time_limit`.
        """
        return None

    @hookspec
    def on_reply(self, session: SessionView, call: Call, reply: Reply) -> Replace | None:
        """The reply to a call on its way back. `Replace(payload)` changes the payload of a result; None lets it pass.

        Message table; may be async, within `time_limit`.
        """
        return None

    @hookspec
    def record(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A call and its final reply, to be written down, whoever has answered it; it can change nothing.

        May be async. Where the local CSMS answers the station, and for calls of operators and plugins, it is waited for
        before the answer goes on: what raises StoreFailed on a transaction message or security event keeps the broker
        from acknowledging it. Otherwise it runs behind the messages, in their order. Message table.
        """

    @hookspec
    def observe(self, session: SessionView, event: Event) -> None:
        """A message that has passed. Changes nothing, and must be quick: not async."""

    @hookspec
    def operation(self, session: SessionView, params: Any) -> dict[str, Any]:
        """What an operator asks of a connected station, and the plugin composes by itself: `@operation(name, version)`.

        `params` is an instance of the pydantic model that the method's argument is annotated with; the result is JSON.
        Called by the admin API and `switchboard do`, by name and not for every plugin; async. Raises OperationFailed.
        """
        return {}
