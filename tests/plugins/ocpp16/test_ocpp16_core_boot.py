import asyncio

import pytest
from ocpp16_core_kit import BOOT, NOW, Sessions, V, core

from broker.api import BasePlugin, Direction, Registration, Replace, Reply, on_reply

TRIGGER = ("TriggerMessage", {"requestedMessage": "BootNotification"})


async def set_policy(h, boot):
    await h.records.registrations.put(
        Registration(
            identity="CP001",
            password=None,
            security_profile=None,
            tags={},
            serial_number=None,
            boot=boot,
            created_at=NOW,
            updated_at=NOW,
        )
    )
    await asyncio.sleep(0)  # what the watchers have spawned


async def connect(h, policy):
    """The station connects while its policy is this."""
    h.contexts.sessions = Sessions()
    await set_policy(h, policy)
    h.contexts.sessions = Sessions(h.session(V))
    h.plugins.session_opened(h.session(V))


async def boot(h):
    return (await h.call(V, "BootNotification", BOOT)).payload


@pytest.mark.parametrize(
    ("policy", "status", "interval", "accepted"),
    [
        ("accepted", "Accepted", 300, True),
        ("pending", "Pending", 17, False),
        ("rejected", "Rejected", 17, False),
        (None, "Accepted", 300, True),
    ],
)
async def test_a_boot_is_answered_by_the_policy_of_the_station(policy, status, interval, accepted):
    async with core(retry_interval=17) as h:
        if policy is not None:
            await set_policy(h, policy)
        answer = await boot(h)
        assert answer == {"status": status, "currentTime": "2026-01-01T00:00:00.000Z", "interval": interval}
        assert h.session(V).accepted is accepted
        (station,) = await h.records.stations.of("CP001")
        assert station.boot_status == status


@pytest.mark.parametrize(("policy", "accepted"), [("accepted", True), ("pending", False), ("rejected", False)])
async def test_a_station_that_only_reconnects_is_judged_by_its_policy(policy, accepted):
    async with core() as h:
        h.session(V).accepted = not accepted
        await connect(h, policy)
        assert h.session(V).accepted is accepted
        assert h.session(V).sent == []


async def test_a_station_of_another_version_is_not_judged():
    async with core(version="ocpp2.0.1") as h:
        await set_policy(h, "rejected")
        h.plugins.session_opened(h.session("ocpp2.0.1"))
        await set_policy(h, "pending")
        assert h.session("ocpp2.0.1").accepted
        assert h.session("ocpp2.0.1").sent == []


async def test_a_station_that_waits_is_asked_to_boot_when_it_becomes_welcome():
    async with core() as h:
        await connect(h, "pending")
        await boot(h)
        assert h.session(V).sent == []
        await set_policy(h, "accepted")
        assert h.session(V).sent == [TRIGGER]
        assert not h.session(V).accepted, "the boot accepts it"
        assert (await boot(h))["status"] == "Accepted"
        assert h.session(V).accepted


async def test_the_upstream_decides_what_a_boot_was_answered():
    async with core() as h:
        h.session(V).answers = "csms"
        await h.reply(V, "BootNotification", BOOT, Reply.result({"status": "Pending"}))
        assert h.session(V).accepted, "the broker refuses nothing in the place of the upstream"
        (station,) = await h.records.stations.of("CP001")
        assert station.boot_status == "Pending"


class Strict(BasePlugin):
    name = "strict"

    @on_reply("ocpp1.6", "BootNotification", direction=Direction.FROM_STATION)
    def wait(self, session, call, reply):
        return Replace({**reply.payload, "status": "Pending"})


async def test_what_the_station_is_told_in_the_end_counts():
    async with core(Strict) as h:
        assert (await boot(h))["status"] == "Pending"
        assert not h.session(V).accepted


async def test_what_the_station_is_is_kept():
    async with core() as h:
        said = {
            "chargePointVendor": "Vendor",
            "chargePointModel": "Model",
            "chargeBoxSerialNumber": "BOX",
            "chargePointSerialNumber": "SN",
            "firmwareVersion": "1.2",
            "iccid": "",
        }
        await h.call(V, "BootNotification", said)
        (row,) = await h.records.stations.of("CP001")
        assert (row.version, row.vendor, row.model, row.serial_number) == (V, "Vendor", "Model", "SN")
        assert (row.firmware, row.booted_at, row.boot) == ("1.2", NOW, said)
        del said["chargePointSerialNumber"]
        await h.call(V, "BootNotification", said)
        assert [row.serial_number for row in await h.records.stations.of("CP001")] == ["BOX"]


async def test_a_boot_that_got_an_error_leaves_nothing():
    async with core() as h:
        await h.reply(V, "BootNotification", BOOT, Reply.error("InternalError"))
        assert await h.records.stations.of("CP001") == []
        assert h.session(V).accepted


async def test_a_boot_of_any_shape_is_kept():
    async with core() as h:
        reply = Reply.result({"status": "Accepted"})
        await h.reply(V, "BootNotification", {"chargePointVendor": 5, "chargePointModel": "\ud800", "x": 1.50}, reply)
        (row,) = await h.records.stations.of("CP001")
        assert (row.vendor, row.model) == ("", "?")
