"""The whole broker in this process: start and take-down, stop, signals."""

import asyncio
import gc
import os
import signal

import pytest
from aiohttp import WSMsgType
from app_kit import PARTS, WAIT, connect, is_free, listener, refusing_plugin, until, upstream_ca_missing

from broker.app import _settle_memory
from broker.hooks import PluginError

# --- start and stop ---------------------------------------------------------------------------------------------------


async def test_it_serves_stations_and_operators_until_it_is_stopped(site, http):
    broker = site.build()
    assert not broker.ready
    await broker.start()
    assert broker.ready
    port = broker.ports["plain"]
    station = await connect(http, broker)
    assert await station.beat() == "a1"
    async with http.get(f"{broker.admin_url}/readyz") as answer:
        assert answer.status == 200
    value = broker.metrics.registry.get_sample_value
    assert value("switchboard_ready") == 1
    assert value("switchboard_sessions", {"version": "ocpp1.6", "security_profile": "0"}) == 1
    stopping = asyncio.ensure_future(broker.stop())
    message = await station.ws.receive(timeout=WAIT)
    assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
    await stopping
    assert not broker.ready
    assert is_free(port)
    assert is_free(broker.admin.port)
    await broker.stop()


async def test_parts_start_before_those_that_need_them_and_stop_after_them(site, http):
    async with site.running() as broker:
        await (await connect(http, broker)).beat()
    assert site.noted() == ["a starting", "a opened CP001", "a closed CP001 stopping", "a stopping 0"]


async def test_nothing_runs_on_after_the_stop(site, http):
    before = asyncio.all_tasks()
    async with site.running() as broker:
        station = await connect(http, broker)
        await station.beat()
    await station.ws.close()
    await until(lambda: asyncio.all_tasks() <= before)
    assert broker.shared.wheel._handle is None


@pytest.mark.parametrize("broken", PARTS)
async def test_when_a_part_cannot_start_the_others_are_taken_down_again(site, taken, free, broken):
    before = asyncio.all_tasks()
    site.write(admin=f"{{bind: '127.0.0.1:{free}'}}")
    error = broken(site, taken)
    broker = site.build()
    with pytest.raises(error):
        await broker.start()
    assert not broker.ready
    assert is_free(free)
    started = [line for line in site.noted() if line.endswith("starting")]
    stopped = [line for line in site.noted() if "stopping" in line]
    assert len(stopped) == (0 if broken in (refusing_plugin, upstream_ca_missing) else 1), site.noted()
    assert len(started) == (0 if broken is upstream_ca_missing else 1)
    await until(lambda: asyncio.all_tasks() <= before)
    if hasattr(broker, "shared"):
        assert broker.shared.wheel._handle is None


async def test_plugins_that_cannot_be_loaded_are_all_named_before_anything_starts(site):
    with pytest.raises(PluginError) as caught:
        site.build(plugins='[{counter: {log: x, mark: 7}}, no_such_plugin, {"policy.rate_limit": {colour: blue}}]')
    assert {problem.plugin for problem in caught.value.problems} == {"counter", "no_such_plugin", "policy.rate_limit"}


# --- as a process -----------------------------------------------------------------------------------------------------


@pytest.fixture
def settled(monkeypatch):
    """`run` without what it does to the garbage collector of the process."""
    calls = []
    monkeypatch.setattr("broker.app._settle_memory", lambda: calls.append("settled"))
    return calls


async def test_run_reloads_on_sighup_and_ends_on_sigterm_with_0(site, http, settled):
    broker = site.build()
    running = asyncio.ensure_future(broker.run())
    await until(lambda: broker.ready)
    station = await connect(http, broker)
    site.write(plugins=site.plugin(mark="b"))
    os.kill(os.getpid(), signal.SIGHUP)
    await until(lambda: "b opened CP001" in site.noted())
    assert await station.beat() == "b1"
    os.kill(os.getpid(), signal.SIGTERM)
    message = await station.ws.receive(timeout=WAIT)
    assert message.data == 1001
    assert await asyncio.wait_for(running, WAIT) == 0
    assert settled == ["settled"]


async def test_a_second_signal_ends_run_at_once_with_1(site, http, settled):
    broker = site.build(upstreams="{main: {url: 'ws://127.0.0.1:1/{identity}'}}", routes="[{match: {}, primary: main}]")
    running = asyncio.ensure_future(broker.run())
    await until(lambda: broker.ready)
    station = await connect(http, broker)
    await station.ws.send_str('[2,"1","StatusNotification",{}]')  # open, so that the broker waits for its end
    await until(lambda: len(broker.sessions) and broker.sessions.get("CP001").station.exchange.inbound)
    os.kill(os.getpid(), signal.SIGINT)
    await until(lambda: not broker.ready)
    await asyncio.sleep(0.05)
    assert not running.done()
    os.kill(os.getpid(), signal.SIGINT)
    assert await asyncio.wait_for(running, 1.0) == 1
    await station.ws.close()
    await broker.stop()


async def test_a_run_that_cannot_start_leaves_the_signals_as_they_were(site, taken, settled):
    before = signal.getsignal(signal.SIGTERM)
    broker = site.build(listeners=listener(taken))
    with pytest.raises(OSError):
        await broker.run()
    assert signal.getsignal(signal.SIGTERM) is before
    assert settled == []


def test_after_the_start_the_collector_has_less_to_do():
    threshold = gc.get_threshold()
    try:
        _settle_memory()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] > threshold[0]
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
