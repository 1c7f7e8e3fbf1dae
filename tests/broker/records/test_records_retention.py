"""What has been kept long enough."""

import pytest
from records_kit import meter, reading, readings, stop, transaction

from broker.records import Reservation
from broker.records.retention import KINDS

NOW = 10_000.0


async def left(records, table):
    return (await records._store.counts("identity", "CP1")).get(table, 0)


async def test_only_what_is_older_goes_and_only_of_the_kinds_that_were_given(records):
    for at in (1000.0, 8999.0, 9000.0, 9500.0):
        records.later(
            meter(records, reading(at), None, received_at=at),
            records.security_events.add("CP1", "x", at=at, received_at=at),
            records.messages.add(
                at=at,
                identity="CP1",
                direction="",
                peer="",
                action="",
                message_id="",
                kind="",
                outcome="",
                payload=b"",
            ),
        )
    assert await records.prune({"meter_values": 1000, "messages": 5000}, NOW) == {"meter_values": 2, "messages": 1}
    assert await left(records, "meter_value") == 2
    assert await left(records, "logged_message") == 3
    assert await left(records, "security_event") == 4
    assert await records.prune({"security_events": 500.0}, NOW) == {"security_events": 3}
    assert await records.prune({}, NOW) == {}


async def test_transactions_go_with_their_meter_values_once_they_have_ended(records):
    for number in ("1", "2", "3"):
        records.later(records.transactions.started(transaction(number)), meter(records, reading(1), number))
        records.later(meter(records, reading(2), number))
    records.later(stop(records, "1"), stop(records, "2", received_at=9500.0), meter(records, reading(3), None))
    assert await records.prune({"transactions": 1000}, NOW) == {"transactions": 1, "meter_values": 2}
    assert [row.transaction_id for row in await records.transactions.page()] == ["2", "3"]
    assert await records.meter_values.of_transaction("CP1", "1") == []
    assert len(await records.meter_values.of_transaction("CP1", "2")) == 2
    assert await left(records, "meter_value") == 5


async def test_one_that_was_moved_aside_takes_its_own_meter_values_only(records):
    await records.commit(
        records.transactions.started(transaction()),
        meter(records, reading(1)),
        stop(records),
        records.transactions.started(transaction(key="second")),
        meter(records, reading(2)),
        stop(records, stopped_at=9000.0, received_at=9500.0),
    )
    assert await records.prune({"transactions": 1000}, NOW) == {"transactions": 1, "meter_values": 1}
    (row,) = await records.transactions.page()
    assert row.start_key == "second"
    assert readings(await records.meter_values.of_transaction("CP1", "5")) == [2]


@pytest.mark.parametrize("order", [["transactions", "meter_values"], ["meter_values", "transactions"]])
async def test_meter_values_are_counted_whichever_way_they_went(records, order):
    await records.commit(
        records.transactions.started(transaction()),
        meter(records, reading(1)),
        meter(records, reading(2), received_at=9999.0),
        stop(records),
        meter(records, reading(3), None),
    )
    assert await records.prune(dict.fromkeys(order, 1000), NOW) == {"transactions": 1, "meter_values": 3}


@pytest.mark.parametrize(
    ("status", "goes"),
    [
        ("requested", False),
        ("reserved", False),
        ("used", True),
        ("expired", True),
        ("cancelled", True),
        ("refused", True),
        ("removed", True),
    ],
)
async def test_reservations_go_once_they_have_ended(records, status, goes):
    for number, at in ((1, 10.0), (2, 9999.0)):
        row = Reservation(identity="CP1", reservation_id=number, status=status, updated_at=at)
        records.later(records.reservations.put(row))
    assert await records.prune({"reservations": 1000}, NOW) == {"reservations": int(goes)}
    assert [row.reservation_id for row in await records.reservations.of("CP1")] == ([2] if goes else [1, 2])


async def test_many_rows_go_in_commits_of_a_thousand(records):
    records.later(*(meter(records, reading(number), None) for number in range(3500)))
    await records.commit()
    before = records._store.commits
    assert await records.prune({"meter_values": 1000}, NOW) == {"meter_values": 3500}
    assert records._store.commits - before == 4


async def test_more_transactions_than_are_read_at_once_all_go(records):
    records.later(*(stop(records, "-1", stopped_at=float(number)) for number in range(1500)))
    assert await records.prune({"transactions": 1000}, NOW) == {"transactions": 1500, "meter_values": 0}
    assert await records.transactions.page() == []


def test_the_kinds_are_those_of_the_configuration():
    assert set(KINDS) == {"meter_values", "transactions", "security_events", "events", "messages", "reservations"}
