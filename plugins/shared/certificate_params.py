"""What operators give to the operations about certificates, whatever the version."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plugins.shared.params import AsText

Hash = Annotated[str, Field(min_length=1, max_length=128)]
FileName = Annotated[str, Field(min_length=1, max_length=255)]


class CertificateParams(BaseModel):
    """An unknown member is an error, and no error shows a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


class ToInstall(CertificateParams):
    """A certificate to install: itself, or a file of the folder. A version adds what it is for."""

    certificate: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None
    """PEM; left out: the `file`, or for the root of the CSMS that of the broker's own authority."""
    file: FileName | None = None
    """A name in the folder `certificates` of the plugin's options."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "ToInstall":
        if self.certificate is not None and "PRIVATE KEY" in self.certificate:  # a slip of one letter: .key for .pem
            raise ValueError("a certificate, not a private key")
        if self.certificate is not None and self.file is not None:
            raise ValueError("certificate or file, not both")
        return self


class HashDataParam(CertificateParams):
    """CertificateHashDataType."""

    hashAlgorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuerNameHash: Hash
    issuerKeyHash: Hash
    serialNumber: Annotated[str, Field(min_length=1, max_length=40)]


class DeleteCertificate(CertificateParams):
    """An installed certificate, by one of three names."""

    certificateHashData: HashDataParam | None = None
    serialNumber: Annotated[str, AsText, Field(min_length=1, max_length=40)] | None = None
    """Of an installed certificate, in hex."""
    key: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Of an installed certificate, as `installed-certificates` shows it."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "DeleteCertificate":
        if sum(one is not None for one in (self.certificateHashData, self.serialNumber, self.key)) != 1:
            raise ValueError("one of certificateHashData, serialNumber and key")
        return self
