"""What a manufacturer and a station make with cryptography: requests, certificates, signatures."""

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CURVE = ec.SECP256R1


def pem_of(made):
    return made.public_bytes(serialization.Encoding.PEM).decode()


def name_of(common_name, organization="Depot"):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
        ]
    )


class Request:
    """A key that never leaves the station, and its PKCS#10 request."""

    def __init__(self, common_name, *, use_rsa=False):
        self.key = rsa.generate_private_key(65537, 2048) if use_rsa else ec.generate_private_key(CURVE())
        request = x509.CertificateSigningRequestBuilder().subject_name(name_of(common_name))
        self.csr = pem_of(request.sign(self.key, hashes.SHA256()))

    def pair(self, folder, chain):
        """Chain and key as the files that a TLS client loads."""
        certificate, key = folder / "renewed.pem", folder / "renewed.key"
        certificate.write_text(chain)
        key.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, key


class Manufacturer:
    """A root of its own, which signs firmware too."""

    def __init__(self):
        self._key = ec.generate_private_key(CURVE())
        now, name = datetime.now(UTC), name_of("Manufacturer Root", "Manufacturer")
        builder = x509.CertificateBuilder(name, name, self._key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        self.certificate = pem_of(builder.sign(self._key, hashes.SHA256()))

    def signature(self, firmware):
        return base64.b64encode(self._key.sign(firmware, ec.ECDSA(hashes.SHA256()))).decode()


def verified(firmware, signature, certificate):
    """As the station does it; raises InvalidSignature."""
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    key.verify(base64.b64decode(signature), firmware, ec.ECDSA(hashes.SHA256()))


def checked(lab, request, chain, name=None):
    """The chain is for that request, from the station CA, in this station's name; its own certificate."""
    leaf, *issuers = x509.load_pem_x509_certificates(chain.encode())
    assert leaf.public_key() == request.key.public_key()
    assert [part.value for part in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [name or lab.identity]
    assert [part.value for part in leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["Depot"]
    assert leaf.not_valid_before_utc <= datetime.now(UTC) < leaf.not_valid_after_utc
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.CLIENT_AUTH in usage
    ca = x509.load_pem_x509_certificate(lab.pki.layout.station_ca.certificate.read_bytes())
    for issued, issuer in zip((leaf, *issuers), (*issuers, ca), strict=True):
        issued.verify_directly_issued_by(issuer)
    assert len(chain) <= 10_000
    return leaf


HASHES = {"SHA256": 256, "SHA384": 384, "SHA512": 512}


def hash_data(algorithm="SHA256", serial="00FFee01"):
    """CertificateHashDataType as a station may write it: in upper case, the serial number as it stands there."""
    size = HASHES[algorithm] // 8
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": "A1" * size,
        "issuerKeyHash": "b2" * size,
        "serialNumber": serial,
    }
