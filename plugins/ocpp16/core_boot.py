"""BootNotification by the station's policy (1.6 4.2); what follows when it changes: `plugins.shared.boot_policy`.

What a station sends that is not accepted, besides its boots, the broker answers with SecurityError (errata 5.6). One
that reconnects need not boot again (1.6-J 5.4). The running transaction's messages of one that is shut out are
refused from then on; the station repeats them as often as its TransactionMessageAttempts says, so stop the
transaction first where it matters.
"""

from typing import Any

from broker.api import Call, Direction, Reply, SessionView, Station, answer, record
from plugins.ocpp16.core_config import CoreConfig
from plugins.shared.boot_policy import BootPolicy
from plugins.shared.values import text

V16 = "ocpp1.6"


class Boot(BootPolicy):
    """The part of Core that decides who may work."""

    versions = (V16,)
    config: CoreConfig

    @answer(V16, "BootNotification")
    def boot(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.2: as the station's policy says."""
        return self.boot_answer(session)

    # Behind all others: what the station is told in the end is what counts.
    @record(V16, "BootNotification", direction=Direction.FROM_STATION, trylast=True)
    def booted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station is, and whether it was accepted; in relay mode that is the upstream's word."""
        status = self.boot_answered(session, call, reply)
        if status is not None:
            station = _station(session.identity, call.plain_payload, status, self.clock.now())
            self.records.later(self.records.stations.put(station))


def _station(identity: str, boot: dict[str, Any], status: str, now: float) -> Station:
    serial = text(boot.get("chargePointSerialNumber")) or text(boot.get("chargeBoxSerialNumber"))
    return Station(
        identity=identity,
        version=V16,
        vendor=text(boot.get("chargePointVendor")) or "",
        model=text(boot.get("chargePointModel")) or "",
        serial_number=serial or "",
        firmware=text(boot.get("firmwareVersion")) or "",
        boot_status=status,
        booted_at=now,
        boot=boot,
    )
