"""The quirks of stations that the door must survive, each under its number."""

import random
import zlib

import pytest
import structlog
from aiohttp import ClientSession
from door_kit import CP001, LAB, PLAIN, Pki, basic, connect, eventually, handshake, house, status

from broker.ocpp import Version


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("RDAM%7C123", "RDAM|123"),
        ("RDAM%20123", "RDAM 123"),
        ("A%2FB", "A/B"),
        ("A%252FB", "A%2FB"),
        ("%C3%A9t%C3%A9", "\u00e9t\u00e9"),
        ("x" * 48, "x" * 48),
    ],
)
async def test_q01_percent_encoded_identity_is_decoded_exactly_once(path, identity):
    async with house(PLAIN, stations=[{"identity": identity, "password": "a-good-password-1"}]) as h:
        assert await status(h.port, handshake(f"/ocpp/{path}", auth=basic(identity, "a-good-password-1"))) == 101
        assert h.admitted == [identity]
        assert h.requests[0].identity == identity


@pytest.mark.parametrize("path", ["%zz", "%0d%0aX-A:%201", "%2e%2e", "%00", "%FF", "x" * 300])
async def test_q01_unreadable_identity_is_404_even_where_unknown_ones_are_accepted(path):
    async with house(LAB, unknown="accept") as h:
        assert await status(h.port, handshake(f"/ocpp/{path}")) == 404
        assert h.refused("bad_identity") == 1
        assert not h.sessions.asked


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/ocpp/CP001", 101),
        ("/ocpp/CP001/", 101),
        ("//ocpp//CP001", 101),
        ("/ocpp/CP001?x=1", 101),
        ("ws://broker:9000/ocpp/CP001", 101),
        ("/ws://192.168.0.1:9000/CP_1/SERIAL_1234", 101),
        ("/ocpp/", 404),
        ("/ocpp", 404),
        ("/", 404),
        ("///CP001", 404),
        ("/ocpp/CP001/CP001", 404),
        ("/other/CP001", 404),
        ("/ocpp/../CP001", 404),
    ],
)
async def test_q02_extra_missing_or_pasted_path_parts(target, expected):
    listener = {**LAB, "identity_aliases": {"/ws://192.168.0.1:9000/CP_1/SERIAL_1234": "CP001"}}
    async with house(listener, stations=[{"identity": "CP001"}]) as h:
        with structlog.testing.capture_logs() as logs:
            assert await status(h.port, handshake(target)) == expected
        assert h.admitted == (["CP001"] if expected == 101 else [])
        assert len(logs) == (0 if expected == 101 else 1)


async def test_q02_under_an_alias_the_user_name_is_the_identity_or_what_the_station_takes_for_it():
    listener = {**PLAIN, "identity_aliases": {"OLD-1": "CP001"}}
    async with house(listener, stations=[CP001, {"identity": "CP002", "password": "a-good-password-2"}]) as h:
        for user, password, expected in (
            ("OLD-1", "a-good-password-1", 101),
            ("CP001", "a-good-password-1", 101),
            ("OLD-1", "a-good-password-2", 401),
            ("CP002", "a-good-password-2", 401),
        ):
            assert await status(h.port, handshake("/ocpp/OLD-1", auth=basic(user, password))) == expected
        assert await status(h.port, handshake("/ocpp/CP001", auth=basic("OLD-1", "a-good-password-1"))) == 401
        assert h.admitted == ["CP001", "CP001"]


async def test_q03_identities_of_any_printable_characters():
    async with house(LAB, unknown="accept") as h:
        identities = ["GaroCS-4133AAAA46980", "a_b=c:d+e", "a*b", "x@y", "1.2.3"]
        for identity in identities:
            assert await status(h.port, handshake(f"/ocpp/{identity}")) == 101
        assert h.admitted == identities


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("GET /ocpp/CP 1?secret=canary HTTP/1.1", "/ocpp/CP 1"),
        ("GET /ocpp/CP\udce9?secret=canary HTTP/1.1", "/ocpp/CP\\xe9"),
    ],
)
async def test_q04_unencoded_space_or_raw_byte_is_counted_and_logged(line, shown):
    async with house(LAB, unknown="accept") as h:
        with structlog.testing.capture_logs() as logs:
            assert await status(h.port, handshake(first=line)) == 400
        assert h.refused("not_websocket") == 1
        assert logs[0]["remote"] == "127.0.0.1"
        assert logs[0]["log_level"] == "warning"
        assert shown in logs[0]["detail"]
        assert "canary" not in logs[0]["detail"]


@pytest.mark.parametrize(
    ("offered", "without_default", "with_default"),
    [
        (None, None, ""),
        ("", None, ""),
        ("OCPP1.6", "OCPP1.6", "OCPP1.6"),
        ("ocpp1.6j", "ocpp1.6j", "ocpp1.6j"),
        ("ocpp1.6, ocpp2.0.1", "ocpp1.6", "ocpp1.6"),
        ("ocpp2.0.1,ocpp1.6", "ocpp2.0.1", "ocpp2.0.1"),
        ("ocpp1.6, ocpp1.6", "ocpp1.6", "ocpp1.6"),
        ("mqtt, ocpp2.1", "ocpp2.1", "ocpp2.1"),
        ("mqtt", None, None),
    ],
)
async def test_q05_no_or_wrong_subprotocol(offered, without_default, with_default):
    for listener, echoed in ((LAB, without_default), ({**LAB, "default_subprotocol": "ocpp1.6"}, with_default)):
        async with house(listener, stations=[{"identity": "CP001"}]) as h:
            answer = await connect(h.port, handshake(protocol=offered))
            assert answer.status == (400 if echoed is None else 101)
            assert answer.headers.get("sec-websocket-protocol", "") == (echoed or "")
            assert h.refused("subprotocol") == (echoed is None)
            await answer.close()


async def test_q05_several_headers_are_one_list():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        answer = await connect(h.port, handshake(protocol="mqtt", extra=["Sec-WebSocket-Protocol: ocpp2.0.1"]))
        assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "ocpp2.0.1")
        assert h.sessions.served[0].version is Version.V201
        await answer.close()


async def test_q05_a_listener_speaks_only_its_versions():
    async with house({**LAB, "subprotocols": ["ocpp2.0.1"]}, stations=[{"identity": "CP001"}]) as h:
        assert await status(h.port, handshake(protocol="ocpp1.6")) == 400
        assert await status(h.port, handshake(protocol="OCPP1.6")) == 400
        assert await status(h.port, handshake(protocol="ocpp1.6, ocpp2.0.1")) == 101


async def test_q05_the_specifications_way_is_to_upgrade_without_the_header_and_close():
    async with house({**LAB, "no_common_subprotocol": "upgrade_and_close"}, stations=[{"identity": "CP001"}]) as h:
        for offered in (None, "mqtt"):
            answer = await connect(h.port, handshake(protocol=offered))
            assert answer.status == 101
            assert "sec-websocket-protocol" not in answer.headers
            assert await answer.close_code() == 1002
            await answer.close()
        assert h.refused("subprotocol") == 2
        assert not h.sessions.served


async def test_q06_the_version_belongs_to_the_connection():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        for protocol in ("ocpp1.6", "ocpp2.0.1", "ocpp1.6", "ocpp2.1"):
            assert await status(h.port, handshake(protocol=protocol)) == 101
        assert [admission.version.value for admission in h.sessions.served] == [
            "ocpp1.6", "ocpp2.0.1", "ocpp1.6", "ocpp2.1",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("without", "extra", "expected"),
    [
        (["Connection"], [], 400),
        (["Connection"], ["Connection: keep-alive"], 400),
        (["Connection"], ["Connection: keep-alive, Upgrade"], 101),
        (["Connection"], ["connection: upgrade"], 101),
        (["Upgrade"], [], 426),
        (["Upgrade"], ["upgrade: WebSocket"], 101),
        (["Host"], [], 400),
        ([], ["Origin: http://127.0.0.1"], 101),
    ],
)
async def test_q07_broken_upgrade_headers_are_refused_visibly(without, extra, expected):
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        with structlog.testing.capture_logs() as logs:
            assert await status(h.port, handshake(without=without, extra=extra)) == expected
        assert h.refused("not_websocket") == (expected != 101)
        assert len(logs) == (expected != 101)


KEY = bytes([0x00, 0x3A, 0xFF, *range(100, 117)])


@pytest.mark.parametrize(
    ("registered", "sent", "expected"),
    [
        ("hex:" + KEY.hex(), KEY, 101),
        ("hex:" + KEY.hex(), KEY.hex(), 101),
        ("hex:" + KEY.hex(), KEY.hex().upper(), 101),
        ("hex:" + KEY.hex(), KEY[:-1], 401),
        ("0123456789abcdeX", "0123456789abcdeX", 101),
        ("x" * 72, "x" * 72, 101),
        ("x" * 72, "x" * 71, 401),
        ("p\u00e4ssword-with-umlaut", "p\u00e4ssword-with-umlaut", 101),
        ("with:colon:16chars", "with:colon:16chars", 101),
    ],
)
async def test_q08_passwords_are_bytes_and_hex_is_taken_both_ways(registered, sent, expected):
    async with house(PLAIN, stations=[{"identity": "CP001", "password": registered}]) as h:
        assert await status(h.port, handshake(auth=basic("CP001", sent))) == expected


async def test_q08_random_headers_give_101_or_401_only():
    randomness = random.Random(8)
    async with house(PLAIN, stations=[CP001]) as h:
        for _ in range(300):
            text = "".join(chr(randomness.choice([*range(33, 127), 0xE9])) for _ in range(randomness.randrange(60)))
            scheme = randomness.choice(["Basic ", "", "basic ", "Basic  "])
            assert await status(h.port, handshake(auth=scheme + text)) == 401
        assert await status(h.port, handshake(auth=basic("CP001", "a-good-password-1"))) == 101


async def test_q09_credentials_of_one_station_do_not_open_another():
    stations = [CP001, {"identity": "CP002", "password": "a-good-password-2"}]
    async with house(PLAIN, stations=stations) as h:
        assert await status(h.port, handshake("/ocpp/CP002", auth=basic("CP001", "a-good-password-1"))) == 401
        assert await status(h.port, handshake("/ocpp/CP002", auth=basic("CP002", "a-good-password-1"))) == 401
        assert await status(h.port, handshake("/ocpp/CP002", auth=basic("", "a-good-password-2"))) == 401
        assert await status(h.port, handshake("/ocpp/CP002")) == 401
        assert await status(h.port, handshake("/ocpp/CP002", auth=basic("CP002", "a-good-password-2"))) == 101
        assert h.admitted == ["CP002"]


DEFLATE = ["Sec-WebSocket-Extensions: permessage-deflate"]


@pytest.mark.parametrize(
    ("protocol", "listener", "station", "expected"),
    [
        ("ocpp1.6", {}, {}, False),
        ("ocpp2.0.1", {}, {}, True),
        ("ocpp2.1", {}, {}, True),
        ("ocpp1.6", {"compress": {"ocpp1.6": True}}, {}, True),
        ("ocpp2.0.1", {"compress": False}, {}, False),
        ("ocpp1.6", {}, {"compress": True}, True),
        ("ocpp2.0.1", {}, {"compress": False}, False),
    ],
)
async def test_q33_compression_by_version_and_station(protocol, listener, station, expected):
    async with house({**LAB, **listener}, stations=[{"identity": "CP001", **station}]) as h:
        answer = await connect(h.port, handshake(protocol=protocol, extra=DEFLATE))
        assert ("sec-websocket-extensions" in answer.headers) is expected
        assert h.sessions.served[0].compress is expected
        await answer.close()
        answer = await connect(h.port, handshake(protocol=protocol))
        assert "sec-websocket-extensions" not in answer.headers
        await answer.close()


async def test_q33_a_compressed_message_is_read():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h, ClientSession() as client:
        url = f"ws://127.0.0.1:{h.port}/ocpp/CP001"
        async with client.ws_connect(url, protocols=["ocpp2.0.1"], compress=15) as ws:
            assert ws.compress
            await ws.send_str("[2]" * 1000)
            assert (await ws.receive_str()) == "[2]" * 1000


async def test_q33_a_compressed_frame_that_was_not_negotiated_closes_with_1002():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        answer = await connect(h.port)
        answer.send(0xC1, zlib.compress(b"[2]")[2:-4])
        assert await answer.close_code() == 1002
        await answer.close()


async def test_q33_after_a_failed_inflate_the_station_gets_no_compression():
    async with house(LAB, stations=[{"identity": "CP001"}, {"identity": "CP002"}]) as h:
        answer = await connect(h.port, handshake(protocol="ocpp2.0.1", extra=DEFLATE))
        answer.send(0xC1, b"\xff\xff\xff\xff")
        assert (await answer.frame())[0] == 0x88
        await answer.close()
        await eventually(lambda: not h.listeners.all[0].connections)
        answer = await connect(h.port, handshake(protocol="ocpp2.0.1", extra=DEFLATE))
        assert answer.status == 101
        assert "sec-websocket-extensions" not in answer.headers
        await answer.close()
        answer = await connect(h.port, handshake("/ocpp/CP002", protocol="ocpp2.0.1", extra=DEFLATE))
        assert "sec-websocket-extensions" in answer.headers
        await answer.close()


async def test_q35_reload_during_live_sessions_drops_none_and_shows_the_new_certificate(pki):
    pki.station("CP001")
    async with house(pki.listener(), stations=[{"identity": "CP001"}]) as h:
        client = pki.client("CP001")
        live = [await connect(h.port, tls=client, name="localhost") for _ in range(20)]
        before = await shown(h.port, pki)
        pki.serve()
        await h.reload()
        after = await shown(h.port, pki)
        assert before != after
        assert [await answer.echo() for answer in live] == ["hello"] * 20
        for answer in live:
            await answer.close()


async def test_q35_a_station_without_server_name_gets_a_certificate(shared_pki: Pki):
    async with house(shared_pki.listener(), stations=[CP001]) as h:
        client = shared_pki.client()
        client.check_hostname = False
        data = handshake(auth=basic("CP001", "a-good-password-1"))
        assert await status(h.port, data, tls=client, name="") == 101


async def shown(port, pki):
    """The server's certificate as a station sees it."""
    answer = await connect(port, handshake("/ocpp/nobody"), tls=pki.client(), name="localhost")
    certificate = answer.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    await answer.close()
    return certificate
