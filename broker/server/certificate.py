"""Whose certificate a station has shown (security profile 3).

That it comes from a trusted CA, is valid, fit for a client and not revoked is the TLS handshake's to decide. Here it
is bound to the identity in the URL, which TLS knows nothing of (2.0.1 part 2 A00.FR.404 to 429): without that, any
station of the operator could connect as any other.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from broker.server.stations import StationRecord
from certs import MINIMUM_BITS, PeerCertificate, read_peer


def fault_in(
    der: bytes,
    record: StationRecord,
    *,
    organization: str | None,
    owner_of: Callable[[str], str | None],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str | None:
    """What is wrong with the certificate `der` for the station of `record`, or None.

    The CN must be the serial number that is registered for the identity or, where none is, the identity. A serial
    number that is registered for somebody else (`owner_of`) opens no other identity.
    """
    try:
        peer = read_peer(der)
    except ValueError as error:
        return str(error)
    return _misused(peer, now()) or _mismatch(peer, record, organization, owner_of)


def _misused(peer: PeerCertificate, now: datetime) -> str | None:
    # A resumed TLS session is not verified again, so that the dates are looked at here as well.
    if not peer.not_before <= now <= peer.not_after:
        return "the certificate is not valid at this time"
    if not peer.digital_signature or peer.client_auth is False:
        return "the certificate's key usage does not allow a TLS client"
    if peer.key_bits < MINIMUM_BITS.get(peer.key_type, 0):  # A00.FR.501
        return f"the certificate's key of {peer.key_bits} bits is too short"
    return None


def _mismatch(
    peer: PeerCertificate,
    record: StationRecord,
    organization: str | None,
    owner_of: Callable[[str], str | None],
) -> str | None:
    expected = record.serial_number or record.identity
    if peer.common_name != expected:
        return f"the certificate's CN is {peer.common_name!r}, expected was {expected!r}"
    if (owner_of(peer.common_name) or record.identity) != record.identity:
        return f"the certificate's CN {peer.common_name!r} is the serial number of another station"
    if organization is not None and organization not in peer.organizations:
        return f"the certificate's O is {', '.join(peer.organizations)!r}, expected was {organization!r}"
    return None
