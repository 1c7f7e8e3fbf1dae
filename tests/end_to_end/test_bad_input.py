"""Bad input of stations: a clear answer each, the session goes on where the protocol allows, others notice nothing."""

import asyncio
import json
import os
from contextlib import suppress

import pytest
from bystander_kit import house
from e2e_kit import listener, sample, until, url_of
from raw_kit import Scripted, beat, closed, dialled, received, refused

# --- frames of a station ----------------------------------------------------------------------------------------------

TOO_LONG = "x" * 256
DEEP = "[" * 5000
NESTED = '[2,"1","DataTransfer",{"vendorId":' + "[" * 80 + "]" * 80 + "}]"

#: A frame; what the broker says to it in 1.6, in 2.0.1 and in 2.1: id and code of a CALLERROR, or None for silence.
FRAMES = [
    ("", None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    ("hello", None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    ("null", None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    ("[]", None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    ("[2]", None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    ('{"a":1}', None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    (DEEP, None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    ('[2,null,"Heartbeat",{}]', None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    (f'[2,"{TOO_LONG}","Heartbeat",{{}}]', None, "-1 RpcFrameworkError", "-1 RpcFrameworkError"),
    ('[2,"1"]', "1 ProtocolError", "1 ProtocolError", "1 ProtocolError"),
    ('[2,"1","Heartbeat"]', "1 ProtocolError", "1 ProtocolError", "1 ProtocolError"),
    ('[2,"1","Heartbeat",[]]', "1 FormationViolation", "1 FormatViolation", "1 FormatViolation"),
    ('[2,"1","Heartbeat",{}', "1 FormationViolation", "1 RpcFrameworkError", "1 RpcFrameworkError"),
    (
        '[2,"1","StopTransaction",{"transactionId":,}]',
        "1 FormationViolation",
        "1 RpcFrameworkError",
        "1 RpcFrameworkError",
    ),
    ('[2,"1","Heartbeat",{}]]', "1 FormationViolation", "1 RpcFrameworkError", "1 RpcFrameworkError"),
    ('[2,"1","Heartbeat",{"a":NaN}]', "1 FormationViolation", "1 RpcFrameworkError", "1 RpcFrameworkError"),
    (NESTED, "1 FormationViolation", "1 FormatViolation", "1 FormatViolation"),
    ('[2,"1",7,{}]', "1 FormationViolation", "1 RpcFrameworkError", "1 RpcFrameworkError"),
    ('[1,"1","x",{}]', None, "1 MessageTypeNotSupported", None),
    ('[3,"1"]', None, None, "1 CALLRESULTERROR"),
    ('[3,"never asked",{}]', None, None, None),
    ('[4,"never asked","InternalError"]', None, None, None),
    ('[5,"1","InternalError","",{}]', None, "1 MessageTypeNotSupported", None),
    ('[6,"1","Heartbeat",{}]', None, "1 MessageTypeNotSupported", None),
]


@pytest.mark.parametrize(("version", "column"), [("ocpp1.6", 1), ("ocpp2.0.1", 2), ("ocpp2.1", 3)])
async def test_garbage_frames_get_the_answer_of_their_version_and_the_session_goes_on(tmp_path, version, column):
    async with house(tmp_path) as broker, dialled(url_of(broker, "BAD"), version) as ws:
        session = broker.sessions.get("BAD")
        for number, row in enumerate(FRAMES):
            await ws.send(row[0])
            await ws.send(json.dumps([2, f"next-{number}", "Heartbeat", {}]))
            got = []
            while (frame := await received(ws))[1] != f"next-{number}":
                got.append(frame)
            told = ["CALLRESULTERROR" if frame[0] == 5 else frame[2] for frame in got]
            assert [f"{frame[1]} {code}" for frame, code in zip(got, told, strict=True)] == (
                [row[column]] if row[column] else []
            ), row[0][:80]
            assert frame[0] == 3
        assert broker.sessions.get("BAD") is session


async def test_a_byte_order_mark_and_a_binary_frame_are_taken(tmp_path):
    async with house(tmp_path) as broker, dialled(url_of(broker, "BAD")) as ws:
        await ws.send('\ufeff[2,"1","Heartbeat",{}]')
        assert (await received(ws))[:2] == [3, "1"]
        await ws.send(b'\xef\xbb\xbf[2,"2","Heartbeat",{}]')
        assert (await received(ws))[:2] == [3, "2"]


async def test_bytes_that_are_no_utf8_are_answered_in_a_binary_frame_and_close_a_text_frame_with_1007(tmp_path):
    async with house(tmp_path) as broker, dialled(url_of(broker, "BAD")) as ws:
        await ws.send(b'[2,"1","Heartbeat",{"a":"\xff"}]')
        assert (await received(ws))[:3] == [4, "1", "FormationViolation"]
        await beat(ws)
        write(ws, 0x81, b"\xff\xfe")
        assert await closed(ws) == 1007
        assert sample(broker, "bad_frames_total", leg="station", reason="encoding") == 2


async def test_a_lone_surrogate_and_a_huge_number_pass_to_the_upstream_as_they_are(tmp_path):
    def no_look(text):
        return text[: text.index(",", 4)].replace("[2", "[3") + ",{}]"

    async with Scripted(no_look) as upstream, house(tmp_path, upstream) as broker, dialled(url_of(broker, "BAD")) as ws:
        payload = '{"vendorId":"\\ud800","data":"\\u0000","n":' + "9" * 5000 + ',"n":1e999}'
        await ws.send(f'[2,"1","DataTransfer",{payload}]')
        assert (await received(ws))[0] == 3
        assert upstream.frames[0].endswith(f',"DataTransfer",{payload}]')


async def test_an_oversized_message_closes_with_1009(tmp_path):
    async with house(tmp_path, limits={"message_bytes": 65536}) as broker:
        async with dialled(url_of(broker, "BAD")) as ws:
            text = '[2,"1","DataTransfer",{"vendorId":"' + "x" * 60_000 + '"}]'
            await ws.send(text)
            assert (await received(ws))[1] == "1"
            await ws.send("x" * 70_000)
            assert await closed(ws) == 1009
        await until(lambda: sample(broker, "limit_hits_total", limit="message_bytes") == 1)
        assert sample(broker, "sessions_ended_total", reason="too_big") == 1


async def test_a_message_in_a_thousand_fragments_is_one_message(tmp_path):
    async with house(tmp_path) as broker, dialled(url_of(broker, "BAD")) as ws:
        text = '[2,"1","DataTransfer",{"vendorId":"V","data":"' + "x" * 900 + '"}]'
        await ws.send(iter(text))
        assert (await received(ws))[:2] == [3, "1"]


@pytest.mark.parametrize(
    ("first", "payload"),
    [(0x83, b"x"), (0x80, b"continues nothing"), (0xC1, b"[2]"), (0x09, b"fragmented ping"), (0x89, b"x" * 126)],
    ids=["reserved opcode", "stray continuation", "reserved bit", "fragmented control", "long control"],
)
async def test_frames_against_rfc_6455_close_with_1002(tmp_path, first, payload):
    async with house(tmp_path) as broker, dialled(url_of(broker, "BAD")) as ws:
        await beat(ws)
        write(ws, first, payload)
        assert await closed(ws) == 1002
        await until(lambda: broker.sessions.get("BAD") is None)
        assert sample(broker, "sessions_ended_total", reason="protocol_error") == 1


async def test_an_unmasked_frame_is_taken_as_aiohttp_takes_it(tmp_path):
    """RFC 6455 5.1 wants such a connection closed; a station that forgets its mask does no harm (field-notes L6)."""
    async with house(tmp_path) as broker, dialled(url_of(broker, "BAD")) as ws:
        text = b'[2,"1","Heartbeat",{}]'
        ws.transport.write(bytes([0x81, len(text)]) + text)
        assert (await received(ws))[:2] == [3, "1"]
        await beat(ws)


def write(ws, first, payload):
    """One masked frame as bytes, right or wrong."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0xFE, *len(payload).to_bytes(2, "big")])
    ws.transport.write(bytes([first]) + length + bytes(4) + payload)


async def test_a_flood_of_frames_closes_with_1008(tmp_path):
    async with house(tmp_path, limits={"frames_per_second": 200, "frames_burst": 300}) as broker:
        async with dialled(url_of(broker, "BAD")) as ws:
            with suppress(ConnectionError):
                for _ in range(400):
                    await ws.send("x")
            assert await closed(ws) == 1008
        assert sample(broker, "limit_hits_total", limit="frames_per_second") == 1


# --- half a handshake -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"GET /ocpp/BAD HTTP/1.1\r\nHost: x\r\nUpgr"])
async def test_half_a_handshake_is_ended_in_time(tmp_path, sent):
    async with house(tmp_path, limits={"header_timeout": 0.3}) as broker:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.ports["door"])
        writer.write(sent)
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        writer.close()
        assert sample(broker, "handshakes_refused_total", reason="handshake_timeout") == 1


async def test_half_a_tls_handshake_and_plain_text_on_a_tls_port_are_ended(tmp_path, pki):
    doors = [listener(0), listener(2, pki, name="secure")]
    async with house(tmp_path, limits={"handshake_timeout": 0.5}, listeners=doors) as broker:
        for sent in (b"", b"\x16\x03\x01\x02\x00\x01\x00"):
            reader, writer = await asyncio.open_connection("127.0.0.1", broker.ports["secure"])
            writer.write(sent)
            with suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
        await until(lambda: sample(broker, "handshakes_refused_total", reason="handshake_timeout") == 2)
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.ports["secure"])
        writer.write(b"GET /ocpp/BAD HTTP/1.1\r\n\r\n")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        await until(lambda: sample(broker, "handshakes_refused_total", reason="tls") == 1)


async def test_bytes_that_are_no_http_are_refused_and_told(tmp_path):
    async with house(tmp_path) as broker:
        for sent in (os.urandom(400) + b"\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n", b"GET /ocpp/B AD HTTP/1.1\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", broker.ports["door"])
            writer.write(sent)
            assert b" 400 " in (await reader.read()).splitlines()[0]
            writer.close()
        assert sample(broker, "handshakes_refused_total", reason="not_websocket") == 3
        assert any(line.get("reason") == "not_websocket" for line in broker.logs)


async def test_an_identity_that_nobody_knows_is_told_so(tmp_path):
    stations = {"unknown": "reject", "known": [{"identity": "BYSTANDER"}]}
    async with house(tmp_path, stations=stations) as broker:
        assert await refused(url_of(broker, "BAD")) == 404
        assert any("unknown station" in line.get("detail", "") for line in broker.logs)
