"""The stations that the configuration names, in the form the door needs: one dictionary look-up a handshake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from broker.config import Liveness, Station, Stations
from broker.server.credentials import Password

_NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class StationRecord:
    """What is registered for one identity. Times in seconds."""

    identity: str
    password: Password | None = None
    security_profile: int | None = None
    """The one profile it must come with; None: the strongest that its registration allows."""
    tags: Mapping[str, str] = field(default_factory=lambda: _NO_TAGS)
    serial_number: str | None = None
    """CN of its certificate, where that is not the identity."""
    known: bool = True
    half_duplex: bool = False
    compress: bool | None = None
    ping_interval: float = 60.0
    missed_pongs: int = 2


class StationBook:
    """Who may connect. Built whole from a configuration and swapped whole on a reload."""

    def __init__(self, stations: Stations, liveness: Liveness) -> None:
        self._records = {station.identity: _record(station, liveness) for station in stations.known}
        self._owners = {
            station.serial_number: station.identity for station in stations.known if station.serial_number is not None
        }
        self._accept_unknown = stations.unknown == "accept"
        self._liveness = liveness

    def __len__(self) -> int:
        return len(self._records)

    def lookup(self, identity: str) -> StationRecord | None:
        """The record of `identity`; None for one that may not connect at all."""
        record = self._records.get(identity)
        if record is None and self._accept_unknown:
            return StationRecord(
                identity,
                known=False,
                ping_interval=self._liveness.ping_interval,
                missed_pongs=self._liveness.missed,
            )
        return record

    def owner_of(self, common_name: str) -> str | None:
        """The identity that a certificate's CN is registered for, if it is somebody's serial number."""
        return self._owners.get(common_name)


def _record(station: Station, liveness: Liveness) -> StationRecord:
    alive = station.liveness or liveness
    return StationRecord(
        identity=station.identity,
        password=None if station.password is None else Password.parse(station.password.get_secret_value()),
        security_profile=station.security_profile,
        tags=MappingProxyType(dict(station.tags)),
        serial_number=station.serial_number,
        half_duplex=station.half_duplex,
        compress=station.compress,
        ping_interval=alive.ping_interval,
        missed_pongs=alive.missed,
    )
