"""BootNotification by the station's policy (B01 to B03); what follows when it changes: `plugins.shared.boot_policy`.

What a station sends that is not accepted, besides its boots and what it was told to send, the broker answers with
SecurityError (B01.FR.10, B02.FR.09, B03.FR.07). One whose policy has changed is asked to boot (F06); one that is shut
out is asked too, so that it learns, though it may refuse, having been accepted (F06.FR.17).
"""

from typing import Any

from broker.api import Call, Direction, Reply, SessionView, Station, answer, record
from plugins.ocpp201.provisioning.config import ProvisioningConfig
from plugins.ocpp201.versions import V2
from plugins.shared.boot_policy import BootPolicy
from plugins.shared.values import text


class Boot(BootPolicy):
    """The part that decides who may work."""

    versions = V2
    config: ProvisioningConfig

    @answer(V2, "BootNotification")
    def boot(self, session: SessionView, call: Call) -> dict[str, Any]:
        """B01 to B03: as the station's policy says."""
        return self.boot_answer(session)

    @record(V2, "BootNotification", direction=Direction.FROM_STATION)
    def booted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station is, and whether it was accepted; in relay mode that is the upstream's word."""
        status = self.boot_answered(session, call, reply)
        if status is None:
            return
        station = _station(session, call.plain_payload, status, self.clock.now())
        self.records.later(self.records.stations.put(station))
        if call.answered_by == "local" and status == "Accepted":
            self.welcome(session, station)

    def welcome(self, session: SessionView, station: Station) -> None:
        """A station was accepted; see `onboarding`."""


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
