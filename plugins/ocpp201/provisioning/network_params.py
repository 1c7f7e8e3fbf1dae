"""What operators give to the operations that change how a station connects; what they leave out the plugin chooses."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from plugins.shared.params import Params

Interface = Literal["Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3", "Any"]
OcppVersion = Literal["OCPP12", "OCPP15", "OCPP16", "OCPP20", "OCPP201", "OCPP21"]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
Identity = Annotated[str, Field(min_length=1, max_length=48)]
#: passwordString (part 2, 3.1: letters, digits and these); from 16 to 40 characters, in 2.1 to 64 (A00.FR.205).
_PASSWORD = re.compile(r"[A-Za-z0-9*\-_=:+|@.]{16,64}")


def _password(given: SecretStr) -> SecretStr:
    if _PASSWORD.fullmatch(given.get_secret_value()) is None:
        raise ValueError("16 to 64 characters: letters, digits and * - _ = : + | @ .")
    return given


Password = Annotated[SecretStr, AfterValidator(_password)]


class SetPassword(Params):
    password: Password | None = None
    """Left out: a random one, which nobody is shown."""
    configurationSlot: int | None = None
    """2.1: of this NetworkConfiguration; left out: SecurityCtrlr.BasicAuthPassword, of the one in use."""


class _Network(Params):
    ocppCsmsUrl: Url | None = None
    """Left out: the one of the option `csms_url` for the security profile."""
    ocppInterface: Interface = "Wired0"
    ocppTransport: Literal["JSON", "SOAP"] = "JSON"
    ocppVersion: OcppVersion | None = None
    """Left out: OCPP20 for a station of 2.0.1, OCPP21 for one of 2.1."""
    messageTimeout: int = 30
    """Seconds."""
    identity: Identity | None = None
    """2.1."""
    basicAuthPassword: Password | None = None
    """2.1."""
    apn: dict[str, Any] | None = Field(default=None, repr=False)
    """APNType, with its password."""
    vpn: dict[str, Any] | None = Field(default=None, repr=False)
    """VPNType, with its password and key."""


class SetNetworkProfile(_Network):
    configurationSlot: int
    securityProfile: int | None = None
    """Left out: that of this connection."""
    connectionData: dict[str, Any] | None = Field(default=None, repr=False)
    """All of it, as OCPP writes it, in the place of the other members."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "SetNetworkProfile":
        if self.connectionData is not None and self.model_fields_set - {"connectionData", "configurationSlot"}:
            raise ValueError("connectionData, or its members, not both")
        return self


class UpgradeSecurityProfile(_Network):
    profile: int | None = Field(default=None, ge=1, le=3)
    """Left out: the next one."""
    configurationSlot: int | None = None
    """Left out: one that the station does not use; the station is asked where that is not known."""
    priority: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """NetworkConfigurationPriority; left out: the slot, and behind it the others as they are."""
    reset: bool = True
    """Whether a reset follows, with which the station changes over (A05)."""
    type: Literal["Immediate", "OnIdle"] = "OnIdle"
    """Of that reset."""
