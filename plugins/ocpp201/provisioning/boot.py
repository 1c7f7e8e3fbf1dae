"""BootNotification by the station's policy (B01 to B03), and what follows when the policy changes.

A station that the local CSMS has not accepted may do nothing but boot, and what it was told to send: the broker
answers everything else with SecurityError (B01.FR.10, B02.FR.09, B03.FR.07). A station that only reconnects does not
boot again, and is judged by its policy.

When the policy changes while the station is connected, that holds at once, as with OCPP 1.6: a station that was told
Pending or Rejected is asked to boot (F06), and accepted by that boot; one that is shut out is asked too, so that it
learns, though it may refuse, having been accepted (F06.FR.17).
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
    answer,
    hookimpl,
    record,
)
from plugins.ocpp201.provisioning.config import ProvisioningConfig
from plugins.ocpp201.versions import V2
from plugins.shared.values import text

ACCEPTED = "accepted"


class Notes(msgspec.Struct):
    """What this plugin knows of one connection."""

    told: str = ""
    """What the last BootNotification on this connection was answered; empty: there was none."""
    onboarding: Any = None
    """The task that reads its device model after a boot."""


def notes_of(session: SessionView) -> Notes:
    """The notes on this connection."""
    notes: Notes | None = session.state.get("ocpp201.provisioning")
    if notes is None:
        notes = session.state["ocpp201.provisioning"] = Notes()
    return notes


class Boot(BasePlugin):
    """The part that decides who may work."""

    config: ProvisioningConfig

    @hookimpl
    def broker_starting(self, broker: Any) -> None:
        """Hear of changed policies; after a reload, look at those who are connected already."""
        self.records.registrations.watchers.append(self._registration_changed)
        for session in self.sessions.all():
            self._judge(session)

    def stop_watching(self) -> None:
        """Hear of nothing any more."""
        watchers = self.records.registrations.watchers
        if self._registration_changed in watchers:
            watchers.remove(self._registration_changed)

    @hookimpl
    def session_opened(self, session: SessionView) -> None:
        """A station that does not boot after it has reconnected is accepted if its policy says so."""
        if session.version in V2:
            session.accepted = self._policy(session.identity) == ACCEPTED

    @answer(V2, "BootNotification")
    def boot(self, session: SessionView, call: Call) -> dict[str, Any]:
        """B01 to B03: as the station's policy says."""
        policy = self._policy(session.identity)
        interval = self.config.heartbeat_interval if policy == ACCEPTED else self.config.retry_interval
        return {"currentTime": self.clock.iso(), "interval": interval, "status": policy.capitalize()}

    @record(V2, "BootNotification", direction=Direction.FROM_STATION)
    def booted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station is, and whether it was accepted; in relay mode that is the upstream's word."""
        status = text(reply.payload.get("status")) if reply.is_result else None
        if status is None:
            return
        notes_of(session).told = status
        if call.answered_by == "local":
            session.accepted = status == "Accepted"
        elif status == "Accepted":  # by an upstream: for when the broker stands in for it
            session.accepted = self._policy(session.identity) == ACCEPTED
        station = _station(session, call.plain_payload, status, self.clock.now())
        self.records.later(self.records.stations.put(station))
        if call.answered_by == "local" and status == "Accepted":
            self.welcome(session, station)

    def welcome(self, session: SessionView, station: Station) -> None:
        """A station was accepted; see `onboarding`."""

    def _policy(self, identity: str) -> str:
        return self.records.registrations.boot_policy(identity)

    def _registration_changed(self, identity: str) -> None:
        session = self.sessions.get(identity)
        if session is not None:
            self._judge(session)

    def _judge(self, session: SessionView) -> None:
        """Have the policy of a connected station take effect, where it is not what the station lives by."""
        accepted = self._policy(session.identity) == ACCEPTED
        if session.version not in V2 or accepted == session.accepted:
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


def _station(session: SessionView, boot: dict[str, Any], status: str, now: float) -> Station:
    given = boot.get("chargingStation")
    said: dict[str, Any] = given if isinstance(given, dict) else {}
    return Station(
        identity=session.identity,
        version=str(session.version),
        vendor=text(said.get("vendorName")) or "",
        model=text(said.get("model")) or "",
        serial_number=text(said.get("serialNumber")) or "",
        firmware=text(said.get("firmwareVersion")) or "",
        boot_status=status,
        booted_at=now,
        boot=boot,
    )
