"""What operators give to the operations of `ocpp201.security`."""

from typing import Literal

from pydantic import Field

from plugins.shared.certificate_params import CertificateParams


class RenewCertificate(CertificateParams):
    """Which certificate a station is to ask for."""

    certificateType: Literal["ChargingStationCertificate", "V2GCertificate", "V2G20Certificate", "Combined"] = (
        "ChargingStationCertificate"
    )
    """`V2G20Certificate` is known to 2.1; `Combined` is one for both connections."""
    timeout: float = Field(default=60.0, gt=0, le=600)
    """Seconds for the station's SignCertificate, the signing, and its answer to CertificateSigned."""
