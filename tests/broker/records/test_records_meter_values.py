"""Meter values as they are kept."""

import pytest
from records_kit import meter, reading, readings

from broker.records.meter_values import digest


async def test_the_same_again_is_kept_once(records):
    for _ in range(3):
        await records.commit(meter(records, reading(1)))
    records.later(meter(records, reading(1)), meter(records, reading(1), None), meter(records, reading(1), None))
    (row,) = await records.meter_values.of_transaction("CP1", "5")
    assert (row.identity, row.transaction_id, row.evse, row.connector) == ("CP1", "5", 1, 1)
    assert (row.version, row.received_at) == ("ocpp1.6", 1500.0)
    assert row.values[0]["timestamp"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("other", [{"evse": 2}, {"connector": 2}, {"evse": None}, {"identity": "CP2"}, {"number": "6"}])
async def test_the_same_values_at_another_place_are_others(records, other):
    await records.commit(meter(records, reading(1)), meter(records, reading(1), **other))
    assert (await records._store.counts("version", "ocpp1.6"))["meter_value"] == 2


async def test_they_come_in_the_order_in_which_they_arrived_and_in_pages(records):
    for number in (3, 1, 2, 5, 4):
        records.later(meter(records, reading(number)))
    first = await records.meter_values.of_transaction("CP1", "5", limit=2)
    rest = await records.meter_values.of_transaction("CP1", "5", after=first[-1].id)
    assert (readings(first), readings(rest)) == ([3, 1], [2, 5, 4])


async def test_those_without_a_transaction_are_of_none(records):
    await records.commit(meter(records, reading(1), None))
    assert await records.meter_values.of_transaction("CP1", "") != []
    (row,) = await records.meter_values.latest("CP1")
    assert row.transaction_id is None


async def test_the_newest_of_each_evse_is_known(records):
    for number in range(1, 40):
        evse = number % 3
        records.later(meter(records, reading(number), None if number % 2 else "5", evse=evse))
    records.later(meter(records, reading(99), evse=None), meter(records, reading(98), identity="CP2", evse=7))
    found = await records.meter_values.latest("CP1")
    assert [(row.evse, readings([row])) for row in found] == [(0, [39]), (1, [37]), (2, [38])]
    assert await records.meter_values.latest("CP3") == []


async def test_the_largest_evse_is_one_too(records):
    await records.commit(meter(records, reading(1), evse=2**70), meter(records, reading(2), evse=2**63 - 1))
    assert [readings([row]) for row in await records.meter_values.latest("CP1")] == [[2]]


async def test_what_cannot_be_read_is_kept_all_the_same(records):
    await records.commit(meter(records, b"\xff no JSON"))
    (row,) = await records.meter_values.of_transaction("CP1", "5")
    assert row.values == []


def test_a_digest_is_of_the_parts_and_of_where_they_end():
    assert digest("a", "bc") == digest("a", b"bc")
    assert len({digest("a", "bc"), digest("ab", "c"), digest("abc"), digest("a", "bc", "")}) == 4
    assert isinstance(digest("\ud800"), int)
    assert all(-(2**63) <= digest(str(number)) < 2**63 for number in range(100))
