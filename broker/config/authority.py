"""The certificate authority that signs for stations (security profile 3)."""

from typing import Annotated

from pydantic import AfterValidator, Field

from broker.config.base import ConfigFolder, Days, Model


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a name without control characters")
    return text


class Authority(Model):
    """The folder of `switchboard certs`, with which the broker signs what stations ask to have signed."""

    directory: ConfigFolder
    """The folder that `switchboard certs init` has made; a relative path counts from the folder of this file."""
    lifetime_days: Days = 1095
    """Days that a certificate is valid, but never longer than the certificate authority itself."""
    organization: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)] | None = None
    """The O in the certificates; absent: that of the certificate authority."""
