"""Messages that come again, and messages that only look like it."""

import pytest
from transactions_kit import (
    DONE,
    FAILED,
    LOCAL,
    A,
    B,
    Disk,
    ask,
    begin,
    event,
    head,
    meter,
    start,
    started,
    stop,
    table,
)

from broker.ocpp import Reply

FINAL = Reply.result({"idTagInfo": {"status": "Accepted"}})


def said_again(transactions, said):
    reply = transactions.repeated(said)
    return None if reply is None else reply.raw


def test_q38_a_start_that_comes_again_gets_the_same_answer_as_the_station_got_it():
    transactions = table(first_free=50)
    begin(transactions, start(1), 7, A)
    given = ask(transactions, start(2), started(7), B)
    assert said_again(transactions, start(2)) == given.raw
    assert given.payload["transactionId"] == 50
    assert said_again(transactions, start(2, tag="other")) is None
    assert len(transactions.open()) == 2


@pytest.mark.parametrize("reply", [DONE, FAILED])
@pytest.mark.parametrize("said", [meter(7), stop(7)])
def test_a_dead_clock_makes_a_new_transaction_once_the_station_has_used_the_id(said, reply):
    transactions = table(first_free=50)
    first = begin(transactions, start(), 7)
    ask(transactions, said, reply)
    assert transactions.repeated(start()) is None
    assert transactions.of(start()) is None
    second = begin(transactions, start(), 7)
    assert (first.station_id, second.station_id) == (7, 50)
    again = said_again(transactions, start())
    assert again is not None
    assert b"50" in again


def test_a_start_that_its_connector_has_left_behind_does_not_come_again():
    transactions = table()
    begin(transactions, start(1), 1)
    begin(transactions, start(2), 2)
    assert transactions.repeated(start(1)) is not None
    begin(transactions, start(1, when="later"), 3)
    assert transactions.repeated(start(1)) is None
    assert transactions.repeated(start(2)) is not None


def test_a_start_that_two_have_answered_is_one_transaction():
    transactions = table()
    tx = begin(transactions, start(), 7, A)
    given = ask(transactions, start(), started(3), B)
    assert transactions.open() == [tx]
    assert (given.payload["transactionId"], tx.owner, tx.ids) == (7, A, {A: 7, B: 3})
    assert said_again(transactions, start()) == given.raw
    ask(transactions, start(), started(8), A)
    assert tx.ids[A] == 7
    transactions.changes()
    ask(transactions, start(), started(8), "c")
    assert transactions.changes() == ([tx], [])


def test_q38_a_stop_that_comes_again_gets_the_same_answer():
    transactions = table()
    tx = begin(transactions, start(), 7)
    assert ask(transactions, stop(7), FINAL, at=9.0) is FINAL
    assert (tx.closed, tx.closed_at, transactions.open()) == (True, 9.0, [])
    assert said_again(transactions, stop(7)) == FINAL.raw
    assert said_again(transactions, stop(7, "other")) is None
    ask(transactions, stop(7, "other"), DONE, at=10.0)
    assert said_again(transactions, stop(7)) == FINAL.raw
    assert said_again(transactions, stop(7, "other")) == b"{}"
    assert tx.closed_at == 9.0


def test_an_answer_that_is_an_error_ends_nothing_and_is_asked_for_again():
    transactions = table()
    tx = begin(transactions, start(), 7)
    for said in (stop(7), meter(7), event("Started"), head("SecurityEventNotification", {"type": "x"})):
        assert ask(transactions, said, FAILED) is FAILED
        assert transactions.repeated(said) is None
    assert not tx.closed


@pytest.mark.parametrize(
    "said",
    [meter(7), meter(-1), stop(-1), stop(None), head("SecurityEventNotification", {"type": "x"}), event("Updated")],
)
def test_other_messages_are_recognised_too(said):
    transactions = table()
    assert transactions.repeated(said) is None
    ask(transactions, said, FINAL)
    transactions.reconnected()
    assert said_again(transactions, said) == FINAL.raw


def test_an_event_without_a_readable_transaction_is_answered_and_makes_none():
    transactions = table()
    said = event("Started", None)  # type: ignore[arg-type]
    assert said.transaction is None
    assert ask(transactions, said, DONE) is DONE
    assert transactions.open() == []


def test_a_restart_forgets_no_start_and_no_stop():
    disk, transactions = Disk(), table()
    begin(transactions, start(1), 7)
    begin(transactions, start(2), 8)
    ask(transactions, stop(8), FINAL)
    ask(transactions, event("Started", "t"), FINAL)
    ask(transactions, event("Ended", "t", 1), FINAL)
    transactions = disk.restarted(transactions)
    assert said_again(transactions, start(1)) == started(7).raw
    assert transactions.repeated(start(2)) is None
    for said in (stop(8), event("Started", "t"), event("Ended", "t", 1)):
        assert said_again(transactions, said) == FINAL.raw
    ask(transactions, meter(7), DONE)
    assert disk.restarted(transactions).repeated(start(1)) is None


# --- 2.x ------------------------------------------------------------------------------------------------------------


def test_an_event_of_whatever_type_makes_a_transaction_the_first_time():
    transactions = table()
    ask(transactions, event("Updated", "u", 3, evse=2), DONE, A, at=4.0)
    tx = transactions.find("u")
    assert tx is not None
    assert (tx.owner, tx.connector, tx.ids, tx.version, tx.started_at) == (A, 2, {}, "ocpp2.0.1", 4.0)
    assert (tx.used, tx.closed, tx.start_key) == (True, False, "")
    ask(transactions, event("Ended", "e", 9), DONE, B)
    ended = transactions.find("e")
    assert ended is not None
    assert (ended.closed, ended.owner) == (True, B)
    ask(transactions, event("Started", "u", 0), DONE, LOCAL)
    assert transactions.open() == [tx]
    assert (tx.owner, tx.start_key) == (A, event("Started", "u", 0).key)


def test_the_first_event_is_answered_the_same_while_the_transaction_runs():
    transactions = table()
    begun = event("Started")
    ask(transactions, begun, FINAL)
    for seq in range(1, 40):
        ask(transactions, event("Updated", seq=seq), DONE)
    assert said_again(transactions, begun) == FINAL.raw
    assert said_again(transactions, event("Updated", seq=39)) == b"{}"
    assert said_again(transactions, event("Updated", seq=1)) is None
    ask(transactions, event("Started", seq=40), DONE)
    assert said_again(transactions, begun) == FINAL.raw
    assert said_again(transactions, event("Started", seq=40)) == b"{}"
    assert len(transactions.open()) == 1


def test_q39_ended_is_final():
    transactions = table()
    ask(transactions, event("Updated", seq=1), DONE)
    ask(transactions, event("Ended", seq=2), FINAL, at=5.0)
    tx = transactions.find("tx")
    late, retried = event("Updated", seq=1, numberOfPhasesUsed=1), event("Started", seq=0)
    for said in (late, retried, retried):
        assert transactions.of(said) is tx
        ask(transactions, said, DONE, B)
    assert transactions.open() == []
    assert said_again(transactions, retried) == b"{}"
    assert said_again(transactions, event("Ended", seq=2)) == FINAL.raw


def test_a_station_that_uses_an_id_again_begins_a_new_transaction():
    disk, transactions = Disk(), table()
    ask(transactions, event("Started"), DONE, A)
    ask(transactions, event("Updated", seq=1), DONE)
    ask(transactions, event("Ended", seq=2), DONE)
    again = event("Started", timestamp="1970-01-01T00:00:09Z")
    assert transactions.of(again) is None
    ask(transactions, again, FINAL, B)
    tx = transactions.find("tx")
    assert tx is not None
    assert (tx.owner, tx.closed, transactions.open()) == (B, False, [tx])
    assert transactions.repeated(event("Updated", seq=1)) is None
    assert transactions.repeated(event("Ended", seq=2)) is None
    transactions = disk.restarted(transactions)
    assert transactions.find("tx") == tx
    assert said_again(transactions, again) == FINAL.raw


def test_a_number_of_1_6_is_no_name_of_2_x():
    transactions = table()
    begin(transactions, start(), 5)
    ask(transactions, event("Started", "5"), DONE)
    assert [tx.station_id for tx in transactions.open()] == [5, "5"]


@pytest.mark.parametrize("said", [meter(7), head("SecurityEventNotification", {"type": "x"})])
def test_on_one_connection_two_meter_values_of_the_same_content_are_two(said):
    transactions = table()
    ask(transactions, said, FINAL)
    assert said_again(transactions, said) is None
