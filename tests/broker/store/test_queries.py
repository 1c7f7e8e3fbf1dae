"""What is read of a database."""

import pytest
from store_kit import message

from broker.store import OutboxSummary, StationRows, ops, queries
from broker.store.plan import execute, plan


@pytest.fixture
def write(prepared):
    def written(*changes):
        for run in plan(changes):
            execute(prepared.connection, prepared.writes, run)

    return written


@pytest.fixture
def db(prepared):
    return prepared.connection


def ids(found):
    return [row.id for row in found[0]]


def test_an_outbox_is_read_in_order_and_in_pages(db, write):
    write(*(ops.put_outbox(message(number)) for number in (5, 3, 4, 1)))
    assert ids(queries.outbox(db, "CP1", "main", 0, 64)) == [1, 3, 4, 5]
    assert ids(queries.outbox(db, "CP1", "main", 1, 2)) == [3, 4]


def test_outboxes_are_of_one_station_and_one_upstream(db, write):
    write(
        ops.put_outbox(message(1)),
        ops.put_outbox(message(2, identity="CP2")),
        ops.put_outbox(message(3, upstream="other")),
    )
    assert ids(queries.outbox(db, "CP1", "main", 0, 64)) == [1]


def test_a_message_comes_back_as_it_was_put(db, write):
    row = message(
        1, payload=b'{"a":"\xc3\xa4","n":1.50}', ref=2**53, received_at=1795213217.514186, error="x", attempts=2
    )
    write(ops.put_outbox(row))
    assert queries.outbox(db, "CP1", "main", 0, 64) == ([row], [])


def test_an_attempt_is_noted(db, write):
    write(ops.put_outbox(message(1)), ops.attempt(1, 3, "timeout"))
    ((row,), _) = queries.outbox(db, "CP1", "main", 0, 64)
    assert (row.attempts, row.error) == (3, "timeout")


@pytest.mark.parametrize(
    "damage",
    [
        "payload = x'00'",
        "payload = 'text'",
        "payload = NULL",
        "key = 'other'",
        "identity = 'CP1', ref = 'no number'",
        "received_at = 'no number'",
        "version = 5",
        "checksum = checksum + 1",
    ],
)
def test_a_damaged_message_is_told_from_the_others(db, write, damage):
    write(*(ops.put_outbox(message(number)) for number in (1, 2, 3)))
    db.execute("PRAGMA ignore_check_constraints=ON")
    if "NULL" in damage:
        db.execute("PRAGMA writable_schema=ON")
        db.execute("UPDATE sqlite_master SET sql = replace(sql, 'payload BLOB NOT NULL', 'payload BLOB')")
        db.execute("PRAGMA writable_schema=RESET")
    db.execute(f"UPDATE outbox SET {damage} WHERE id = 2")
    good, damaged = queries.outbox(db, "CP1", "main", 0, 64)
    assert ([row.id for row in good], damaged) == ([1, 3], [2])


def test_the_summary_of_the_outboxes(db, write):
    assert queries.outboxes(db) == []
    write(
        ops.put_outbox(message(1, payload=b"12345", received_at=50.0)),
        ops.put_outbox(message(2, payload=b"123", received_at=40.0)),
        ops.put_outbox(message(3, upstream="other", payload=b"1")),
    )
    assert queries.outboxes(db) == [
        OutboxSummary("CP1", "main", depth=2, bytes=8, oldest=40.0, first_id=1),
        OutboxSummary("CP1", "other", depth=1, bytes=1, oldest=1000.5, first_id=3),
    ]


def test_of_an_unknown_station_there_is_nothing(db):
    assert queries.station(db, "CP1") == StationRows([], [], None, None, [])


def test_all_of_a_station_and_nothing_of_another(db, write):
    for identity, start in (("CP1", 1), ("CP2", 11)):
        write(
            ops.put_transaction(identity, start + 1, b"second %d" % start),
            ops.put_transaction(identity, start, b"first %d" % start),
            ops.put_id(identity, "reservation", "main", 2**63 - 1, 7),
            ops.put_id(identity, "profile", "other", -1, 0),
            ops.put_memory(identity, b"memory"),
            ops.put_route(identity, b"route"),
            ops.put_outbox(message(start, identity=identity)),
        )
    assert queries.station(db, "CP1") == StationRows(
        transactions=[b"first 1", b"second 1"],
        ids=[("reservation", "main", 2**63 - 1, 7), ("profile", "other", -1, 0)],
        memory=b"memory",
        route=b"route",
        outboxes=[OutboxSummary("CP1", "main", 1, 17, 1000.5, 1)],
    )


def test_to_forget_a_station_forgets_all_of_it_and_nothing_of_another(db, write):
    for identity, start in (("CP1", 1), ("CP2", 11)):
        write(
            ops.put_transaction(identity, start, b"tx"),
            ops.put_id(identity, "profile", "main", 1, 1),
            ops.put_memory(identity, b"memory"),
            ops.put_route(identity, b"route"),
            ops.put_credential(identity, b"secret"),
            ops.put_outbox(message(start, identity=identity)),
            ops.put_outbox(message(start + 1, identity=identity)),
            ops.bury(start + 1, "refused", 1.0),
        )
    before = queries.station(db, "CP2")
    write(ops.forget_station("CP1"))
    assert queries.station(db, "CP1") == StationRows([], [], None, None, [])
    assert queries.station(db, "CP2") == before
    assert list(queries.credentials(db)) == ["CP2"]
    assert [row.identity for row in queries.dead(db, None, None, 0, 10)] == ["CP2"]


def test_a_buried_message_is_a_dead_letter_with_its_reason(db, write):
    write(ops.put_outbox(message(1)), ops.attempt(1, 3, "timeout"), ops.bury(1, "refused", 2000.0))
    assert queries.outbox(db, "CP1", "main", 0, 64) == ([], [])
    (row,) = queries.dead(db, None, None, 0, 10)
    assert (row.id, row.payload, row.key, row.received_at) == (1, message(1).payload, "meter 1", 1000.5)
    assert (row.attempts, row.error, row.reason, row.buried_at) == (3, "timeout", "refused", 2000.0)


def test_a_revived_message_is_at_the_end_of_its_outbox_and_new(db, write):
    write(*(ops.put_outbox(message(number)) for number in (1, 2)))
    write(ops.attempt(1, 3, "timeout"), ops.bury(1, "refused", 2000.0), ops.revive(1, 9))
    assert queries.dead(db, None, None, 0, 10) == []
    good, damaged = queries.outbox(db, "CP1", "main", 0, 64)
    assert [row.id for row in good] == [2, 9]
    assert (good[1].attempts, good[1].error, good[1].key) == (0, "", "meter 1")
    assert damaged == []


def test_dead_letters_by_station_by_upstream_by_number_and_in_pages(db, write):
    for number, (identity, upstream) in enumerate([("CP1", "a"), ("CP1", "b"), ("CP2", "a"), ("CP2", "b")], 1):
        write(ops.put_outbox(message(number, identity=identity, upstream=upstream)))
        write(ops.bury_all(identity, upstream, "refused", 1.0))

    def found(identity=None, upstream=None, after=0, limit=10):
        return [row.id for row in queries.dead(db, identity, upstream, after, limit)]

    assert found() == [1, 2, 3, 4]
    assert found(identity="CP1") == [1, 2]
    assert found(upstream="b") == [2, 4]
    assert found(identity="CP2", upstream="a") == [3]
    assert found(after=1, limit=2) == [2, 3]
    assert [row.id for row in queries.dead_by_id(db, [4, 99, 1])] == [4, 1]
    write(ops.drop_dead(2))
    assert found() == [1, 3, 4]


def test_a_whole_outbox_is_dropped_and_no_other(db, write):
    write(*(ops.put_outbox(message(number)) for number in (1, 2)), ops.put_outbox(message(3, upstream="other")))
    write(ops.drop_outboxes("CP1", "main"))
    assert [(box.upstream, box.depth) for box in queries.outboxes(db)] == [("other", 1)]


def test_tokens_are_of_one_upstream_and_end(db, write):
    write(
        ops.put_token("main", "aa", b"Accepted", 50.0),
        ops.put_token("main", "bb", b"Blocked", 60.0),
        ops.put_token("other", "aa", b"Invalid", 70.0),
    )
    write(ops.put_token("main", "aa", b"Expired", 55.0))
    assert queries.tokens(db, "main") == {"aa": (b"Expired", 55.0), "bb": (b"Blocked", 60.0)}
    write(ops.expire_tokens(60.0))
    assert queries.tokens(db, "main") == {"bb": (b"Blocked", 60.0)}
    write(ops.drop_token("main", "bb"))
    assert queries.tokens(db, "main") == {}
    assert queries.tokens(db, "other") == {"aa": (b"Invalid", 70.0)}


def test_routes_credentials_and_settings(db, write):
    write(ops.put_route("CP1", b"a"), ops.put_credential("CP1", b"b"), ops.put_setting("key", b"c"))
    assert queries.routes(db) == {"CP1": b"a"}
    assert queries.credentials(db) == {"CP1": b"b"}
    assert queries.setting(db, "key") == b"c"
    write(ops.drop_route("CP1"), ops.drop_credential("CP1"))
    assert queries.routes(db) == queries.credentials(db) == {}
    assert queries.setting(db, "another") is None


def test_the_size_goes_down_when_rows_go(db, write):
    write(*(ops.put_outbox(message(number, payload=bytes(2000))) for number in range(100)))
    full = queries.size(db)
    assert full > 200_000
    write(ops.drop_outboxes("CP1", "main"))
    assert queries.size(db) < full / 2
