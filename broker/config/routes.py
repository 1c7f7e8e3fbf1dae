"""Routes: who answers which station."""

from typing import Any, Literal

from pydantic import Field, model_validator

from broker.config.base import Count, Model, SecondsOrZero, Text, accepts
from broker.config.match import Match
from broker.config.primary_down import Failover, Mode, StandIn, WhenPrimaryDown
from broker.config.secondaries import Grants, Replay, Secondary, everything
from broker.ocpp import Validation

LOCAL = "local"
"""The primary that stands for the broker's own CSMS."""


class ValidationPolicy(Model):
    """Validation by direction; short form: one word for both."""

    from_station: Validation | None = None
    """Calls and answers of the station: strict, lenient or off."""
    to_station: Validation | None = None
    """Calls and answers to the station: strict, lenient or off."""

    __get_pydantic_json_schema__ = accepts({"enum": [*Validation, False]})

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if value is False:  # a YAML 1.1 editor may have turned off into false
            value = "off"
        if not isinstance(value, str):
            return value
        if value not in set(Validation):
            raise ValueError(f"one of: {', '.join(Validation)}; or from_station and to_station with one each")
        return {"from_station": value, "to_station": value}


class Route(Model):
    """The way of the stations that match; the first route that fits is taken."""

    name: Text | None = None
    """What logs and the API call it; absent: its number."""
    match: Match
    """Which stations; `{}` for all."""
    primary: Text
    """Name of the upstream whose answers the station gets, or `local` for the broker's own CSMS."""
    secondaries: list[Secondary] = Field(default_factory=list)
    """Further upstreams that see what the station sends, and may command it where that is allowed."""
    when_primary_down: WhenPrimaryDown = "close"
    """After `grace`: `close` the station's connection; `hold` it and answer its calls with an error; `stand_in`: the
    broker's own CSMS answers and the primary is told later; or a section with `failover`."""
    stand_in: StandIn = Field(default_factory=StandIn)
    """How the broker's own CSMS stands in."""
    grace: SecondsOrZero = 30.0
    """Seconds that calls are held while the upstream is down, before `when_primary_down` applies."""
    validation: ValidationPolicy | None = None
    """strict refuses what is against the schema, lenient logs and passes it, off does not look. Default: lenient
    with an upstream, strict with `local`."""
    queue: Count = 64
    """Calls that wait for the upstream at most; above it they are answered with an error."""
    credentials: Literal["deny", "adopt"] = "deny"
    """Commands that change the station's password or security profile: refused, or passed on while the broker learns
    what it must accept from then on."""
    grants: Grants = Field(default_factory=list)
    """What the primary may do beyond the harmless: `network`, `certificates`, `firmware`, `logs`; `all` or `none`."""
    replay: Replay = Field(default_factory=everything)
    """What a primary is told that joins a running session: the last boot, each connector's last status, or `none`."""
    boot_grace: SecondsOrZero = 15.0
    """Seconds at most that calls to the station wait until its BootNotification is answered, or it says anything
    else."""

    @property
    def local(self) -> bool:
        """Whether the broker's own CSMS answers."""
        return self.primary == LOCAL

    @property
    def upstreams(self) -> frozenset[str]:
        """Every upstream that the route may connect its stations to."""
        others = (secondary.upstream for secondary in self.secondaries)
        return frozenset((self.primary, *self.failover, *others)) - {LOCAL}

    @property
    def when_primary_down_mode(self) -> Mode:
        """What `when_primary_down` comes to, in one word."""
        return "failover" if isinstance(self.when_primary_down, Failover) else self.when_primary_down

    @property
    def failover(self) -> tuple[str, ...]:
        """Who answers while the primary is down, in this order; empty but for the mode failover."""
        return tuple(self.when_primary_down.failover) if isinstance(self.when_primary_down, Failover) else ()

    @property
    def fail_back(self) -> float | None:
        """Seconds that the primary must have been up before it gets the station back; None for never."""
        return (self.when_primary_down.fail_back or None) if isinstance(self.when_primary_down, Failover) else None

    @property
    def needs_store(self) -> bool:
        """Whether a transaction message may have to be kept for an upstream."""
        return bool(self.secondaries) or self.when_primary_down_mode in ("stand_in", "failover")

    @property
    def validation_from_station(self) -> Validation:
        """The validation that applies to what the station sends."""
        return (self.validation and self.validation.from_station) or self._default_validation

    @property
    def validation_to_station(self) -> Validation:
        """The validation that applies to what is sent to the station."""
        return (self.validation and self.validation.to_station) or self._default_validation

    @property
    def _default_validation(self) -> Validation:
        return Validation.STRICT if self.local else Validation.LENIENT
