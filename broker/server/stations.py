"""Who may connect, in the form the door needs: what the configuration names, and over it what was registered since.

A look-up is a few dictionary look-ups a handshake, so that what the API changes counts for the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from broker.config import Liveness, Station, Stations
from broker.records import Registration, Registrations
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
    lowest_profile: int = 0
    """It has come with this profile before, and may come with no lower one where `security_profile` is None."""


class StationBook:
    """Who may connect. Built whole from a configuration and swapped whole on a reload."""

    def __init__(self, stations: Stations, liveness: Liveness, registrations: Registrations | None = None) -> None:
        """`registrations`: what was registered at run time, which counts before the file, member by member."""
        self.sticky_profile = stations.sticky_profile
        """Whether a station may come with no lower profile than before."""
        self._records = {station.identity: _record(station, liveness) for station in stations.known}
        self._owners = {
            station.serial_number: station.identity for station in stations.known if station.serial_number is not None
        }
        self._accept_unknown = stations.unknown == "accept"
        self._liveness = liveness
        self._registrations = registrations
        self._overlaid: dict[str, tuple[Registration, StationRecord]] = {}
        self._registered_owners: dict[str, str] = {}
        self._registered_numbers: dict[str, str] = {}
        for registration in () if registrations is None else registrations.all():
            self.registered(registration.identity)

    def __len__(self) -> int:
        return len(self._records)

    def lookup(self, identity: str) -> StationRecord | None:
        """The record of `identity`; None for one that may not connect at all."""
        registration = None if self._registrations is None else self._registrations.get(identity)
        if registration is not None:
            return self._with(registration)
        record = self._records.get(identity)
        if record is None and self._accept_unknown:
            return replace(self._blank(identity), known=False)
        return record

    def owner_of(self, common_name: str) -> str | None:
        """The identity that a certificate's CN is registered for, if it is somebody's serial number."""
        owner = self._registered_owners.get(common_name)
        if owner is not None:
            return owner
        owner = self._owners.get(common_name)
        return None if owner in self._registered_numbers else owner  # that one has another number by now

    def registered(self, identity: str) -> None:
        """The registration of `identity` has changed, or there is none any more."""
        old = self._registered_numbers.pop(identity, None)
        if old is not None and self._registered_owners.get(old) == identity:
            del self._registered_owners[old]
        registration = None if self._registrations is None else self._registrations.get(identity)
        if registration is None:
            self._overlaid.pop(identity, None)
        elif registration.serial_number is not None:
            self._registered_numbers[identity] = registration.serial_number
            self._registered_owners[registration.serial_number] = identity

    def _with(self, registration: Registration) -> StationRecord:
        """The configured record with what was registered since; made once for each registration."""
        found = self._overlaid.get(registration.identity)
        if found is not None and found[0] is registration:
            return found[1]
        record = self._records.get(registration.identity) or self._blank(registration.identity)
        made = overlaid(record, registration)
        self._overlaid[registration.identity] = (registration, made)
        return made

    def _blank(self, identity: str) -> StationRecord:
        return StationRecord(identity, ping_interval=self._liveness.ping_interval, missed_pongs=self._liveness.missed)


def overlaid(record: StationRecord, registration: Registration) -> StationRecord:
    """`record` with every member that the registration has; tags name by name."""
    password, profile, number = registration.password, registration.security_profile, registration.serial_number
    return replace(
        record,
        password=record.password if password is None else Password.parse(password),
        security_profile=record.security_profile if profile is None else profile,
        tags=MappingProxyType({**record.tags, **registration.tags}) if registration.tags else record.tags,
        serial_number=record.serial_number if number is None else number,
    )


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
