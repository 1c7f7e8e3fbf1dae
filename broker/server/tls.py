"""The TLS side of a listener: security profiles 2 and 3.

OCPP asks a CSMS for four TLS 1.2 suites, two of which need an ECDSA certificate and two an RSA one
(2.0.1 part 2 A00.FR.311 to 320, 1.6 white paper), so several certificates sit side by side in one context and OpenSSL
picks by what the station can do, with or without a server name. Nothing is changed in a context that is in use:
a reload builds a new one, which is what makes new revocations count for stations that resume an old TLS session.
"""

import ssl
from collections.abc import Collection
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from broker.config import CertificatePair, Tls
from certs import CertsError, next_update, not_after

CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    ":ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
    ":AES128-GCM-SHA256:AES256-GCM-SHA384"
)
"""The suites of TLS 1.2, the strong ones first. The last two have no forward secrecy, but OCPP demands them."""

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class TlsError(ValueError):
    """A certificate, key, CA or CRL that cannot be used; the text names the file and what is wrong with it."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def build_context(tls: Tls, profiles: Collection[int]) -> ssl.SSLContext:
    """The server context for a listener's `security_profiles`; raises `TlsError`.

    A client certificate is asked for where profile 3 is allowed and required where it is the only one. One that is
    shown must hold in any case: issued by `client_ca`, valid now, fit for a client, not on the CRL.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.minimum_version]
    context.set_ciphers(CIPHERS)
    context.options |= (
        ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_SINGLE_ECDH_USE
    )
    _load_certificates(context, tls)
    if 3 in profiles and tls.client_ca is not None:
        _load_trust(context, tls.client_ca, tls.crl)
        context.verify_mode = ssl.CERT_REQUIRED if set(profiles) == {3} else ssl.CERT_OPTIONAL
    return context


def expiries(tls: Tls) -> dict[str, float]:
    """When each file of a listener stops being good, in unix seconds, by `certificate_1`, `client_ca` and `crl`.

    OpenSSL refuses every station once the CRL's next update has passed, so that is an expiry like the others.
    Raises `TlsError`.
    """
    found: dict[str, float] = {}
    for number, pair in enumerate(tls.certificates, 1):
        found[f"certificate_{number}"] = _expiry(pair.certificate)
    if tls.client_ca is not None:
        found["client_ca"] = _expiry(tls.client_ca)
    if tls.crl is not None:
        try:
            due = next_update(tls.crl)
        except (CertsError, OSError, ValueError) as error:
            raise TlsError(tls.crl, _why(error)) from None
        if due is not None:
            found["crl"] = due.timestamp()
    return found


def _expiry(path: Path) -> float:
    try:
        return not_after(path).timestamp()
    except (CertsError, OSError, ValueError) as error:
        raise TlsError(path, _why(error)) from None


def _load_certificates(context: ssl.SSLContext, tls: Tls) -> None:
    for pair in tls.certificates:
        _must_open(pair.certificate)
        _must_open(pair.key)
        try:
            # Without a password function OpenSSL would ask for one on the terminal and wait.
            context.load_cert_chain(pair.certificate, pair.key, password=_no_password)
        except _EncryptedKeyError:
            raise TlsError(pair.key, "the key is encrypted; the broker needs one without a passphrase") from None
        except ssl.SSLError as error:
            raise _explained(pair, error) from None


def _explained(pair: CertificatePair, error: ssl.SSLError) -> TlsError:
    """Which of the two files it is: OpenSSL says `PEM lib` for nearly everything."""
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    except ValueError:
        return TlsError(pair.certificate, "no certificate in PEM")
    try:
        key = load_pem_private_key(pair.key.read_bytes(), password=None)
    except (ValueError, UnsupportedAlgorithm):
        return TlsError(pair.key, "no private key in PEM")
    if key.public_key() != certificate.public_key():
        return TlsError(pair.key, f"not the key of {pair.certificate}")
    return TlsError(pair.certificate, f"OpenSSL does not take it ({_why(error)})")


def _load_trust(context: ssl.SSLContext, client_ca: Path, crl: Path | None) -> None:
    _must_open(client_ca)
    try:
        context.load_verify_locations(cafile=client_ca)
    except ssl.SSLError as error:
        raise TlsError(client_ca, f"no CA certificate in PEM ({_why(error)})") from None
    if crl is None:
        return
    _must_open(crl)
    try:
        context.load_verify_locations(cafile=crl)
    except ssl.SSLError as error:
        raise TlsError(crl, f"no CRL in PEM ({_why(error)})") from None
    if not context.cert_store_stats()["crl"]:
        raise TlsError(crl, "no CRL in PEM")
    context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF


def _must_open(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise TlsError(path, error.strerror or "cannot be opened") from None


class _EncryptedKeyError(Exception):
    pass


def _no_password() -> str:
    raise _EncryptedKeyError


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return getattr(error, "strerror", None) or str(error)
