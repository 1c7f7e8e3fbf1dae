"""Transactions: which row a message is about."""

import pytest
from records_kit import meter, opened, reading, readings, stop, transaction


async def rows(records):
    return await records.transactions.page(limit=1000)


async def test_a_start_and_its_stop_are_one_transaction(records):
    await records.commit(records.transactions.started(transaction()))
    begun = await records.transactions.get("CP1", "5")
    assert (begun.ended, begun.energy, begun.stopped_at) == (False, None, None)
    await records.commit(stop(records))
    (row,) = await rows(records)
    assert row == await records.transactions.get("CP1", "5")
    expected = transaction(
        ref=begun.ref, stopped_at=2000.0, meter_stop=900, stop_reason="Local", stop_token="Card", ended=True
    )
    expected.updated_at = 2001.0
    assert row == expected
    assert row.energy == 800


async def test_the_same_again_is_the_same_row(records):
    for _ in range(3):
        await records.commit(records.transactions.started(transaction()))
    for _ in range(3):
        await records.commit(stop(records))
    await records.commit(records.transactions.started(transaction()))
    (row,) = await rows(records)
    assert (row.ended, row.stopped_at, row.epoch) == (True, 2000.0, 0)


async def test_a_repeated_start_brings_what_is_known_of_it_up_to_date(records):
    await records.commit(records.transactions.started(transaction(status="")))
    await records.commit(records.transactions.started(transaction(status="Blocked", received_at=1005.0)))
    (row,) = await rows(records)
    assert row.status == "Blocked"
    assert row.received_at == 1001.0, "when it was heard of first"


async def test_an_id_that_is_given_again_is_another_transaction(records):
    await records.commit(records.transactions.started(transaction()), meter(records, reading(1)))
    await records.commit(records.transactions.started(transaction(key="second", token="Other", started_at=5000.0)))
    await records.commit(meter(records, reading(2)))
    await records.commit(stop(records, stopped_at=6000.0))
    older, newer = await rows(records)
    assert (older.token, older.ended, older.epoch) == ("Card", False, older.ref)
    assert (newer.token, newer.ended, newer.epoch) == ("Other", True, 0)
    assert await records.transactions.get("CP1", "5") == newer
    assert readings(await records.meter_values.of_transaction("CP1", "5")) == [2]
    assert readings(await records.meter_values.of_transaction("CP1", "5", epoch=older.epoch)) == [1]


async def test_a_repeated_start_of_one_that_was_moved_aside_stays_there(records):
    for key in ("first", "second", "first"):
        await records.commit(records.transactions.started(transaction(key=key, status=key)))
    await records.commit(records.transactions.started(transaction(key="first", status="again")))
    older, newer = await rows(records)
    assert [(row.start_key, row.status) for row in (older, newer)] == [("first", "again"), ("second", "second")]
    assert newer.epoch == 0


async def test_values_that_were_moved_aside_stay_where_they_are(records):
    for number, key in enumerate(["first", "second", "third"]):
        await records.commit(records.transactions.started(transaction(key=key)))
        await records.commit(meter(records, reading(number)))
    found = await rows(records)
    values = [await records.meter_values.of_transaction("CP1", "5", epoch=row.epoch) for row in found]
    assert [readings(one) for one in values] == [[0], [1], [2]]


async def test_all_of_it_in_one_commit_is_the_same_as_one_after_the_other(records):
    await records.commit(
        meter(records, reading(0)),
        records.transactions.started(transaction()),
        meter(records, reading(1)),
        stop(records),
        records.transactions.started(transaction(key="second")),
        meter(records, reading(2)),
        stop(records, stopped_at=7000.0),
        records.transactions.started(transaction(key="third")),
        meter(records, reading(3)),
    )
    found = await rows(records)
    assert [(row.start_key, row.stopped_at, row.epoch == 0) for row in found] == [
        ("first", 2000.0, False),
        ("second", 7000.0, False),
        ("third", None, True),
    ]
    assert [readings(await records.meter_values.of_transaction("CP1", "5", epoch=row.epoch)) for row in found] == [
        [0, 1],
        [2],
        [3],
    ]


async def test_a_stop_without_a_start_is_kept(records):
    await records.commit(stop(records))
    (row,) = await rows(records)
    assert (row.started_at, row.meter_start, row.start_key, row.token) == (None, None, "", None)
    assert (row.stopped_at, row.meter_stop, row.stop_token, row.ended, row.energy) == (2000.0, 900, "Card", True, None)
    assert row.received_at == 2001.0
    assert await records.transactions.open_of("CP1") == []


@pytest.mark.parametrize("together", [True, False])
async def test_a_start_that_comes_after_its_stop_is_of_the_same_transaction(records, together):
    changes = [stop(records), records.transactions.started(transaction())]
    if together:
        await records.commit(*changes)
    else:
        for change in changes:
            await records.commit(change)
    (row,) = await rows(records)
    assert (row.start_key, row.meter_start, row.meter_stop, row.ended, row.epoch) == ("first", 100, 900, True, 0)
    await records.commit(stop(records), records.transactions.started(transaction()))
    assert await rows(records) == [row]


async def test_meter_values_that_come_before_the_start_are_of_that_transaction(records):
    await records.commit(meter(records, reading(1)))
    await records.commit(records.transactions.started(transaction()))
    assert readings(await records.meter_values.of_transaction("CP1", "5")) == [1]


async def test_a_late_meter_value_of_an_ended_transaction_is_its_own(records):
    await records.commit(records.transactions.started(transaction()), stop(records))
    await records.commit(meter(records, reading(1)))
    assert readings(await records.meter_values.of_transaction("CP1", "5")) == [1]
    assert len(await rows(records)) == 1


@pytest.mark.parametrize(
    "changes", [{"stopped_at": 3000.0}, {"meter_stop": 901}, {"reason": "Remote"}, {"token": "Other"}]
)
async def test_stops_without_an_id_are_told_apart_by_all_that_they_say(records, changes):
    for _ in range(2):
        await records.commit(stop(records, "-1"), stop(records, "-1", **changes))
    assert len(await rows(records)) == 2
    assert (await records.transactions.get("CP1", "-1")).ref == (await rows(records))[-1].ref


async def test_a_start_never_takes_a_stop_that_had_no_id(records):
    await records.commit(stop(records, "-1"))
    await records.commit(records.transactions.started(transaction("-1")))
    assert [row.start_key for row in await rows(records)] == ["", "first"]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("changes", [{"stopped_at": 3000.0}, {"meter_stop": 901}, {"stopped_at": None}])
async def test_another_stop_of_the_same_id_is_kept_beside_the_first(records, known, changes):
    if known:
        await records.commit(records.transactions.started(transaction()))
    for _ in range(2):
        await records.commit(stop(records), stop(records, **changes))
    first, second = await rows(records)
    assert (first.stopped_at, first.meter_stop) == (2000.0, 900)
    assert (second.start_key, second.energy) == ("", None)
    assert await records.transactions.get("CP1", "5") == first


async def test_a_repeated_stop_may_give_another_reason(records):
    await records.commit(records.transactions.started(transaction()), stop(records))
    await records.commit(stop(records, reason="PowerLoss", token=None))
    (row,) = await rows(records)
    assert row.stop_reason == "Local"


async def test_the_ids_of_stations_have_nothing_to_do_with_each_other(records):
    await records.commit(
        records.transactions.started(transaction()),
        records.transactions.started(transaction(identity="CP2", key="other")),
        stop(records, identity="CP3"),
    )
    await records.commit(stop(records, identity="CP2"))
    assert [(row.identity, row.ended, row.epoch) for row in await rows(records)] == [
        ("CP1", False, 0),
        ("CP2", True, 0),
        ("CP3", True, 0),
    ]


async def test_open_ones_are_found_by_station_and_by_token_without_regard_to_case(records):
    await records.commit(
        records.transactions.started(transaction("1")),
        records.transactions.started(transaction("2", token="CARD", identity="CP2")),
        records.transactions.started(transaction("3", token="Other")),
        records.transactions.started(transaction("4", token="cArD")),
        stop(records, "4"),
    )
    assert [row.transaction_id for row in await records.transactions.open_of("CP1")] == ["1", "3"]
    assert [row.transaction_id for row in await records.transactions.open_with_token("card")] == ["1", "2"]


async def test_a_page_has_what_was_asked_for(records):
    await records.commit(
        *(
            records.transactions.started(
                transaction(str(number), f"{number}", started_at=1000.0 * number, identity=f"CP{number % 2}")
            )
            for number in range(1, 7)
        ),
        stop(records, "6", "CP0", token="Friend"),
        stop(records, "9", "CP0", stopped_at=9000.0),
    )

    async def page(**filters):
        return [row.transaction_id for row in await records.transactions.page(**filters)]

    assert await page() == ["1", "2", "3", "4", "5", "6", "9"]
    assert await page(identity="CP1") == ["1", "3", "5"]
    assert await page(token="friend") == ["6"]
    assert await page(token="CARD", open=True) == ["1", "2", "3", "4", "5"]
    assert await page(open=False) == ["6", "9"]
    assert await page(since=3000.0, until=5000.0) == ["3", "4"]
    assert await page(since=9000.0) == ["9"]
    first = await records.transactions.page(limit=3)
    assert await page(after=first[-1].ref, limit=2) == ["4", "5"]


async def test_what_was_committed_is_there_when_the_store_is_opened_again(url):
    async with opened(url) as records:
        await records.commit(records.transactions.started(transaction()), meter(records, reading(1)))
        before = await records.transactions.get("CP1", "5")
    async with opened(url) as records:
        assert await records.transactions.get("CP1", "5") == before
        await records.commit(records.transactions.started(transaction()), meter(records, reading(1)), stop(records))
        (row,) = await rows(records)
        assert (row.ref, row.ended) == (before.ref, True)
        assert readings(await records.meter_values.of_transaction("CP1", "5")) == [1]


async def test_what_nobody_waits_for_is_in_the_order_in_which_it_was_said(records):
    records.later(records.transactions.started(transaction()), stop(records))
    records.later(records.transactions.started(transaction(key="second")))
    await records.commit(stop(records, stopped_at=9000.0))
    assert [(row.start_key, row.stopped_at) for row in await rows(records)] == [("first", 2000.0), ("second", 9000.0)]


async def test_nothing_that_a_station_says_keeps_it_from_being_written(records):
    row = transaction(
        "9" * 5000,
        "k" * 5000,
        token="\ud800" * 3,
        parent="x" * 2000,
        meter_start=2**80,
        started_at=float("nan"),
        status=None,
        reservation_id=-(2**90),
        details={"\ud800": "\udfff", "n": 2**70},
    )
    await records.commit(records.transactions.started(row), stop(records, "9" * 5000, meter_stop=-(2**70)))
    (found,) = await rows(records)
    assert (found.transaction_id, found.start_key) == ("9" * 1000, "k" * 1000)
    assert (found.meter_start, found.reservation_id, found.meter_stop) == (2**63 - 1, 1 - 2**63, 1 - 2**63)
    assert (found.token, found.started_at, found.status) == ("???", 0.0, "")
    assert found.details == {"\ud800": "\udfff", "n": 2**70}
    assert await records.transactions.get("CP1", "9" * 5000) == found


async def test_what_a_stop_without_an_id_has_told_is_of_that_stop_alone(records):
    await records.commit(stop(records, "-1"), meter(records, reading(1), "-1", with_stop=True))
    await records.commit(stop(records, "-1", stopped_at=3000.0), meter(records, reading(2), "-1"))
    first, second = await rows(records)
    assert readings(await records.meter_values.of_transaction("CP1", "-1", epoch=first.epoch)) == [1]
    assert readings(await records.meter_values.of_transaction("CP1", "-1", epoch=second.epoch)) == []
    assert readings(await records.meter_values.of_transaction("CP1", "-1")) == [2], "a message of its own"
