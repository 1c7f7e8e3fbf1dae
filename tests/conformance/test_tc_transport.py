"""Security: what the station sees of the transport before the first OCPP message."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cases16 import case
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lab_kit import FQDN, IDENTITY
from story_kit import booted
from tls_kit import SUITES, at_most, offering, shake

import certs


async def shaken(lab, dress, *arguments):
    """A handshake of the case's profile, with `dress` on its context."""
    context = lab.terms(lab.transport)["ssl"]
    return await asyncio.to_thread(shake, lab.broker.ports["secure"], dress(context, *arguments))


def judged(certificate, kind):
    """White paper A00: key sizes, a serial number, the FQDN as CN, within its time."""
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey if kind == "RSA" else ec.EllipticCurvePublicKey)
    assert key.key_size >= (2048 if kind == "RSA" else 224)
    assert certificate.serial_number > 0
    assert [part.value for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [FQDN]
    assert certificate.not_valid_before_utc <= datetime.now(UTC) < certificate.not_valid_after_utc


async def keeps_the_rules_of_tls(lab):
    for suite, kind in SUITES.items():
        told = await shaken(lab, offering, suite)
        assert (told.version, told.suite, told.compression) == ("TLSv1.2", suite, None)
        judged(told.certificate, kind)
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError):
            await shaken(lab, at_most, version)
    told = await shaken(lab, at_most, ssl.TLSVersion.TLSv1_2)
    assert told.version == "TLSv1.2", "it is the version alone that was refused"
    assert (await shaken(lab, lambda context: context)).version == "TLSv1.3"


@case(
    "086",
    "All four cipher suites with an RSA and an ECDSA certificate; TLS 1.1 refused, no compression; CN the FQDN, "
    "serial number, key sizes, PEM; boot and status",
    over=(2, 3),
)
async def test_tc_086_tls_server_certificate(lab):
    await keeps_the_rules_of_tls(lab)
    for issued in lab.pki.servers:
        assert issued.certificate.read_text().startswith("-----BEGIN CERTIFICATE-----")
    async with lab.station() as station:
        await booted(station)
        assert lab.broker.sessions.get(IDENTITY).security_profile == lab.transport


@case(
    "087",
    "A valid client certificate enters; none, one of another CA, expired or of another name does not; TLS as in 086",
    over=(3,),
)
async def test_tc_087_tls_client_certificate(lab):
    await keeps_the_rules_of_tls(lab)
    async with lab.station() as station:
        await booted(station)
        assert lab.broker.sessions.get(IDENTITY).security_profile == 3
    for name, pair in wrong_pairs(lab).items():
        response = await lab.knocks(pair=pair)
        assert response is None or response.status_code in (401, 403), name
    response = await lab.knocks(2)
    assert response is None or response.status_code in (401, 403), "a password is no certificate"
    async with lab.station() as station:
        await booted(station)


def wrong_pairs(lab):
    """Certificates that prove nothing of this station."""
    other = lab.folder / "other-pki"
    certs.init(other, organization="Depot")
    past = timedelta(hours=-1)
    issued = {
        "of another CA": certs.issue_station(other, IDENTITY),
        "of another station": certs.issue_station(lab.pki.folder, "OTHER"),
        "expired": certs.issue_station(lab.pki.folder, "EXPIRED", serial_number=IDENTITY, lifetime=past),
    }
    return {name: (one.certificate, one.key) for name, one in issued.items()}


@case(
    "088",
    "`ocpp0.1` alone is an HTTP error and no upgrade; `ocpp0.1, ocpp1.6` is upgraded with exactly ocpp1.6",
    over=(1, 2, 3),
)
async def test_tc_088_subprotocol_negotiation(lab):
    response = await lab.knocks(subprotocols=["ocpp0.1"])
    assert 400 <= response.status_code < 500
    assert "Upgrade" not in response.headers
    assert "Sec-WebSocket-Accept" not in response.headers
    assert "Sec-WebSocket-Protocol" not in response.headers
    response = await lab.knocks(subprotocols=["ocpp0.1", "ocpp1.6"])
    assert response.status_code == 101
    assert response.headers.get_all("Sec-WebSocket-Protocol") == ["ocpp1.6"]
    async with lab.station() as station:
        await booted(station)
