"""A whole transaction between two ends that are not ours: the `ocpp` package's charge point and central system.

The package's classes check every payload against the schemas, in both directions, by themselves.
"""

import asyncio

import pytest
from aiohttp import ClientSession
from e2e_kit import (
    IDENTITY,
    KNOWN,
    PROFILES,
    UPSTREAM_PASSWORD,
    Csms,
    FromCsms,
    FromOperator,
    assert_relayed,
    basic,
    document,
    listener,
    plugged_in,
    running,
    sample,
    until,
)
from package_peers import PEERS, TAG


def settings(profile, pki, **more):
    unknown = {"unknown": "reject", "known": [{**KNOWN, "security_profile": profile}]}
    return document(listener(profile, pki), stations=unknown, **more)


@pytest.mark.parametrize("version", PEERS)
@pytest.mark.parametrize("profile", PROFILES)
async def test_a_transaction_through_the_broker(tmp_path, pki, profile, version):
    station_class, csms_class, transaction = PEERS[version]
    async with (
        Csms(csms_class, version) as csms,
        running(tmp_path, settings(profile, pki, upstreams=csms.upstream(), primary="main")) as broker,
        plugged_in(station_class, broker, version, profile, pki) as station,
    ):
        there = await csms.station()
        await transaction(station, FromCsms(there))
        assert_relayed(station._connection, there._connection)
        request, _ = csms.handshakes[0]
        assert request.path == "/csms/DE%2ADepot%2F01"
        assert "Authorization" not in request.headers, "the station's password is not the upstream's business"
        assert broker.sessions.get(IDENTITY).security_profile == profile
        assert sample(broker, "sessions", version=version, security_profile=str(profile)) == 1
        assert sample(broker, "upstream_links", upstream="main") == 1
    await until(lambda: sample(broker, "upstream_links", upstream="main") == 0)


@pytest.mark.parametrize("version", PEERS)
@pytest.mark.parametrize("profile", [0, 3])
async def test_a_transaction_with_an_upstream_over_tls_with_password_and_certificate(
    tmp_path, pki, upstream_pki, profile, version
):
    station_class, csms_class, transaction = PEERS[version]
    pair = upstream_pki.layout.station("switchboard")
    async with Csms(csms_class, version, tls=upstream_pki.server(), password=UPSTREAM_PASSWORD) as csms:
        upstream = csms.upstream(
            auth={"basic": {"password": UPSTREAM_PASSWORD}},
            tls={
                "ca": str(upstream_pki.layout.root_ca.certificate),
                "certificate": str(pair.certificate),
                "key": str(pair.key),
            },
            headers={"X-Api-Key": "for-the-upstream-alone"},
        )
        async with (
            running(tmp_path, settings(profile, pki, upstreams=upstream, primary="main")) as broker,
            plugged_in(station_class, broker, version, profile, pki) as station,
        ):
            there = await csms.station()
            await transaction(station, FromCsms(there))
            assert_relayed(station._connection, there._connection)
    request, certificate = csms.handshakes[0]
    assert request.headers["Authorization"] == basic(IDENTITY, UPSTREAM_PASSWORD)
    assert request.headers["X-Api-Key"] == "for-the-upstream-alone"
    assert request.headers["Sec-WebSocket-Protocol"] == version
    assert ((("commonName", "switchboard"),)) in certificate["subject"]


@pytest.mark.parametrize("version", PEERS)
@pytest.mark.parametrize("profile", PROFILES)
async def test_a_transaction_that_the_broker_answers_itself(tmp_path, pki, profile, version):
    station_class, _, transaction = PEERS[version]
    async with (
        running(tmp_path, settings(profile, pki, plugins=plugins(), tokens={TAG: "Accepted"})) as broker,
        ClientSession() as client,
        plugged_in(station_class, broker, version, profile, pki) as station,
    ):
        transaction_id = await transaction(station, FromOperator(broker, client))
        assert transaction_id
        for sent in (True, False):
            said = station._connection.said(sent=sent)
            assert said
            assert [len(one.replies) for one in said] == [1] * len(said)
        assert all(sample(broker, "bad_frames_total", leg="station", reason=r) == 0 for r in ("not_json", "payload"))


def plugins():
    return [
        "ocpp16.core",
        "ocpp201.provisioning",
        "ocpp201.authorization",
        "ocpp201.transactions",
        "ocpp201.availability",
        "ocpp201.metering",
    ]


async def test_two_stations_of_two_versions_at_once_do_not_see_one_another(tmp_path):
    async with (
        Csms(PEERS["ocpp1.6"][1], "ocpp1.6") as old,
        Csms(PEERS["ocpp2.0.1"][1], "ocpp2.0.1") as new,
    ):
        routes = [{"match": {"version": "ocpp1.6"}, "primary": "old"}, {"match": {}, "primary": "new"}]
        upstreams = {"old": old.upstream()["main"], "new": new.upstream()["main"]}
        async with (
            running(tmp_path, document(upstreams=upstreams, routes=routes)) as broker,
            plugged_in(PEERS["ocpp1.6"][0], broker, "ocpp1.6", 0, identity="A", encoded="A") as a,
            plugged_in(PEERS["ocpp2.0.1"][0], broker, "ocpp2.0.1", 0, identity="B", encoded="B") as b,
        ):
            to_a, to_b = await old.station("A"), await new.station("B")
            await asyncio.gather(
                PEERS["ocpp1.6"][2](a, FromCsms(to_a)),
                PEERS["ocpp2.0.1"][2](b, FromCsms(to_b)),
            )
            assert_relayed(a._connection, to_a._connection)
            assert_relayed(b._connection, to_b._connection)
            assert (set(old.stations), set(new.stations)) == ({"A"}, {"B"})
