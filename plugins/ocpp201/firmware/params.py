"""What operators give to the operations of `ocpp201.firmware`; what they leave out the plugin chooses."""

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from plugins.shared.file_params import FileName, FileParams, Location, Retried

RequestId = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Checksum = Annotated[str, Field(min_length=1, max_length=32)]


class _File(Retried):
    location: Location | None = None
    """Where the station fetches the file."""
    file: FileName | None = None
    """A file of the file endpoint's firmware folder, in the place of `location`."""
    requestId: RequestId | None = None
    """Left out: a fresh one."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.location is None) == (self.file is None):
            raise ValueError("location or file, one of them")
        return self


class UpdateFirmware(_File):
    retrieveDateTime: AwareDatetime | None = None
    """When the station may begin; left out: now."""
    installDateTime: AwareDatetime | None = None
    """When it installs; left out: as soon as it can."""
    signingCertificate: Annotated[str, Field(min_length=1, max_length=5500)] | None = None
    """PEM; left out, with the signature: firmware that is not signed (L02)."""
    signature: Annotated[str, Field(max_length=800)] | None = None
    """In base64, as it is sent."""


class PublishFirmware(_File):
    checksum: Checksum
    """The MD5 of the whole file, in hexadecimal."""


class UnpublishFirmware(FileParams):
    checksum: Checksum


class FirmwareStatus(FileParams):
    """Nothing is to be given."""
