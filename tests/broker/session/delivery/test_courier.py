"""One outbox and its upstream: order, ids, attempts, dead letters, and how fast."""

import asyncio
from time import time

import pytest
from outbox_kit import FakeLink, ledger_of, row, small_shared, turns
from transactions_kit import DONE, FAILED, start, started

from broker.ocpp import Version
from broker.session.bucket import Bucket
from broker.session.delivery.courier import Courier
from broker.store import Store, StoreFailed


class Listener:
    def __init__(self):
        self.answers = []
        self.gone = []
        self.looks = []

    def answered(self, row, reply, sent, now):
        self.answers.append((row.id, reply.kind))

    def delivered(self, row, tx):
        self.gone.append(row.id)

    def stand_in_line(self, now):
        self.looks.append(now)


class Bench:
    """A courier with everything around it, whose upstream answers when it is told to."""

    def __init__(self, store=None, **options):
        self.store = store
        self.shared = small_shared(store, **options)
        self.ledger = ledger_of(store)
        self.link = FakeLink()
        self.listener = Listener()
        self.box = self.ledger.outbox("main")
        self.courier = Courier(self.link, self.box, self.ledger, self.shared, self.listener)

    async def put(self, *rows):
        written = self.ledger.commit(rows)
        if written is not None:
            await written

    def pump(self):
        self.courier.pump(self.link.now)

    async def reply(self, reply):
        pending, answered = self.link.sent[-1], len(self.listener.gone)
        self.courier.answered(pending, reply, self.link.now)
        if reply.is_result:
            await turns(lambda: len(self.listener.gone) > answered)

    @property
    def sent(self):
        return [pending.call.payload.get("n", pending.call.payload) for pending in self.link.sent]

    def sample(self, name, **labels):
        return self.shared.metrics.registry.get_sample_value(name, labels) or 0.0


def fresh(number, **more):
    return row(number, received_at=time(), payload=b'{"n":%d}' % number, **more)


@pytest.fixture
async def store():
    one = Store("sqlite://")
    await one.open()
    yield one
    await one.close()


@pytest.fixture
def bench(store):
    return Bench(store)


async def test_one_at_a_time_in_order_and_off_the_disk_on_the_answer(bench, store):
    await bench.put(fresh(1), fresh(2))
    bench.pump()
    bench.pump()
    assert bench.sent == [1], "the second waits for the answer to the first"
    assert [one.id for one in await store.outbox("CP", "main")] == [1, 2], "sent is not answered"
    await bench.reply(DONE)
    assert bench.sent == [1, 2]
    assert [one.id for one in await store.outbox("CP", "main")] == [2]
    await bench.reply(DONE)
    assert bench.box.empty
    assert bench.courier.idle
    assert bench.listener.gone == [1, 2]


async def test_the_next_does_not_go_out_before_the_last_is_off_the_disk(bench, store, monkeypatch):
    await bench.put(fresh(1), fresh(2))
    bench.pump()
    written = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(store, "write", lambda changes: written)
    bench.courier.answered(bench.link.sent[0], DONE, bench.link.now)
    bench.pump()
    assert bench.sent == [1]
    assert not bench.courier.idle
    written.set_result(None)
    await turns(lambda: bench.sent == [1, 2])


@pytest.mark.parametrize("obstacle", ["down", "failed"])
async def test_nothing_goes_out_while_the_upstream_is_down_or_the_store_has_failed(bench, obstacle):
    bench.link.ready = obstacle != "down"
    bench.shared.store_failed = "full" if obstacle == "failed" else ""
    await bench.put(fresh(1))
    bench.pump()
    assert bench.sent == []
    bench.link.ready, bench.shared.store_failed = True, ""
    bench.pump()
    assert bench.sent == [1]


# --- attempts ---------------------------------------------------------------------------------------------------------


async def test_an_error_is_tried_again_after_the_interval_times_the_attempts_so_far(bench):
    await bench.put(fresh(1), fresh(2))
    bench.pump()
    for attempt, wait in ((1, 60.0), (2, 120.0)):
        await bench.reply(FAILED)
        assert bench.box.retry_at == bench.link.now + wait, attempt
        assert "InternalError" in bench.box.error
        bench.link.now += wait - 0.1
        bench.pump()
        assert len(bench.sent) == attempt, "it is too early"
        bench.link.now += 0.2
        bench.pump()
        assert bench.sent == [1] * (attempt + 1)


async def test_after_the_last_attempt_it_is_a_dead_letter_and_the_next_goes_on(bench, store):
    await bench.put(fresh(1), fresh(2))
    for _ in range(3):
        bench.pump()
        await bench.reply(FAILED)
        bench.link.now = max(bench.link.now, bench.box.retry_at)
    await turns(lambda: bench.sent == [1, 1, 1, 2])
    (dead,) = await store.dead()
    assert (dead.id, dead.reason, dead.attempts) == (1, "refused", 3)
    assert "InternalError" in dead.error
    assert bench.sample("switchboard_dead_letters_total", upstream="main", reason="refused") == 1


async def test_attempts_are_counted_over_a_restart(store):
    before = Bench(store)
    await before.put(fresh(1))
    before.pump()
    await before.reply(FAILED)
    after = Bench(store)
    after.ledger = type(after.ledger)("CP", store, await store.station("CP"))
    after.box = after.ledger.outbox("main")
    after.courier = Courier(after.link, after.box, after.ledger, after.shared, after.listener)
    after.pump()
    await turns(lambda: after.sent == [1])
    await after.reply(FAILED)
    assert after.box.retry_at == after.link.now + 120.0


async def test_an_upstream_that_does_not_answer_is_asked_again_for_ever_less_and_less_often(bench, store):
    await bench.put(fresh(1))
    waits = []
    for _ in range(8):
        bench.pump()
        bench.courier.failed(bench.link.sent[-1], "timeout", bench.link.now)
        waits.append(bench.box.retry_at - bench.link.now)
        bench.link.now = bench.box.retry_at
    assert waits == [1, 2, 5, 10, 30, 60, 60, 60]
    assert bench.sent == [1] * 8
    assert await store.dead() == []


async def test_what_was_on_its_way_when_the_link_broke_goes_out_again_on_the_next_one(bench):
    await bench.put(fresh(1))
    bench.pump()
    bench.courier.failed(bench.link.sent[-1], "lost", bench.link.now)
    assert bench.courier.idle
    bench.pump()
    assert bench.sent == [1, 1]


async def test_an_answer_that_comes_too_late_changes_nothing(bench, store):
    await bench.put(fresh(1))
    bench.pump()
    late = bench.link.sent[-1]
    bench.courier.failed(late, "timeout", bench.link.now)
    bench.courier.answered(late, DONE, bench.link.now)
    assert [one.id for one in await store.outbox("CP", "main")] == [1]


async def test_a_link_without_room_is_tried_a_second_later(bench):
    bench.link.full = True
    await bench.put(fresh(1))
    bench.pump()
    assert bench.courier.idle
    bench.link.full = False
    assert bench.courier.next_due(bench.link.now) == bench.link.now + 1.0
    bench.link.now += 1.0
    bench.pump()
    assert bench.sent == [1]


# --- ids --------------------------------------------------------------------------------------------------------------


async def begun(bench, peer="other"):
    head = start()
    bench.ledger.transactions.answered(head, started(1001), peer=peer, owner=peer, at=time())
    return bench.ledger.transactions.of(head)


def of_transaction(number, tx, action="MeterValues", kind="meter"):
    payload = b'{"n":%d,"connectorId":1,"transactionId":1001}' % number
    if kind == "start":
        payload = start().call.raw
    return row(number, received_at=time(), payload=payload, ref=tx.ref, action=action, kind=kind)


async def test_what_follows_a_start_goes_out_in_the_id_of_the_upstreams_own_answer(bench):
    tx = await begun(bench)
    await bench.put(of_transaction(1, tx, "StartTransaction", "start"), of_transaction(2, tx))
    bench.pump()
    await bench.reply(started(77))
    assert bench.link.sent[1].call.payload["transactionId"] == 77
    rows = await bench.store.station("CP")
    assert b'"main":77' in rows.transactions[0], "it is on disk with the end of the row"


async def test_without_an_id_of_the_upstreams_own_nothing_is_sent_and_the_message_is_a_dead_letter(bench, store):
    tx = await begun(bench)
    await bench.put(of_transaction(1, tx), fresh(2))
    bench.pump()
    await turns(lambda: bench.sent == [2])
    assert [(one.id, one.reason) for one in await store.dead()] == [(1, "no_transaction_id")]
    assert bench.sample("switchboard_mapping_misses_total", upstream="main") == 1


@pytest.mark.parametrize("answers", [[FAILED] * 3, [DONE]])
async def test_a_start_that_brings_no_id_takes_the_rest_of_its_transaction_with_it(bench, store, answers):
    tx = await begun(bench)
    await bench.put(of_transaction(1, tx, "StartTransaction", "start"), of_transaction(2, tx))
    for answer in answers:
        bench.pump()
        await bench.reply(answer)
        bench.link.now = max(bench.link.now, bench.box.retry_at)
    await turns(lambda: bench.box.empty)
    assert tx.refused == ["main"]
    assert all(pending.call.action == "StartTransaction" for pending in bench.link.sent)
    assert (await store.dead())[-1].reason == "no_transaction_id"


async def test_many_dead_letters_in_a_row_are_no_depth_of_the_stack():
    bench = Bench()
    tx = await begun(bench)
    bench.link.ready = False
    await bench.put(*(of_transaction(number, tx) for number in range(1, 1500)))
    bench.link.ready = True
    bench.pump()
    await turns(lambda: bench.box.empty)
    assert bench.sample("switchboard_dead_letters_total", upstream="main", reason="no_transaction_id") == 1499


# --- age, version, rate -----------------------------------------------------------------------------------------------


async def test_what_is_too_old_is_a_dead_letter_also_in_another_version(store):
    bench = Bench(store, outbox="max_age: 3600")
    await bench.put(row(1, received_at=time() - 3700), row(2, received_at=time() - 3700, version="ocpp2.0.1"), fresh(3))
    bench.pump()
    await turns(lambda: bench.sent == [3])
    assert [(one.id, one.reason) for one in await store.dead()] == [(1, "too_old"), (2, "too_old")]


async def test_a_message_goes_out_only_on_a_connection_of_its_own_version(bench):
    await bench.put(fresh(1, version="ocpp2.0.1"))
    bench.pump()
    assert bench.sent == []
    bench.link.version = Version.V201
    bench.pump()
    assert bench.sent == [1]


async def test_what_has_waited_goes_out_at_a_limited_rate_and_is_counted(bench):
    bench.courier.take_rate(2.0)
    await bench.put(*(row(number, payload=b'{"n":%d}' % number, received_at=time() - 60) for number in range(1, 6)))
    bench.pump()
    await bench.reply(DONE)
    await bench.reply(DONE)
    assert bench.sent == [1, 2]
    assert bench.courier.next_due(bench.link.now) > bench.link.now
    assert len(bench.listener.looks) == 3, "somebody looks at it again, also where nothing is on its way"
    bench.link.now += 0.25
    bench.pump()
    assert bench.sent == [1, 2], "a quarter of a second is half a message"
    bench.link.now += 0.3
    bench.pump()
    assert bench.sent == [1, 2, 3]
    assert bench.sample("switchboard_outbox_replays_total", upstream="main") == 3


async def test_all_stations_together_are_limited_for_each_upstream(bench):
    class Spent:
        def take(self, now):
            return False

    bench.shared.pace = lambda name: Spent()
    await bench.put(row(1, received_at=time() - 60))
    bench.pump()
    assert bench.sent == []


async def test_live_messages_wait_for_no_rate(bench):
    bench.courier.take_rate(1.0)
    await bench.put(*(fresh(number) for number in range(1, 6)))
    bench.pump()
    for _ in range(5):
        await bench.reply(DONE)
    assert bench.sent == [1, 2, 3, 4, 5]
    assert bench.sample("switchboard_outbox_replays_total", upstream="main") == 0


async def test_the_wheel_is_not_asked_for_what_waiting_does_not_help(bench):
    assert bench.courier.next_due(100.0) is None
    await bench.put(fresh(1))
    assert bench.courier.next_due(100.0) is None, "its answer is awaited"
    bench.courier.failed(bench.link.sent[-1], "timeout", 100.0)
    assert bench.courier.next_due(100.0) == 101.0
    bench.link.ready = False
    assert bench.courier.next_due(100.0) > 100.0 + 29 * 86400, "not before it is too old"


async def test_a_delivered_message_that_cannot_be_taken_off_the_disk_is_not_sent_again(bench, store, monkeypatch):
    await bench.put(fresh(1), fresh(2))
    bench.pump()

    def refuse(changes):
        future = asyncio.get_running_loop().create_future()
        future.set_exception(StoreFailed("full"))
        return future

    kept = []
    with monkeypatch.context() as patched:
        patched.setattr(store, "write", refuse)
        patched.setattr(store, "later", kept.extend)
        await bench.reply(DONE)
    assert bench.sent == [1, 2]
    assert [op.name for op in kept] == ["drop_outbox"], "it goes with the next commit that works"


async def test_what_the_upstream_has_no_time_for_does_not_count_against_the_station(bench):
    nobody, everybody = Bucket(0.001, 1.0), Bucket(1000.0, 1000.0)
    nobody.take(bench.link.now)
    bench.shared.pace = lambda name: nobody
    bench.courier.take_rate(1.0)
    await bench.put(row(1, received_at=time() - 60.0))
    bench.pump()
    assert bench.sent == []
    bench.shared.pace = lambda name: everybody
    bench.link.now += 0.25
    bench.pump()
    assert len(bench.sent) == 1
