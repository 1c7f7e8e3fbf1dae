"""Upstreams that talk nonsense, and full queues: a clear error each, and another station's session notices nothing."""

import asyncio
import base64
import hashlib
import json
import re

import pytest
from aiohttp import ClientSession
from bystander_kit import house
from e2e_kit import TOKEN, sample, until, url_of
from raw_kit import Scripted, beat, dialled, received, result, usual

# --- an upstream that talks nonsense ----------------------------------------------------------------------------------

DEEP = "[" * 5000
NONSENSE = [
    "",
    "hello",
    "[",
    "[2]",
    "[3]",
    "[3,null,{}]",
    '[9,"1",{}]',
    "\ufeff",
    DEEP,
    b"\xff\xfe",
    '[3,"unknown",{}]',
]


async def test_an_upstream_that_answers_nonsense_hurts_its_own_calls_only(tmp_path):
    async with Scripted(lambda text: None) as upstream, house(tmp_path, upstream) as broker:
        async with dialled(url_of(broker, "BAD")) as ws:
            await until(lambda: upstream.links)
            for text in NONSENSE:
                await upstream.links[0].send(text)
            await ws.send('[2,"1","Heartbeat",{}]')
            await until(lambda: upstream.frames)
            await upstream.links[0].send(json.dumps([3, json.loads(upstream.frames[0])[1], "no object"]))
            assert (await received(ws))[:3] == [4, "1", "InternalError"]
            upstream.answer = usual
            await beat(ws)
        assert len(upstream.links) == 1


async def test_frames_of_an_upstream_against_rfc_6455_make_a_new_link_and_the_call_is_sent_again(tmp_path):
    def break_off(text):
        upstream.answer = usual
        upstream.links[-1].transport.write(b"\x83\x01x")

    async with Scripted(break_off) as upstream, house(tmp_path, upstream) as broker:
        async with dialled(url_of(broker, "BAD")) as ws:
            await beat(ws, "1")
        assert upstream.actions == ["Heartbeat", "Heartbeat"]
        assert len(upstream.links) == 2


def switching(request, **headers):
    """101, as the key of `request` wants it."""
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)[1]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
    lines = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept, **headers}
    return ("HTTP/1.1 101 x\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode()


#: What an upstream answers to the handshake, and the reason that the dial fails for.
HANDSHAKES = {
    "garbage": (lambda request: b"\x00\x01garbage\r\n\r\n", "other"),
    "not found": (lambda request: b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status_4xx"),
    "broken": (lambda request: b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "status_5xx"),
    "wrong key": (lambda request: switching(request, **{"Sec-WebSocket-Accept": "x"}), "other"),
    "wrong subprotocol": (lambda request: switching(request, **{"Sec-WebSocket-Protocol": "ocpp2.0.1"}), "subprotocol"),
    "nothing": (lambda request: b"", "other"),
}


@pytest.mark.parametrize("answer", HANDSHAKES)
async def test_an_upstream_that_answers_the_handshake_with_nonsense_is_dialled_again(tmp_path, answer):
    make, reason = HANDSHAKES[answer]

    async def talk(reader, writer):
        writer.write(make(await reader.readuntil(b"\r\n\r\n")))
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    upstream = Scripted()
    upstream.port = server.sockets[0].getsockname()[1]
    async with house(tmp_path, upstream) as broker, dialled(url_of(broker, "BAD")) as ws:
        await ws.send('[2,"1","Heartbeat",{}]')
        labels = {"upstream": "main", "reason": reason}
        await until(lambda: sample(broker, "upstream_dial_failures_total", **labels) >= 3)
        assert broker.sessions.get("BAD").primary.exchange.waiting == 1, "the call waits for the grace time"
    server.close()
    await server.wait_closed()


async def test_a_call_that_kills_its_upstream_each_time_is_given_up_and_the_next_one_goes_on(tmp_path):
    """Sent again and again it would hold up the station for ever, though the upstream talks on each connection."""

    def die(text):
        if "poison" in text:
            upstream.links[-1].transport.abort()
            return None
        return usual(text)

    async def greet(ws):
        await ws.send('[2,"hello","TriggerMessage",{"requestedMessage":"Heartbeat"}]')

    async with (
        Scripted(die, greet=greet) as upstream,
        house(tmp_path, upstream, call_timeout=0.5, route={"grace": 0.5}) as broker,
        dialled(url_of(broker, "BAD")) as ws,
    ):
        await ws.send('[2,"1","DataTransfer",{"vendorId":"poison"}]')
        await ws.send('[2,"2","Heartbeat",{}]')
        answers = []
        while len(answers) < 2:
            frame = await received(ws)
            if frame[0] != 2:
                answers.append(frame)
        assert answers[0][:3] == [4, "1", "GenericError"]
        assert answers[1][:2] == [3, "2"]
        assert upstream.actions[-1] == "Heartbeat"


# --- a full queue -----------------------------------------------------------------------------------------------------


async def test_a_full_queue_towards_the_station_is_an_error_for_the_upstream_and_the_api(tmp_path):
    async with (
        Scripted() as upstream,
        house(tmp_path, upstream, limits={"queue": 2}, route={"boot_grace": 0}) as broker,
        dialled(url_of(broker, "BAD")) as ws,
        ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as client,
    ):
        await until(lambda: upstream.links)
        for number in range(5):
            await upstream.links[0].send(json.dumps([2, f"u{number}", "ClearCache", {}]))
        await until(lambda: sum(text.startswith("[4,") for text in upstream.frames) == 2)
        assert [json.loads(text)[1:3] for text in upstream.frames] == [["u3", "InternalError"], ["u4", "InternalError"]]
        url = f"{broker.admin_url}/api/v1/stations/BAD/calls"
        async with client.post(url, json={"action": "ClearCache", "payload": {}}) as answer:
            assert answer.status in (429, 503)
            assert "Retry-After" in answer.headers
            assert "wait for this station" in (await answer.json(content_type=None))["detail"]
        assert sample(broker, "limit_hits_total", limit="queue") == 3
        upstream.frames.clear()
        for number in range(3):  # what was taken is delivered, in order
            await ws.send(result(await ws.recv(), {"status": "Accepted"}))
            await until(lambda done=number: len(upstream.frames) == done + 1)
        assert [json.loads(text)[1] for text in upstream.frames] == ["u0", "u1", "u2"]


async def test_a_station_with_a_full_queue_is_read_no_further_and_loses_nothing(tmp_path):
    upstream = Scripted(lambda text: None)
    async with upstream, house(tmp_path, upstream) as broker, dialled(url_of(broker, "BAD")) as ws:
        for number in range(200):
            await ws.send(json.dumps([2, str(number), "Heartbeat", {}]))
        session = broker.sessions.get("BAD")
        await until(lambda: session.station.reading_paused)
        assert session.station.exchange.inbound == 64, "the queue of a route by default"
        await until(lambda: upstream.frames)
        upstream.answer = usual
        await upstream.links[0].send(usual(upstream.frames[0]))
        assert [(await received(ws))[1] for _ in range(200)] == [str(number) for number in range(200)]
