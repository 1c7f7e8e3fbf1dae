"""The life of the process: signals, reload, a crash."""

import asyncio
import json
import signal
from contextlib import AsyncExitStack

import pytest
from e2e_kit import IDENTITY, Pki, document, listener, until
from process_kit import Served, free_port
from raw_kit import Scripted, beat, closed, dialled, received, refused, result, usual

import certs


@pytest.fixture
def serve(tmp_path):
    started = []

    def start(settings):
        started.append(Served(tmp_path, settings))
        return started[-1]

    yield start
    for one in started:
        one.kill()


def silent(text):
    return None


async def test_sigterm_finishes_the_open_call_says_1001_to_everyone_and_exits_with_0(serve):
    async with Scripted(silent) as upstream:
        served = serve(document(primary="main", upstreams=upstream.upstream()))
        async with dialled(served.url("A")) as busy, dialled(served.url("B")) as idle:
            await busy.send('[2,"1","StartTransaction",{"meterStart":1.50}]')
            await until(lambda: upstream.actions == ["StartTransaction"])
            served.send(signal.SIGTERM)
            assert await closed(idle) == 1001
            with pytest.raises(OSError):
                await refused(served.url("C"))
            await busy.send('[2,"2","Heartbeat",{}]')  # not taken any more, so never answered
            link = next(one for one in upstream.links if one.request.path == "/A")
            await link.send(result(upstream.frames[0], {"transactionId": 1}))
            assert await received(busy) == [3, "1", {"transactionId": 1}]
            assert await closed(busy) == 1001
        assert await served.exit_code() == 0
        assert upstream.actions == ["StartTransaction"]
        await until(lambda: all(one.close_code for one in upstream.links))


async def test_sigterm_ends_within_the_limit_though_an_upstream_never_answers(serve):
    async with Scripted(silent) as upstream:
        settings = document(primary="main", upstreams=upstream.upstream(), shutdown={"timeout": 3, "spread": 0})
        served = serve(settings)
        async with dialled(served.url("A")) as station:
            await station.send('[2,"1","Heartbeat",{}]')
            await until(lambda: upstream.actions)
            served.send(signal.SIGTERM)
            assert await closed(station) == 1001
        assert await served.exit_code(8) == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_forces_the_end(serve, second):
    async with Scripted(silent) as upstream:
        settings = document(primary="main", upstreams=upstream.upstream(), shutdown={"timeout": 60, "spread": 0})
        served = serve(settings)
        async with dialled(served.url("A")) as station:
            await station.send('[2,"1","Heartbeat",{}]')
            await until(lambda: upstream.actions)
            served.send(signal.SIGTERM)
            await served.said("stopping")
            served.send(second)
            assert await served.exit_code(10) == 1
            assert "stopped by force" in served.log
            assert "Traceback" not in served.log


async def test_stations_leave_one_after_the_other_where_the_configuration_spreads_them(serve):
    served = serve(document(shutdown={"timeout": 10, "spread": 2}))
    async with AsyncExitStack() as stack:
        stations = [await stack.enter_async_context(dialled(served.url(f"S{n}"))) for n in range(4)]
        served.send(signal.SIGTERM)
        leaving = {asyncio.create_task(closed(station)) for station in stations}
        gone, staying = await asyncio.wait(leaving, return_when=asyncio.FIRST_COMPLETED)
        assert staying, "they all left at once"
        assert [await one for one in (*gone, *staying)] == [1001] * 4
    assert await served.exit_code() == 0


# --- reload -----------------------------------------------------------------------------------------------------------


def with_stations(pki, *identities, **more):
    known = [{"identity": one, "security_profile": 3} for one in identities]
    return document(listener(3, pki), stations={"unknown": "reject", "known": known}, **more)


async def shown(url, pki):
    """The certificate that the broker shows to whoever connects now."""
    async with dialled(url, ssl=pki.client(IDENTITY)) as ws:
        return ws.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)


@pytest.mark.parametrize("way", ["SIGHUP", "switchboard reload"])
async def test_a_reload_swaps_certificates_and_stations_and_nobody_is_disconnected(serve, tmp_path, way):
    pki = Pki(tmp_path, organization="Depot")
    for identity in (IDENTITY, "OLD", "NEW"):
        certs.issue_station(pki.folder, identity)
    served = serve(with_stations(pki, "OLD", IDENTITY))
    mine = served.url("DE%2ADepot%2F01")
    async with dialled(served.url("OLD"), ssl=pki.client("OLD")) as old:
        before = await shown(mine, pki)
        assert await refused(served.url("NEW"), ssl=pki.client("NEW")) == 404
        pki.serve()
        served.write(with_stations(pki, "OLD", "NEW", IDENTITY))
        if way == "SIGHUP":
            served.send(signal.SIGHUP)
            await served.said("reloaded")
        else:
            done = await served.cli("reload")
            assert (done.returncode, done.stdout.strip()) == (0, "reloaded")
        assert await shown(mine, pki) != before
        assert await refused(served.url("NEW"), ssl=pki.client("NEW")) == 101
        assert (await beat(old))[2]["currentTime"]


async def test_a_reload_with_a_bad_file_changes_nothing_and_names_every_fault(serve, tmp_path, pki):
    served = serve(with_stations(pki, "CP002", shutdown={"timeout": 5, "spread": 0}))
    async with dialled(served.url("CP002"), ssl=pki.client("CP002")) as station:
        bad = with_stations(pki)
        bad["listeners"][0]["bind"] = "nowhere"
        bad["routes"][0]["primary"] = "missing"
        served.write(bad)
        done = await served.cli("reload")
        assert done.returncode == 2
        assert "listeners[0].bind" in done.stderr
        served.send(signal.SIGHUP)
        await served.said("not reloaded")
        assert "listeners[0].bind" in served.log

        served.write("listeners: [\n")
        done = await served.cli("reload")
        assert done.returncode == 2
        assert "line" in done.stderr

        missing = with_stations(pki)
        missing["listeners"][0]["tls"]["certificates"][0]["certificate"] = str(tmp_path / "gone.pem")
        served.write(missing)
        done = await served.cli("reload")
        assert done.returncode == 2
        assert "gone.pem" in done.stderr

        served.write(with_stations(pki, "CP002", plugins=["no_such_plugin"]))
        done = await served.cli("reload")
        assert done.returncode == 2
        assert "plugins[0]" in done.stderr
        assert "no such plugin" in done.stderr

        assert "Traceback" not in served.log
        assert (await beat(station))[2]["currentTime"]
    assert await refused(served.url("CP002"), ssl=pki.client("CP002")) == 101


# --- a crash ----------------------------------------------------------------------------------------------------------


async def test_after_kill_9_and_a_new_start_the_station_is_back_at_its_upstream(serve):
    async with Scripted(usual) as upstream:
        settings = document(
            listener(0) | {"bind": f"127.0.0.1:{free_port()}"}, primary="main", upstreams=upstream.upstream()
        )
        served = serve(settings)
        url = served.url("A")
        async with dialled(url) as station:
            await beat(station, "1")
            served.kill()
            assert await closed(station) == 1006
        await until(lambda: upstream.links[0].close_code == 1006)
        served.start()
        async with dialled(url) as station:
            await beat(station, "1")  # the id of the last connection may come again (field-notes Q-10)
        ids = [json.loads(text)[1] for text in upstream.frames]
        assert len(ids) == len(set(ids)) == 2, "ids differ over all connections of a station, a restart included"
        assert len(upstream.links) == 2


async def test_a_station_that_keeps_trying_is_back_after_the_restart(serve):
    served = serve(document(listener(0) | {"bind": f"127.0.0.1:{free_port()}"}))
    url = served.url("A")
    boots = 0

    async def station():
        nonlocal boots
        while True:
            try:
                async with dialled(url) as ws:
                    await ws.send('[2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]')
                    assert (await received(ws))[2]["status"] == "Accepted"
                    boots += 1
                    await closed(ws)
            except OSError:
                await asyncio.sleep(0.05)

    trying = asyncio.create_task(station())
    await until(lambda: boots == 1)
    served.kill()
    served.start()
    await until(lambda: boots == 2)
    listed = await served.cli("stations", "list", "--json")
    trying.cancel()
    assert [one["identity"] for one in json.loads(listed.stdout)["stations"]] == ["A"]
