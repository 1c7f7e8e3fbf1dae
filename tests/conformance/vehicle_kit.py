"""The world behind ISO 15118: the PKI of contracts and of stations, who answers for it (OCSP), who issues contracts."""

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from manufacturer_kit import CURVE, name_of, pem_of

DAY = timedelta(days=1)


@dataclass
class Made:
    """A certificate, its key, and who has issued it."""

    certificate: x509.Certificate
    key: Any
    issuer: "Made | None" = None

    @property
    def pem(self):
        return pem_of(self.certificate)

    @property
    def by(self):
        return self.issuer or self


def make(name, issuer=None, *, ca=False, ocsp_url=None):
    """A certificate that is valid now; with `ocsp_url` it says where its status can be asked for."""
    key, now = ec.generate_private_key(CURVE()), datetime.now(UTC)
    signer, above = (issuer.key, issuer.certificate.subject) if issuer else (key, name_of(name))
    usage = x509.KeyUsage(
        digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = x509.CertificateBuilder(above, name_of(name), key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - DAY).not_valid_after(now + 30 * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    builder = builder.add_extension(usage, critical=True)
    if ocsp_url:
        where = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
        builder = builder.add_extension(x509.AuthorityInformationAccess([where]), critical=False)
    return Made(builder.sign(signer, hashes.SHA256()), key, issuer)


def contract(emaid, ocsp_url):
    """Contract, its two sub-CAs and their root, as ISO 15118-2 has them."""
    root = make("MO Root", ca=True)
    sub1 = make("MO Sub 1", root, ca=True, ocsp_url=ocsp_url)
    sub2 = make("MO Sub 2", sub1, ca=True, ocsp_url=ocsp_url)
    return [make(emaid, sub2, ocsp_url=ocsp_url), sub2, sub1, root]


def trusted(folder, *roots):
    """A folder of roots, as the options name it."""
    folder.mkdir()
    for number, one in enumerate(roots):
        (folder / f"root-{number}.pem").write_text(one.pem)
    return str(folder)


def v2g_authority(folder):
    """A folder with a V2G sub-CA as the options name it; the sub-CA and its root."""
    folder.mkdir()
    root = make("V2G Root", ca=True)
    sub = make("CPO Sub 1", root, ca=True)
    (folder / "v2g-ca.pem").write_text(sub.pem + root.pem)
    key = sub.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "v2g-ca.key").write_bytes(key)
    return sub, root


def ocsp_data(made, url):
    """OCSPRequestDataType, as a station composes it."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(made.certificate, made.by.certificate, hashes.SHA256())
    request = builder.build()
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": request.issuer_name_hash.hex(),
        "issuerKeyHash": request.issuer_key_hash.hex(),
        "serialNumber": f"{made.certificate.serial_number:x}",
        "responderURL": url,
    }


class Responder:
    """Answers for the certificates that it knows; `asked` are the serial numbers, `told` the last response, DER."""

    def __init__(self):
        self.url = ""
        self.known, self.revoked, self.asked = {}, set(), []
        self.told = b""

    def knows(self, *some):
        self.known |= {one.certificate.serial_number: one for one in some}

    async def answer(self, request):
        assert request.content_type == "application/ocsp-request"
        serial = ocsp.load_der_ocsp_request(await request.read()).serial_number
        self.asked.append(serial)
        made, now = self.known[serial], datetime.now(UTC)
        revoked = serial in self.revoked
        status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            made.certificate, made.by.certificate, hashes.SHA256(), status, now - DAY, now + DAY,
            now - DAY if revoked else None, None,
        )  # fmt: skip
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, made.by.certificate)
        self.told = builder.sign(made.by.key, hashes.SHA256()).public_bytes(Encoding.DER)
        return web.Response(body=self.told, content_type="application/ocsp-response")


@asynccontextmanager
async def _serving(handler):
    """It takes POSTs on a free port of this machine; its URL."""
    app = web.Application()
    app.router.add_post("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def responder():
    """An OCSP responder."""
    one = Responder()
    async with _serving(one.answer) as one.url:
        yield one


@asynccontextmanager
async def provider(answer):
    """Who issues contracts, as the options name it: its URL, and what it was asked."""
    asked = []

    async def handle(request):
        asked.append(await request.json())
        return web.json_response(answer)

    async with _serving(handle) as url:
        yield url, asked
