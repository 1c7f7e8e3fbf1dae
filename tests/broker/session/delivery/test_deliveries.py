"""What waits and what could not be delivered, for operators."""

import pytest
from outbox_kit import ERROR, SECONDARY, START, Csms, ask, meter, rigged, running, stop, stored, waiting
from session_kit import rig

from broker.session.delivery import errands
from broker.store import OutboxRow, Store, ops

ONE_TRY = "attempts: 1"


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


@pytest.fixture(autouse=True)
def quick_errands(monkeypatch):
    monkeypatch.setattr(errands, "_LOOK", 0.05)


async def with_dead_letters(r, billing, station):
    """One transaction of which billing has taken the start alone."""
    await ask(station, 1, "StartTransaction", START)
    billing.answers["MeterValues"] = ERROR
    await ask(station, 2, "MeterValues", meter(1001, "1"))
    await ask(station, 3, "MeterValues", meter(1001, "2"))
    await r.until(lambda: len(billing.payloads("MeterValues")) == 2)
    await r.until(lambda: not r.session.backends.busy)
    del billing.answers["MeterValues"]
    return await r.sessions.deliveries.dead()


async def test_outboxes_are_shown_with_depth_bytes_age_state_and_error(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        assert r.sessions.deliveries.outboxes() == []
        station = await r.connect()
        billing.answers["StartTransaction"] = ERROR
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: r.session.backends.ledger.outbox("billing").error)
        await ask(station, 2, "StopTransaction", stop(1001))
        (row,) = r.sessions.deliveries.outboxes()
        assert (row["identity"], row["upstream"], row["depth"]) == ("CP001", "billing", 2)
        assert row["bytes"] > 100
        assert row["oldest"].endswith("Z")
        assert (row["state"], row["error"], row["connected"]) == ("waiting", "InternalError: not now", True)
        r.session.backends.ledger.outbox("billing").retry_at = 0.0
        assert r.sessions.deliveries.outboxes()[0]["state"] == "delivering"
        r.session.backends.get("billing").link.exchange.held = True
        assert r.sessions.deliveries.outboxes()[0]["state"] == "held"
        await billing.stop()
        await r.until(lambda: r.session.backends.get("billing").link.socket is None)
        assert r.sessions.deliveries.outboxes()[0]["state"] == "down"


async def test_messages_are_shown_in_order_and_by_pages(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await ask(station, 2, "StopTransaction", stop(1001))
        one, two = await r.sessions.deliveries.messages("CP001", "billing")
        assert [one["action"], two["action"]] == ["StartTransaction", "StopTransaction"]
        assert b'"meterStop":9' in two["payload"]
        assert await r.sessions.deliveries.messages("CP001", "billing", after=one["id"]) == [two]
        assert await r.sessions.deliveries.messages("CP001", "billing", limit=1) == [one]


async def test_dead_letters_are_delivered_again_in_order_when_replayed(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=ONE_TRY) as r:
        station = await r.connect()
        dead = await with_dead_letters(r, billing, station)
        assert [(row["reason"], row["action"]) for row in dead] == [("refused", "MeterValues")] * 2
        assert dead[0]["buried_at"].endswith("Z")
        billing.seen.clear()
        numbers = [row["id"] for row in reversed(dead)]
        assert await r.sessions.deliveries.replay([*numbers, 10**6]) == sorted(numbers)
        await r.until(lambda: len(billing.told) == 2)
        values = [p["meterValue"][0]["sampledValue"][0]["value"] for p in billing.payloads("MeterValues")]
        assert values == ["1", "2"]
        assert await r.sessions.deliveries.dead() == []
        await r.until(lambda: not r.session.backends.busy)


async def test_dead_letters_are_dropped_for_good(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=ONE_TRY) as r:
        one, two = await with_dead_letters(r, billing, await r.connect())
        assert await r.sessions.deliveries.drop([one["id"], 10**6]) == [one["id"]]
        assert await r.sessions.deliveries.dead(upstream="billing") == [two]
        assert await r.sessions.deliveries.dead(upstream="main") == []


async def test_dead_letters_of_a_station_that_is_away_are_delivered_without_it(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=ONE_TRY) as r:
        station = await r.connect()
        dead = await with_dead_letters(r, billing, station)
        await station.ws.close()
        await r.until(lambda: r.session is None and not r.shared.ledgers.get("CP001").users)
        billing.seen.clear()
        await r.sessions.deliveries.replay([row["id"] for row in dead])
        await r.until(lambda: len(billing.told) == 2)
        await r.until(lambda: not waiting(r, "billing"))


async def test_an_outbox_that_is_dropped_goes_to_the_dead_letters(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await ask(station, 2, "StopTransaction", stop(1001))
        assert await r.sessions.deliveries.drop_outbox("CP001", "billing") == 2
        assert await r.sessions.deliveries.drop_outbox("CP001", "billing") == 0
        assert (waiting(r, "billing"), await stored(r, "billing"), r.shared.ledgers.bytes) == (0, [], 0)
        assert [row["reason"] for row in await r.sessions.deliveries.dead()] == ["dropped"] * 2
        await billing.start()
        await r.until(lambda: r.session.backends.get("billing").link.ready)
        assert billing.told == []


async def test_an_outbox_may_be_dropped_while_its_head_is_on_its_way(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        billing.answers["StartTransaction"] = None
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: billing.told)
        assert await r.sessions.deliveries.drop_outbox("CP001", "billing") == 1
        number = await _number_of(billing, "StartTransaction")
        await billing.ws.send_str(f'[3,"{number}",{{"transactionId":5,"idTagInfo":{{"status":"Accepted"}}}}]')
        await r.until(lambda: r.session.backends.get("billing").courier.idle)
        await ask(station, 2, "MeterValues", meter(1001))
        await r.until(lambda: "MeterValues" in billing.actions())
        await r.until(lambda: not r.session.backends.busy)
        assert r.shared.ledgers.bytes == 0


async def _number_of(upstream, action):
    import json

    while True:
        frame = json.loads(await upstream.next())
        if frame[0] == 2 and frame[2] == action:
            return frame[1]


async def test_a_retry_does_not_wait_for_the_next_attempt(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        billing.answers["StartTransaction"] = ERROR
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: r.session.backends.ledger.outbox("billing").error)
        billing.answers.clear()
        assert await r.sessions.deliveries.retry("CP001", "billing") is True
        await r.until(lambda: not r.session.backends.busy)
        assert billing.actions() == ["StartTransaction"] * 2
        assert await r.sessions.deliveries.retry("CP001", "billing") is False
        assert await r.sessions.deliveries.retry("CP001", "other") is False
        assert await r.sessions.deliveries.retry("NOBODY", "billing") is False


async def test_what_is_left_of_before_a_restart_is_shown_and_can_be_retried(main, billing, tmp_path):
    path = tmp_path / "x.db"
    options = {"others": {"billing": billing}, "route": SECONDARY}
    await billing.stop()
    async with rigged(main, path, **options) as r:
        await ask(await r.connect(), 1, "StartTransaction", START)
    await billing.start()
    async with rigged(main, path, **options) as r:
        (row,) = r.sessions.deliveries.outboxes()
        assert (row["depth"], row["state"], row["connected"]) == (1, "waiting", False)
        assert r.sample("switchboard_outbox_messages", upstream="billing") == 1
        assert await r.sessions.deliveries.retry("CP001", "main") is False
        assert await r.sessions.deliveries.retry("CP001", "billing") is True
        await r.until(lambda: billing.told)
        await r.until(lambda: not r.sessions.deliveries.outboxes())
        assert r.sample("switchboard_outbox_messages", upstream="billing") == 0


async def test_ids_show_what_everybody_calls_a_transaction(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        assert await r.sessions.deliveries.ids("CP001") is None
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: billing.told)
        await r.until(lambda: not r.session.backends.busy)
        (row,) = (await r.sessions.deliveries.ids("CP001"))["transactions"]
        assert row["ids"] == {"main": 1001, "billing": 9001}
        assert (row["transaction"], row["owner"], row["connector"], row["closed"]) == (1001, "main", 1, False)
        users = r.shared.ledgers.get("CP001").users
        await r.sessions.deliveries.ids("CP001")
        assert r.shared.ledgers.get("CP001").users == users


async def test_without_a_store_there_is_nothing_to_show():
    from session_kit import rig

    async with rig(None) as r:
        deliveries = r.sessions.deliveries
        assert (await deliveries.messages("a", "b"), await deliveries.dead()) == ([], [])
        assert (await deliveries.replay([1]), await deliveries.drop([1]), await deliveries.drop_outbox("a", "b")) == (
            [],
            [],
            0,
        )


async def test_messages_for_an_upstream_that_is_configured_no_more_are_told_at_the_start(tmp_path, capsys):
    path = f"sqlite:///{tmp_path / 'x.db'}"
    store = Store(path)
    await store.open()
    row = OutboxRow(store.new_id(), "CP001", "gone", "ocpp1.6", "StopTransaction", "k", 0, "stop", b"{}", 1.0)
    await store.write([ops.put_outbox(row)])
    await store.close()
    async with rig(store=Store(path)) as r:
        assert r.sessions.deliveries.orphans() == {"gone": 1}
        assert "not configured" in capsys.readouterr().out
