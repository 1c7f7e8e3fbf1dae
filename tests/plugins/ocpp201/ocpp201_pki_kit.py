"""A PKI of the vehicles' world in memory: a root, sub-CAs, contracts, and a real OCSP responder that speaks for it."""

import datetime
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

START = 1_767_225_600.0
"""Of the stopped clock: 2026-01-01T00:00:00Z."""
NOW = datetime.datetime.fromtimestamp(START, datetime.UTC)
DAY = datetime.timedelta(days=1)
GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


@dataclass
class Made:
    """A certificate and its key, and who has issued it."""

    certificate: x509.Certificate
    key: Any
    issuer: "Made | None" = None

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def serial(self) -> int:
        return self.certificate.serial_number

    @property
    def by(self) -> "Made":
        return self.issuer or self


def key_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make(
    name, issuer=None, *, ca=False, days=(-1, 365), ocsp_url=None, crl_url=None, extra=(), length=None, key=None,
    responder=False, without=(),
):  # fmt: skip
    """One certificate; `days`: its validity from now, `without`: usual extensions that are left out."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, above = (issuer.key, issuer.certificate.subject) if issuer else (key, subject)
    usual = [(x509.BasicConstraints(ca=ca, path_length=length), True), (_usage(ca), True)]
    parts = [one for one in usual if not isinstance(one[0], tuple(without))] + list(extra)
    if ocsp_url:
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
        parts.append((x509.AuthorityInformationAccess([access]), False))
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        parts.append((x509.CRLDistributionPoints([point]), False))
    if responder:
        parts.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False))
    builder = x509.CertificateBuilder(above, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW + days[0] * DAY).not_valid_after(NOW + days[1] * DAY)
    for part, critical in parts:
        builder = builder.add_extension(part, critical)
    return Made(builder.sign(signer, hashes.SHA256()), key, issuer)


def _usage(ca):
    return x509.KeyUsage(
        digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


@dataclass
class Pki:
    """Root, two sub-CAs and a contract, as ISO 15118-2 has them."""

    root: Made
    sub1: Made
    sub2: Made
    leaf: Made

    @property
    def chain(self) -> str:
        """As an EV presents it: without the root."""
        return self.leaf.pem + self.sub2.pem + self.sub1.pem


def pki(url=None, **leaf):
    root = make("MO Root", ca=True)
    sub1 = make("MO Sub 1", root, ca=True, length=1, ocsp_url=url)
    sub2 = make("MO Sub 2", sub1, ca=True, length=0, ocsp_url=url)
    return Pki(root, sub1, sub2, make("DEEXAC00000001", sub2, ocsp_url=url, **leaf))


def hash_data(made, url, algorithm=hashes.SHA256, name="SHA256"):
    """OCSPRequestDataType, as a station composes it."""
    request = ocsp.OCSPRequestBuilder().add_certificate(made.certificate, made.by.certificate, algorithm()).build()
    return {
        "hashAlgorithm": name,
        "issuerNameHash": request.issuer_name_hash.hex().upper(),
        "issuerKeyHash": request.issuer_key_hash.hex(),
        "serialNumber": f"{made.serial:x}",
        "responderURL": url,
    }


def response(
    made, status=GOOD, *, by=None, about=None, made_days=0.0, next_days=1.0, algorithm=hashes.SHA256,
    certificates=(), by_name=False,
):  # fmt: skip
    """A response about `made`, signed by its issuer or by `by`; `about`: a certificate that it speaks of instead."""
    by = by or made.by
    about = about or made
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.certificate,
        about.by.certificate,
        algorithm(),
        status,
        NOW + made_days * DAY,
        None if next_days is None else NOW + next_days * DAY,
        NOW if status is REVOKED else None,
        None,
    )
    encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = builder.responder_id(encoding, by.certificate)
    if certificates:
        builder = builder.certificates([one.certificate for one in certificates])
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


class Responder:
    """An OCSP responder for what it knows: certificate -> status, or the bytes that it answers."""

    def __init__(self):
        self.url = ""
        self.known = {}
        self.asked = []
        self.lists = {}
        self.reply = None

    def says(self, made, answer=GOOD):
        self.known[made.serial] = (made, answer)

    async def answer(self, request):
        body = await request.read()
        if self.reply is not None:
            return await self.reply(request)
        wanted = ocsp.load_der_ocsp_request(body)
        self.asked.append((wanted.serial_number, request.content_type))
        made, answer = self.known[wanted.serial_number]
        algorithm = type(wanted.hash_algorithm)
        der = answer if isinstance(answer, bytes) else response(made, answer, algorithm=algorithm)
        return web.Response(body=der, content_type="application/ocsp-response")

    async def list(self, request):
        name = request.match_info["name"]
        self.asked.append((name, request.method))
        return web.Response(body=self.lists[name])


@asynccontextmanager
async def responder():
    """It runs on a free port of this machine."""
    one = Responder()
    app = web.Application()
    app.router.add_post("/", one.answer)
    app.router.add_get("/lists/{name}", one.list)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield one
    finally:
        await runner.cleanup()


def revocation_list(issuer, *serials, made_days=0.0, next_days=1.0, extra=(), signer=None):
    """A list of an issuer, DER."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(NOW + made_days * DAY).next_update(NOW + next_days * DAY)
    for serial in serials:
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW).build()
        builder = builder.add_revoked_certificate(one)
    for part in extra:
        builder = builder.add_extension(part, critical=True)
    return builder.sign((signer or issuer).key, hashes.SHA256()).public_bytes(Encoding.DER)
