"""The local CSMS in the place of a primary that is down, and what the primary is told when it is back."""

import json

import pytest
from outbox_kit import (
    BOOT,
    BOOT2,
    QUICK,
    SECONDARY,
    STAND_IN,
    START,
    Csms,
    LocalCore,
    ask,
    call,
    event,
    meter,
    rigged,
    running,
    say,
    stop,
    stored,
    waiting,
)

from broker.api import answer
from broker.hooks import Chain
from broker.ocpp import Version
from broker.ocpp.heads import Kind
from broker.session.books.memory import Memory
from broker.session.upstream.standing_in import stand_in_answer
from plugins.ocpp201.transactions.plugin import Transactions

V201 = {"version": Version.V201, "subprotocol": "ocpp2.0.1"}
NOBODY = Chain(on_call=(), answer=None, on_reply=(), observe=())


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


async def stands_in(r):
    await r.until(lambda: r.session.backends.standing_in)


@pytest.mark.parametrize("action", ["SignCertificate", "GetCertificateStatus", "Get15118EVCertificate"])
async def test_nobody_else_says_yes_to_a_certificate(action):
    reply = await stand_in_answer(NOBODY, None, call(action, {"csr": "x"}, Version.V201), Memory(), None)
    assert reply.payload["status"] in ("Rejected", "Failed")


@pytest.mark.parametrize("kind", [Kind.METER, Kind.STOP, Kind.EVENT, Kind.SECURITY])
async def test_what_is_kept_is_answered_also_without_a_plugin(kind):
    reply = await stand_in_answer(NOBODY, None, call("X", {}), Memory(), kind)
    assert (reply.is_result, reply.payload) == (True, {})


@pytest.mark.parametrize("kind", [Kind.START, None])
async def test_without_a_plugin_there_is_no_transaction_id_and_no_other_answer(kind):
    reply = await stand_in_answer(NOBODY, None, call("StartTransaction", START), Memory(), kind)
    assert not reply.is_result


async def test_a_start_that_nobody_can_answer_is_not_kept(main):
    await main.stop()
    async with rigged(main, route=STAND_IN) as r:
        station = await r.connect()
        await stands_in(r)
        await say(station, 1, "StartTransaction", START)
        assert (await station.json())[0] == 4
        assert await stored(r) == []
        await say(station, 2, "StartTransaction", START)
        assert (await station.json())[:2] == [4, "2"], "the first is not waited for"


async def test_a_boot_is_pending_until_some_upstream_has_let_the_station_in(main, tmp_path):
    path = tmp_path / "x.db"
    await main.stop()
    async with rigged(main, path, route=STAND_IN, plugins=[LocalCore]) as r:
        station = await r.connect()
        await stands_in(r)
        assert (await ask(station, 1, "BootNotification", BOOT))["status"] == "Pending"
    await main.start()
    async with rigged(main, path, route=STAND_IN, plugins=[LocalCore]) as r:
        station = await r.connect()
        assert (await ask(station, 1, "BootNotification", BOOT))["status"] == "Accepted"
    await main.stop()
    async with rigged(main, path, route=STAND_IN, plugins=[LocalCore]) as r:
        station = await r.connect()
        await stands_in(r)
        assert (await ask(station, 1, "BootNotification", BOOT))["status"] == "Accepted"


async def test_tokens_are_what_the_upstream_last_said_of_them(main, tmp_path):
    path = tmp_path / "x.db"
    main.answers["Authorize"] = {"idTagInfo": {"status": "Blocked", "parentIdTag": "P"}}
    async with rigged(main, path, route=STAND_IN, plugins=[LocalCore]) as r:
        station = await r.connect()
        await ask(station, 1, "Authorize", {"idTag": "BAD"})
        await ask(station, 2, "StartTransaction", START)
    await main.stop()
    async with rigged(main, path, route=STAND_IN, plugins=[LocalCore]) as r:
        station = await r.connect()
        await stands_in(r)
        said = await ask(station, 1, "Authorize", {"idTag": "bad"})
        assert said == {"idTagInfo": {"status": "Blocked", "parentIdTag": "P"}}
        assert (await ask(station, 2, "Authorize", {"idTag": "TAG"}))["idTagInfo"]["status"] == "Accepted"
        assert (await ask(station, 3, "Authorize", {"idTag": "NEW"}))["idTagInfo"]["status"] == "Invalid"


async def test_unknown_tokens_are_accepted_where_the_route_says_so(main):
    await main.stop()
    route = f"{STAND_IN}, stand_in: {{unknown_tokens: accept}}"
    async with rigged(main, route=route, plugins=[LocalCore]) as r:
        station = await r.connect()
        await stands_in(r)
        assert (await ask(station, 1, "Authorize", {"idTag": "NEW"}))["idTagInfo"]["status"] == "Accepted"


async def test_everything_is_replayed_in_order_in_the_primarys_own_ids(main, tmp_path):
    path = tmp_path / "x.db"
    await main.stop()
    async with rigged(main, path, route=STAND_IN, plugins=[LocalCore]) as r:
        station = await r.connect()
        await stands_in(r)
        ids = []
        for connector in (1, 2):
            payload = {**START, "connectorId": connector}
            ids.append((await ask(station, f"s{connector}", "StartTransaction", payload))["transactionId"])
        assert len(set(ids)) == 2
        for number, mine in enumerate(ids):
            await ask(station, f"m{number}", "MeterValues", meter(mine))
        await ask(station, "e", "StopTransaction", stop(ids[1]))
    await main.start()
    async with rigged(main, path, route=STAND_IN, plugins=[LocalCore]) as r:
        station = await r.connect()
        await ask(station, 1, "Heartbeat", {})
        await ask(station, 2, "StopTransaction", stop(ids[0]))
        await r.until(lambda: not waiting(r))
        assert [(action, payload.get("transactionId")) for action, payload in main.told] == [
            ("StartTransaction", None),
            ("StartTransaction", None),
            ("MeterValues", 1001),
            ("MeterValues", 1002),
            ("StopTransaction", 1002),
            ("StopTransaction", 1001),
        ]


async def test_replay_is_no_faster_than_the_route_allows(main):
    await main.stop()
    route = f"{STAND_IN}, stand_in: {{replay_per_second: 4}}"
    async with rigged(main, route=route, plugins=[LocalCore]) as r:
        station = await r.connect()
        await stands_in(r)
        mine = (await ask(station, 1, "StartTransaction", START))["transactionId"]
        for number in range(8):
            await ask(station, f"m{number}", "MeterValues", meter(mine, str(number)))
        ledger = r.session.backends.ledger
        box = ledger.outboxes["main"]
        old = [type(row)(**{**_fields(row), "received_at": row.received_at - 60}) for row in box._window]
        box._window[:] = old
        await main.start()
        await r.until(lambda: len(main.told) >= 4)
        assert len(main.told) <= 5, "a burst of four, and the rest in a second"
        await r.until(lambda: len(main.told) == 9)
        assert r.sample("switchboard_outbox_replays_total", upstream="main") == 9


def _fields(row):
    return {name: getattr(row, name) for name in row.__struct_fields__}


async def test_transaction_events_are_kept_and_replayed_with_the_stations_id():
    async with running(Csms(1, "ocpp2.0.1")) as (main,):
        await main.stop()
        async with rigged(main, route=STAND_IN, plugins=[Transactions]) as r:
            station = await r.connect(**V201)
            await stands_in(r)
            events = [event("Started", 0), event("Updated", 1), event("Ended", 2)]
            for number, payload in enumerate(events):
                assert await ask(station, number, "TransactionEvent", payload) == {}
            await main.start()
            await r.until(lambda: len(main.told) == 3)
            assert main.payloads("TransactionEvent") == events


async def test_get_transaction_status_tells_of_messages_that_wait_here():
    async with running(Csms(1, "ocpp2.0.1")) as (main,), rigged(main, route=STAND_IN, plugins=[Transactions]) as r:
        station = await r.connect(**V201)
        await ask(station, 1, "BootNotification", BOOT2)
        main.answers["TransactionEvent"] = None
        await main.stop()
        await stands_in(r)
        await ask(station, 2, "TransactionEvent", event("Started", 0))
        await main.start()
        await r.until(lambda: main.told)
        await main.ws.send_str(json.dumps([2, "q", "GetTransactionStatus", {"transactionId": "TX"}]))
        asked = await station.json()
        await station.send(json.dumps([3, asked[1], {"ongoingIndicator": True, "messagesInQueue": False}]))
        await r.until(lambda: any('"q"' in frame for frame in main.frames._queue))
        answer = next(json.loads(frame) for frame in main.frames._queue if '"q"' in frame)
        assert answer[2] == {"ongoingIndicator": True, "messagesInQueue": True}


async def test_a_secondary_is_told_while_the_primary_is_stood_in_for(main):
    await main.stop()
    async with (
        running(Csms(9001)) as (billing,),
        rigged(main, others={"billing": billing}, route=f"{STAND_IN}, {SECONDARY}", plugins=[LocalCore]) as r,
    ):
        station = await r.connect()
        await stands_in(r)
        mine = (await ask(station, 1, "StartTransaction", START))["transactionId"]
        await ask(station, 2, "MeterValues", meter(mine))
        await r.until(lambda: len(billing.told) == 2)
        assert billing.payloads("MeterValues")[0]["transactionId"] == 9001
        await main.start()
        await r.until(lambda: len(main.told) == 2)
        await r.until(lambda: not r.session.backends.busy)
        await ask(station, 3, "StopTransaction", stop(mine))
        await r.until(lambda: len(billing.told) == 3)
        assert main.payloads("StopTransaction")[0]["transactionId"] == 1001


async def test_a_stop_is_kept_although_the_plugin_that_answers_it_fails(main):
    class Failing(LocalCore):
        name = "failing"

        @answer("ocpp1.6", "StopTransaction")
        def stop(self, session, call):
            raise KeyError

    async with rigged(main, route=STAND_IN, plugins=[Failing]) as r:
        station = await r.connect()
        transaction = (await ask(station, 1, "StartTransaction", START))["transactionId"]
        await main.stop()
        await stands_in(r)
        assert await ask(station, 2, "StopTransaction", stop(transaction)) == {}
        assert await stored(r) == ["StopTransaction"]


async def test_what_the_primary_leaves_without_an_answer_stays_with_the_station_where_there_is_no_room(main):
    main.answers["StartTransaction"] = None
    async with rigged(
        main,
        route="when_primary_down: stand_in, grace: 60",
        upstream_options=QUICK + ", call_timeout: 0.2",
        plugins=[LocalCore],
    ) as r:
        r.shared.config = r.shared.config.model_copy(
            update={"outbox": r.shared.config.outbox.model_copy(update={"station_bytes": 1})}
        )
        station = await r.connect()
        await say(station, 1, "StartTransaction", START)
        assert await station.closed() == 1013
        assert await stored(r) == []
        assert r.sample("switchboard_outbox_dropped_total", upstream="main", reason="refused") == 1
