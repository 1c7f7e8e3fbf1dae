"""One session an identity: who may take over, and what the end of the old one must not do."""

import asyncio

from session_kit import rig

from broker.api import BasePlugin, Route, hookimpl
from broker.store import Store, StoreFailed


async def test_profile_2_and_3_replace_the_older_connection(upstream):
    async with rig(upstream) as r:
        old = await r.connect(security_profile=2)
        first = r.session
        new = await r.connect(security_profile=2)
        await r.until(lambda: r.session is not first)
        assert await old.closed() == 1008
        await new.send('[2,"1","Heartbeat",{}]')
        assert (await new.json())[1] == "1"
        assert r.session.generation > first.generation
        assert r.sample("switchboard_sessions_ended_total", reason="replaced") == 1


async def test_the_upstream_sees_the_old_leg_go_before_the_new_one_comes(upstream):
    async with rig(upstream) as r:
        old = await r.connect(security_profile=3)
        first = await upstream.connected()
        new = await r.connect(security_profile=3)
        await upstream.connected()
        assert first.closed
        assert await old.closed() == 1008
        assert not new.ws.closed


async def test_s02_on_profile_0_a_live_station_is_not_evicted(upstream):
    async with rig(upstream) as r:
        old = await r.connect()
        reading = asyncio.ensure_future(old.ws.receive())  # answers the probing ping
        assert (await r.connect())[:2] == (409, "duplicate")
        assert not reading.done()
        reading.cancel()


async def test_q28_on_profile_0_a_dead_socket_is_replaced(upstream, monkeypatch):
    monkeypatch.setattr("broker.session.registry._PROBE_SECONDS", 0.3)
    async with rig(upstream) as r:
        old = await r.connect(autoping=False)
        first = r.session
        new = await r.connect(autoping=True)
        await r.until(lambda: r.session is not None and r.session is not first)
        await new.send('[2,"1","Heartbeat",{}]')
        assert (await new.json())[1] == "1"
        assert not old.ws.closed or old.ws.close_code is not None


async def test_a_weaker_profile_never_replaces_a_stronger_one(upstream):
    async with rig(upstream) as r:
        old = await r.connect(security_profile=2)
        assert (await r.connect(security_profile=1))[:2] == (409, "duplicate")
        assert not old.ws.closed


async def test_q28_the_clean_up_of_the_old_session_does_not_remove_the_new_one(upstream):
    async with rig(upstream) as r:
        for _ in range(10):
            newest = await r.connect(security_profile=2)
        await asyncio.sleep(0.3)
        assert len(r.sessions) == 1
        await newest.send('[2,"1","Heartbeat",{}]')
        assert (await newest.json())[1] == "1"


async def test_connecting_and_leaving_in_a_loop_leaves_nothing_behind(upstream):
    async with rig(upstream) as r:
        await asyncio.sleep(0)
        before = len(asyncio.all_tasks())
        for _ in range(60):
            station = await r.connect()
            await station.ws.close()
            await r.until(lambda: r.session is None)
        await r.until(lambda: len(asyncio.all_tasks()) <= before + 2)
        assert len(r.sessions) == 0
        assert not any(r.shared.wheel._slots.values())


async def test_q06_the_version_belongs_to_the_connection(upstream):
    """FoxESS probes with 1.6 for three seconds, then comes with 2.0.1."""
    from broker.ocpp import Version

    async with rig() as r:
        probe = await r.connect()
        await probe.send('[2,"1","Heartbeat",[]]')
        assert (await probe.json())[2] == "FormationViolation"
        await probe.ws.close()
        await r.until(lambda: r.session is None)
        real = await r.connect(version=Version.V201, subprotocol="ocpp2.0.1")
        await real.send('[2,"1","Heartbeat",[]]')
        assert (await real.json())[2] == "FormatViolation"


async def test_no_route_is_a_refusal(upstream):
    async with rig(upstream) as r:
        object.__setattr__(r.shared.config, "routes", [])
        assert (await r.connect())[:2] == (404, "unknown_identity")


class ToLocal(BasePlugin):
    """Sends every station to the local CSMS but the first."""

    seen = 0

    @hookimpl
    def choose_route(self, session):
        self.seen += 1
        return None if self.seen == 1 else Route("local")


async def test_a_primary_that_is_down_turns_nobody_away_whom_a_plugin_leads_elsewhere(upstream):
    await upstream.stop()
    options = "reconnect: {initial: 0.05, maximum: 0.1}"
    async with rig(upstream, plugins=[ToLocal], route="grace: 0.2", upstream_options=options) as r:
        first = await r.connect()
        assert await first.closed() == 1013
        await r.until(lambda: r.session is None)
        second = await r.connect()
        await second.send('[2,"1","Heartbeat",{}]')
        assert (await second.json())[2] == "NotSupported", "the local CSMS answers"


class Unreadable:
    """A store of which nothing can be read; whether something can be written is another question."""

    failed = "disk I/O error"

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def station(self, identity):
        raise StoreFailed("disk I/O error")


async def test_a_station_whose_books_cannot_be_read_waits_where_they_are_needed_and_comes_in_elsewhere(
    upstream, tmp_path
):
    needs = "{match: {identity: NEEDS}, primary: main, when_primary_down: stand_in, boot_grace: 0},"
    async with rig(upstream, more_routes=needs, store=Store(f"sqlite:///{tmp_path / 'x.db'}")) as r:
        r.shared.ledgers.store = r.shared.store = Unreadable(r.shared.store)
        assert (await r.connect(identity="NEEDS"))[:2] == (503, "store")
        station = await r.connect(identity="PLAIN")
        await station.send('[2,"1","Heartbeat",{}]')
        assert (await station.json())[:2] == [3, "1"]
        await station.ws.close()
        await r.until(lambda: r.session is None)
        await r.until(lambda: r.shared.ledgers.get("PLAIN") is None)
        r.shared.ledgers.store = r.shared.store = r.shared.store._store
