"""BootNotification by the station's policy (1.6 4.2), and what follows when the policy changes.

A station that the local CSMS has not accepted may do nothing but boot: the broker answers everything else with
SecurityError (errata 5.6). A station that only reconnects does not boot again, and is judged by its policy.

When the policy changes while the station is connected, that holds at once: nobody waits for the next boot to shut a
station out. It is told by being asked to boot. Its running transaction's messages are refused from then on; the
station repeats them as often as its TransactionMessageAttempts says, so stop the transaction first where it matters.
The other way round, a station that was told Pending or Rejected is asked to boot, and is accepted by that boot; one
that was never told so believes itself accepted, and is from then on.
"""

from typing import Any

import msgspec

from broker.api import (
    BasePlugin,
    Call,
    CallFailed,
    Direction,
    Reply,
    SessionView,
    Station,
    Version,
    answer,
    hookimpl,
    record,
)
from plugins.ocpp16.core_config import CoreConfig
from plugins.shared.values import text

V16 = "ocpp1.6"
ACCEPTED = "accepted"


class Notes(msgspec.Struct):
    """What Core knows of one connection."""

    told: str = ""
    """What the last BootNotification on this connection was answered; empty: there was none."""
    statuses: dict[int, tuple[Any, ...]] | None = None
    """By connectorId, what was last written down; None: not yet read."""


def notes_of(session: SessionView) -> Notes:
    """The notes on this connection."""
    notes: Notes | None = session.state.get("ocpp16.core")
    if notes is None:
        notes = session.state["ocpp16.core"] = Notes()
    return notes


class Boot(BasePlugin):
    """The part of Core that decides who may work."""

    config: CoreConfig

    @hookimpl
    def broker_starting(self, broker: Any) -> None:
        """Hear of changed policies; after a reload, look at those who are connected already."""
        self.records.registrations.watchers.append(self._registration_changed)
        for session in self.sessions.all():
            self._judge(session)

    @hookimpl
    def broker_stopping(self, broker: Any) -> None:
        """Hear of nothing any more."""
        watchers = self.records.registrations.watchers
        if self._registration_changed in watchers:
            watchers.remove(self._registration_changed)

    @hookimpl
    def session_opened(self, session: SessionView) -> None:
        """A station that does not boot after it has reconnected is accepted if its policy says so (1.6-J 5.4)."""
        if session.version is Version.V16:
            session.accepted = self._policy(session.identity) == ACCEPTED

    @answer(V16, "BootNotification")
    def boot(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.2: as the station's policy says."""
        policy = self._policy(session.identity)
        interval = self.config.heartbeat_interval if policy == ACCEPTED else self.config.retry_interval
        return {"status": policy.capitalize(), "currentTime": self.clock.iso(), "interval": interval}

    # Behind all others: what the station is told in the end is what counts.
    @record(V16, "BootNotification", direction=Direction.FROM_STATION, trylast=True)
    def booted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station is, and whether it was accepted; in relay mode that is the upstream's word."""
        status = text(reply.payload.get("status"))
        if status is None:
            return
        notes_of(session).told = status
        if call.answered_by == "local":
            session.accepted = status == "Accepted"
        elif status == "Accepted":  # by an upstream: for when the broker stands in for it
            session.accepted = self._policy(session.identity) == ACCEPTED
        self.records.later(self.records.stations.put(self._station(session.identity, call.plain_payload, status)))

    def _station(self, identity: str, boot: dict[str, Any], status: str) -> Station:
        serial = text(boot.get("chargePointSerialNumber")) or text(boot.get("chargeBoxSerialNumber"))
        return Station(
            identity=identity,
            version=V16,
            vendor=text(boot.get("chargePointVendor")) or "",
            model=text(boot.get("chargePointModel")) or "",
            serial_number=serial or "",
            firmware=text(boot.get("firmwareVersion")) or "",
            boot_status=status,
            booted_at=self.clock.now(),
            boot=boot,
        )

    def _policy(self, identity: str) -> str:
        return self.records.registrations.boot_policy(identity)

    def _registration_changed(self, identity: str) -> None:
        session = self.sessions.get(identity)
        if session is not None:
            self._judge(session)

    def _judge(self, session: SessionView) -> None:
        """Have the policy of a connected station take effect, where it is not what the station lives by."""
        accepted = self._policy(session.identity) == ACCEPTED
        if session.version is not Version.V16 or accepted == session.accepted:
            return
        if not accepted or notes_of(session).told in ("", "Accepted"):
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
