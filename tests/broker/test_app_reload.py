"""Reload: everything or nothing, and the stations stay."""

import asyncio
import ssl

import pytest
from app_kit import FAULTS, admin_address_taken, connect, is_free, listener, status, until

import certs


@pytest.mark.parametrize("broken", FAULTS)
async def test_a_configuration_that_cannot_be_used_changes_nothing(site, http, taken, free, broken):
    async with site.running() as broker:
        good = dict(site.parts)
        station = await connect(http, broker)
        await station.beat()
        before = in_use(broker)
        site.write(
            listeners=listener(free),
            stations="{known: [{identity: CP001}, {identity: CP002}]}",
            limits="{json_depth: 7}",
        )
        broken(site, taken)
        assert await broker.reload()
        assert all(now is then for now, then in zip(in_use(broker), before, strict=True))
        assert set(broker.ports) == {"plain"}
        assert is_free(free)
        assert await station.beat() == "a2"
        assert await status(http, broker, "CP002") == 404
        async with http.get(f"{broker.admin_url}/readyz") as answer:
            assert answer.status == 200
        site.parts = good
        site.write(listeners=listener(free))
        assert await broker.reload() == [], "nothing of the failed try is left that could be in the way"
        assert not is_free(free)
        assert await station.beat() == "a3"


def in_use(broker):
    shared = broker.shared
    return broker.config, shared.config, broker.plugins, shared.plugins, shared.upstreams, shared.frame_limits


async def test_another_admin_address_is_no_fault_and_waits_for_the_next_start(site, http, taken):
    async with site.running() as broker:
        station = await connect(http, broker)
        url = broker.admin_url
        admin_address_taken(site, taken)
        assert await broker.reload() == []
        assert broker.admin_url == url
        assert await station.beat() == "a1"


async def test_a_reload_swaps_everything_and_the_stations_stay(site, http, free):
    async with site.running() as broker:
        station = await connect(http, broker)
        await station.beat()
        port = broker.ports["plain"]
        site.write(
            listeners=listener(free),
            stations="{known: [{identity: CP001}, {identity: CP002}]}",
            limits="{json_depth: 7}",
            upstreams="{main: {url: 'ws://127.0.0.1:1/{identity}'}}",
        )
        assert await broker.reload() == []
        assert broker.ports == {"plain": port, "more": free}
        assert broker.shared.frame_limits.depth == 7
        assert set(broker.shared.upstreams.settings) == {"main"}
        assert broker.config.limits.json_depth == 7
        assert await station.beat() == "a2"
        second = await connect(http, broker, "CP002", listener="more")
        assert await second.beat() == "a3"


async def test_plugins_whose_configuration_is_unchanged_are_kept_with_all_they_remember(site, http):
    async with site.running() as broker:
        station = await connect(http, broker)
        assert [await station.beat() for _ in range(3)] == ["a1", "a2", "a3"]
        plugins = broker.plugins
        site.write(limits="{json_depth: 7}")
        for _ in range(3):
            assert await broker.reload() == []
        assert broker.plugins is plugins
        assert await station.beat() == "a4"
        assert site.noted() == ["a starting", "a opened CP001"]


async def test_plugins_whose_configuration_has_changed_are_replaced_and_learn_who_is_connected(site, http):
    async with site.running() as broker:
        station = await connect(http, broker)
        assert await station.beat() == "a1"
        site.write(plugins=site.plugin(mark="b"))
        assert await broker.reload() == []
        assert await station.beat() == "b1"
        assert site.noted() == [
            "a starting",
            "a opened CP001",
            "b starting",
            "a closed CP001 reload",
            "b opened CP001",
            "a stopping 1",
        ]
        value = broker.metrics.registry.get_sample_value
        assert value("switchboard_plugin_counter_beats_total") == 0
    assert site.noted()[-2:] == ["b closed CP001 stopping", "b stopping 0"]


async def test_what_is_connected_keeps_its_route_and_the_next_connection_takes_the_new_one(site, http):
    async with site.running() as broker:
        station = await connect(http, broker)
        site.write(
            upstreams="{main: {url: 'ws://127.0.0.1:1/{identity}'}}",
            routes="[{match: {}, primary: main}]",
            stations="{known: [{identity: CP001}, {identity: CP002}]}",
        )
        assert await broker.reload() == []
        assert broker.sessions.get("CP001").route.primary == "local"
        assert await station.beat() == "a1"
        other = await connect(http, broker, "CP002")
        await until(lambda: broker.sessions.get("CP002") is not None)
        assert broker.sessions.get("CP002").route.primary == "main"
        await other.ws.close()


async def test_a_station_that_is_in_the_configuration_no_more_stays_until_it_leaves(site, http):
    async with site.running() as broker:
        station = await connect(http, broker)
        site.write(stations="{known: [{identity: CP002}]}")
        assert await broker.reload() == []
        assert await station.beat() == "a1"
        await station.ws.close()
        await until(lambda: len(broker.sessions) == 0)
        assert await status(http, broker, "CP001") == 404


async def test_reloads_that_come_at_once_run_one_after_the_other(site, http, free):
    async with site.running() as broker:
        station = await connect(http, broker)
        site.write(listeners=listener(free), plugins=site.plugin(mark="b"))
        assert await asyncio.gather(*(broker.reload() for _ in range(5))) == [[]] * 5
        assert broker.ports["more"] == free
        assert await station.beat() == "b1"
        assert site.noted().count("b starting") == 1


async def test_a_certificate_that_was_renewed_in_place_is_served_after_a_reload(site):
    first, second = (certs.init(site.folder / name, organization="Depot") for name in ("pki1", "pki2"))
    for layout in (first, second):
        certs.issue_server(layout.directory, ["localhost"])

    def install(layout):
        for suffix in ("pem", "key"):
            (site.folder / f"server.{suffix}").write_bytes((layout.directory / f"server-ecdsa.{suffix}").read_bytes())

    install(first)
    tls = {"certificates": [{"certificate": "server.pem", "key": "server.key"}]}
    async with site.running(listeners=listener(0, tls=tls, security_profiles=[2])) as broker:
        served = await served_certificate(broker.ports["more"])
        install(second)
        assert await served_certificate(broker.ports["more"]) == served
        assert await broker.reload() == []
        assert await served_certificate(broker.ports["more"]) != served


async def served_certificate(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return found


async def test_a_broker_that_does_not_run_is_not_reloaded(site, free):
    broker = site.build()
    assert await broker.reload()
    await broker.start()
    await broker.stop()
    site.write(listeners=listener(free))
    assert await broker.reload()
    assert is_free(free)


async def test_a_reload_that_is_overtaken_by_the_stop_opens_nothing(site, free):
    broker = site.build()
    await broker.start()
    site.write(listeners=listener(free), plugins=site.plugin(mark="b"))
    reloading = asyncio.ensure_future(broker.reload())
    await asyncio.sleep(0)
    await broker.stop()
    problems = await reloading
    assert problems
    assert is_free(free)
    assert site.noted().count("b starting") == sum(line.startswith("b stopping") for line in site.noted())
