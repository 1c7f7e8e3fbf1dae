"""Security: what the station sees of the transport before the first OCPP message."""

from cases16 import case
from lab_kit import IDENTITY
from story_kit import booted
from tls_kit import keeps_the_rules_of_tls, wrong_pairs


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
