"""What operators give to the operations of `ocpp201.iso15118`."""

from typing import Annotated, Literal

from pydantic import Field

from plugins.shared.certificate_params import CertificateParams, ToInstall
from plugins.shared.params import AsList

InstalledUse = Literal[
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
    "OEMRootCertificate",
    "V2GCertificateChain",
]


class InstallCertificate(ToInstall):
    """A root certificate."""

    certificateType: Literal[
        "CSMSRootCertificate",
        "ManufacturerRootCertificate",
        "V2GRootCertificate",
        "MORootCertificate",
        "OEMRootCertificate",
    ] = "CSMSRootCertificate"
    """Without a certificate: CSMSRootCertificate is that of the broker's own authority, V2GRootCertificate that of the
    V2G authority. OEMRootCertificate is known to 2.1."""


class InstalledCertificates(CertificateParams):
    """Which certificates are asked for."""

    certificateType: Annotated[list[InstalledUse], AsList, Field(min_length=1)] | None = None
    """One or several; left out: all. OEMRootCertificate is known to 2.1."""
