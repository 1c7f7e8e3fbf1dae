"""A station's connection."""

import base64
import socket

import pytest

from broker.ocpp import Version
from broker.simulate import HandshakeRefused, SimulatedStation
from broker.simulate.connection import station_url


async def test_a_refused_handshake_tells_its_status(csms):
    csms.refuse = 503
    with pytest.raises(HandshakeRefused) as caught:
        await SimulatedStation(csms.url, "CP1").connect()
    assert caught.value.status == 503


async def test_a_server_that_is_not_there_is_told_in_plain_words():
    with socket.socket() as taken:  # bound and not listening: nobody else gets the port
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ConnectionError) as caught:
            await SimulatedStation(f"ws://127.0.0.1:{port}/ocpp", "CP1").connect()
    assert str(caught.value) == f"cannot connect to 127.0.0.1:{port}: Connection refused"


async def test_the_identity_is_percent_encoded_and_goes_where_the_url_wants_it(csms):
    async with SimulatedStation(csms.url + "/{identity}", "CP 1/ä"):
        await csms.wait_for("CP 1/ä")
    assert csms.handshakes[0].path == "/csms/CP%201%2F%C3%A4"


@pytest.mark.parametrize(
    ("url", "expected"),
    [("ws://x/a", "ws://x/a/C%2F1"), ("ws://x/a/", "ws://x/a/C%2F1"), ("ws://x/{identity}/z", "ws://x/C%2F1/z")],
)
def test_where_the_identity_goes(url, expected):
    assert station_url(url, "C/1") == expected


@pytest.mark.parametrize(("secret", "raw"), [("pässword", "pässword".encode()), (b"\xff\x00", b"\xff\x00")])
async def test_the_password_goes_as_bytes_after_the_first_colon(csms, secret, raw):
    async with SimulatedStation(csms.url, "CP1", password=secret):
        header = csms.handshakes[0].headers["Authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")) == b"CP1:" + raw


async def test_other_user_headers_and_subprotocols_can_be_sent(csms):
    station = SimulatedStation(
        csms.url, "CP1", Version.V16, password="p", user="other", headers={"X-A": "1"}, subprotocols=["x", "ocpp1.6"]
    )
    assert await station.connect() == "ocpp1.6"
    await station.leave()
    seen = csms.handshakes[0]
    assert seen.subprotocols == ("x", "ocpp1.6")
    assert seen.headers["X-A"] == "1"
    assert base64.b64decode(seen.headers["Authorization"].removeprefix("Basic ")) == b"other:p"


async def test_without_a_connection_there_is_nobody_to_call():
    with pytest.raises(ConnectionError, match="never connected"):
        await SimulatedStation("ws://x.invalid", "CP1").heartbeat()


async def test_a_second_connect_ends_the_first(csms):
    station = SimulatedStation(csms.url, "CP1")
    await station.connect()
    first = station.peer
    await station.connect()
    assert (first.connected, station.peer.connected) == (False, True)
    await station.leave()


async def test_nobody_there_is_an_os_error():
    with pytest.raises(OSError, match="127"):
        await SimulatedStation("ws://127.0.0.1:1", "CP1").connect()
