"""The whole device model, read by itself after a boot."""

import asyncio
import logging

import pytest
from ocpp201_provisioning_kit import (
    BOOT,
    NOW_TEXT,
    V21,
    V201,
    Sessions,
    item,
    kept,
    plugin,
    provisioning,
    report,
    said,
)

from broker.api import CallTimeout, Registration, Reply, Station, StoreFailed
from broker.testing import TestSession

ALWAYS = {"full_inventory": "always", "full_inventory_delay": 0}
FIRST = {"full_inventory": "first", "full_inventory_delay": 0}


def tells(h, version=V201, value="1"):
    """The station sends an inventory of one variable when it is asked."""

    async def send(request_id):
        await report(h, request_id, [item("A", "One", value)], version=version)

    def answer(payload):
        tasks.append(asyncio.ensure_future(send(payload["requestId"])))
        return said("Accepted")

    tasks = []
    h.session(version).replies["GetBaseReport"] = answer


async def boot(h, version=V201, firmware="1.0"):
    station = {**BOOT["chargingStation"], "firmwareVersion": firmware}
    reply = await h.call(version, "BootNotification", {**BOOT, "chargingStation": station})
    await idle(h)
    return reply.payload["status"]


async def idle(h):
    async with asyncio.timeout(5):
        while plugin(h).context._tasks:
            await asyncio.sleep(0.002)


def bases(h, version=V201):
    return [payload["reportBase"] for action, payload in h.session(version).sent if action == "GetBaseReport"]


@pytest.mark.parametrize("version", [V201, V21])
async def test_every_accepted_boot_is_followed_by_an_inventory(version):
    """Certification, C-50.1."""
    async with provisioning(version=version, **ALWAYS) as h:
        tells(h, version)
        for _ in range(2):
            assert await boot(h, version) == "Accepted"
        assert bases(h, version) == ["FullInventory"] * 2
        assert await kept(h) == {"A.One": "1"}


async def test_nothing_is_asked_where_the_options_say_nothing():
    async with provisioning() as h:
        await boot(h)
        assert h.session(V201).sent == []


async def test_the_first_boot_of_a_firmware_is_followed_by_an_inventory():
    async with provisioning(**FIRST) as h:
        tells(h)
        for firmware in ("1.0", "1.0", "2.0", "2.0"):
            await boot(h, firmware=firmware)
        assert len(bases(h)) == 2


async def test_an_inventory_that_did_not_come_is_asked_for_again():
    async with provisioning(**FIRST) as h:
        h.session(V201).replies["GetBaseReport"] = said("Rejected")
        for _ in range(2):
            await boot(h)
        assert len(bases(h)) == 2


@pytest.mark.parametrize("policy", ["pending", "rejected"])
async def test_a_station_that_is_not_accepted_is_not_asked(policy):
    async with provisioning(**ALWAYS) as h:
        h.contexts.sessions = Sessions()
        await h.records.registrations.put(Registration(identity="CP001", boot=policy))
        await boot(h)
        assert h.session(V201).sent == []


async def test_a_station_of_an_upstream_is_not_asked():
    async with provisioning(**ALWAYS) as h:
        h.session(V201).answers = "csms"
        await h.reply(V201, "BootNotification", BOOT, Reply.result({"status": "Accepted"}))
        assert not plugin(h).context._tasks
        assert h.session(V201).sent == []


@pytest.mark.parametrize("change", ["gone", "another", "upstream"])
async def test_a_station_that_is_another_one_by_then_is_not_asked(change):
    async with provisioning(**ALWAYS) as h:
        await h.call(V201, "BootNotification", BOOT)
        if change == "upstream":
            h.session(V201).answers = "csms"
        else:
            h.contexts.sessions = Sessions() if change == "gone" else Sessions(h.session(V21))
        await idle(h)
        assert h.session(V201).sent == []


async def test_a_fleet_is_asked_one_after_the_other():
    async with provisioning(**ALWAYS, full_inventory_at_once=1) as h:
        other = TestSession(identity="CP002", version=V201)
        other.replies["GetBaseReport"] = said("Rejected")
        h.contexts.sessions = Sessions(h.session(V201), other)
        h.session(V201).replies["GetBaseReport"] = said("Accepted")
        await h.call(V201, "BootNotification", BOOT)
        plugin(h).welcome(other, Station(identity="CP002", version=V201))
        await asyncio.sleep(0.02)
        ((_, payload),) = h.session(V201).sent
        assert other.sent == []
        await report(h, payload["requestId"], [item("A", "One", "1")])
        await idle(h)
        assert [action for action, _ in other.sent] == ["GetBaseReport"]


async def test_a_station_that_boots_again_in_the_middle_of_it_takes_one_turn():
    """The report of before that boot never ends; and one that boots without end would take the turns of all."""
    async with provisioning(**ALWAYS) as h:
        h.session(V201).replies["GetBaseReport"] = said("Accepted")
        for _ in range(3):
            await h.call(V201, "BootNotification", BOOT)
            await asyncio.sleep(0.01)
        assert len(bases(h)) == 3
        assert len(plugin(h).context._tasks) == 1
        assert len(plugin(h).collected) == 1


def silent(payload):
    raise CallTimeout("no answer")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (silent, "no inventory: CallTimeout"),
        (Reply.error("NotImplemented"), "no inventory: StationRefused"),
        (said("NotSupported"), "inventory NotSupported, incomplete, 0 items"),
    ],
)
async def test_what_becomes_of_it_is_logged_and_hurts_nobody(answer, says, caplog):
    caplog.set_level(logging.INFO)
    async with provisioning(**ALWAYS) as h:
        h.session(V201).replies["GetBaseReport"] = answer
        assert await boot(h) == "Accepted"
        assert says in caplog.text
        assert h.plugins.stats["ocpp201.provisioning"].errors == 0


async def test_what_cannot_be_read_is_asked_for(monkeypatch):
    async def failed(*key):
        raise StoreFailed("the disk is gone")

    async with provisioning(**FIRST) as h:
        tells(h)
        await boot(h)
        monkeypatch.setattr(h.records.documents, "get", failed)
        await boot(h)
        assert len(bases(h)) == 2


async def test_the_note_says_when():
    async with provisioning(**FIRST) as h:
        tells(h)
        await boot(h)
        note = await h.records.documents.get("ocpp201.provisioning", "CP001", "inventory")
        assert note == {"at": NOW_TEXT, "firmware": "1.0", "variables": 1}
