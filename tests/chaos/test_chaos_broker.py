import asyncio
import json
import signal
import sys

import pytest
from chaos_broker import GROUPS, PLAIN_GROUPS, READY, BrokerProcess, document

from broker.config import load

PORTS = {"main": 1, "second": 2, "backup": 3}
#: Stands in for the broker: says that it serves, and ends with what it reads from a file.
_STANDIN = f"""
import pathlib, sys, time
print('Ctrl+C, SIGHUP {READY}', flush=True)
order = pathlib.Path('order')
while not order.exists():
    time.sleep(0.01)
text = order.read_text()
order.unlink()
sys.exit(text or 0)
"""


@pytest.mark.parametrize("plain", [True, False])
def test_the_configuration_is_one(tmp_path, plain):
    path = tmp_path / "switchboard.yaml"
    path.write_text(json.dumps(document(9000, PORTS, tmp_path / "store.db", plain=plain)))
    config = load(path)
    assert set(config.upstreams) == set(PORTS)
    assert [route.primary for route in config.routes] == ["main"] * len(GROUPS)


def test_what_is_promised_is_what_is_configured(tmp_path):
    for group, promise in GROUPS.items():
        route = next(
            one for one in document(9000, PORTS, tmp_path)["routes"] if one["match"]["identity"] == f"{group}-*"
        )
        down = route["when_primary_down"]
        failover = down["failover"] if isinstance(down, dict) else []
        assert promise.owners == (route["primary"], *failover)
        assert promise.secondaries == tuple(one["upstream"] for one in route.get("secondaries", ()))
    assert set(PLAIN_GROUPS) == set(GROUPS)


@pytest.fixture
async def process(tmp_path):
    made = BrokerProcess(tmp_path, {})
    made._command = [sys.executable, "-c", _STANDIN]
    yield made
    made._running.cancel()
    if made._process.returncode is None:
        made._process.kill()
        await made._process.wait()


async def within(awaitable):
    async with asyncio.timeout(20):
        return await awaitable


async def again(process):
    """Serving anew, after an end."""
    await within(until(lambda: len(process.starts) == 2))


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


async def test_a_kill_is_a_fault_that_lasts_until_it_serves_again(process):
    await process.start()
    process.kill()
    process.kill()  # it is dying already
    assert not process.ready.is_set()
    await again(process)
    assert (process.kills, process.kills_in_start, process.crashes) == (1, 0, [])
    (fault,) = process.faults
    assert fault.kind == "kill"
    assert fault.begin < fault.end < float("inf")


async def test_an_end_of_its_own_is_a_crash(process):
    await process.start()
    (process.folder / "order").write_text("died")
    await again(process)
    assert process.crashes == ["the broker ended by itself, exit code 1"]
    assert "died" in process.log.read_text()


async def test_an_end_while_the_disk_is_full_is_forgiven(process):
    await process.start()
    process.forgive = True
    (process.folder / "order").write_text("no space")
    await again(process)
    assert (process.crashes, process.refused_starts) == ([], 1)


async def test_a_traceback_in_the_log_is_a_crash(process):
    await process.start()
    (process.folder / "order").write_text("Traceback (most recent call last)")
    await again(process)
    assert "a traceback in the broker's log" in process.crashes


async def test_while_it_is_paused_it_is_not_started(process):
    await process.start()
    process.paused = True
    process.kill()
    await within(until(lambda: not process.started.is_set() and process._killed_at is None))
    await asyncio.sleep(0.1)
    assert len(process.starts) == 1
    process.paused = False
    await again(process)


async def test_a_broker_that_does_not_start_says_why(process):
    process._command = [sys.executable, "-c", "raise SystemExit('not today')"]
    with pytest.raises(AssertionError, match="not today"):
        await process.start()


async def test_stopping_gives_the_exit_code(process):
    await process.start()
    assert await process.stop() == -signal.SIGTERM
