"""What upstreams and operators may send to a station, in whose ids, and what becomes of changed credentials."""

import asyncio
import json

import pytest
from outbox_kit import BOOT, START, Csms, ask, rigged, running, say

from broker.hooks import Direction
from broker.ocpp import Call, Exchange, Version
from broker.session import QueueFull
from broker.session.leg import Leg

ALLOWED = "secondaries: [{upstream: billing, commands: [RemoteStopTransaction, Reset, GetConfiguration]}]"
KEY = {"key": "AuthorizationKey", "value": "a-new-password-16"}


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


async def command(csms, number, action, payload):
    await csms.ws.send_str(json.dumps([2, number, action, payload]))


async def answer_to(csms, number):
    while True:
        frame = json.loads(await csms.next())
        if frame[1] == number and frame[0] != 2:
            return frame


async def connected(r, *upstreams):
    station = await r.connect()
    await ask(station, "c", "Heartbeat", {})
    await r.until(lambda: all(r.session.backends.get(name).link.ready for name in upstreams))
    return station


async def replies(station, asked, payload):
    await station.send(json.dumps([3, asked[1], payload]))


async def test_what_a_secondary_may_not_is_refused_in_the_stations_place(main, billing):
    async with rigged(main, others={"billing": billing}, route=ALLOWED) as r:
        station = await connected(r, "billing")
        await command(billing, "a", "ClearCache", {})
        assert await answer_to(billing, "a") == [3, "a", {"status": "Rejected"}]
        await command(billing, "b", "UpdateFirmware", {})
        assert (await answer_to(billing, "b"))[:3] == [4, "b", "NotSupported"]
        assert r.sample("switchboard_commands_refused_total", upstream="billing", reason="commands") == 2
        await command(billing, "c", "Reset", {"type": "Soft"})
        asked = await station.json()
        assert asked[2:] == ["Reset", {"type": "Soft"}]
        await replies(station, asked, {"status": "Accepted"})
        assert await answer_to(billing, "c") == [3, "c", {"status": "Accepted"}]
        told = [main.frames.get_nowait() for _ in range(main.frames.qsize())]
        assert not [frame for frame in told if "Accepted" in frame], "the answer is for the one who asked"


async def test_the_primary_too_needs_a_grant(main):
    async with rigged(main, more_routes="{match: {}, primary: main, boot_grace: 0},") as r:
        station = await connected(r, "main")
        await command(main, "a", "GetDiagnostics", {"location": "ftp://x"})
        assert (await answer_to(main, "a"))[0] in (3, 4)
        await command(main, "b", "ChangeConfiguration", KEY)
        assert await answer_to(main, "b") == [3, "b", {"status": "Rejected"}]
        assert r.sample("switchboard_commands_refused_total", upstream="main", reason="logs") == 1
        assert r.sample("switchboard_commands_refused_total", upstream="main", reason="credentials") == 1
        await command(main, "c", "ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"})
        assert (await station.json())[2] == "ChangeConfiguration"


async def test_each_stops_a_transaction_in_its_own_id_and_an_operator_in_the_stations(main, billing):
    async with rigged(main, others={"billing": billing}, route=ALLOWED) as r:
        station = await connected(r, "billing")
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: not r.session.backends.busy)
        for csms, theirs in ((billing, 9001), (main, 1001)):
            await command(csms, "s", "RemoteStopTransaction", {"transactionId": theirs})
            asked = await station.json()
            assert asked[2:] == ["RemoteStopTransaction", {"transactionId": 1001}]
            await replies(station, asked, {"status": "Rejected"})
        await command(billing, "f", "RemoteStopTransaction", {"transactionId": 1001})
        assert await answer_to(billing, "f") == [3, "f", {"status": "Rejected"}], "it is another's"
        assert r.sample("switchboard_mapping_misses_total", upstream="billing") == 1
        calling = asyncio.ensure_future(r.session.call("RemoteStopTransaction", {"transactionId": 1001}, origin="api"))
        asked = await station.json()
        assert asked[3] == {"transactionId": 1001}
        await replies(station, asked, {"status": "Accepted"})
        assert (await calling).is_result


async def test_a_leg_that_has_just_lost_its_place_commands_nobody(main, billing):
    async with rigged(main, others={"billing": billing}, route=ALLOWED) as r:
        await connected(r, "billing")
        commanding = r.session.flow._commanding
        call = Call.of("Reset", {"type": "Hard"}, version=Version.V16)
        assert isinstance(commanding.admit(r.session.backends.get("billing").link, call), Call)
        for name in ("billing", "gone"):
            stranger = Leg(name, Direction.TO_STATION, Exchange(prefix="x"), call_timeout=1.0, max_inbound=1)
            assert commanding.admit(stranger, call).payload == {"status": "Rejected"}


async def test_get_transaction_status_tells_upstreams_and_nobody_else_of_what_waits_here():
    async with running(Csms(1, "ocpp2.0.1")) as (main,), rigged(main) as r:
        station = await r.connect(version=Version.V201, subprotocol="ocpp2.0.1")
        await ask(station, 1, "Heartbeat", {})
        box = r.session.backends.ledger.outbox("main")
        box.expect(1)
        await command(main, "a", "GetTransactionStatus", {})
        await replies(station, await station.json(), {"messagesInQueue": False})
        assert await answer_to(main, "a") == [3, "a", {"messagesInQueue": True}]
        calling = asyncio.ensure_future(r.session.call("GetTransactionStatus", {}))
        await replies(station, await station.json(), {"messagesInQueue": False})
        assert (await calling).payload == {"messagesInQueue": False}
        box.failed(1)


# --- the queue to the station ---------------------------------------------------------------------------------------


async def test_the_primarys_calls_go_first_and_nobody_else_fills_the_queue(main, billing):
    async with rigged(main, others={"billing": billing}, route=ALLOWED, limits="queue: 4") as r:
        station = await connected(r, "billing")
        await command(billing, "0", "Reset", {"type": "Soft"})
        opened = await station.json()
        for number in ("1", "2", "3"):
            await command(billing, number, "Reset", {"type": "Soft"})
        assert (await answer_to(billing, "3"))[:2] == [4, "3"], "half of the queue is its share"
        call = asyncio.ensure_future(r.session.call("ClearCache", {}, origin="api"))
        await command(main, "m", "GetConfiguration", {})
        await r.until(lambda: r.session.station.exchange.waiting == 4)
        order = []
        for _ in range(4):
            await replies(station, opened, {"status": "Accepted"})
            opened = await station.json()
            order.append(opened[2])
        assert order == ["GetConfiguration", "Reset", "ClearCache", "Reset"]
        assert (await call).is_result


async def test_an_operator_has_no_more_than_a_share_either(main):
    async with rigged(main, limits="queue: 4") as r:
        station = await connected(r, "main")
        calls = [asyncio.ensure_future(r.session.call("ClearCache", {}, origin="api")) for _ in range(3)]
        await station.json()
        with pytest.raises(QueueFull):
            await r.session.call("ClearCache", {}, origin="api")
        for call in calls:
            call.cancel()


@pytest.mark.parametrize("word", ["boot", "other", "nothing"])
async def test_no_call_goes_to_a_station_before_its_boot_is_answered_or_it_works_without(main, word):
    main.answers.update(BootNotification=None, Heartbeat=None)
    grace = "boot_grace: 0.3" if word == "nothing" else "boot_grace: 60"
    async with rigged(main, more_routes=f"{{match: {{}}, primary: main, {grace}}},") as r:
        station = await r.connect()
        calling = asyncio.ensure_future(r.session.call("ClearCache", {}))
        await r.until(lambda: r.session.station.exchange.waiting)
        if word == "boot":
            await say(station, 1, "BootNotification", BOOT)
            number = json.loads(await main.next())[1]
            assert r.session.station.exchange.waiting, "it is not answered yet"
            pending = {"status": "Pending", "currentTime": "2026-01-01T00:00:00Z", "interval": 9}
            await main.ws.send_str(json.dumps([3, number, pending]))
            assert (await station.json())[2]["status"] == "Pending"
        if word == "other":
            await say(station, 1, "Heartbeat", {})
        asked = await station.json()
        assert asked[2] == "ClearCache"
        await replies(station, asked, {"status": "Accepted"})
        assert (await calling).is_result


# --- credentials ----------------------------------------------------------------------------------------------------


class Book:
    """Says what became of each change."""

    def __init__(self, fault=""):
        self.fault = fault
        self.became = []

    async def expect(self, identity, change, *, profile):
        self.became.append("expected")
        return self.fault

    def settled(self, identity, change, taken):
        self.became.append(taken)


def adopting(r, fault=""):
    """A route that adopts, with a book that remembers, for the sessions to come."""
    r.shared.credentials = Book(fault)
    return r.shared.credentials


@pytest.mark.parametrize(
    ("reply", "became"), [({"status": "Accepted"}, True), ({"status": "Rejected"}, False), ("lost", None)]
)
async def test_credentials_that_pass_by_are_expected_first_and_settled_by_the_answer(main, reply, became):
    async with rigged(main, route="credentials: adopt") as r:
        book = adopting(r)
        station = await connected(r, "main")
        await command(main, "a", "ChangeConfiguration", KEY)
        asked = await station.json()
        assert book.became == ["expected"]
        if reply == "lost":
            await station.ws.close()
        else:
            await replies(station, asked, reply)
        await r.until(lambda: book.became == ["expected", became])


async def test_a_change_that_the_broker_cannot_follow_does_not_reach_the_station(main):
    async with rigged(main, route="credentials: adopt") as r:
        book = adopting(r, fault="the store has failed")
        station = await connected(r, "main")
        await command(main, "a", "ChangeConfiguration", KEY)
        assert await answer_to(main, "a") == [3, "a", {"status": "Rejected"}]
        await ask(station, 2, "Heartbeat", {})
        assert book.became == ["expected"]


async def test_a_change_that_finds_no_room_is_unsent(main):
    async with rigged(main, route="credentials: adopt", limits="queue: 1") as r:
        book = adopting(r)
        station = await connected(r, "main")
        await command(main, "a", "ClearCache", {})
        await station.json()
        await command(main, "b", "ClearCache", {})
        await command(main, "c", "ChangeConfiguration", KEY)
        assert (await answer_to(main, "c"))[0] == 4
        assert book.became == ["expected", False]
