"""Signs what stations ask to have signed, with the folder of `switchboard certs` (1.6 white paper A02, 2.0.1 A02)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from broker.config.authority import Authority as Section
from broker.hooks.authority import Authority, AuthorityRefused, NoAuthority
from certs import CertsError, Layout, sign_station

SerialNumber = Callable[[str], str | None]
"""Identity -> the serial number that is registered for it, which is the CN of its certificate; None: the identity."""


class StationAuthority:
    """The station CA in a folder.

    It writes to the disk and waits for a file lock, so all of it happens in a thread, one request after another.
    """

    def __init__(self, section: Section, serial_number: SerialNumber) -> None:
        self._layout = Layout(section.directory)
        self._organization = section.organization
        self._lifetime = timedelta(days=section.lifetime_days)
        self._serial_number = serial_number
        self._signing = asyncio.Lock()

    @property
    def available(self) -> bool:
        """Whether the folder holds a CA and its key."""
        ca = self._layout.station_ca
        return ca.certificate.is_file() and ca.key.is_file()

    async def sign(self, identity: str, csr: str) -> str:
        """The chain for this station's request, as the door will take it: its CN is what is registered.

        Raises AuthorityRefused for what can never be signed, OSError where the folder cannot be used now.
        """
        serial_number = self._serial_number(identity)
        async with self._signing:
            return await asyncio.to_thread(self._sign, identity, csr, serial_number)

    async def root(self) -> str | None:
        """The root that stations are to trust for the broker's certificates; None where the folder has none."""
        return await asyncio.to_thread(self._root)

    def _sign(self, identity: str, csr: str, serial_number: str | None) -> str:
        try:
            issued = sign_station(
                self._layout.directory,
                identity,
                csr.encode(),
                organization=self._organization,
                serial_number=serial_number,
                lifetime=self._lifetime,
            )
        except CertsError as error:
            raise AuthorityRefused(str(error)) from None
        except UnicodeEncodeError:
            raise AuthorityRefused("this is no certificate request (PKCS#10) in PEM") from None
        return issued.certificate.read_text(encoding="ascii")

    def _root(self) -> str | None:
        try:
            return self._layout.root_ca.certificate.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return None


def authority_of(section: Section | None, serial_number: SerialNumber) -> Authority:
    """The authority of a configuration; without the section one that refuses whatever it is asked."""
    return NoAuthority() if section is None else StationAuthority(section, serial_number)
