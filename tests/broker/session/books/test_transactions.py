"""What the station and each upstream call a transaction."""

import pytest
from transactions_kit import DONE, FAILED, LOCAL, A, B, ask, begin, event, meter, start, started, stop, table

from broker.ocpp import Call, Reply, Version

HUGE = 2**63 - 1


@pytest.mark.parametrize("number", [1, 0, -1, HUGE, -(2**63)])
def test_q37_the_stations_id_is_the_upstreams_where_it_is_free(number):
    transactions = table()
    reply = started(number)
    assert ask(transactions, start(), reply) is reply
    tx = transactions.find(number)
    assert tx is not None
    assert (tx.station_id, tx.ids, tx.owner, tx.connector, tx.version) == (number, {A: number}, A, 1, "ocpp1.6")
    assert (tx.provisional, tx.used, tx.closed, tx.started_at) == (False, False, False, 1.0)
    assert transactions.to_peer(tx, A, call := meter(number).call) is call
    assert transactions.to_station(A, number) == number


def test_an_id_that_is_taken_is_replaced_and_nothing_else_of_the_answer():
    transactions = table(first_free=50)
    begin(transactions, start(1), 7, A)
    answer = Reply.result(b'{ "x": 1.50, "transactionId": 7, "idTagInfo": {"status":"Accepted"} }').under("m", b'"m"')
    given = ask(transactions, start(2), answer, B)
    assert (given.raw, given.id) == (b'{"x":1.50,"transactionId":50,"idTagInfo":{"status":"Accepted"}}', "m")
    tx = transactions.find(50)
    assert tx is not None
    assert (tx.ids, tx.owner) == ({B: 7}, B)
    assert transactions.to_station(B, 7) == 50
    assert transactions.to_station(A, 7) == 7


def test_an_id_is_not_free_while_its_transaction_is_remembered():
    transactions = table(first_free=50)
    begin(transactions, start(), 7)
    ask(transactions, stop(7), DONE)
    assert begin(transactions, start(when="later"), 7).station_id == 50


def test_fresh_ids_wrap_and_pass_over_those_that_anybody_uses():
    transactions = table(first_free=2**31 - 2)
    begin(transactions, start(1), 2**31 - 1, A)
    other = begin(transactions, start(2), 2**31 - 1, B)
    assert other.station_id == 2**31 - 2
    transactions.learn(other, LOCAL, started(1))
    begin(transactions, start(3), 2, A)
    assert begin(transactions, start(4), 2, B).station_id == 3


@pytest.mark.parametrize("value", [True, "5", 5.0, None, 2**63, {}])
def test_an_answer_without_an_integer_goes_on_as_it_is(value):
    transactions = table()
    reply = started(value)
    assert ask(transactions, start(), reply) is reply
    assert transactions.open() == []
    assert transactions.repeated(start()) is None


def test_an_error_makes_no_transaction():
    transactions = table()
    assert ask(transactions, start(), FAILED) is FAILED
    assert ask(transactions, event("Started"), FAILED) is FAILED
    assert (transactions.open(), transactions.changes()) == ([], ([], []))


def test_two_starts_in_the_same_second_on_two_connectors_are_two():
    transactions = table()
    first, second = begin(transactions, start(1), 1), begin(transactions, start(2), 2)
    assert first is not second
    assert transactions.open() == [first, second]


# --- towards a peer -------------------------------------------------------------------------------------------------


def test_a_message_goes_to_each_peer_in_its_own_id():
    transactions = table()
    tx = begin(transactions, start(), 7, A)
    assert transactions.learn(tx, B, started(HUGE))
    said = Call("StopTransaction", b'{ "transactionId": 7, "x": 1.50 }', Version.V16, id="m")
    assert transactions.to_peer(tx, A, said) is said
    out = transactions.to_peer(tx, B, said)
    assert out is not None
    assert (out.raw, out.id) == (b'{"transactionId":%d,"x":1.50}' % HUGE, "m")


def test_a_peer_without_an_id_of_its_own_never_gets_a_foreign_one():
    transactions = table()
    tx = begin(transactions, start(), 7, A)
    assert transactions.to_peer(tx, B, meter(7).call) is None
    assert transactions.to_peer(tx, B, stop(7).call) is None


def test_what_carries_no_id_of_a_peer_is_not_touched():
    transactions = table()
    tx = begin(transactions, start(), 7, A)
    ask(transactions, event("Started"), DONE)
    named = transactions.find("tx")
    heartbeat = Call("Heartbeat", b"{}", Version.V16)
    for whose, call in (
        (tx, start().call),
        (named, event("Updated").call),
        (None, event("Ended").call),
        (tx, heartbeat),
    ):
        assert transactions.to_peer(whose, B, call) is call


def test_errata_3_18_an_id_that_nobody_knows_goes_out_as_it_is():
    transactions = table()
    begin(transactions, start(), 7, A)
    for said in (meter(-1), stop(-1), meter(8), stop("x"), stop(None)):
        assert transactions.of(said) is None
        assert transactions.to_peer(None, A, said.call) is said.call


def test_an_unknown_id_that_is_another_transaction_of_the_peer_is_foreign():
    transactions = table()
    tx = begin(transactions, start(), 7, A)
    transactions.learn(tx, B, started(9))
    assert transactions.to_peer(None, B, stop(9).call) is None
    assert transactions.to_peer(None, A, call := stop(9).call) is call


def test_a_message_that_cannot_be_rewritten_does_not_go_out_in_a_foreign_id():
    transactions = table()
    tx = begin(transactions, start(), 7, A)
    transactions.learn(tx, B, started(9))
    assert transactions.to_peer(tx, B, Call("MeterValues", b'{"transactionId":7,"x":tru}', Version.V16)) is None


# --- towards the station --------------------------------------------------------------------------------------------


def test_a_peer_reaches_its_own_transactions_and_no_others():
    transactions = table(first_free=50)
    begin(transactions, start(1), 1, A)
    second = begin(transactions, start(2), 1, B)
    assert transactions.to_station(B, 1) == 50
    assert transactions.to_station(A, 50) is None
    assert transactions.to_station("c", 1) is None
    transactions.learn(second, "c", started(4))
    assert transactions.to_station("c", 4) == 50


def test_a_number_that_nobody_knows_stays_what_it_is():
    transactions = table()
    begin(transactions, start(1), 1, A)
    assert (transactions.to_station(A, 99), transactions.to_station(B, -1)) == (99, -1)


def test_where_a_peer_uses_a_number_twice_it_means_the_one_that_runs():
    transactions = table(first_free=50)
    begin(transactions, start(), 1)
    ask(transactions, stop(1), DONE)
    begin(transactions, start(when="2"), 1)
    assert transactions.to_station(A, 1) == 50
    begin(transactions, start(2, when="3"), 1)
    assert transactions.to_station(A, 1) == 51
    ask(transactions, stop(51), DONE)
    assert transactions.to_station(A, 1) == 50


# --- standing in ----------------------------------------------------------------------------------------------------


def test_a_provisional_transaction_gets_its_owners_id_later():
    transactions = table()
    tx = begin(transactions, start(), 5, LOCAL, A)
    assert (tx.provisional, tx.owner, tx.ids) == (True, A, {LOCAL: 5})
    assert transactions.to_peer(tx, A, meter(5).call) is None
    assert transactions.to_station(A, 5) is None
    assert transactions.learn(tx, A, started(77))
    out = transactions.to_peer(tx, A, meter(5).call)
    assert out is not None
    assert out.payload["transactionId"] == 77
    assert transactions.to_station(A, 77) == 5
    assert transactions.to_peer(tx, LOCAL, call := meter(5).call) is call
    assert tx.must_stop == ""


@pytest.mark.parametrize("status", ["Blocked", "Invalid", "ConcurrentTx"])
def test_a_start_that_the_owner_refuses_afterwards_is_to_be_stopped_until_it_has_ended(status):
    transactions = table()
    tx = begin(transactions, start(), 5, LOCAL, A)
    transactions.learn(tx, A, started(77, status))
    assert (tx.must_stop, tx.ids[A]) == (status, 77)
    ask(transactions, stop(5), DONE)
    assert tx.must_stop == ""
    transactions.learn(tx, A, started(77, status))
    assert tx.must_stop == ""


def test_only_the_owner_refuses_and_only_what_it_has_not_answered_itself():
    transactions = table()
    provisional, own = begin(transactions, start(1), 5, LOCAL, A), begin(transactions, start(2), 6, A)
    transactions.learn(provisional, B, started(1, "Blocked"))
    transactions.learn(own, A, started(6, "Blocked"))
    assert (provisional.must_stop, own.must_stop) == ("", "")


def test_a_refusal_without_an_id_stops_too():
    transactions = table()
    tx = begin(transactions, start(), 5, LOCAL, A)
    assert not transactions.learn(tx, A, Reply.result({"idTagInfo": {"status": "Expired"}}))
    assert (tx.must_stop, tx.refused) == ("Expired", [A])


def test_an_event_that_the_owner_refuses_afterwards_stops_too():
    transactions = table()
    ask(transactions, event("Started"), DONE, LOCAL, A)
    tx = transactions.find("tx")
    assert tx is not None
    assert tx.provisional
    assert transactions.learn(tx, A, Reply.result({"idTokenInfo": {"status": "Accepted"}}))
    assert transactions.learn(tx, A, DONE)
    assert tx.must_stop == ""
    assert transactions.learn(tx, A, Reply.result({"idTokenInfo": {"status": "Invalid"}}))
    transactions.learn(tx, A, Reply.result({"idTokenInfo": {"status": "Blocked"}}))
    assert (tx.must_stop, tx.ids, tx.refused) == ("Invalid", {}, [])
    assert not transactions.learn(tx, A, FAILED)


def test_a_peer_that_has_no_id_may_get_one_from_its_dead_letters():
    transactions = table()
    tx = begin(transactions, start(), 5)
    assert not transactions.learn(tx, B, started("x"))
    transactions.refuse(tx, B)
    assert tx.refused == [B]
    assert transactions.learn(tx, B, started(0))
    assert (tx.refused, tx.ids) == ([], {A: 5, B: 0})
    transactions.refuse(tx, B)
    assert tx.refused == []
