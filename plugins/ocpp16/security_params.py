"""What operators give to the operations of `ocpp16.security`; what they leave out the plugin chooses."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, SecretStr, model_validator

from plugins.shared.certificate_params import CertificateParams as Params
from plugins.shared.certificate_params import ToInstall

Pem = Annotated[str, Field(min_length=1, max_length=5500)]
RequestId = Annotated[int, Field(ge=-(2**31), lt=2**31)]
CertificateUse = Literal["CentralSystemRootCertificate", "ManufacturerRootCertificate"]


class RenewCertificate(Params):
    timeout: float = Field(default=60.0, gt=0, le=600)
    """Seconds for the station's SignCertificate, the signing, and its answer to CertificateSigned."""


class ExtendedTrigger(Params):
    requestedMessage: Literal[
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SignChargePointCertificate",
        "StatusNotification",
    ]
    connectorId: int | None = None


class InstallCertificate(ToInstall):
    certificateType: CertificateUse = "CentralSystemRootCertificate"
    certificate: Pem | None = None
    """PEM; left out: the `file`, or for CentralSystemRootCertificate the root of the broker's own authority."""


class InstalledCertificates(Params):
    certificateType: CertificateUse | None = None
    """Left out: both, one after the other."""


class _Retried(Params):
    requestId: RequestId | None = None
    """Left out: a fresh one."""
    retries: int | None = None
    retryInterval: int | None = None
    hours: float = Field(default=24.0, gt=0, le=24 * 30)
    """How long a URL of the file endpoint is good."""


class GetLog(_Retried):
    logType: Literal["DiagnosticsLog", "SecurityLog"] = "SecurityLog"
    remoteLocation: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    """Left out: a URL of the file endpoint."""
    oldestTimestamp: AwareDatetime | None = None
    latestTimestamp: AwareDatetime | None = None


class SignedUpdateFirmware(_Retried):
    location: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    file: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """A file of the file endpoint's firmware folder, in the place of `location`."""
    retrieveDateTime: AwareDatetime | None = None
    """Left out: now."""
    installDateTime: AwareDatetime | None = None
    signingCertificate: Pem
    signature: Annotated[str, Field(max_length=800)]

    @model_validator(mode="after")
    def _one_of_them(self) -> "SignedUpdateFirmware":
        if (self.location is None) == (self.file is None):
            raise ValueError("location or file, one of them")
        return self


_HEX_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")
_PLAIN_KEY = re.compile(r"[\x20-\x7e]{16,20}")


def _authorization_key(key: SecretStr) -> SecretStr:
    """16 to 20 bytes: as such, or as 32 to 40 hex digits (white paper A00.FR.205; certification, TC_085)."""
    text = key.get_secret_value()
    if not (_HEX_KEY.fullmatch(text) or _PLAIN_KEY.fullmatch(text)):
        raise ValueError("16 to 20 characters, or 32 to 40 hex digits")
    return key


class SetAuthorizationKey(Params):
    key: Annotated[SecretStr, AfterValidator(_authorization_key)] | None = None
    """16 to 20 characters, or 32 to 40 hex digits; left out: 20 random bytes."""


class UpgradeSecurityProfile(Params):
    profile: int | None = Field(default=None, ge=1, le=3)
    """Left out: the next one."""
    reset: bool = True
    """Whether a hard reset follows, with which the station changes over."""
