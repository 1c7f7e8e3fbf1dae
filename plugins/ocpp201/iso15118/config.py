"""The options of `ocpp201.iso15118`."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from plugins.shared.outlet_config import HeaderName, HeaderValue, WebAddress
from plugins.shared.security_options import CertificateOptions


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ProviderConfig(_Part):
    """Who makes contract certificates for vehicles."""

    url: WebAddress
    """It gets the request as JSON in a POST; often a secret by itself, so it is treated as one."""
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    """Headers of the request, such as Authorization."""
    timeout: float = Field(default=20.0, gt=0, le=25)
    """Seconds for the answer; the vehicle waits for it."""


class OcspConfig(_Part):
    """How the status of certificates is asked."""

    timeout: float = Field(default=10.0, gt=0, le=15)
    """Seconds for one responder's answer."""
    allow_private: bool = False
    """Ask responders at any address, not only at public ones: for labs."""
    known_issuers_only: bool = False
    """Believe no response where the certificate of the issuer is neither in `roots` nor in the response."""
    remembered: int = Field(default=1000, ge=0, le=100_000)
    """Answers that are kept until their nextUpdate."""


class Iso15118Config(CertificateOptions):
    """The options of `ocpp201.iso15118`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    roots: Path | None = None
    """A folder of the roots (and sub-CAs) that contract certificates and OCSP responders lead to, PEM."""
    v2g_authority: Path | None = None
    """A folder with `v2g-ca.pem`, the CA and behind it those above, and `v2g-ca.key`: signs V2G certificates."""
    v2g_lifetime_days: int = Field(default=60, ge=1, le=1095)
    """Days that a V2G certificate is valid, but never longer than the CA; ISO 15118 has two to three months."""
    ev_certificates: ProviderConfig | None = None
    """Who answers Get15118EVCertificate."""
    ocsp: OcspConfig = OcspConfig()
    """How the status of certificates is asked."""
