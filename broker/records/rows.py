"""What the book of stations is made of. All times are Unix seconds UTC; None is what nobody has said."""

from typing import Any

import msgspec


class Registration(msgspec.Struct, kw_only=True):
    """What an operator has set for a station; None: as the configuration file says."""

    identity: str
    password: str | None = None
    """Never the password itself: `sha256$salt$hex`."""
    security_profile: int | None = None
    tags: dict[str, str] = {}
    serial_number: str | None = None
    boot: str | None = None
    """What its BootNotification is answered: accepted, pending or rejected."""
    created_at: float = 0.0
    updated_at: float = 0.0


class Station(msgspec.Struct, kw_only=True):
    """What a station said of itself when it booted last."""

    identity: str
    version: str
    vendor: str = ""
    model: str = ""
    serial_number: str = ""
    firmware: str = ""
    boot_status: str = ""
    """What that boot was answered."""
    booted_at: float | None = None
    boot: dict[str, Any] = {}
    """The payload as it was sent."""


class Connector(msgspec.Struct, kw_only=True):
    """The last status of one connector. 1.6: connector N is evse N, connector 1; the station itself is 0, 0."""

    identity: str
    evse: int
    connector: int
    status: str = ""
    error_code: str = ""
    info: str = ""
    vendor_id: str = ""
    vendor_error_code: str = ""
    at: float | None = None
    """The station's timestamp."""
    changed_at: float = 0.0


class Token(msgspec.Struct, kw_only=True):
    """What may charge: an idTag, an idToken."""

    id: str
    """As it was given; compared without regard to case."""
    type: str = ""
    """Of 2.x; empty matches any."""
    status: str = "Accepted"
    expires: float | None = None
    parent: str | None = None
    parent_type: str | None = None
    note: str = ""
    language: str | None = None
    updated_at: float = 0.0
    language2: str | None = None
    message: str | None = None
    """What its owner is shown: personalMessage of 2.x."""
    evses: dict[str, list[int]] = {}
    """By identity, the EVSEs where it is valid; a station that is not there: all of them."""
    priority: int | None = None
    """chargingPriority of 2.x, -9 to 9."""
    credit: float | None = None
    """What is left of a prepaid one, in the currency of its tariff."""
    tariff: str | None = None
    """tariffId of what it pays."""
    source: str = "api"
    """Who has set it: api, or file for one of the configuration."""


class Transaction(msgspec.Struct, kw_only=True):
    """From plug to plug, as far as messages have told of it. Energy in Wh."""

    ref: int = 0
    """The row's own number; they grow."""
    epoch: int = 0
    """0 for the one that its id names now."""
    identity: str
    transaction_id: str
    version: str
    evse: int | None = None
    connector: int | None = None
    token: str | None = None
    token_type: str | None = None
    parent: str | None = None
    status: str = ""
    """What the token was answered; empty: not known."""
    reservation_id: int | None = None
    answered_by: str = ""
    started_at: float | None = None
    meter_start: int | None = None
    stopped_at: float | None = None
    meter_stop: int | None = None
    stop_reason: str | None = None
    stop_token: str | None = None
    received_at: float = 0.0
    updated_at: float = 0.0
    ended: bool = False
    start_key: str = ""
    """What tells this start from any other: the same for each repetition of it. Empty: no start is known."""
    details: dict[str, Any] = {}

    @property
    def energy(self) -> int | None:
        """What was charged, in Wh; None until both readings are known."""
        if self.meter_start is None or self.meter_stop is None:
            return None
        return self.meter_stop - self.meter_start


class MeterValue(msgspec.Struct, kw_only=True):
    """What one message measured."""

    id: int
    identity: str
    transaction_id: str | None
    evse: int | None
    connector: int | None
    version: str
    received_at: float
    values: list[dict[str, Any]]
    """In the form of OCPP 2.x: see `neutral`."""


class Variable(msgspec.Struct, kw_only=True):
    """One setting of a station. 1.6: a configuration key, of no component; 2.x: `EVSE@1`, `AvailabilityState`."""

    identity: str
    component: str = ""
    variable: str
    attribute: str = "Actual"
    value: str | None = None
    readonly: bool = False
    at: float | None = None
    previous: str | None = None
    changed_at: float | None = None
    details: dict[str, Any] = {}
    """What a report of 2.x says of it: mutability, persistent, constant, characteristics."""


class Reservation(msgspec.Struct, kw_only=True):
    """A connector that is kept for somebody."""

    identity: str
    reservation_id: int
    evse: int = 0
    connector: int | None = None
    token: str = ""
    parent: str | None = None
    expires: float | None = None
    status: str = "requested"
    """requested, reserved; or ended: used, expired, cancelled, refused, removed."""
    answer: str = ""
    """The station's word."""
    transaction_id: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class LocalList(msgspec.Struct, kw_only=True):
    """The authorization list that a station holds, as far as is known."""

    identity: str
    version: int = 0
    status: str = ""
    """What the last update was answered."""
    updated_at: float = 0.0
    entries: dict[str, dict[str, Any]] = {}
    """idTagInfo by idTag; idTokenInfo, with the type of the idToken, by idToken."""


class ChargingProfile(msgspec.Struct, kw_only=True):
    """A charging profile that a station holds."""

    identity: str
    profile_id: int
    evse: int = 0
    purpose: str = ""
    kind: str = ""
    stack_level: int = 0
    transaction_id: str | None = None
    valid_from: float | None = None
    valid_to: float | None = None
    at: float | None = None
    profile: dict[str, Any] = {}
    """As it was sent."""


class Certificate(msgspec.Struct, kw_only=True):
    """A certificate that a station holds."""

    identity: str
    key: str
    """hashAlgorithm:issuerKeyHash:serialNumber, or station:<serial number> for its own."""
    use: str = ""
    hash_data: dict[str, Any] = {}
    serial_number: str = ""
    subject: str | None = None
    not_after: float | None = None
    status: str = ""
    at: float | None = None
    pem: str | None = None


class SecurityEvent(msgspec.Struct, kw_only=True):
    """Something that a station, or the broker, found worth telling security of."""

    id: int
    identity: str
    type: str
    at: float | None
    received_at: float
    tech_info: str


class StationEvent(msgspec.Struct, kw_only=True):
    """Something that a station of 2.x has noticed, by a monitor or by itself (NotifyEvent)."""

    id: int
    identity: str
    component: str
    variable: str
    at: float | None
    received_at: float
    value: str
    details: dict[str, Any]
    """The other members of its eventData."""


class Message(msgspec.Struct, kw_only=True):
    """One message of the log."""

    id: int
    at: float
    identity: str
    direction: str
    peer: str
    action: str
    message_id: str
    kind: str
    outcome: str
    payload: bytes
