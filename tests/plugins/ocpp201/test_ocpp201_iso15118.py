"""The plugin as a whole: contracts for vehicles, the status of certificates, what it offers to others."""

import base64

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from ocpp201_pki_kit import GOOD, REVOKED, UNKNOWN, hash_data, key_pem, make, pki, responder, response
from ocpp201_security_kit import (
    BOTH,
    V21,
    V201,
    Ca,
    counted,
    csr,
    iso15118,
    plugin,
    said,
    shared,
    signed,
    started,
    until,
)

from broker.api import Direction
from broker.testing import harness
from plugins.ocpp201.iso15118.plugin import Iso15118
from plugins.ocpp201.security.plugin import Security

EV = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install", "exiRequest": "gJgCAQ=="}


@pytest.mark.parametrize("version", BOTH)
def test_it_owns_what_belongs_to_block_m(version):
    owned = plugin(harness(Iso15118), "ocpp201.iso15118").register_actions()
    of_version = {(one.name, one.direction) for one in owned if one.version == version}
    assert of_version == {
        ("Get15118EVCertificate", Direction.FROM_STATION),
        ("GetCertificateStatus", Direction.FROM_STATION),
        ("DeleteCertificate", Direction.TO_STATION),
        ("GetInstalledCertificateIds", Direction.TO_STATION),
        ("InstallCertificate", Direction.TO_STATION),
    }


# --- Get15118EVCertificate --------------------------------------------------------------------------------------------


@pytest.fixture
async def provider():
    """A provider on a free port: the URL, and what it was asked."""
    asked = []

    async def handle(request):
        asked.append(await request.json())
        return web.json_response({"status": "Accepted", "exiResponse": "g" * 7500, "remainingContracts": 1})

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", asked
    await runner.cleanup()


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("action", ["Install", "Update"])
async def test_a_contract_comes_from_the_provider_byte_by_byte(version, action, provider):
    """Certification M_26, M_28, M_100."""
    url, asked = provider
    async with iso15118(ev_certificates={"url": url}) as h:
        payload = {**EV, "action": action, "exiRequest": "Zz" * 2800}
        reply = (await h.call(version, "Get15118EVCertificate", payload)).payload
        assert (reply["status"], reply["exiResponse"]) == ("Accepted", "g" * 7500)
        assert ("remainingContracts" in reply) is (version == V21)
        assert asked == [payload]
        assert counted(h, "ev_certificates", "ocpp201_iso15118", status="Accepted") == 1


async def test_without_a_provider_the_vehicle_is_refused():
    async with iso15118() as h:
        reply = (await h.call(V201, "Get15118EVCertificate", EV)).payload
        assert (reply["status"], reply["exiResponse"]) == ("Failed", "")
        assert counted(h, "ev_certificates", "ocpp201_iso15118", status="Failed") == 1


async def test_a_stranger_s_provider_takes_the_place_of_the_configured_one(provider):
    url, asked = provider
    heard = []

    async def stranger(session, payload):
        heard.append((session.identity, payload))
        return {"status": "Accepted", "exiResponse": "c3Ry"}

    async with iso15118(ev_certificates={"url": url}) as h:
        shared(h)["ocpp201.ev_certificates"] = stranger
        payload = {**EV, "maximumContractCertificateChains": 2}
        assert (await h.call(V21, "Get15118EVCertificate", payload)).payload["exiResponse"] == "c3Ry"
        assert (heard, asked) == ([("CP001", payload)], [])


@pytest.mark.parametrize("found", [None, {}, {"status": "Accepted"}, ZeroDivisionError("secret")])
async def test_a_stranger_s_provider_may_fail(found, caplog):
    async def stranger(session, payload):
        if isinstance(found, Exception):
            raise found
        return found

    async with iso15118() as h:
        shared(h)["ocpp201.ev_certificates"] = stranger
        reply = (await h.call(V201, "Get15118EVCertificate", EV)).payload
        assert reply["status"] == "Failed"
        assert "secret" not in reply["statusInfo"]["additionalInfo"]


@pytest.mark.parametrize("payload", [{}, {"exiRequest": 5}, {"action": None, "prioritizedEMAIDs": "x"}])
async def test_a_station_may_send_anything(payload, provider):
    async with iso15118(ev_certificates={"url": provider[0]}) as h:
        assert (await h.call(V201, "Get15118EVCertificate", payload)).payload["status"] == "Accepted"


async def test_what_vehicles_say_is_in_no_log(provider, caplog):
    caplog.set_level("DEBUG")
    async with iso15118(ev_certificates={"url": provider[0] + "none"}) as h:
        reply = (await h.call(V201, "Get15118EVCertificate", {**EV, "exiRequest": "canary"})).payload
        assert reply["status"] == "Failed"
    assert "canary" not in caplog.text
    assert provider[0] not in caplog.text


# --- GetCertificateStatus ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("says", [GOOD, REVOKED, UNKNOWN])
@pytest.mark.parametrize("version", BOTH)
async def test_the_responder_s_response_is_passed_on_as_it_is(version, says):
    """Certification M_24."""
    p = pki()
    der = response(p.leaf, says)
    async with responder() as there, iso15118() as h:
        there.says(p.leaf, der)
        asked = {"ocspRequestData": hash_data(p.leaf, there.url)}
        reply = (await h.call(version, "GetCertificateStatus", asked)).payload
        assert reply == {"status": "Accepted", "ocspResult": base64.b64encode(der).decode()}
        word = {GOOD: "good", REVOKED: "revoked", UNKNOWN: "unknown"}[says]
        assert counted(h, "statuses", "ocpp201_iso15118", status=word) == 1


@pytest.mark.parametrize(("version", "status"), [(V201, "Failed"), (V21, "Accepted")])
async def test_a_response_has_to_fit_the_version(version, status):
    p = pki()
    many = [make(f"Extra {n}", p.sub2) for n in range(14)]
    der = response(p.leaf, certificates=many)
    async with responder() as there, iso15118() as h:
        there.says(p.leaf, der)
        asked = {"ocspRequestData": hash_data(p.leaf, there.url)}
        assert 5500 < len(base64.b64encode(der)) < 18_000
        assert (await h.call(version, "GetCertificateStatus", asked)).payload["status"] == status


async def test_a_responder_that_fails_is_told_with_why(caplog):
    p = pki()
    busy = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    async with responder() as there, iso15118() as h:
        there.says(p.leaf, busy.public_bytes(Encoding.DER))
        reply = (await h.call(V201, "GetCertificateStatus", {"ocspRequestData": hash_data(p.leaf, there.url)})).payload
        assert reply["status"] == "Failed"
        assert reply["statusInfo"]["additionalInfo"] == "the responder says TRY_LATER"
        assert there.url not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://localhost:80/", "file:///etc/passwd", "http://[::1]/", ""]
)
async def test_a_station_leads_nowhere_private(url):
    async with iso15118(ocsp={}) as h:
        asked = {"ocspRequestData": hash_data(pki().leaf, url)}
        assert (await h.call(V201, "GetCertificateStatus", asked)).payload["status"] == "Failed"


@pytest.mark.parametrize("payload", [{}, {"ocspRequestData": 5}, {"ocspRequestData": {"responderURL": "http://x/"}}])
async def test_a_status_may_be_asked_for_anything(payload):
    async with iso15118() as h:
        assert (await h.call(V21, "GetCertificateStatus", payload)).payload["status"] == "Failed"


# --- what it offers to others -----------------------------------------------------------------------------------------


async def test_others_may_ask_for_the_status_and_for_chains(tmp_path):
    async with responder() as there:
        p = pki(there.url)
        (tmp_path / "root.pem").write_text(p.root.pem)
        for one in (p.leaf, p.sub2, p.sub1):
            there.says(one)
        async with iso15118(roots=str(tmp_path)) as h:
            offered = shared(h)["ocpp201.ocsp"]
            assert [one.status for one in await offered.status([hash_data(p.leaf, there.url)])] == ["good"]
            assert await offered.chain(p.chain) == "Accepted"


async def test_its_v2g_authority_signs_for_the_security_plugin(tmp_path):
    root = make("V2G Root", ca=True)
    ca = make("CPO Sub", root, ca=True)
    (tmp_path / "v2g-ca.pem").write_text(ca.pem + root.pem)
    (tmp_path / "v2g-ca.key").write_bytes(key_pem(ca.key))
    options = {"v2g_authority": str(tmp_path), "v2g_lifetime_days": 30}
    async with started((Security, {}), (Iso15118, options)) as h:
        h.session(V201).replies["CertificateSigned"] = said("Accepted")
        asked = {"csr": csr("SECC1"), "certificateType": "V2GCertificate"}
        assert (await h.call(V201, "SignCertificate", asked)).payload == {"status": "Accepted"}
        await until(lambda: signed(h, V201))
        (payload,) = signed(h, V201)
        assert payload["certificateType"] == "V2GCertificate"
        assert payload["certificateChain"].count("BEGIN CERTIFICATE") == 2


async def test_without_the_option_another_plugin_s_v2g_authority_stays():
    async with iso15118() as h:
        assert "authority.v2g" not in shared(h)
        shared(h)["authority.v2g"] = Ca(make("Other"))
        assert shared(h)["authority.v2g"].made.certificate.subject.rfc4514_string() == "CN=Other"
