"""Routes: who answers which station."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from broker.config.base import Count, Glob, Globs, Model, SecondsOrZero, Text, accepts, one_or_many
from broker.ocpp import Validation, Version

LOCAL = "local"
"""The primary that stands for the broker's own CSMS."""

NOT_YET = "not supported yet by this version"


Versions = Annotated[
    list[Version], Field(min_length=1), BeforeValidator(one_or_many, json_schema_input_type=Version | list[Version])
]


class Match(Model):
    """What a station must be like; every key that is given must fit, none at all fits every station."""

    identity: Globs | None = None
    """Pattern, or list of patterns, of the identity."""
    tags: dict[Text, Glob] = Field(default_factory=dict)
    """Tag -> pattern; a station without the tag does not fit."""
    listener: Glob | None = None
    """Pattern of the listener's name."""
    version: Versions | None = None
    """OCPP version, or list of versions."""

    @property
    def everything(self) -> bool:
        """Whether every station fits."""
        return not self.tags and self.version is None and self.listener in (None, "*") and self._any_identity

    @property
    def _any_identity(self) -> bool:
        return self.identity is None or "*" in self.identity


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


def _when_primary_down(value: Any) -> Any:
    if value == "stand_in" or (isinstance(value, dict) and "failover" in value):
        name = value if isinstance(value, str) else "failover"
        raise ValueError(f"close or hold; {name} is {NOT_YET}")
    return value


class Route(Model):
    """The way of the stations that match; the first route that fits is taken."""

    match: Match
    """Which stations; `{}` for all."""
    primary: Text
    """Name of the upstream whose answers the station gets, or `local` for the broker's own CSMS."""
    when_primary_down: Annotated[
        Literal["close", "hold"],
        BeforeValidator(_when_primary_down, json_schema_input_type=Literal["close", "hold"]),
    ] = "close"
    """After `grace`: close the station's connection, or keep it and answer its calls with an error."""
    grace: SecondsOrZero = 30.0
    """Seconds that calls are held while the upstream is down, before `when_primary_down` applies."""
    validation: ValidationPolicy | None = None
    """strict refuses what is against the schema, lenient logs and passes it, off does not look. Default: lenient
    with an upstream, strict with `local`."""
    queue: Count = 64
    """Calls that wait for the upstream at most; above it they are answered with an error."""

    @property
    def local(self) -> bool:
        """Whether the broker's own CSMS answers."""
        return self.primary == LOCAL

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
