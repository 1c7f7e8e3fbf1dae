"""Who may work: a boot by the station's policy, and changes of the policy, whatever the version."""

import asyncio
import logging
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from broker.api import Action, CallTimeout, Direction, Registration, Reply, Version, answer, hookimpl, record
from broker.testing import Harness
from plugins.shared.boot_policy import BootConfig, BootPolicy

CP = "CP001"
V = "ocpp1.6"
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
TRIGGER = ("TriggerMessage", {"requestedMessage": "BootNotification"})


class Door(BootPolicy):
    """The least that answers boots."""

    name = "door"
    Config = BootConfig
    versions = (V,)

    @hookimpl
    def register_actions(self):
        return [Action(Version.V16, "BootNotification", Direction.FROM_STATION, "Core")]

    @answer(V, "BootNotification")
    def boot(self, session, call):
        return self.boot_answer(session)

    @record(V, "BootNotification", direction=Direction.FROM_STATION)
    def booted(self, session, call, reply):
        session.state["heard"] = self.boot_answered(session, call, reply)


def sessions_of(*sessions):
    """The sessions of a harness, as the broker shows them."""
    return SimpleNamespace(get={one.identity: one for one in sessions}.get, all=lambda: list(sessions))


@asynccontextmanager
async def door(*, version=V, **config):
    """The plugin, started, its station, and the station's session."""
    h = Harness((Door, config))
    session = h.session(version)
    h.contexts.sessions = sessions_of(session)
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h, session
        assert h.plugins.stats["door"].errors == 0, "see the log"
    finally:
        await h.stop()


async def set_policy(h, boot):
    await h.records.registrations.put(Registration(identity=CP, boot=boot))
    await asyncio.sleep(0)  # what the watchers have spawned


async def connect(h, session, policy):
    """The station connects while its policy is this."""
    h.contexts.sessions = sessions_of()
    await set_policy(h, policy)
    h.contexts.sessions = sessions_of(session)
    h.plugins.session_opened(session)


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
    async with door(retry_interval=17) as (h, session):
        if policy is not None:
            await set_policy(h, policy)
        assert await boot(h) == {"currentTime": "2026-01-01T00:00:00.000Z", "interval": interval, "status": status}
        assert session.accepted is accepted
        assert session.state["heard"] == status


@pytest.mark.parametrize(("policy", "accepted"), [("accepted", True), ("pending", False), ("rejected", False)])
async def test_a_station_that_only_reconnects_is_judged_by_its_policy(policy, accepted):
    async with door() as (h, session):
        session.accepted = not accepted
        await connect(h, session, policy)
        assert session.accepted is accepted
        assert session.sent == []


async def test_a_station_of_another_version_is_not_judged():
    async with door(version="ocpp2.1") as (h, session):
        await set_policy(h, "rejected")
        h.plugins.session_opened(session)
        await set_policy(h, "pending")
        assert session.accepted
        assert session.sent == []


async def test_a_station_that_waits_is_asked_to_boot_when_it_becomes_welcome():
    async with door() as (h, session):
        await connect(h, session, "pending")
        await boot(h)
        assert session.sent == []
        await set_policy(h, "accepted")
        assert session.sent == [TRIGGER]
        assert not session.accepted, "the boot accepts it"
        assert (await boot(h))["status"] == "Accepted"
        assert session.accepted


async def test_a_station_that_was_never_told_to_wait_is_accepted_at_once():
    async with door() as (h, session):
        await connect(h, session, "pending")
        assert not session.accepted
        await set_policy(h, "accepted")
        assert session.accepted
        assert session.sent == [TRIGGER]


@pytest.mark.parametrize("policy", ["pending", "rejected"])
async def test_a_station_is_shut_out_at_once_and_asked_to_boot(policy):
    async with door() as (h, session):
        await boot(h)
        await set_policy(h, policy)
        assert not session.accepted
        assert session.sent == [TRIGGER]


async def test_a_policy_counts_before_what_another_plugin_has_made_of_it():
    async with door() as (h, session):
        await connect(h, session, "pending")
        await boot(h)
        session.accepted = True
        await set_policy(h, "rejected")
        assert not session.accepted


async def test_a_change_that_changes_nothing_asks_nothing():
    async with door() as (h, session):
        await boot(h)
        await set_policy(h, "accepted")
        assert session.sent == []
        await set_policy(h, "pending")
        await boot(h)
        await set_policy(h, "rejected")
        assert session.sent == [TRIGGER], "once, when it was shut out"


async def test_the_watcher_minds_its_own_stations():
    async with door() as (h, session):
        session.accepted = False
        for watcher in h.records.registrations.watchers:
            watcher("CP999")
        await asyncio.sleep(0)
        assert session.sent == []
        assert not session.accepted


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply.result({"status": "Rejected"}), "asked to boot, says 'Rejected'"),
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
    async with door() as (h, session):
        session.replies["TriggerMessage"] = answers
        await set_policy(h, "pending")
        await asyncio.sleep(0.01)
        assert says in caplog.text


async def test_a_station_whose_calls_an_upstream_answers_is_not_asked():
    async with door() as (h, session):
        session.answers = "csms"
        await set_policy(h, "pending")
        assert session.sent == []
        assert not session.accepted, "it counts once the broker stands in"


async def test_the_upstream_decides_what_a_boot_was_answered():
    async with door() as (h, session):
        session.answers = "csms"
        await h.reply(V, "BootNotification", BOOT, Reply.result({"status": "Pending"}))
        assert session.accepted, "the broker refuses nothing in the place of the upstream"
        assert session.state["heard"] == "Pending"


@pytest.mark.parametrize(("policy", "accepted"), [("accepted", True), ("pending", False)])
async def test_a_station_that_an_upstream_has_let_in_may_work_when_the_broker_stands_in(policy, accepted):
    async with door() as (h, session):
        await connect(h, session, policy)
        session.accepted = False  # told to wait while the upstream was down
        session.answers = "csms"
        await h.reply(V, "BootNotification", BOOT, Reply.result({"status": "Accepted"}))
        assert session.accepted is accepted


@pytest.mark.parametrize("reply", [Reply.error("InternalError"), Reply.result({}), Reply.result({"status": 5})])
async def test_an_answer_without_a_status_changes_nothing(reply):
    async with door() as (h, session):
        await h.reply(V, "BootNotification", BOOT, reply)
        assert session.accepted
        assert session.state["heard"] is None


async def test_after_a_reload_connected_stations_are_judged_anew():
    async with door() as (h, session):
        await set_policy(h, "pending")
        session.accepted = True
        await h.plugins.start(None)
        assert not session.accepted


async def test_a_plugin_that_has_stopped_watches_nothing():
    async with door() as (h, _):
        watchers = h.records.registrations.watchers
        assert len(watchers) == 1
        await h.plugins.stop()
        assert watchers == []
        await h.plugins.stop()


async def test_without_a_session_there_is_nothing_to_do():
    async with door() as (h, session):
        h.contexts.sessions = sessions_of()
        await set_policy(h, "pending")
        assert session.accepted
        assert session.sent == []
