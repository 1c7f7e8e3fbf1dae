"""What waits for an upstream, seen and changed by an operator, and what each upstream is told of the station itself."""

import asyncio
import json

from e2e_kit import WAIT, running, until, url_of
from process_kit import run
from watched_kit import (
    ACCEPTED,
    FAIL,
    NOW,
    Backend,
    Operator,
    behind,
    boot,
    booted,
    event,
    meter,
    start,
    station,
    stop,
)

QUICK = {"attempts": 1, "retry_interval": 60}


class Refusing:
    """Answers of a CSMS that says no to StopTransaction, or to any action, for as long as `no` holds it."""

    def __init__(self, *actions):
        self.no = set(actions)

    def __call__(self, action, otherwise):
        return lambda payload: FAIL if action in self.no else otherwise


async def charged(end, *, meters=1):
    number = (await end.call("StartTransaction", start()))["transactionId"]
    for value in range(meters):
        await end.call("MeterValues", meter(number, value))
    await end.call("StopTransaction", stop(number))
    return number


async def shown(operator, path, wanted):
    """The body at `path` once `wanted` holds of it."""
    async with asyncio.timeout(WAIT):
        while not wanted(body := await operator.get(path)):
            await asyncio.sleep(0.01)
    return body


async def test_what_a_secondary_refuses_becomes_a_dead_letter_that_is_replayed_when_it_takes_it(tmp_path):
    refusing = Refusing("MeterValues")
    second = Backend("second", first=70, MeterValues=refusing("MeterValues", {}))
    async with Backend("main") as main, second:
        async with (
            running(tmp_path, behind(main, second, outbox=QUICK)) as broker,
            station(url_of(broker, "A")) as end,
        ):
            await booted(end)
            operator = Operator(broker.admin_url)
            await charged(end)
            await operator.empty()
            [dead] = (await shown(operator, "outbox/dead", lambda body: body["messages"]))["messages"]
            assert (dead["identity"], dead["upstream"], dead["action"]) == ("A", "second", "MeterValues")
            assert (dead["reason"], dead["attempts"]) == ("refused", 1)
            assert dead["error"].startswith("InternalError")
            assert second.of("A", "StopTransaction") == [stop(70)], "what comes after it goes on"
            status, body = await operator("POST", "outbox/dead/replay", {"ids": [dead["id"], 1 << 40]})
            assert (status, body) == (200, {"replayed": 1, "missing": [1 << 40]})
            [again] = (await shown(operator, "outbox/dead", lambda body: body["messages"]))["messages"]
            assert again["id"] > dead["id"], "refused again, dead again"
            refusing.no.clear()
            assert (await operator("POST", "outbox/dead/replay", {"identity": "A"}))[1]["replayed"] == 1
            await until(lambda: len(second.of("A", "MeterValues")) == 3)
            await operator.empty()
            assert (await operator.get("outbox/dead"))["messages"] == []
        assert second.of("A", "MeterValues") == [meter(70, 0)] * 3


async def test_a_refused_start_takes_its_whole_transaction_to_the_dead_letters_and_no_foreign_id_goes_out(tmp_path):
    second = Backend("second", StartTransaction=FAIL)
    async with Backend("main", first=40) as main, second:
        async with (
            running(tmp_path, behind(main, second, outbox=QUICK)) as broker,
            station(url_of(broker, "A")) as end,
        ):
            await booted(end)
            await charged(end)
            operator = Operator(broker.admin_url)
            await operator.empty()
            dead = (await operator.get("outbox/dead?upstream=second"))["messages"]
            assert (dead[0]["action"], dead[0]["reason"]) == ("StartTransaction", "refused")
            assert {one["reason"] for one in dead[1:]} <= {"no_transaction_id"}
            known = await operator.get("stations/A/transactions/40/ids")
            assert (known["ids"], known["refused"]) == ({"main": 40}, ["second"])
        assert second.of("A", "MeterValues", "StopTransaction") == []


async def test_list_show_retry_and_drop_through_the_cli(tmp_path):
    refusing = Refusing("StartTransaction")
    second = Backend("second")
    second.answers["StartTransaction"] = refusing("StartTransaction", {"transactionId": 7, "idTagInfo": ACCEPTED})
    async with (
        Backend("main") as main,
        second,
        running(tmp_path, behind(main, second, outbox={"attempts": 5, "retry_interval": 600})) as broker,
        station(url_of(broker, "A")) as end,
    ):

        async def cli(*arguments, code=0):
            done = await run(*arguments, cwd=tmp_path, SWITCHBOARD_ADMIN=broker.admin_url)
            assert done.returncode == code, done.stderr
            return done.stdout

        await booted(end)
        operator = Operator(broker.admin_url)
        await charged(end)
        waiting = lambda body: body["outboxes"] and body["outboxes"][0]["error"]  # noqa: E731
        [row] = (await shown(operator, "outbox", waiting))["outboxes"]
        assert (row["depth"], row["state"], row["connected"]) == (3, "waiting", True)
        [listed] = json.loads(await cli("outbox", "list", "--json"))["outboxes"]
        assert (listed["identity"], listed["upstream"], listed["depth"]) == ("A", "second", 3)
        messages = json.loads(await cli("outbox", "show", "A", "second", "--json"))["messages"]
        assert [one["action"] for one in messages] == ["StartTransaction", "MeterValues", "StopTransaction"]
        await cli("outbox", "retry", "A", "second")
        await until(lambda: len(second.of("A", "StartTransaction")) == 2)
        refusing.no.clear()
        await cli("outbox", "retry", "A", "second")
        await operator.empty()
        assert second.of("A", "StopTransaction") == [stop(7)]
        await cli("outbox", "retry", "A", "second", code=1)
        refusing.no.add("StartTransaction")
        await charged(end)
        await shown(operator, "outbox", waiting)
        await cli("outbox", "drop", "A", "second", "--yes")
        assert json.loads(await cli("outbox", "list", "--json"))["outboxes"] == []
        dead = json.loads(await cli("outbox", "dead", "list", "--json"))["messages"]
        assert [(one["action"], one["reason"]) for one in dead] == [
            (action, "dropped") for action in ("StartTransaction", "MeterValues", "StopTransaction")
        ]
        refusing.no.clear()
        await cli("outbox", "dead", "replay", *(str(one["id"]) for one in dead))
        await operator.empty()
        assert len(second.of("A", "StopTransaction")) == 2
        assert json.loads(await cli("outbox", "dead", "list", "--json"))["messages"] == []


async def test_an_outbox_is_delivered_after_the_station_has_left_and_while_it_is_away(tmp_path):
    async with Backend("main") as main, Backend("second", first=70) as second:
        second.gate = 503
        settings = behind(main, second, outbox={"linger": 0.2})
        async with running(tmp_path, settings) as broker:
            operator = Operator(broker.admin_url)
            async with station(url_of(broker, "A")) as end:
                await booted(end)
                await charged(end)
            [row] = (await shown(operator, "outbox", lambda body: not body["outboxes"][0]["connected"]))["outboxes"]
            assert row["depth"] == 3
            await asyncio.sleep(0.4)  # nobody lingers any more
            second.gate = 0
            assert (await operator("POST", "outbox/A/second/retry"))[0] < 300, "sooner than by itself"
            await operator.empty()
            assert second.actions("A") == ["BootNotification", "StartTransaction", "MeterValues", "StopTransaction"]
            await until(lambda: second.ends["A"][-1].ws.close_code)
            assert len(main.ends["A"]) == 1


async def test_a_leg_lingers_until_what_is_on_its_way_is_there(tmp_path):
    going = asyncio.Event()

    async def slow(_):
        await going.wait()
        return {}

    async with (
        Backend("main") as main,
        Backend("second", first=70, MeterValues=slow) as second,
        running(tmp_path, behind(main, second)) as broker,
    ):
        async with station(url_of(broker, "A")) as end:
            await booted(end)
            await charged(end)
        await until(lambda: main.ends["A"][-1].ws.close_code)
        await until(lambda: second.of("A", "MeterValues"))
        assert not second.ends["A"][-1].ws.close_code
        going.set()
        await until(lambda: second.ends["A"][-1].ws.close_code)
        assert second.of("A", "StopTransaction") == [stop(70)]
        assert len(second.ends["A"]) == 1


async def test_messages_in_queue_are_told_to_the_one_whose_messages_wait(tmp_path):
    gone = Refusing("TransactionEvent")
    second = Backend("second", TransactionEvent=gone("TransactionEvent", {}))
    asked = ("GetTransactionStatus", {"transactionId": "T1"})
    status = {"GetTransactionStatus": {"ongoingIndicator": True, "messagesInQueue": False}}
    async with Backend("main") as main, second:
        watching = [{"upstream": "second", "commands": ["GetTransactionStatus"]}]
        settings = behind(main, second, route={"secondaries": watching}, outbox={"retry_interval": 600})
        async with (
            running(tmp_path, settings) as broker,
            station(url_of(broker, "A"), "ocpp2.0.1", **status) as end,
        ):
            await booted(end)
            await end.call("TransactionEvent", event("Started", 0))
            await until(lambda: second.of("A", "TransactionEvent"))
            here, there = await main.end("A"), await second.end("A")
            assert (await there.call(*asked))["messagesInQueue"] is True
            assert (await here.call(*asked))["messagesInQueue"] is False
            gone.no.clear()
            operator = Operator(broker.admin_url)
            await operator("POST", "outbox/A/second/retry")
            await operator.empty()
            assert (await there.call(*asked))["messagesInQueue"] is False


# --- each upstream is obeyed ------------------------------------------------------------------------------------------


async def test_a_secondary_that_says_pending_gets_nothing_but_boots_at_its_own_interval(tmp_path, monkeypatch):
    monkeypatch.setattr("broker.session.upstream.joining._LEAST", 0.1)
    pending = {"status": "Pending", "currentTime": NOW, "interval": 1}
    answers = [pending, {**pending, "status": "Accepted", "interval": 300}]
    second = Backend("second", first=70, BootNotification=lambda _: answers.pop(0))
    async with (
        Backend("main") as main,
        second,
        running(tmp_path, behind(main, second)) as broker,
        station(url_of(broker, "A")) as end,
    ):
        await booted(end)
        number = await charged(end)
        await end.call("Authorize", {"idTag": "T"})
        assert main.actions("A")[-1] == "Authorize"
        operator = Operator(broker.admin_url)
        await until(lambda: len(answers) == 1)
        [row] = (await operator.get("outbox"))["outboxes"]
        assert (row["depth"], row["state"]) == (3, "held")
        assert second.actions("A") == ["BootNotification"]
        await until(lambda: len(second.of("A", "BootNotification")) == 2)
        await operator.empty()
        assert second.of("A", "StopTransaction") == [stop(70)]
        assert main.of("A", "BootNotification") == [boot()], "that is no business of the primary's"
        assert number == 1


async def test_each_secondary_gets_heartbeats_at_its_own_interval_and_the_primary_the_stations(tmp_path):
    def every(seconds):
        return {"status": "Accepted", "currentTime": NOW, "interval": seconds}

    async with (
        Backend("main", BootNotification=every(77)) as main,
        Backend("often", BootNotification=every(1)) as often,
        Backend("seldom", BootNotification=every(300)) as seldom,
        running(tmp_path, behind(main, often, seldom)) as broker,
        station(url_of(broker, "A")) as end,
    ):
        assert (await end.call("BootNotification", boot()))["interval"] == 77
        await end.call("Heartbeat")
        await until(lambda: often.of("A", "Heartbeat"))
        assert seldom.of("A", "Heartbeat") == []
        assert main.of("A", "Heartbeat") == [{}]
