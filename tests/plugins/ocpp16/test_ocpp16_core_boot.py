import asyncio
import logging

import pytest
from ocpp16_core_kit import BOOT, NOW, Sessions, V, core

from broker.api import BasePlugin, CallTimeout, Direction, Registration, Replace, Reply, on_reply

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


async def test_a_station_that_was_never_told_to_wait_is_accepted_at_once():
    async with core() as h:
        await connect(h, "pending")
        assert not h.session(V).accepted
        await set_policy(h, "accepted")
        assert h.session(V).accepted
        assert h.session(V).sent == [TRIGGER]


@pytest.mark.parametrize("policy", ["pending", "rejected"])
async def test_a_station_is_shut_out_at_once_and_asked_to_boot(policy):
    async with core() as h:
        await boot(h)
        await set_policy(h, policy)
        assert not h.session(V).accepted
        assert h.session(V).sent == [TRIGGER]


async def test_a_policy_counts_before_what_another_plugin_has_made_of_it():
    async with core() as h:
        await connect(h, "pending")
        await boot(h)
        h.session(V).accepted = True
        await set_policy(h, "rejected")
        assert not h.session(V).accepted


async def test_a_change_that_changes_nothing_asks_nothing():
    async with core() as h:
        await boot(h)
        await set_policy(h, "accepted")
        await set_policy(h, "pending")
        await boot(h)
        await set_policy(h, "rejected")
        assert h.session(V).sent == [TRIGGER], "once, when it was shut out"


async def test_the_watcher_minds_its_own_stations():
    async with core() as h:
        for watcher in h.records.registrations.watchers:
            watcher("CP999")
        assert h.session(V).sent == []


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply.result({"status": "Accepted"}), "asked to boot, says 'Accepted'"),
        (Reply.error("NotImplemented"), "asked to boot, says 'NotImplemented'"),
        (CallTimeout("no answer"), "could not be asked to boot: CallTimeout"),
    ],
)
async def test_what_becomes_of_the_request_is_logged_and_hurts_nobody(reply, says, caplog):
    def answers(payload):
        if isinstance(reply, Exception):
            raise reply
        return reply

    caplog.set_level(logging.INFO)
    async with core() as h:
        h.session(V).replies["TriggerMessage"] = answers
        await set_policy(h, "pending")
        await asyncio.sleep(0.01)
        assert says in caplog.text
        assert h.plugins.stats["ocpp16.core"].errors == 0


async def test_a_station_whose_calls_an_upstream_answers_is_not_asked():
    async with core() as h:
        h.session(V).answers = "csms"
        await set_policy(h, "pending")
        assert h.session(V).sent == []
        assert not h.session(V).accepted, "it counts once the broker stands in"


async def test_the_upstream_decides_what_a_boot_was_answered():
    async with core() as h:
        h.session(V).answers = "csms"
        await h.reply(V, "BootNotification", BOOT, Reply.result({"status": "Pending"}))
        assert h.session(V).accepted, "the broker refuses nothing in the place of the upstream"
        (station,) = await h.records.stations.of("CP001")
        assert station.boot_status == "Pending"


@pytest.mark.parametrize(("policy", "accepted"), [("accepted", True), ("pending", False)])
async def test_a_station_that_an_upstream_has_let_in_may_work_when_the_broker_stands_in(policy, accepted):
    async with core() as h:
        await connect(h, policy)
        h.session(V).accepted = False  # told to wait while the upstream was down
        h.session(V).answers = "csms"
        await h.reply(V, "BootNotification", BOOT, Reply.result({"status": "Accepted"}))
        assert h.session(V).accepted is accepted


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


async def test_after_a_reload_connected_stations_are_judged_anew():
    async with core() as h:
        h.session(V).accepted = True
        await set_policy(h, "pending")
        h.session(V).accepted = True
        h.session(V).sent.clear()
        await h.plugins.start(None)
        assert not h.session(V).accepted


async def test_a_plugin_that_has_stopped_watches_nothing():
    async with core() as h:
        watchers = h.records.registrations.watchers
        assert len(watchers) == 1
        await h.plugins.stop()
        assert watchers == []
        await h.plugins.stop()


async def test_without_a_session_there_is_nothing_to_do():
    async with core() as h:
        h.contexts.sessions = Sessions()
        await set_policy(h, "pending")
        assert h.session(V).sent == []
