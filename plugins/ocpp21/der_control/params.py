"""What operators can say of DER controls (2.1 R04)."""

from typing import Annotated, Any

from pydantic import Field

from plugins.shared.params import AsText, Params


class SetParams(Params):
    """A control: its type, and the one member that goes with it."""

    controlType: str
    isDefault: bool = False
    controlId: Annotated[str | None, AsText] = None
    """Chosen where it is not said."""
    curve: dict[str, Any] | None = None
    enterService: dict[str, Any] | None = None
    fixedPFAbsorb: dict[str, Any] | None = None
    fixedPFInject: dict[str, Any] | None = None
    fixedVar: dict[str, Any] | None = None
    freqDroop: dict[str, Any] | None = None
    gradient: dict[str, Any] | None = None
    limitMaxDischarge: dict[str, Any] | None = None
    force: bool = False
    """Send what the check would refuse."""


class GetParams(Params):
    """Which controls the station is to report, and for how long to wait for them."""

    isDefault: bool | None = None
    controlType: str | None = None
    controlId: Annotated[str | None, AsText] = None
    requestId: int | None = None
    wait: bool = True
    timeout: float = Field(default=30, gt=0, le=3600)


class ClearParams(Params):
    """Which controls to clear."""

    isDefault: bool = False
    controlType: str | None = None
    controlId: Annotated[str | None, AsText] = None


class NoParams(Params):
    """Nothing."""
