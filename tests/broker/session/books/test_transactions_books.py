"""What is kept of a station's transactions, and for how long."""

from math import inf

from transactions_kit import DONE, LOCAL, A, B, Disk, ask, begin, event, meter, start, started, stop, table


def run(transactions, numbers, at=1.0):
    for number in numbers:
        begin(transactions, start(when=str(number)), number, at=at)
        ask(transactions, stop(number), DONE, at=at)


def test_each_change_is_to_be_written_once():
    transactions = table()
    tx = begin(transactions, start(), 7)
    assert transactions.changes() == ([tx], [])
    assert transactions.changes() == ([], [])
    ask(transactions, meter(7), DONE)
    ask(transactions, meter(7, "2"), DONE)
    assert transactions.changes() == ([tx], [])
    ask(transactions, meter(7, "3"), DONE)
    assert transactions.changes() == ([], [])
    for change in (
        lambda: transactions.learn(tx, B, started(1)),
        lambda: transactions.refuse(tx, "c"),
        lambda: transactions.changed(tx),
        lambda: ask(transactions, stop(7), DONE),
        lambda: transactions.learn(tx, "c", started(1)),
    ):
        change()
        assert transactions.changes() == ([tx], [])


def test_what_the_owner_refuses_and_what_it_supersedes_is_to_be_written():
    transactions = table()
    ask(transactions, event("Started"), DONE, LOCAL, A)
    first = begin(transactions, start(1), 7)
    transactions.changes()
    tx = transactions.find("tx")
    assert tx is not None
    tx.provisional = True
    transactions.learn(tx, A, started(1).replaced({"idTokenInfo": {"status": "Invalid"}}))
    assert transactions.changes() == ([tx], [])
    second = begin(transactions, start(1, when="x"), 8)
    assert transactions.changes() == ([first, second], [])
    ask(transactions, event("Started", "u"), DONE)
    assert [row.station_id for row in transactions.changes()[0]] == ["u"]


def test_a_transaction_is_found_by_each_of_its_names():
    transactions = table()
    mine, other = begin(transactions, start(1), 7, A), begin(transactions, start(2), 8, B)
    assert transactions.by_ref(mine.ref) is mine
    assert (transactions.by_ref(0), transactions.find(9)) == (None, None)
    assert transactions.find(8) is other
    assert (transactions.open(A), transactions.open(LOCAL)) == ([mine], [])
    assert transactions.of(meter(7)) is mine
    ask(transactions, stop(7), DONE)
    assert (transactions.open(A), transactions.find(7), transactions.of(stop(7))) == ([], mine, mine)


def test_64_ended_transactions_are_kept_and_then_go_from_the_store_too():
    transactions = table()
    run(transactions, range(64))
    first = transactions.find(0)
    assert first is not None
    transactions.changes()
    run(transactions, [64])
    assert (transactions.find(0), transactions.by_ref(first.ref)) == (None, None)
    assert transactions.find(1) is not None
    changed, gone = transactions.changes()
    assert (gone, [tx.station_id for tx in changed]) == ([first.ref], [64])
    assert begin(transactions, start(when="again"), 0).station_id == 0


def test_what_was_never_written_is_not_written_when_it_is_gone():
    transactions = table()
    run(transactions, range(65))
    changed, gone = transactions.changes()
    assert [tx.station_id for tx in changed] == list(range(1, 65))
    assert len(gone) == 1
    assert not {tx.ref for tx in changed} & set(gone)


def test_one_that_goes_leaves_the_name_to_its_successor():
    transactions = table()
    ask(transactions, event("Started"), DONE)
    ask(transactions, event("Ended", seq=1), DONE)
    ask(transactions, event("Started", seq=2), DONE, B)
    run(transactions, range(64))
    tx = transactions.find("tx")
    assert tx is not None
    assert (tx.owner, tx.closed, len(transactions.changes()[1])) == (B, False, 1)


def test_one_that_is_gone_does_not_come_back():
    transactions = table()
    run(transactions, range(65))
    tx = begin(transactions, start(2), 100)
    ask(transactions, stop(100), DONE)
    run(transactions, range(200, 264))
    transactions.changes()
    transactions.learn(tx, B, started(5))
    assert transactions.changes() == ([], [])


def test_a_transaction_stays_while_something_of_its_time_is_to_be_delivered():
    waiting = [5000.0]
    transactions = table(oldest_waiting=lambda: waiting[0])
    run(transactions, range(10), at=1000.0)
    run(transactions, range(10, 200), at=4999.0)
    assert transactions.find(9) is None
    assert transactions.find(10) is not None
    waiting[0] = inf
    run(transactions, [200], at=9999.0)
    assert transactions.find(136) is None
    assert transactions.find(137) is not None


def test_a_restart_keeps_the_order_in_which_they_ended():
    disk, transactions = Disk(), table()
    for number in (1, 2, 3):
        begin(transactions, start(number), number, at=0.0)
    for at, number in ((1.0, 3), (2.0, 1), (3.0, 2)):
        ask(transactions, stop(number), DONE, at=at)
    transactions = disk.restarted(transactions)
    run(transactions, range(100, 162), at=4.0)
    assert [number for number in (1, 2, 3) if transactions.find(number) is None] == [3]
    run(transactions, [162], at=4.0)
    assert [number for number in (1, 2, 3) if transactions.find(number) is None] == [1, 3]


def test_rows_are_read_without_asking_what_waits():
    disk, transactions = Disk(), table(oldest_waiting=lambda: 0.0)
    run(transactions, range(100))
    disk.save(transactions)
    restarted = table(disk.load(), oldest_waiting=lambda: 1 / 0)
    assert restarted.find(0) is not None
    assert restarted.changes() == ([], [])


def test_after_a_restart_the_open_one_has_the_name():
    disk, transactions = Disk(), table()
    ask(transactions, event("Started"), DONE)
    ask(transactions, event("Ended", seq=1), DONE, at=99.0)
    ask(transactions, event("Started", seq=5), DONE, B)
    rows = disk.restarted(transactions).open()
    assert [tx.owner for tx in rows] == [B]
    for order in (1, -1):
        found = table(disk.load()[::order]).find("tx")
        assert found is not None
        assert not found.closed


def test_one_whose_end_was_lost_is_closed_when_eight_have_followed():
    transactions = table()
    first = begin(transactions, start(1, when="0"), 100)
    begin(transactions, start(2, when="0"), 200)
    for number in range(1, 9):
        begin(transactions, start(1, when=str(number)), 100 + number, at=5.0)
    assert not first.closed
    begin(transactions, start(1, when="9"), 109, at=7.0)
    assert (first.closed, first.closed_at) == (True, 7.0)
    assert [tx.station_id for tx in transactions.open()] == [200, *range(101, 110)]
    reply = ask(transactions, stop(100), DONE, at=8.0)
    again = transactions.repeated(stop(100))
    assert again is not None
    assert (again.raw, first.closed_at) == (reply.raw, 7.0)


def test_a_station_has_at_most_257_open_transactions():
    transactions = table()
    for number in range(260):
        begin(transactions, start(number), number)
    assert [tx.station_id for tx in transactions.open()] == list(range(3, 260))
    assert transactions.repeated(start(0)) is not None
    nowhere = table()
    for number in range(20):
        ask(nowhere, event("Started", str(number)), DONE)
    assert len(nowhere.open()) == 20
