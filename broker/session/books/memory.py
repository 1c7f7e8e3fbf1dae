"""What a station has last said of itself: what an upstream that joins later needs to be told (design.md 5, point 9)."""

import msgspec

from broker.ocpp import Call, Version
from broker.ocpp.jsontext import decode

_CONNECTORS = 128


class Memory(msgspec.Struct):
    """One station's last words, as they stand in the store."""

    version: str = ""
    """Of its last connection: what waits for an upstream is delivered in it."""
    boot: bytes = b""
    """The payload of the last BootNotification."""
    spoken: str = ""
    """The version of that boot; empty where it is not known."""
    booted: dict[str, float] = {}
    """By upstream that has accepted this very boot: the interval that it named."""
    accepted: bool = False
    """Whether some upstream has ever let this station in."""
    statuses: dict[str, bytes] = {}
    """By connector: the payload of the last StatusNotification."""
    first_free: int = 0
    """Where transactionIds of our own begin."""

    def note_boot(self, call: Call) -> None:
        self.boot = call.raw
        self.spoken = call.version.value
        self.booted = {}
        self.statuses = {}

    def note_status(self, call: Call) -> str:
        """Remember a StatusNotification; returns which connector it is about."""
        key = connector_of(call)
        if key in self.statuses or len(self.statuses) < _CONNECTORS:
            self.statuses[key] = call.raw
        return key

    def boot_in(self, version: Version) -> bytes:
        """The payload of the last BootNotification, where it was made in this version; empty where it was not."""
        return self.boot if self.spoken in ("", version.value) else b""

    def statuses_in(self, version: Version) -> list[bytes]:
        """The last StatusNotification of each connector that was heard in this version, or one of the same shape."""
        return [raw for key, raw in self.statuses.items() if ("/" in key) is (version is not Version.V16)]

    @property
    def model(self) -> dict[str, str]:
        """What routes may match: `vendor`, `model` and `firmware` of the last boot; {} before the first."""
        if not self.boot:
            return {}
        payload = decode(self.boot)
        device = payload.get("chargingStation", payload)
        if not isinstance(device, dict):
            return {}
        named = {
            "vendor": device.get("vendorName", device.get("chargePointVendor")),
            "model": device.get("model", device.get("chargePointModel")),
            "firmware": device.get("firmwareVersion"),
        }
        return {key: value for key, value in named.items() if isinstance(value, str)}


def connector_of(call: Call) -> str:
    """`1` for a connector of 1.6, `1/2` for EVSE 1, connector 2; it is written down, so that it is plain text."""
    payload = call.payload
    connector = payload.get("connectorId", 0)
    key = connector if call.version is Version.V16 else f"{payload.get('evseId', 0)}/{connector}"
    return ascii(key).strip("'")[:20]
