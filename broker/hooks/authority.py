"""The certificate authority as plugins see it."""

from typing import Protocol


class AuthorityRefused(Exception):
    """The request is not signed; the text says why and holds no secret."""


class Authority(Protocol):
    """Signs what stations ask to have signed."""

    @property
    def available(self) -> bool:
        """Whether there is an authority that can sign at all; SignCertificate is answered Rejected without one."""

    async def sign(self, identity: str, csr: str) -> str:
        """The certificate chain for a PKCS#10 request of this station, PEM both, the station's own first.

        Raises AuthorityRefused for a bad request, another's name, or an authority that is not there.
        """

    async def root(self) -> str | None:
        """The root certificate, PEM, that stations are to trust for the broker's own certificates; None: unknown."""


class NoAuthority:
    """No authority: nothing is signed."""

    available = False

    async def sign(self, identity: str, csr: str) -> str:
        raise AuthorityRefused("there is no certificate authority: the configuration has no section authority")

    async def root(self) -> str | None:
        return None
