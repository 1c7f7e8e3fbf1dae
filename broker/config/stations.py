"""Stations: who may connect, and with what."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from broker.config.base import Fault, Faults, Identity, Model, Profile, Text
from broker.config.liveness import Liveness
from broker.config.secrets import Password


def _tag_text(value: Any) -> Any:
    """Tags are compared as text; 3 and true in the file mean "3" and "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


TagValue = Annotated[str, BeforeValidator(_tag_text, json_schema_input_type=str | bool | float), Field(max_length=1024)]
"""The value of a tag, always text."""


Boot = Literal["accepted", "pending", "rejected"]
"""What a station's BootNotification is answered where the broker's own CSMS answers it."""


class Station(Model):
    """One station that the broker knows."""

    identity: Identity
    """Last part of the URL that it connects to, percent-decoded. Numbers need quotes."""
    password: Password | None = None
    """Text, `hex:<key>` (accepted as raw bytes and as hex text), `sha256$<salt>$<hex>` made by `switchboard stations
    hash-password`, or `file:PATH` with one of these in it."""
    security_profile: Profile | None = None
    """The one profile that it must come with; absent: the strongest that it can do."""
    tags: dict[Text, TagValue] = Field(default_factory=dict)
    """Names and values that routes match on."""
    serial_number: Text | None = None
    """CN of its client certificate where that is not the identity (profile 3)."""
    liveness: Liveness | None = None
    """Its own liveness: seconds, `off`, or a section; what a section leaves out is the built-in default."""
    half_duplex: bool = False
    """One open call on the whole connection, for a station that cannot do one in each direction."""
    compress: bool | None = None
    """permessage-deflate for this station; absent: as the listener says."""
    boot: Boot = "accepted"
    """What the broker's own CSMS answers its BootNotification; until that is accepted, all else gets SecurityError."""

    @model_validator(mode="after")
    def _credentials(self) -> "Station":
        Faults.check(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.security_profile in (1, 2) and self.password is None:
            yield Fault(("password",), f"a password: security profile {self.security_profile} is Basic authentication")


class Stations(Model):
    """Who may connect."""

    unknown: Literal["reject", "accept"] = "reject"
    """What happens to an identity that `known` does not name. `accept` lets it in without a password where the
    listener allows profile 0, or with a valid certificate of its name where it allows profile 3."""
    known: list[Station] = Field(default_factory=list)
    """The stations that the broker knows. The API registers more of them, and changes these, at run time."""
    unknown_boot: Boot = "accepted"
    """`boot` of identities that are neither in `known` nor registered by the API."""
    sticky_profile: bool = True
    """A station without `security_profile` never comes in with a lower profile than it has come in with before."""
