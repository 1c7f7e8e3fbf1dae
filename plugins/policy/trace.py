"""Policy: a log line for each message and each session of chosen stations."""

from fnmatch import fnmatchcase
from typing import Any

from broker.api import BasePlugin, Event, LinkView, SessionView, hookimpl, observe


class Trace(BasePlugin):
    """Logs the messages of chosen stations, without their payloads, which may hold secrets."""

    name = "policy.trace"

    class Config(BasePlugin.Config):
        identities: tuple[str, ...] = ("*",)
        """Whose messages; patterns with `*`. A line a message about doubles its price, so name the few that matter."""

    config: Config

    @hookimpl
    def broker_starting(self, broker: Any) -> None:
        """Say that the log is on: it costs time, and nobody should wonder why."""
        self.log.info("tracing the messages of %s", ", ".join(self.config.identities))

    @hookimpl
    def broker_stopping(self, broker: Any) -> None:
        """Say that nothing more comes."""
        self.log.info("tracing has ended")

    @hookimpl
    def session_opened(self, session: SessionView) -> None:
        """A line for a connection."""
        if self._wanted(session):
            self.log.info(
                "%s connected: %s, security profile %d, from %s",
                session.identity,
                session.version,
                session.security_profile,
                session.remote,
            )

    @hookimpl
    def session_closed(self, session: SessionView, reason: str) -> None:
        """A line for its end."""
        if self._wanted(session):
            self.log.info("%s disconnected: %s", session.identity, reason)

    @hookimpl
    def upstream_opened(self, session: SessionView, link: LinkView) -> None:
        """A line for a leg to an upstream."""
        if self._wanted(session):
            self.log.info("%s: leg to %s is up", session.identity, link.upstream)

    @hookimpl
    def upstream_closed(self, session: SessionView, link: LinkView, reason: str) -> None:
        """A line for its end."""
        if self._wanted(session):
            self.log.info("%s: leg to %s is down: %s", session.identity, link.upstream, reason)

    @observe()
    def message(self, session: SessionView, event: Event) -> None:
        """A line for a message."""
        if self._wanted(session):
            self.log.info(
                "%s %s %s %s %s %s %s (%d bytes)",
                session.identity,
                event.direction,
                event.kind,
                event.action,
                event.message_id,
                event.peer,
                event.outcome or "-",
                len(event.raw),
            )

    def _wanted(self, session: SessionView) -> bool:
        """Decided once a session."""
        wanted = session.state.get(self.context.name)
        if wanted is None:
            wanted = any(fnmatchcase(session.identity, pattern) for pattern in self.config.identities)
            session.state[self.context.name] = wanted
        return bool(wanted)
