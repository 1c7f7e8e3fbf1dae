"""Security profiles 2 and 3 over real TLS: suites, versions, certificates, revocation, reload."""

import asyncio
import ssl
from datetime import timedelta

import pytest
import structlog
from door_kit import CP001, Pki, basic, connect, eventually, handshake, house, status

import certs

GOOD = basic("CP001", "a-good-password-1")
SUITES = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384"]
REFUSED = (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)


async def s_client(port, pki, *options):
    """The output of `openssl s_client`, which asks for nothing and leaves."""
    process = await asyncio.create_subprocess_exec(
        "openssl", "s_client", "-connect", f"127.0.0.1:{port}", *options,
        "-CAfile", str(pki.layout.root_ca.certificate),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return output.decode()


@pytest.mark.parametrize("server_name", [["-servername", "localhost"], ["-noservername"]])
@pytest.mark.parametrize("suite", SUITES)
async def test_each_suite_that_ocpp_asks_for_is_served_with_and_without_sni(shared_pki: Pki, suite, server_name):
    async with house(shared_pki.listener()) as h:
        output = await s_client(h.port, shared_pki, "-tls1_2", "-cipher", suite, *server_name)
        assert f"Cipher is {suite}" in output
        assert "Verify return code: 0 (ok)" in output
        assert ("Server public key is 256 bit" in output) is ("ECDSA" in suite)
        assert "Compression: NONE" in output


async def test_tls_1_3_is_served_and_preferred(shared_pki: Pki):
    async with house(shared_pki.listener()) as h:
        assert "New, TLSv1.3" in await s_client(h.port, shared_pki)


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
async def test_older_versions_are_refused(shared_pki: Pki, version):
    async with house(shared_pki.listener()) as h:
        output = await s_client(h.port, shared_pki, version, "-cipher", "ALL:@SECLEVEL=0")
        assert "Cipher is (NONE)" in output
        await eventually(lambda: h.refused("tls") == 1)


async def test_a_minimum_of_1_3_refuses_1_2(shared_pki: Pki):
    async with house(shared_pki.listener(tls=shared_pki.tls(minimum_version="1.3"))) as h:
        assert "Cipher is (NONE)" in await s_client(h.port, shared_pki, "-tls1_2")
        assert "New, TLSv1.3" in await s_client(h.port, shared_pki)


@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-SHA256", "AES128-SHA", "DHE-RSA-AES128-GCM-SHA256"])
async def test_suites_without_aead_or_with_dhe_are_refused(shared_pki: Pki, suite):
    async with house(shared_pki.listener()) as h:
        assert "Cipher is (NONE)" in await s_client(h.port, shared_pki, "-tls1_2", "-cipher", suite)


async def test_renegotiation_is_refused(shared_pki: Pki):
    async with house(shared_pki.listener()) as h:
        process = await asyncio.create_subprocess_exec(
            "openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{h.port}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate(b"R\n")
        assert b"RENEGOTIATING" in output
        assert b"no renegotiation" in output


async def test_profile_2_is_tls_and_basic(shared_pki: Pki):
    async with house(shared_pki.listener([2]), stations=[CP001]) as h:
        client = shared_pki.client()
        assert await status(h.port, handshake(auth=GOOD), tls=client, name="localhost") == 101
        assert h.sessions.served[0].security_profile == 2
        assert await status(h.port, handshake(), tls=client, name="localhost") == 401
        assert await status(h.port, handshake(auth=basic("CP001", "x")), tls=client, name="localhost") == 401


async def test_profile_3_is_a_certificate_and_no_password(shared_pki: Pki):
    async with house(shared_pki.listener([3]), stations=[{"identity": "CP001"}]) as h:
        assert await status(h.port, handshake(), tls=shared_pki.client("CP001"), name="localhost") == 101
        assert h.sessions.served[0].security_profile == 3


async def test_profile_3_alone_refuses_a_station_without_certificate_in_the_tls_handshake(shared_pki: Pki):
    async with house(shared_pki.listener([3]), stations=[CP001]) as h:
        with pytest.raises(REFUSED):
            await status(h.port, handshake(auth=GOOD), tls=shared_pki.client(), name="localhost")
        await eventually(lambda: h.refused("tls") == 1)


async def test_profiles_2_and_3_on_one_listener(shared_pki: Pki):
    stations = [CP001, {"identity": "CP002"}]
    async with house(shared_pki.listener(), stations=stations) as h:
        assert await status(h.port, handshake(auth=GOOD), tls=shared_pki.client(), name="localhost") == 101
        cp002 = shared_pki.client("CP002")
        assert await status(h.port, handshake("/ocpp/CP002"), tls=cp002, name="localhost") == 101
        assert [admission.security_profile for admission in h.sessions.served] == [2, 3]


async def test_a_station_registered_for_profile_3_does_not_get_in_with_a_password(shared_pki: Pki):
    async with house(shared_pki.listener(), stations=[{**CP001, "security_profile": 3}]) as h:
        assert await status(h.port, handshake(auth=GOOD), tls=shared_pki.client(), name="localhost") == 403
        assert h.refused("certificate") == 1
        assert await status(h.port, handshake(), tls=shared_pki.client("CP001"), name="localhost") == 101


async def test_a_station_registered_for_profile_2_does_not_get_in_with_a_certificate_alone(shared_pki: Pki):
    async with house(shared_pki.listener(), stations=[{**CP001, "security_profile": 2}]) as h:
        client = shared_pki.client("CP001")
        assert await status(h.port, handshake(), tls=client, name="localhost") == 401
        assert await status(h.port, handshake(auth=GOOD), tls=client, name="localhost") == 101
        assert h.sessions.served[0].security_profile == 2


async def test_the_certificate_of_one_station_does_not_open_another(shared_pki: Pki):
    async with house(shared_pki.listener(), stations=[{"identity": "CP001"}, {"identity": "CP002"}]) as h:
        client = shared_pki.client("CP001")
        assert await status(h.port, handshake("/ocpp/CP002"), tls=client, name="localhost") == 403
        assert h.refused("certificate") == 1
        assert not h.sessions.asked


async def test_the_cn_may_be_the_registered_serial_number(pki: Pki):
    pki.station("CP001", serial_number="SN-4711")
    stations = [{"identity": "CP001", "serial_number": "SN-4711"}, {"identity": "SN-4711"}]
    async with house(pki.listener(), stations=stations) as h:
        client = pki.client("CP001")
        assert await status(h.port, handshake(), tls=client, name="localhost") == 101
        assert await status(h.port, handshake("/ocpp/SN-4711"), tls=client, name="localhost") == 403


@pytest.mark.parametrize(("organization", "expected"), [("Depot", 101), ("Other", 403)])
async def test_the_organization_must_be_the_configured_one(shared_pki: Pki, organization, expected):
    listener = shared_pki.listener(tls=shared_pki.tls(organization=organization))
    async with house(listener, stations=[{"identity": "CP001"}]) as h:
        assert await status(h.port, handshake(), tls=shared_pki.client("CP001"), name="localhost") == expected


async def test_an_unknown_station_with_a_valid_certificate_of_its_name(shared_pki: Pki):
    async with house(shared_pki.listener(), unknown="accept") as h:
        client = shared_pki.client("CP001")
        assert await status(h.port, handshake(), tls=client, name="localhost") == 101
        assert await status(h.port, handshake("/ocpp/CP009"), tls=client, name="localhost") == 403
        assert await status(h.port, handshake("/ocpp/CP009"), tls=shared_pki.client(), name="localhost") == 401
        assert h.admitted == ["CP001"]


@pytest.mark.parametrize("profiles", [[2, 3], [3]])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("kind", "said"),
    [("expired", "expired"), ("revoked", "revoked"), ("other_ca", "local issuer"), ("server", "purpose")],
)
async def test_an_invalid_certificate_ends_in_the_tls_handshake(
    pki: Pki, shared_pki: Pki, kind, said, version, profiles
):
    client = await invalid(kind, pki, shared_pki)
    client.minimum_version = client.maximum_version = version
    async with house(pki.listener(profiles), stations=[CP001]) as h:
        with structlog.testing.capture_logs() as logs:
            with pytest.raises(REFUSED):
                await status(h.port, handshake(auth=GOOD), tls=client, name="localhost")
            await eventually(lambda: h.refused("certificate") == 1)
        assert said in logs[0]["detail"]
        assert not h.sessions.asked


async def invalid(kind, pki, shared_pki):
    client = pki.client()
    if kind == "server":  # fit for a server, signed by the CA that stations trust
        client.load_cert_chain(pki.servers[0].certificate, pki.servers[0].key)
        trusted = pki.layout.station_ca.certificate.read_bytes() + pki.layout.root_ca.certificate.read_bytes()
        pki.layout.station_ca.certificate.write_bytes(trusted)
        return client
    maker = shared_pki if kind == "other_ca" else pki
    lifetime = {"lifetime": timedelta(seconds=-60), "backdate": timedelta(days=1)} if kind == "expired" else {}
    made = maker.station("CP001", **lifetime)
    if kind == "revoked":
        certs.revoke(pki.folder, "CP001")
    client.load_cert_chain(made.certificate, made.key)
    return client


async def test_a_new_crl_counts_after_a_reload_for_resumed_tls_sessions_too(pki: Pki):
    pki.station("CP001")
    async with house(pki.listener([3]), stations=[{"identity": "CP001"}]) as h:
        client = pki.client("CP001")
        client.maximum_version = ssl.TLSVersion.TLSv1_2  # where a session is resumed with what the handshake gave
        live = await connect(h.port, tls=client, name="localhost")
        session = live.writer.get_extra_info("ssl_object").session
        certs.revoke(pki.folder, "CP001")
        assert await resumed(h.port, client, session)
        await h.reload()
        with pytest.raises(REFUSED):
            await resumed(h.port, client, session)
        assert await live.echo() == "hello"
        await live.close()


async def resumed(port, client, session):
    """Whether the server resumes `session`; by hand, since asyncio cannot be told to."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client.wrap_bio(incoming, outgoing, server_hostname="localhost", session=session)
    try:
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                data = await reader.read(65536)
                if not data:
                    raise ConnectionResetError("closed in the handshake") from None
                incoming.write(data)
                continue
            return tls.session_reused
    finally:
        writer.close()


async def test_the_broken_reload_of_a_certificate_changes_nothing(pki: Pki):
    async with house(pki.listener([2]), stations=[CP001]) as h:
        pki.servers[0].certificate.write_text("no certificate")
        with pytest.raises(ValueError, match="server"):
            await h.reload()
        assert await status(h.port, handshake(auth=GOOD), tls=pki.client(), name="localhost") == 101


async def test_a_client_that_does_not_trust_us_is_counted(shared_pki: Pki, pki: Pki):
    async with house(shared_pki.listener(), stations=[CP001]) as h:
        with structlog.testing.capture_logs() as logs:
            output = await s_client(h.port, pki, "-verify_return_error")
            await eventually(lambda: h.refused("tls") == 1)
        assert "certificate verify failed" in output
        assert "unknown ca" in logs[0]["detail"]


async def test_plain_http_on_a_tls_listener_is_counted(shared_pki: Pki):
    async with house(shared_pki.listener()) as h:
        reader, writer = await asyncio.open_connection("127.0.0.1", h.port)
        writer.write(handshake())
        assert b"101" not in await reader.read()
        writer.close()
        await eventually(lambda: h.refused("tls") == 1)


async def test_expiries_are_told_by_listener_and_file(shared_pki: Pki):
    async with house(shared_pki.listener()) as h:
        expiries = h.listeners.expiries()
        assert set(expiries) == {"secure:certificate_1", "secure:certificate_2", "secure:client_ca", "secure:crl"}
        assert expiries["secure:certificate_1"] == certs.not_after(shared_pki.servers[0].certificate).timestamp()
