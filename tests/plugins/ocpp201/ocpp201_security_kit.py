"""What the tests of `ocpp201.security` and `ocpp201.iso15118` share: checked harnesses, requests, authorities."""

import asyncio
from contextlib import asynccontextmanager

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from broker.api import AuthorityRefused, Call, Reply, Version
from broker.testing import Harness
from plugins.ocpp201.iso15118.plugin import Iso15118
from plugins.ocpp201.security.plugin import Security

V201, V21 = "ocpp2.0.1", "ocpp2.1"
BOTH = (V201, V21)


@asynccontextmanager
async def started(*plugins, promised=()):
    """The plugins, started; what they send to a station has to fit its schema. `promised`: of a broker before."""
    h = Harness(*plugins)
    await h.ready()
    for key, document in promised:
        await h.records.commit(h.records.documents.put("ocpp201.security.promises", "CP001", key, document))
    await h.plugins.start(None)
    try:
        yield h
        for version in BOTH:
            for action, payload in h.session(version).sent:
                violation = h.plugins.schemas.check_call(Call.of(action, payload, version=Version(version)))
                assert violation is None, f"{action}: {violation}"
    finally:
        await h.stop()


@asynccontextmanager
async def security(authority=None, v2g=None, *, promised=(), **options):
    """`ocpp201.security` with these authorities."""
    async with started((Security, options), promised=promised) as h:
        if authority is not None:
            h.contexts.authority = authority
        if v2g is not None:
            shared(h)["authority.v2g"] = v2g
        yield h


def iso15118(**options):
    """`ocpp201.iso15118`, whose responders may be on this machine unless told otherwise."""
    return started((Iso15118, {"ocsp": {"allow_private": True}, **options}))


def plugin(h, name="ocpp201.security"):
    return h.plugins._loaded[name].instance


def shared(h):
    return next(iter(h.plugins._loaded.values())).instance.shared


def said(status, **more):
    """A station's CALLRESULT, as it came over the wire."""
    return Reply.result({"status": status, **more}).under("7", b'"7"')


def failed(code, description="", details=None):
    return Reply.error(code, description, details).under("7", b'"7"')


def csr(name="CP001", *, key=None, algorithm=hashes.SHA256, **more):
    """A certificate request, PEM; `more`: organization, country."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    names = {"name": NameOID.COMMON_NAME, "organization": NameOID.ORGANIZATION_NAME, "country": NameOID.COUNTRY_NAME}
    told = {"name": name, **more}
    subject = x509.Name([x509.NameAttribute(names[part], value) for part, value in told.items() if value])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, algorithm and algorithm())
    return made.public_bytes(Encoding.PEM).decode()


class Ca:
    """An authority that signs with a certificate of the PKI kit, or does what it is told to."""

    def __init__(self, made, *, refuses=""):
        self.made = made
        self.asked = []
        self.refuses = refuses
        self.gate = None

    async def sign(self, identity, request):
        self.asked.append((identity, request))
        if self.gate is not None:
            await self.gate.wait()
        if self.refuses:
            raise AuthorityRefused(self.refuses)
        return self.made.pem

    async def root(self):
        return self.made.by.pem


async def until(condition):
    """Wait for what something in the background does."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def signed(h, version):
    """The payloads of CertificateSigned that went out."""
    return [payload for action, payload in h.session(version).sent if action == "CertificateSigned"]


def counted(h, name, plugin="ocpp201_security", **labels):
    return h.contexts.registry.get_sample_value(f"switchboard_plugin_{plugin}_{name}_total", labels) or 0


async def held(h, use):
    return [row for row in await h.records.certificates.of("CP001") if row.use == use]
