"""A handler that cannot write down what it has to, and a station that the local CSMS has not accepted."""

import asyncio
import json

import pytest
from session_kit import Upstream, rig

from broker.api import Answer, BasePlugin, CallTimeout, StoreFailed, answer, on_call, record
from broker.hooks import Direction
from broker.ocpp import Version

START = '{"connectorId":1,"idTag":"T","meterStart":0,"timestamp":"2026-01-31T12:00:00Z"}'
STARTED = {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}
BOOT = '{"chargePointVendor":"V","chargePointModel":"M"}'


class Csms(BasePlugin):
    """Answers, and writes down or fails to."""

    failing = ""
    decided = 0
    slow = None
    seen: list[str] = []  # noqa: RUF012 - reset by a fixture
    done: list[str] = []  # noqa: RUF012
    answerers: list[str] = []  # noqa: RUF012

    @answer("ocpp1.6", "StartTransaction", "Heartbeat", "Authorize", "StatusNotification")
    def decide(self, session, call):
        Csms.decided += 1
        if Csms.failing == "answer":
            raise StoreFailed("the disk is full")
        if call.action == "StatusNotification":
            return {}
        answers = {"StartTransaction": STARTED, "Authorize": {"idTagInfo": {"status": "Accepted"}}}
        return answers.get(call.action, {"currentTime": "2026-01-31T12:00:00Z"})

    @answer("ocpp1.6", "BootNotification")
    def boot(self, session, call):
        session.accepted = Csms.failing != "boot"
        status = "Accepted" if session.accepted else "Pending"
        return {"status": status, "interval": 9, "currentTime": "2026-01-31T12:00:00Z"}

    @record("ocpp1.6", "StartTransaction", "Heartbeat", "StatusNotification")
    async def kept(self, session, call, reply):
        Csms.seen.append(call.action)
        Csms.answerers.append(call.answered_by)
        if Csms.slow is not None:
            await Csms.slow.wait()
        if Csms.failing == "record":
            raise StoreFailed("the disk is full")
        Csms.done.append(f"{call.action} {session.answers}")

    @record("ocpp1.6", "ClearCache", direction=Direction.TO_STATION)
    async def cleared(self, session, call, reply):
        Csms.seen.append(call.action)
        Csms.answerers.append(call.answered_by)
        raise StoreFailed("the disk is full")


class Asking(BasePlugin):
    """Asks the station something whenever it beats."""

    answers: list[object] = []  # noqa: RUF012 - reset by a fixture

    @record("ocpp1.6", "Heartbeat")
    async def ask(self, session, call, reply):
        Asking.answers.append((await session.call("ClearCache", {})).payload)


@pytest.fixture(autouse=True)
def csms():
    Csms.failing, Csms.decided, Csms.slow, Csms.seen, Csms.done = "", 0, None, [], []
    Csms.answerers = []
    Asking.answers = []


@pytest.mark.parametrize("failing", ["answer", "record"])
async def test_a_transaction_message_that_cannot_be_kept_is_not_acknowledged(failing):
    async with rig(plugins=[Csms]) as r:
        station = await r.connect()
        Csms.failing = failing
        await station.send(f'[2,"1","StartTransaction",{START}]')
        assert await station.closed() == 1013
        await r.until(lambda: r.session is None)
        Csms.failing = ""
        station = await r.connect()
        await station.send(f'[2,"2","StartTransaction",{START}]')
        assert await station.json() == [3, "2", STARTED]


async def test_what_was_answered_and_not_kept_is_recorded_at_the_repetition_and_not_decided_again():
    async with rig(plugins=[Csms]) as r:
        station = await r.connect()
        Csms.failing = "record"
        await station.send(f'[2,"1","StartTransaction",{START}]')
        await station.closed()
        await r.until(lambda: r.session is None)
        station = await r.connect()
        await station.send(f'[2,"2","StartTransaction",{START}]')
        assert await station.closed() == 1013, "as long as it cannot be kept"
        assert Csms.decided == 1


async def test_an_upstreams_answer_does_not_wait_for_what_is_written_down_of_it(upstream):
    async with rig(upstream, plugins=[Csms]) as r:
        station = await r.connect()
        Csms.failing, Csms.slow = "record", asyncio.Event()
        await station.send(f'[2,"1","StartTransaction",{START}]')
        assert await station.json() == [3, "1", {"for": "StartTransaction"}]
        await station.send('[2,"2","Heartbeat",{}]')
        assert await station.json() == [3, "2", {"for": "Heartbeat"}]
        assert Csms.seen == ["StartTransaction"], "one after the other"
        Csms.slow.set()
        await r.until(lambda: Csms.seen == ["StartTransaction", "Heartbeat"])


async def test_an_operators_answer_is_recorded_before_it_comes(upstream):
    async with rig(upstream, plugins=[Csms]) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        await station.json()
        asking = asyncio.ensure_future(r.session.call("ClearCache", {}, origin="api"))
        message_id = (await station.json())[1]
        await station.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
        await asking
        assert Csms.seen == ["Heartbeat", "ClearCache"]
        assert Csms.answerers == ["main", "station"]


async def test_a_recorder_may_call_the_station(upstream):
    async with rig(upstream, plugins=[Asking]) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        frames = [await station.json(), await station.json()]
        message_id = next(frame[1] for frame in frames if frame[0] == 2)
        await station.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
        await r.until(lambda: Asking.answers == [{"status": "Accepted"}])


async def test_a_recorder_that_is_too_slow_has_the_station_keep_the_message():
    async with rig(plugins=[Csms]) as r:
        station = await r.connect()
        r.shared.plugins._loaded["Csms"].guard.time_limit = 0.05
        Csms.slow = asyncio.Event()
        await station.send(f'[2,"1","StartTransaction",{START}]')
        assert await station.closed() == 1013
        assert r.shared.plugins.stats["Csms"].timeouts == 1


async def test_while_it_waits_to_be_accepted_a_station_may_send_what_it_is_told_to_once():
    """1.6 4.2: messages that the CSMS has asked for by TriggerMessage."""
    async with rig(plugins=[Csms]) as r:
        station = await r.connect()
        r.session.accepted = False
        status = '[2,"%d","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]'
        for said, code in (("Rejected", 4), ("Accepted", 3)):
            trigger = {"requestedMessage": "StatusNotification"}
            asking = asyncio.ensure_future(r.session.call("TriggerMessage", trigger, origin="api"))
            message_id = (await station.json())[1]
            await station.send(f'[3,"{message_id}",{{"status":"{said}"}}]')
            await asking
            await station.send(status % code)
            assert (await station.json())[:2] == [code, str(code)]
        await station.send(status % 5)
        assert (await station.json())[:3] == [4, "5", "SecurityError"]


async def test_what_cannot_be_recorded_fast_enough_is_left_out_and_counted(upstream, monkeypatch):
    monkeypatch.setattr("broker.session.relay.recording._MOST", 1)
    async with rig(upstream, plugins=[Csms]) as r:
        station = await r.connect()
        Csms.slow = asyncio.Event()
        for number in range(4):
            await station.send(f'[2,"{number}","Heartbeat",{{}}]')
            await station.json()
        assert r.sample("switchboard_limit_hits_total", limit="records") >= 1
        Csms.slow.set()


async def test_what_is_still_to_be_recorded_when_the_station_leaves_is_recorded(upstream):
    async with rig(upstream, plugins=[Csms]) as r:
        station = await r.connect()
        Csms.slow = asyncio.Event()
        await station.send('[2,"1","Heartbeat",{}]')
        await station.json()
        await station.ws.close()
        await r.until(lambda: r.session is None)
        Csms.slow.set()
        await r.until(lambda: len(Csms.done) == 1)


async def test_an_answer_in_the_stations_place_says_nothing_of_the_station(upstream):
    async with rig(upstream, plugins=[Csms], route="validation: strict") as r:
        await r.connect()
        await upstream.connected()
        await upstream.ws.send_str('[2,"u","ClearCache",{"odd":1}]')
        assert json.loads(await upstream.next())[0] == 4
        assert Csms.seen == []


async def test_other_messages_are_answered_all_the_same():
    async with rig(plugins=[Csms]) as r:
        station = await r.connect()
        Csms.failing = "record"
        await station.send('[2,"1","Heartbeat",{}]')
        assert await station.json() == [3, "1", {"currentTime": "2026-01-31T12:00:00Z"}]
        Csms.failing = "answer"
        await station.send('[2,"2","Authorize",{"idTag":"T"}]')
        assert (await station.json())[:3] == [4, "2", "InternalError"]
        assert r.shared.plugins.stats["Csms"].errors == 0, "it is no fault of the plugin"


async def test_an_answer_of_the_station_reaches_the_operator_all_the_same():
    async with rig(plugins=[Csms]) as r:
        station = await r.connect()
        asking = asyncio.ensure_future(r.session.call("ClearCache", {}, origin="api"))
        message_id = (await station.json())[1]
        await station.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
        assert (await asking).payload == {"status": "Accepted"}


async def test_a_station_that_is_not_accepted_gets_security_error_until_its_boot_is():
    async with rig(plugins=[Csms]) as r:
        station = await r.connect()
        Csms.failing = "boot"
        await station.send(f'[2,"1","BootNotification",{BOOT}]')
        assert (await station.json())[2]["status"] == "Pending"
        for number, (action, payload) in enumerate({"Heartbeat": "{}", "StartTransaction": START}.items()):
            await station.send(f'[2,"a{number}","{action}",{payload}]')
            assert (await station.json())[:3] == [4, f"a{number}", "SecurityError"]
        assert Csms.decided == 0
        Csms.failing = ""
        await station.send(f'[2,"2","BootNotification",{BOOT}]')
        assert (await station.json())[2]["status"] == "Accepted"
        await station.send('[2,"3","Heartbeat",{}]')
        assert (await station.json())[0] == 3


async def test_calls_to_a_station_that_is_not_accepted_go_out():
    """1.6 4.2: the CSMS may ask for a BootNotification by TriggerMessage."""
    async with rig(plugins=[Csms]) as r:
        station = await r.connect()
        r.session.accepted = False
        asking = asyncio.ensure_future(
            r.session.call("TriggerMessage", {"requestedMessage": "BootNotification"}, origin="api")
        )
        message_id = (await station.json())[1]
        await station.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
        assert (await asking).payload == {"status": "Accepted"}


async def test_what_a_station_says_that_was_told_to_wait_while_the_broker_stands_in_is_kept(upstream):
    """Its messages are for the upstream; an error would cost the station its transactions."""
    await upstream.stop()
    async with rig(upstream, plugins=[Csms], route="when_primary_down: stand_in, grace: 0.1") as r:
        station = await r.connect()
        await r.until(lambda: r.session.backends.standing_in)
        Csms.failing = "boot"
        await station.send(f'[2,"1","BootNotification",{BOOT}]')
        assert (await station.json())[2]["status"] == "Pending"
        await station.send(f'[2,"2","StartTransaction",{START}]')
        assert await station.json() == [3, "2", STARTED]


async def test_an_upstream_judges_its_stations_by_itself(upstream):
    async with rig(upstream, plugins=[Csms]) as r:
        station = await r.connect()
        assert r.session.answers == "main"
        r.session.accepted = False
        await station.send('[2,"1","Heartbeat",{}]')
        assert await station.json() == [3, "1", {"for": "Heartbeat"}]


async def test_the_local_csms_answers_where_nobody_else_does():
    async with rig(plugins=[Csms]) as r:
        await r.connect()
        assert r.session.answers == "local"


class Told(BasePlugin):
    """Hears what the station has said, and answers one call in its place."""

    heard: list

    @on_call("ocpp1.6", "ClearCache", direction=Direction.TO_STATION)
    def refuse(self, session, call):
        return Answer({"status": "Rejected"})

    @record("ocpp1.6", "*", direction=Direction.TO_STATION)
    def hear(self, session, call, reply):
        Told.heard.append((call.action, reply.payload))


async def test_what_was_answered_in_the_stations_place_is_not_taken_for_its_own_answer(upstream):
    """ClearChargingProfile is refused as Unknown, GetInstalledCertificateIds as NotFound: the station has them."""
    Told.heard = []
    secondary = type(upstream)()
    await secondary.start()
    route = "secondaries: [{upstream: billing, commands: [Reset]}]"
    async with rig(upstream, others={"billing": secondary}, plugins=[Told], route=route) as r:
        station = await r.connect()
        await station.send('[2,"1","Authorize",{"idTag":"T"}]')
        await station.text()
        await r.until(lambda: r.session.backends.get("billing").link.ready)
        secondary.frames = asyncio.Queue()
        await secondary.ws.send_str('[2,"x","ClearChargingProfile",{}]')
        assert await secondary.next() == '[3,"x",{"status":"Unknown"}]'
        assert (await r.session.call("ClearCache", {})).payload == {"status": "Rejected"}
        with pytest.raises(CallTimeout):
            await r.session.call("UnlockConnector", {"connectorId": 1}, timeout=0.1)
        assert Told.heard == []
        await station.text()
        await secondary.ws.send_str('[2,"y","Reset",{"type":"Soft"}]')
        message_id = (await station.json())[1]
        await station.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
        assert await secondary.next() == '[3,"y",{"status":"Accepted"}]'
        assert Told.heard == [("Reset", {"status": "Accepted"})]
    await secondary.stop()


class Streams(BasePlugin):
    """Keeps what periodic event streams bring."""

    seen: list[tuple[str, int, bool]] = []  # noqa: RUF012

    @record("ocpp2.1", "NotifyPeriodicEventStream")
    def kept(self, session, call, reply):
        Streams.seen.append((call.answered_by, call.payload["id"], reply.is_result))


async def test_a_send_that_has_gone_on_is_recorded_under_the_upstreams_name():
    Streams.seen.clear()
    upstream = Upstream("ocpp2.1")
    await upstream.start()
    async with rig(upstream, plugins=[Streams]) as r:
        station = await r.connect(version=Version.V21, subprotocol="ocpp2.1")
        await station.send('[6,"2","NotifyPeriodicEventStream",{"id":1}]')
        assert json.loads(await upstream.next())[0] == 6
        await r.until(lambda: Streams.seen)
    await upstream.stop()
    assert Streams.seen == [("main", 1, True)]
