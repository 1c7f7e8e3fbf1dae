"""A session that has ended is freed at once, without the garbage collector, which runs rarely by design."""

import asyncio
import gc
import weakref

import pytest
from outbox_kit import BOOT, SECONDARY, START, Csms, ask, rigged, running, stop, waiting
from session_kit import rig

from broker.config import Match, Route
from broker.session.switching import switch


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def _all_gone(references):
    for _ in range(100):
        if not any(reference() is not None for reference in references):
            return True
        await asyncio.sleep(0.02)
    return False


@pytest.mark.usefixtures("no_collector")
async def test_a_relayed_session_is_freed_when_it_has_ended(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        await station.text()
        references = [weakref.ref(r.session)]
        await station.ws.close()
        await r.until(lambda: r.session is None)
        assert await _all_gone(references)


@pytest.mark.usefixtures("no_collector")
async def test_a_local_session_is_freed_when_it_has_ended():
    async with rig() as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        await station.text()
        references = [weakref.ref(r.session)]
        await station.ws.close()
        await r.until(lambda: r.session is None)
        assert await _all_gone(references)


@pytest.mark.usefixtures("no_collector")
async def test_a_session_whose_upstream_was_never_there_is_freed(upstream):
    await upstream.stop()
    async with rig(upstream, upstream_options="reconnect: {initial: 0.05, maximum: 0.05}") as r:
        station = await r.connect()
        await asyncio.sleep(0.2)
        references = [weakref.ref(r.session)]
        await station.ws.close()
        await r.until(lambda: r.session is None)
        assert await _all_gone(references)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("down", [False, True])
async def test_a_session_with_secondaries_and_undelivered_messages_is_freed(down):
    async with (
        running(Csms(1001), Csms(9001)) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY, outbox="linger: 0.1, while_away: false") as r,
    ):
        if down:
            await billing.stop()
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await ask(station, 2, "StartTransaction", START)
        await ask(station, 3, "Authorize", {"idTag": "T"})
        references = [weakref.ref(r.session)]
        await station.ws.close()
        await r.until(lambda: r.session is None)
        assert await _all_gone(references)
        assert waiting(r, "billing") == down


@pytest.mark.usefixtures("no_collector")
async def test_a_session_that_has_changed_its_route_is_freed():
    async with running(Csms(1001), Csms(9001)) as (main, other), rigged(main, others={"other": other}) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await switch(r.session, Route(match=Match(), primary="other", boot_grace=0), "api")
        await ask(station, 2, "StopTransaction", stop(1001))
        references = [weakref.ref(r.session)]
        await station.ws.close()
        await r.until(lambda: r.session is None)
        assert await _all_gone(references)
