import asyncio

import pytest
from ocpp201_tx_kit import CARD, NOW, TX, call_of, charging, event, measured, plugin, transactions

from broker.api import Transaction
from broker.testing import Harness, TestSession
from plugins.ocpp201.transactions import book as book_module
from plugins.ocpp201.transactions.book import Book
from plugins.ocpp201.transactions.plugin import Transactions


@pytest.fixture
async def h():
    h = await Harness((Transactions, {})).ready()
    yield h
    await h.stop()


def book_of(h):
    """A book of its own, empty."""
    return Book(plugin(h, "ocpp201.transactions").context)


def count_reads(h, monkeypatch):
    """The transactions that are read, and the stations whose latest are."""
    reads, read, latest = [], h.records.transactions.get, h.records.transactions.latest_ids

    async def counted(identity, transaction_id):
        reads.append(transaction_id)
        return await read(identity, transaction_id)

    async def counted_ids(identity, limit):
        reads.append(identity)
        return await latest(identity, limit)

    monkeypatch.setattr(h.records.transactions, "get", counted)
    monkeypatch.setattr(h.records.transactions, "latest_ids", counted_ids)
    return reads


async def test_a_new_transaction_is_not_looked_for_and_merged_with_each_event(h, monkeypatch):
    reads, book, session = count_reads(h, monkeypatch), book_of(h), TestSession()
    for payload in charging():
        tx = await book.seen(session, call_of(payload))
    assert (tx.ended, tx.energy, reads) == (True, 5000, ["CP001"])
    assert await book.get("CP001", TX) is tx
    await book.seen(session, call_of(event("Started", 0, info={"transactionId": "next"})))
    assert reads == ["CP001"]


async def test_an_event_may_be_shown_as_often_as_anybody_likes(h):
    book, call = book_of(h), call_of(charging()[0])
    tx = await book.seen(TestSession(), call)
    assert await book.seen(TestSession(), call) is tx
    assert await book.seen(TestSession(), call_of(charging()[0])) is tx, "the same one, received again"


async def test_what_the_records_know_is_what_it_begins_with(h):
    row = Transaction(identity="CP001", transaction_id=TX, version="ocpp2.0.1", token="T", details={"cost": 5})
    await h.records.commit(h.records.transactions.put(row))
    book = book_of(h)
    tx = await book.seen(TestSession(), call_of(charging()[0]))
    assert (tx.token, tx.details["cost"], tx.evse) == ("T", 5, 1)
    assert tx.ref > 0


async def test_what_nobody_knows_is_none(h):
    book = book_of(h)
    assert await book.get("CP001", TX) is None
    assert await book.note("CP001", TX, {"cost": 1}) is None
    assert await book.seen(TestSession(), call_of({"eventType": "Started"})) is None
    assert book.known(TestSession(), call_of({"eventType": "Started"})) is None


async def test_the_transactions_of_two_stations_with_one_id_are_two(h):
    book = book_of(h)
    await book.seen(TestSession(identity="A"), call_of(charging()[0]))
    other = await book.seen(TestSession(identity="B"), call_of(charging()[4]))
    assert (other.identity, other.evse, other.ended) == ("B", None, True)
    assert (await book.get("A", TX)).ended is False


async def test_open_are_those_of_the_records_and_those_that_are_not_there_yet(h):
    book = book_of(h)
    for name in ("written", "ended"):
        row = Transaction(identity="CP001", transaction_id=name, version="ocpp2.0.1")
        await h.records.commit(h.records.transactions.put(row))
    await book.seen(TestSession(), call_of(event("Started", 0)))
    await book.seen(TestSession(), call_of(event("Ended", 1, info={"transactionId": "ended"})))
    await book.seen(TestSession(identity="CP002"), call_of(event("Started", 0, info={"transactionId": "elsewhere"})))
    assert {one.transaction_id for one in await book.open_of("CP001")} == {"written", TX}


async def test_only_so_many_are_held_and_the_one_that_waited_longest_goes(h, monkeypatch):
    monkeypatch.setattr(book_module, "MOST", 2)
    reads, book, session = count_reads(h, monkeypatch), book_of(h), TestSession()

    async def seen(name, seq=0):
        kind = "Updated" if seq else "Started"
        await book.seen(session, call_of(event(kind, seq, info={"transactionId": name})))

    await seen("a")
    await seen("b")
    await seen("a", 1)
    await seen("c")
    await seen("a", 2)
    await seen("b", 1)
    assert reads == ["CP001", "b"]


async def test_two_that_read_at_once_get_the_same_one(h):
    book, session = book_of(h), TestSession()
    await asyncio.gather(
        book.seen(session, call_of(charging()[0])), book.seen(session, call_of(charging()[4])), book.get("CP001", TX)
    )
    tx = await book.get("CP001", TX)
    assert (tx.ended, tx.evse) == (True, 1)


async def test_a_note_is_there_at_once_and_stays_with_the_next_event(h):
    book, session = book_of(h), TestSession()
    await book.seen(session, call_of(charging()[0]))
    change = await book.note("CP001", TX, {"cost": 7})
    assert (await book.get("CP001", TX)).details["cost"] == 7
    await h.records.commit(change)
    assert (await h.records.transactions.get("CP001", TX)).details["cost"] == 7
    assert (await book.seen(session, call_of(charging()[1]))).details["cost"] == 7


async def test_a_new_one_has_the_version_and_the_time_of_its_first_event(h):
    tx = await book_of(h).seen(TestSession(), call_of(charging()[0], version="ocpp2.1"))
    assert (tx.version, tx.received_at, tx.updated_at) == ("ocpp2.1", NOW, NOW)


async def test_after_a_restart_what_is_said_again_is_of_the_row_that_is_there(h, monkeypatch):
    for number in range(3):
        row = Transaction(identity="CP001", transaction_id=f"t{number}", version="ocpp2.0.1", token="T", ended=True)
        await h.records.commit(h.records.transactions.put(row))
    reads, book = count_reads(h, monkeypatch), book_of(h)
    tx = await book.seen(TestSession(), call_of(event("Ended", 4, info={"transactionId": "t1"})))
    assert (tx.token, tx.ref > 0) == ("T", True)
    assert reads == ["CP001", "t1"]


async def test_a_late_event_of_a_transaction_that_is_none_of_the_latest_is_not_taken_for_a_new_one(h, monkeypatch):
    monkeypatch.setattr(book_module, "_LATEST", 1)
    for number in range(3):
        row = Transaction(identity="CP001", transaction_id=f"t{number}", version="ocpp2.0.1", token="T", ended=True)
        await h.records.commit(h.records.transactions.put(row))
    book = book_of(h)
    late = call_of(event("Updated", 3, info={"transactionId": "t0"}))
    assert (await book.seen(TestSession(), call_of(event("Started", 0)))).token is None
    assert book.known(TestSession(), late) is None
    tx = await book.seen(TestSession(), late)
    assert (tx.token, tx.ended) == ("T", True)
    assert (await book.get("CP001", "t1")).token == "T"


async def test_two_that_ask_for_the_latest_at_once_both_count(h, monkeypatch):
    monkeypatch.setattr(book_module, "MOST", 1)
    book, session = book_of(h), TestSession()
    first, second = (event("Started", 0, info={"transactionId": name}, idToken=CARD) for name in "ab")
    txs = await asyncio.gather(book.seen(session, call_of(first)), book.seen(session, call_of(second)))
    await h.records.commit(*(h.records.transactions.put(tx) for tx in txs))
    for name in "ab":
        started = event("Started", 1, info={"transactionId": name}, triggerReason="Authorized")
        assert (await book.seen(session, call_of(started))).token == "CARD1", name


async def test_what_is_held_of_a_transaction_does_not_grow_with_the_messages_about_it(h):
    book = book_of(h)
    await book.seen(
        TestSession(), call_of(event("Started", 0, meterValue=measured(0, 1) * 1_000, techInfo="x" * 99_999))
    )
    (entry,) = book._entries.values()
    assert entry.event.readings == []
    assert len(repr([getattr(entry, name) for name in entry.__slots__])) < 5_000


async def test_a_station_with_very_many_is_looked_at_again(h, monkeypatch):
    monkeypatch.setattr(book_module, "_MOST_HEARD", 2)
    reads, book, session = count_reads(h, monkeypatch), book_of(h), TestSession()
    for name in "abcd":
        await book.seen(session, call_of(event("Started", 0, info={"transactionId": name})))
    assert reads == ["CP001", "CP001"]


@pytest.mark.parametrize(
    ("identity", "token", "left"),
    [("CP001", None, 0), ("CP002", None, 1), (None, "card1", 0), (None, "CARD1", 0), (None, "OTHER", 1)],
)
async def test_what_is_forgotten_is_not_held_any_more(h, identity, token, left):
    book = book_of(h)
    for payload in charging()[:2]:
        await book.seen(TestSession(), call_of(payload))
    book.forgotten(identity, token)
    assert len(book._entries) == left


async def test_a_token_that_is_forgotten_while_it_charges_does_not_come_back():
    async with transactions() as h:
        for payload in charging()[:2]:
            await h.call("ocpp2.0.1", "TransactionEvent", payload)
        await h.records.forget_token("CARD1")
        await h.call("ocpp2.0.1", "TransactionEvent", charging()[2])
        (row,) = await h.records.transactions.page()
        assert (row.token, row.details["seq"]) == ("", [[0, 2]])
