"""Who may work: boots by the station's policy, and what follows when the policy changes; the same in all versions.

A station that the local CSMS has not accepted may do nothing but boot. One that only reconnects does not boot again,
and is judged by its policy.

When the policy changes while the station is connected, that holds at once: nobody waits for the next boot to shut a
station out. It is told by being asked to boot. The other way round, a station that was told Pending or Rejected is
asked to boot, and is accepted by that boot; one that was never told so believes itself accepted, and is from then on.
"""

from typing import Any, ClassVar

from pydantic import Field

from broker.api import BasePlugin, Call, CallFailed, Reply, SessionView, hookimpl
from plugins.shared.values import text

_ACCEPTED = "accepted"
#: In the state of a session: what the last BootNotification on this connection was answered, if there was one.
_TOLD = "boot_policy.told"


class BootConfig(BasePlugin.Config):
    """The options of a plugin that answers boots."""

    heartbeat_interval: int = Field(default=300, ge=1)
    """Seconds between Heartbeats, told with Accepted in the answer to BootNotification."""
    retry_interval: int = Field(default=60, ge=1)
    """Seconds until a station that is told Pending or Rejected boots again."""


class BootPolicy(BasePlugin):
    """The part of a plugin that decides who may work; the plugin answers and records BootNotification with it."""

    versions: ClassVar[tuple[str, ...]]
    """Stations of other versions are not judged."""
    config: BootConfig

    @hookimpl
    def broker_starting(self, broker: Any) -> None:
        """Hear of changed policies; after a reload, look at those who are connected already."""
        self.records.registrations.watchers.append(self._registration_changed)
        for session in self.sessions.all():
            self._judge(session)

    @hookimpl
    async def broker_stopping(self, broker: Any) -> None:
        """Hear of nothing any more."""
        watchers = self.records.registrations.watchers
        if self._registration_changed in watchers:
            watchers.remove(self._registration_changed)

    @hookimpl
    def session_opened(self, session: SessionView) -> None:
        """A station that does not boot after it has reconnected is accepted if its policy says so."""
        if session.version in self.versions:
            session.accepted = self._welcome(session)

    def boot_answer(self, session: SessionView) -> dict[str, Any]:
        """The CALLRESULT of BootNotification, as the station's policy says."""
        policy = self.records.registrations.boot_policy(session.identity)
        interval = self.config.heartbeat_interval if policy == _ACCEPTED else self.config.retry_interval
        return {"currentTime": self.clock.iso(), "interval": interval, "status": policy.capitalize()}

    def boot_answered(self, session: SessionView, call: Call, reply: Reply) -> str | None:
        """What the station was told in the end, and what follows; None where that was no status."""
        status = text(reply.payload.get("status"))
        if status is None:
            return None
        session.state[_TOLD] = status
        if call.answered_by == "local":
            session.accepted = status == "Accepted"
        elif status == "Accepted":  # by an upstream: for when the broker stands in for it
            session.accepted = self._welcome(session)
        return status

    def _welcome(self, session: SessionView) -> bool:
        return self.records.registrations.boot_policy(session.identity) == _ACCEPTED

    def _registration_changed(self, identity: str) -> None:
        session = self.sessions.get(identity)
        if session is not None:
            self._judge(session)

    def _judge(self, session: SessionView) -> None:
        """Have the policy of a connected station take effect, where it is not what the station lives by."""
        accepted = self._welcome(session)
        if session.version not in self.versions or accepted == session.accepted:
            return
        if not accepted or session.state.get(_TOLD, "Accepted") == "Accepted":
            session.accepted = accepted
        if session.answers == "local":
            self.spawn(self._ask_to_boot(session), name="trigger boot")

    async def _ask_to_boot(self, session: SessionView) -> None:
        """The boot brings the station the new word; one that cannot be asked boots when its interval is over."""
        try:
            reply = await session.call("TriggerMessage", {"requestedMessage": "BootNotification"})
        except CallFailed as error:
            self.log.info("%s: could not be asked to boot: %s", session.identity, type(error).__name__)
            return
        said = reply.payload.get("status") if reply.is_result else reply.code
        self.log.info("%s: asked to boot, says %.40r", session.identity, said)
