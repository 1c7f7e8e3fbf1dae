"""What is allowed in a listener's certificates but will make some station fail (field-notes Q-35).

For `switchboard check` and the start of the broker: nothing here refuses to start.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from broker.config import Listener, Tls
from broker.server.tls import TlsError, expiries
from certs import MINIMUM_BITS, PeerCertificate, read_peer

_SOON = timedelta(days=30)
_PEM_CRL = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)


def advice(listeners: Sequence[Listener], now: datetime | None = None) -> list[str]:
    """One sentence for each thing to look at, the path in the configuration first.

    A listener whose files cannot be read is passed over: it is an error, and told elsewhere.
    """
    found: list[str] = []
    for number, listener in enumerate(listeners):
        if listener.tls is not None:
            with suppress(TlsError):
                found += [f"listeners[{number}].tls: {text}" for text in advice_on(listener.tls, now)]
    return found


def advice_on(tls: Tls, now: datetime | None = None) -> list[str]:
    """One sentence for each thing to look at, the file first. Raises `TlsError` for a file that cannot be read."""
    at = now or datetime.now(UTC)
    found: list[str] = []
    kinds: set[str] = set()
    for pair in tls.certificates:
        chain = _chain(pair.certificate)
        leaf = _described(pair.certificate, chain[0])
        kinds.add(leaf.key_type)
        sentences = (*_of_leaf(leaf, at), *_of_purpose(chain[0]), *_of_chain(chain))
        found += [f"{pair.certificate}: {text}" for text in sentences]
    found += _of_kinds(kinds)
    found += _of_crl(tls)
    found += _of_expiry(tls, at)
    return found


def _chain(path: Path) -> list[x509.Certificate]:
    data = _bytes(path)
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise TlsError(path, "no certificate in PEM") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TlsError(path, error.strerror or "cannot be opened") from None


def _described(path: Path, certificate: x509.Certificate) -> PeerCertificate:
    try:
        return read_peer(certificate.public_bytes(Encoding.DER))
    except ValueError as error:
        raise TlsError(path, str(error)) from None


def _of_leaf(leaf: PeerCertificate, at: datetime) -> Iterator[str]:
    name = leaf.common_name
    if "*" in name:
        yield f"its CN is {name}: OCPP stations compare the CN with the host name and know no wildcards (A00.FR.512)"
    elif "." not in name and name != "localhost":
        yield f"its CN is {name or 'missing'}: OCPP asks for the server's full host name there (A00.FR.512)"
    if leaf.key_bits and leaf.key_bits < MINIMUM_BITS.get(leaf.key_type, 0):
        yield f"its {leaf.key_type} key has {leaf.key_bits} bits, fewer than the 112 bits of security of A00.FR.501"
    if leaf.not_before > at:
        yield f"it is not valid before {leaf.not_before:%Y-%m-%d %H:%M} UTC"


def _of_purpose(leaf: x509.Certificate) -> Iterator[str]:
    try:
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}.intersection(purposes):
        yield "it is no server's certificate, its extended key usage says: stations refuse it (RFC 5280 4.2.1.12)"


def _of_chain(chain: list[x509.Certificate]) -> Iterator[str]:
    for lower, upper in pairwise(chain):
        if lower.issuer != upper.subject:
            yield "its certificates are not in order: each must be followed by the one that signed it (RFC 5246 7.4.2)"
            return
    if len(chain) == 1 and chain[0].issuer == chain[0].subject:
        yield "it is self-signed: every station must have exactly this certificate as its root"


def _of_kinds(kinds: set[str]) -> Iterator[str]:
    for kind, other in (("EC", "ECDSA"), ("RSA", "RSA")):
        if kind not in kinds:
            yield f"without an {other} certificate two of the four suites of OCPP are not served"


def _of_crl(tls: Tls) -> Iterator[str]:
    """OpenSSL wants a CRL of the CA that signed a station's certificate, and refuses the station without."""
    if tls.client_ca is None or tls.crl is None:
        return
    signers = {certificate.subject for certificate in _chain(tls.client_ca)}
    lists = _PEM_CRL.findall(_bytes(tls.crl))
    try:
        issuers = {x509.load_pem_x509_crl(block).issuer for block in lists}
    except ValueError:
        raise TlsError(tls.crl, "no CRL in PEM") from None
    if not issuers & signers:
        yield f"{tls.crl}: no CRL of a CA in {tls.client_ca}, so stations with a certificate of it are refused"


def _of_expiry(tls: Tls, at: datetime) -> Iterator[str]:
    files = [pair.certificate for pair in tls.certificates]
    paths = {f"certificate_{number}": path for number, path in enumerate(files, 1)}
    for name, end in expiries(tls).items():
        until = datetime.fromtimestamp(end, UTC)
        path = paths.get(name) or getattr(tls, name)
        if until <= at:
            yield f"{path}: ended on {until:%Y-%m-%d}"
        elif until - at < _SOON:
            yield f"{path}: ends in {(until - at).days} days, on {until:%Y-%m-%d}"
