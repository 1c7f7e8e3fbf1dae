"""Who may work: a boot by the station's policy, and changes of the policy."""

import asyncio

import pytest
from ocpp201_provisioning_kit import BOOT, CP, NOW, NOW_TEXT, V21, V201, Sessions, provisioning

from broker.api import BasePlugin, Direction, Registration, Replace, Reply, on_reply

TRIGGER = ("TriggerMessage", {"requestedMessage": "BootNotification"})


async def set_policy(h, boot):
    await h.records.registrations.put(Registration(identity=CP, boot=boot))
    await asyncio.sleep(0)  # what the watchers have spawned


async def connect(h, policy, version=V201):
    """The station connects while its policy is this."""
    h.contexts.sessions = Sessions()
    await set_policy(h, policy)
    h.contexts.sessions = Sessions(h.session(version))
    h.plugins.session_opened(h.session(version))


async def boot(h, version=V201):
    return (await h.call(version, "BootNotification", BOOT)).payload


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize(
    ("policy", "status", "interval", "accepted"),
    [
        ("accepted", "Accepted", 60, True),
        ("pending", "Pending", 17, False),
        ("rejected", "Rejected", 17, False),
        (None, "Accepted", 60, True),
    ],
)
async def test_a_boot_is_answered_by_the_policy_of_the_station(version, policy, status, interval, accepted):
    async with provisioning(version=version, heartbeat_interval=60, retry_interval=17) as h:
        if policy is not None:
            await set_policy(h, policy)
        assert await boot(h, version) == {"currentTime": NOW_TEXT, "interval": interval, "status": status}
        assert h.session(version).accepted is accepted
        (station,) = await h.records.stations.of(CP)
        assert (station.boot_status, station.version) == (status, version)


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize(("policy", "accepted"), [("accepted", True), ("pending", False), ("rejected", False)])
async def test_a_station_that_only_reconnects_is_judged_by_its_policy(version, policy, accepted):
    async with provisioning(version=version) as h:
        h.session(version).accepted = not accepted
        await connect(h, policy, version)
        assert h.session(version).accepted is accepted
        assert h.session(version).sent == []


async def test_a_station_of_1_6_is_not_judged():
    async with provisioning() as h:
        h.contexts.sessions = Sessions(h.session("ocpp1.6"))
        await set_policy(h, "rejected")
        h.plugins.session_opened(h.session("ocpp1.6"))
        assert h.session("ocpp1.6").accepted
        assert h.session("ocpp1.6").sent == []


async def test_a_station_that_waits_is_asked_to_boot_when_it_becomes_welcome():
    """Certification, B_31."""
    async with provisioning() as h:
        await connect(h, "pending")
        await boot(h)
        assert h.session(V201).sent == []
        await set_policy(h, "accepted")
        assert h.session(V201).sent == [TRIGGER]
        assert not h.session(V201).accepted, "the boot accepts it"
        assert (await boot(h))["status"] == "Accepted"
        assert h.session(V201).accepted


async def test_the_upstream_decides_what_a_boot_was_answered():
    async with provisioning() as h:
        h.session(V201).answers = "csms"
        await h.reply(V201, "BootNotification", BOOT, Reply.result({"status": "Pending"}))
        assert h.session(V201).accepted, "the broker refuses nothing in the place of the upstream"
        (station,) = await h.records.stations.of(CP)
        assert station.boot_status == "Pending"


class Strict(BasePlugin):
    name = "strict"

    @on_reply(V201, "BootNotification", direction=Direction.FROM_STATION)
    def wait(self, session, call, reply):
        return Replace({**reply.payload, "status": "Pending"})


async def test_what_the_station_is_told_in_the_end_counts():
    async with provisioning(Strict) as h:
        assert (await boot(h))["status"] == "Pending"
        assert not h.session(V201).accepted


async def test_what_the_station_is_is_kept():
    async with provisioning() as h:
        station = {"model": "M", "vendorName": "V", "serialNumber": "SN", "firmwareVersion": "1.2", "modem": {}}
        payload = {"reason": "FirmwareUpdate", "chargingStation": station}
        await h.call(V201, "BootNotification", payload)
        (row,) = await h.records.stations.of(CP)
        assert (row.vendor, row.model, row.serial_number, row.firmware) == ("V", "M", "SN", "1.2")
        assert (row.booted_at, row.boot) == (NOW, payload)


async def test_a_boot_that_got_an_error_leaves_nothing():
    async with provisioning() as h:
        await h.reply(V201, "BootNotification", BOOT, Reply.error("InternalError"))
        assert await h.records.stations.of(CP) == []
        assert h.session(V201).accepted


@pytest.mark.parametrize("station", [None, [], "x", {"vendorName": 5, "model": "\ud800", "serialNumber": {}}])
async def test_a_boot_of_any_shape_is_kept(station):
    async with provisioning() as h:
        reply = Reply.result({"status": "Accepted"})
        await h.reply(V201, "BootNotification", {"chargingStation": station, "x": 1.50}, reply)
        (row,) = await h.records.stations.of(CP)
        assert (row.vendor, row.serial_number, row.firmware) == ("", "", "")


async def test_a_plugin_that_has_stopped_watches_nothing():
    async with provisioning() as h:
        watchers = h.records.registrations.watchers
        assert len(watchers) == 1
        await h.plugins.stop()
        assert watchers == []
        await h.plugins.stop()
