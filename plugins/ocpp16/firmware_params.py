"""What operators give to the operations of `ocpp16.firmware_management`; what they leave out the plugin chooses."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Location = Annotated[str, Field(min_length=3, max_length=2000, pattern=r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+$")]
Hours = Annotated[float, Field(gt=0, le=24 * 365)]


class Params(BaseModel):
    """An unknown member is an error, and no error shows a value: a location may hold a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


class _Retried(Params):
    retries: int | None = None
    """How often the station tries again; left out: as it likes."""
    retryInterval: int | None = None
    """Seconds between two attempts; left out: as it likes."""
    hours: Hours | None = None
    """How long a URL of the file endpoint is good; left out: a day after the station may begin."""


class UpdateFirmware(_Retried):
    location: Location | None = None
    """Where the station fetches the firmware."""
    file: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """A file of the file endpoint's firmware folder, in the place of `location`."""
    retrieveDate: AwareDatetime | None = None
    """When the station may begin; left out: now."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "UpdateFirmware":
        if (self.location is None) == (self.file is None):
            raise ValueError("location or file, one of them")
        return self


class GetDiagnostics(_Retried):
    location: Location | None = None
    """The folder that the station brings the file to; left out: a URL of the file endpoint."""
    startTime: AwareDatetime | None = None
    """The oldest that is wanted."""
    stopTime: AwareDatetime | None = None
    """The newest that is wanted."""


class FirmwareStatus(Params):
    """Nothing is to be given."""
