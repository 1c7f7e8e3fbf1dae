"""What the tests of `ocpp16.security` are made of: a harness that checks what is sent, requests, an authority."""

import asyncio
from contextlib import asynccontextmanager

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

import certs
from broker.api import AuthorityRefused, Call, Reply, Version
from broker.testing import harness
from plugins.ocpp16.security import Security

V16 = "ocpp1.6"
TO_STATION = "to_station"


@asynccontextmanager
async def security(authority=None, *, promised=None, **options):
    """The plugin, started; what it sends to the station has to fit the schema.

    `promised`: a certificate request that a broker before this one has left.
    """
    h = harness(Security, **options)
    if authority is not None:
        h.contexts.authority = authority
    await h.ready()
    if promised is not None:
        key = ("ocpp16.security.promises", "CP001", "certificate request")
        await h.records.commit(h.records.documents.put(*key, promised))
    await h.plugins.start(None)
    try:
        yield h
        for action, payload in h.session(V16).sent:
            violation = h.plugins.schemas.check_call(Call.of(action, payload, version=Version.V16))
            assert violation is None, f"{action}: {violation}"
    finally:
        await h.stop()


def wired(reply):
    """As it came over the wire."""
    return reply.under("7", b'"7"')


def said(status, **more):
    """A station's CALLRESULT with this status."""
    return wired(Reply.result({"status": status, **more}))


def failed(code, description="", details=None):
    """A station's CALLERROR."""
    return wired(Reply.error(code, description, details))


def request(name="CP001"):
    """A certificate request, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return csr.public_bytes(Encoding.PEM).decode()


class Ca:
    """An authority over a real folder; `fails` are raised first, one after another."""

    def __init__(self, folder, *fails):
        self.layout = certs.init(folder, organization="Example CPO")
        self.fails = list(fails)
        self.asked = []
        self.available = True
        self.gate = None

    async def sign(self, identity, csr):
        self.asked.append((identity, csr))
        if self.gate is not None:
            await self.gate.wait()
        if self.fails:
            raise self.fails.pop(0)
        try:
            issued = certs.sign_station(self.layout.directory, identity, csr.encode())
        except certs.CertsError as error:
            raise AuthorityRefused(str(error)) from None
        return issued.certificate.read_text()

    async def root(self):
        return self.layout.root_ca.certificate.read_text()


async def until(condition):
    """Wait for what something in the background does."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def counted(h, name, **labels):
    """The value of one of the plugin's metrics."""
    return h.contexts.registry.get_sample_value(f"switchboard_plugin_ocpp16_security_{name}_total", labels) or 0


def plugin(h):
    """The plugin itself."""
    return h.plugins._loaded["ocpp16.security"].instance


def jobs(h):
    """Requests that are being signed."""
    return plugin(h)._jobs


async def ask(h, csr):
    return (await h.call(V16, "SignCertificate", {"csr": csr})).payload["status"]


def chains(h):
    return [payload["certificateChain"] for action, payload in h.session(V16).sent if action == "CertificateSigned"]


def same_key(chain, csr):
    leaf, asked = x509.load_pem_x509_certificate(chain.encode()), x509.load_pem_x509_csr(csr.encode())
    return leaf.public_key() == asked.public_key()


async def own(h):
    return [row for row in await h.records.certificates.of("CP001") if row.use == "ChargePointCertificate"]


async def pending(h):
    return await h.records.documents.of("ocpp16.security.promises", "CP001")


def outcomes(h):
    names = ("accepted", "rejected", "refused", "failed", "unreadable", "limited")
    return {name: n for name in names if (n := counted(h, "certificate_requests", outcome=name))}
