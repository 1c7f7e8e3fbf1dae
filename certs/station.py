"""Client certificates of stations (profile 3): CN is the serial number or identity, O the operator."""

import os
from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from certs import authority, ledger, store
from certs.authority import STATION_PURPOSE, Authority, Issued, Period
from certs.errors import UNREADABLE, CertsError
from certs.keys import KeyType, PublicKey, check_strength, generate
from certs.lifetimes import STATION_LIFETIME
from certs.names import station_common_name, subject


def issue_station(
    directory: str | os.PathLike[str],
    identity: str,
    *,
    organization: str | None = None,
    serial_number: str | None = None,
    key_type: KeyType = KeyType.ECDSA,
    lifetime: timedelta = STATION_LIFETIME,
    backdate: timedelta | None = None,
) -> Issued:
    """Make a key and a certificate for the station `identity`, replacing its files.

    The CN is `serial_number`, or the identity where there is none; the O is `organization`, or the station
    CA's (A00.FR.401 to 429). An earlier certificate stays valid until it is revoked. Raises `CertsError`
    when the name does not fit.
    """
    layout = store.opened(directory)
    name = station_common_name(identity, serial_number)
    with layout.locked():
        ca, key, pair = authority.load(layout.station_ca), generate(key_type), layout.station(identity)
        who = subject(name, organization or ca.organization)
        chain = _issue(ca, key.public_key(), who, Period(lifetime, backdate))
        ledger.note_issued(layout.ledger, chain[0], identity)
        store.write_pair(pair, key, chain)
    return Issued(pair.certificate, pair.key, chain[0])


def sign_station(
    directory: str | os.PathLike[str],
    identity: str,
    csr: bytes,
    *,
    organization: str | None = None,
    serial_number: str | None = None,
    lifetime: timedelta = STATION_LIFETIME,
    backdate: timedelta | None = None,
) -> Issued:
    """Certify the key in `csr` (PKCS#10, PEM), which stays in the station.

    Of the request only the key is taken, and its CN where it has one must be the station's: nobody gets
    another's name by asking. Raises `CertsError` for a bad signature, a weak key or another name.
    """
    layout = store.opened(directory)
    name = station_common_name(identity, serial_number)
    public_key = _checked_request(csr, name)
    with layout.locked():
        ca, pair = authority.load(layout.station_ca), layout.station(identity)
        who = subject(name, organization or ca.organization)
        chain = _issue(ca, public_key, who, Period(lifetime, backdate))
        ledger.note_issued(layout.ledger, chain[0], identity)
        store.write_certificates(pair.certificate, chain)
        pair.key.unlink(missing_ok=True)  # an earlier key of ours does not belong to this certificate
    return Issued(pair.certificate, None, chain[0])


def _issue(ca: Authority, key: PublicKey, who: x509.Name, period: Period) -> list[x509.Certificate]:
    return ca.issue(key, who, period, usage=authority.leaf_usage(), purpose=STATION_PURPOSE)


def _checked_request(csr: bytes, name: str) -> PublicKey:
    try:
        request = x509.load_pem_x509_csr(csr)
        signed = request.is_signature_valid
        asked = [str(part.value) for part in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        key = request.public_key()
    except UNREADABLE:
        raise CertsError("this is no certificate request (PKCS#10) in PEM") from None
    if not signed:
        raise CertsError("the request's signature is not by its own key")
    if asked not in ([], [name]):
        raise CertsError(f"the request asks for CN={', '.join(asked)}, but the station's is {name}")
    return check_strength(key)
