"""What operators give to the operations of `ocpp16.firmware_management`; what they leave out the plugin chooses."""

from pydantic import AwareDatetime, model_validator

from plugins.shared.file_params import FileName, FileParams, Location, Retried


class UpdateFirmware(Retried):
    location: Location | None = None
    """Where the station fetches the firmware."""
    file: FileName | None = None
    """A file of the file endpoint's firmware folder, in the place of `location`."""
    retrieveDate: AwareDatetime | None = None
    """When the station may begin; left out: now."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "UpdateFirmware":
        if (self.location is None) == (self.file is None):
            raise ValueError("location or file, one of them")
        return self


class GetDiagnostics(Retried):
    location: Location | None = None
    """The folder that the station brings the file to; left out: a URL of the file endpoint."""
    startTime: AwareDatetime | None = None
    """The oldest that is wanted."""
    stopTime: AwareDatetime | None = None
    """The newest that is wanted."""


class FirmwareStatus(FileParams):
    """Nothing is to be given."""
