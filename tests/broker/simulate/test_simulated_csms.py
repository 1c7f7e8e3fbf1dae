"""The simulated CSMS as a server."""

import asyncio

import pytest

from broker.ocpp import Version
from broker.simulate import HandshakeRefused, SimulatedCsms, SimulatedStation


async def test_with_passwords_only_the_right_one_gets_in():
    async with SimulatedCsms(passwords={"CP1": "secret"}) as csms:
        for password in (None, "wrong"):
            with pytest.raises(HandshakeRefused) as caught:
                await SimulatedStation(csms.url, "CP1", password=password).connect()
            assert caught.value.status == 401
            assert caught.value.headers["WWW-Authenticate"] == 'Basic realm="csms"'
        async with SimulatedStation(csms.url, "CP1", password="secret") as station:
            assert station.connected


async def test_without_a_common_subprotocol_nobody_gets_in():
    async with SimulatedCsms(subprotocols=["ocpp2.1"]) as csms:
        with pytest.raises(HandshakeRefused) as caught:
            await SimulatedStation(csms.url, "CP1", Version.V16).connect()
        assert caught.value.status == 400
        assert csms.handshakes[0].subprotocols == ("ocpp1.6",)


async def test_it_comes_back_on_the_same_port(csms):
    port = csms.port
    await csms.stop()
    await csms.start()
    assert csms.port == port
    async with SimulatedStation(csms.url, "CP1") as station:
        assert (await station.heartbeat()).is_result


async def test_stopping_closes_the_connections_with_the_code(csms):
    async with SimulatedStation(csms.url, "CP1") as station:
        await csms.wait_for("CP1")
        await csms.stop(1001)
        assert await station.closed() == 1001


async def test_a_call_to_a_station_that_is_not_there_is_refused(csms):
    with pytest.raises(ConnectionError):
        await csms.call("CP1", "Reset")


async def test_waiting_for_a_station_that_never_comes_is_a_timeout(csms):
    with pytest.raises(TimeoutError):
        await csms.wait_for("CP1", timeout=0.01)


async def test_every_line_is_shown_as_it_passes(csms):
    seen = []
    csms.on_line = lambda identity, line: seen.append((identity, line.sent))
    async with SimulatedStation(csms.url, "CP1") as station:
        await station.heartbeat()
    assert seen == [("CP1", False), ("CP1", True)]


async def test_many_stations_at_once(csms, version):
    stations = [SimulatedStation(csms.url, f"CP{number}", version) for number in range(20)]
    await asyncio.gather(*(station.connect() for station in stations))
    replies = await asyncio.gather(*(station.boot() for station in stations))
    assert all(reply.payload["status"] == "Accepted" for reply in replies)
    await asyncio.gather(*(station.leave() for station in stations))
