"""One station's books, over connections, restarts and a store that fails."""

import asyncio

import pytest
from outbox_kit import BrokenDisk, row, turns
from transactions_kit import DONE, start, started, stop

from broker.ocpp.ids import Space
from broker.session.books import ledger as module
from broker.session.books.ledger import Ledger, Ledgers, Unsaved
from broker.store import Store, StoreFailed, ops


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'x.db'}"


@pytest.fixture
async def store(url):
    one = Store(url)
    await one.open()
    yield one
    await one.close()


async def begun(ledger, number=1001, peer="main"):
    head = start()
    ledger.transactions.answered(head, started(number), peer=peer, owner=peer, at=1.0)
    return ledger.transactions.of(head)


async def test_transactions_ids_memory_and_outboxes_are_there_after_a_restart(url):
    store = Store(url)
    await store.open()
    ledgers = Ledgers(store)
    ledger = await ledgers.open("CP")
    tx = await begun(ledger)
    ledger.ids.to_station("main", Space.RESERVATION, 7)
    ledger.memory.version = "ocpp1.6"
    await ledger.commit([row(store.new_id(), ref=tx.ref, payload=b"12345")])
    ledger.save_memory()
    await store.close()

    await store.open()
    ledgers = Ledgers(store)
    await ledgers.start()
    assert [summary.depth for summary in ledgers.unopened["CP"]] == [1]
    assert ledgers.bytes == 5
    again = await ledgers.open("CP")
    assert again.transactions.find(1001).ids == {"main": 1001}
    assert again.ids.owner(Space.RESERVATION, 7) == "main"
    assert again.memory == ledger.memory
    assert (again.undelivered, again.depth, again.outboxes["main"].bytes) == (True, 1, 5)
    assert "CP" not in ledgers.unopened
    assert ledgers.bytes == 5
    await store.close()


async def test_the_start_of_own_transaction_ids_is_random_and_kept(store):
    one, two = Ledger("A", None), Ledger("B", None)
    assert one.memory.first_free != two.memory.first_free
    assert 1 <= one.memory.first_free < 2**31
    one = await Ledgers(store).open("CP")
    one.save_memory()
    again = await Ledgers(store).open("CP")
    assert again.memory.first_free == one.memory.first_free


async def test_rows_and_books_are_committed_together(store):
    ledger = await Ledgers(store).open("CP")
    tx = await begun(ledger)
    written = ledger.commit([row(1, ref=tx.ref), row(2, upstream="billing", ref=tx.ref)])
    assert not ledger.outbox("main").depth
    assert ledger.undelivered, "something is about to be there"
    await written
    assert (ledger.outbox("main").depth, ledger.outbox("billing").depth, ledger.depth) == (1, 1, 2)
    rows = await store.station("CP")
    assert len(rows.transactions) == 1
    assert len(rows.outboxes) == 2


async def test_without_a_store_rows_wait_in_memory():
    ledger = Ledger("CP", None)
    assert ledger.commit([row(1)]) is None
    assert (ledger.outbox("main").depth, ledger.outbox("main").expected) == (1, 0)


@pytest.fixture
async def failing(monkeypatch, tmp_path):
    """A ledger whose next commit fails, and the disk, and the store."""
    disk = BrokenDisk(monkeypatch)
    store = Store(f"sqlite:///{tmp_path / 'y.db'}")
    await store.open()
    ledger = await Ledgers(store).open("CP")
    disk.broken = True
    yield ledger, disk, store
    await store.close()


async def whole_again(disk, store):
    disk.broken = False
    await turns(lambda: not store.failed)
    return await store.station("CP")


async def test_a_commit_that_fails_leaves_neither_rows_nor_the_transaction_that_they_begin(failing):
    ledger, disk, store = failing
    tx = await begun(ledger)
    with pytest.raises(StoreFailed):
        await ledger.commit([row(1, ref=tx.ref)])
    assert ledger.outbox("main").empty
    ledger.unsaved["key"] = Unsaved(DONE, [row(1)], tx.ref, begins=True, ends=False)
    ledger.save()
    rows = await whole_again(disk, store)
    assert (rows.transactions, rows.outboxes) == ([], []), "a restart would take it for answered"
    await ledger.commit(ledger.unsaved.pop("key").rows)
    rows = await store.station("CP")
    assert (len(rows.transactions), rows.outboxes[0].depth) == (1, 1)


async def test_what_an_upstream_has_answered_is_written_later_with_the_end_of_its_row(failing):
    ledger, disk, store = failing
    disk.broken = False
    tx = await begun(ledger)
    await ledger.commit([row(1, ref=tx.ref)])
    disk.broken = True
    ledger.transactions.learn(tx, "billing", started(77))
    with pytest.raises(StoreFailed):
        await ledger.commit((), [ops.drop_outbox(1)])
    rows = await whole_again(disk, store)
    assert rows.outboxes == []
    assert b'"billing":77' in rows.transactions[0]


async def test_what_changed_is_written_once(store, monkeypatch):
    ledger = await Ledgers(store).open("CP")
    await begun(ledger)
    given = []
    monkeypatch.setattr(store, "later", lambda changes: given.append(len(changes)))
    ledger.save()
    ledger.save()
    assert given == [1]


async def test_an_ended_transaction_is_kept_while_something_of_its_time_waits(store):
    ledger = await Ledgers(store).open("CP")
    tx = await begun(ledger)
    await ledger.commit([row(1, ref=tx.ref, received_at=0.5)])
    ledger.transactions.answered(stop(1001), DONE, peer="main", owner="main", at=2.0)
    for number in range(2000, 2100):
        head = start(when=str(number))
        ledger.transactions.answered(head, started(number), peer="main", owner="main", at=9999.0)
        ledger.transactions.answered(stop(number), DONE, peer="main", owner="main", at=9999.0)
    assert ledger.transactions.by_ref(tx.ref) is tx


def test_everybody_who_waits_for_a_message_is_told_once():
    ledger, told = Ledger("CP", None), []
    ledger.depart("key")
    ledger.flights["key"] += [lambda reply: told.append(("a", reply)), lambda reply: told.append(("b", reply))]
    ledger.land("key", DONE)
    ledger.land("key", DONE)
    assert told == [("a", DONE), ("b", DONE)]
    assert ledger.flights == {}


# --- the ledgers of all stations --------------------------------------------------------------------------------------


async def test_a_station_has_one_ledger_however_often_it_is_opened(store):
    ledgers = Ledgers(store)
    one, two = await asyncio.gather(ledgers.open("CP"), ledgers.open("CP"))
    assert one is two
    ledgers.close(one)
    assert ledgers.get("CP") is one
    ledgers.close(one)
    assert ledgers.get("CP") is one
    assert await ledgers.open("CP") is one
    assert ledgers.all() == [one]


async def test_ledgers_of_stations_that_are_away_are_forgotten_in_the_end(monkeypatch):
    monkeypatch.setattr(module, "_KEPT", 2)
    ledgers = Ledgers()
    for identity in "abcd":
        ledgers.close(await ledgers.open(identity))
    assert [ledger.identity for ledger in ledgers.all()] == ["c", "d"]


async def test_a_ledger_with_something_undelivered_or_unsaved_is_not_forgotten(monkeypatch):
    monkeypatch.setattr(module, "_KEPT", 1)
    ledgers = Ledgers()
    owing = await ledgers.open("owing")
    owing.commit([row(1)])
    unsaved = await ledgers.open("unsaved")
    unsaved.unsaved["key"] = Unsaved(DONE, [], 0, begins=False, ends=False)
    for ledger in (owing, unsaved):
        ledgers.close(ledger)
    for identity in "abc":
        ledgers.close(await ledgers.open(identity))
    assert ledgers.all() == [owing, unsaved]


async def test_without_a_store_stations_share_no_transaction_numbers():
    ledgers = Ledgers()
    refs = [(await begun(await ledgers.open(identity))).ref for identity in "ab"]
    assert len(set(refs)) == 2
