"""Reports in parts."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.reports import Reports


@pytest.fixture
def reports():
    return Reports()


def test_one_part_is_all_of_it(reports):
    assert reports.part("CP1", 1, items=["a"], tbc=False, seq=0) == ["a"]


def test_nothing_is_there_until_the_last_part_is(reports):
    assert reports.part("CP1", 1, items=["a"], tbc=True, seq=0) is None
    assert reports.part("CP1", 1, items=["b"], tbc=True, seq=1) is None
    assert reports.part("CP1", 1, items=["c"], tbc=False, seq=2) == ["a", "b", "c"]


@given(st.data())
def test_the_order_in_which_they_come_does_not_matter_nor_that_they_come_twice(data):
    parts = data.draw(st.lists(st.lists(st.integers(), max_size=3), min_size=1, max_size=6))
    numbers = data.draw(st.permutations(range(len(parts))))
    twice = [number for number in numbers[:-1] for _ in range(data.draw(st.integers(1, 2)))] + [numbers[-1]]
    reports = Reports()
    found = [reports.part("CP1", 1, items=parts[number], tbc=number + 1 < len(parts), seq=number) for number in twice]
    assert found[-1] == [item for part in parts for item in part]
    assert all(each is None for each in found[:-1])


def test_without_a_number_they_are_in_the_order_in_which_they_come(reports):
    assert reports.part("CP1", 1, items=["a"], tbc=True, seq=None) is None
    assert reports.part("CP1", 1, items=["b"], tbc=False, seq=None) == ["a", "b"]


def test_stations_and_requests_are_kept_apart(reports):
    assert reports.part("CP1", 1, items=["a"], tbc=True, seq=0) is None
    assert reports.part("CP2", 1, items=["b"], tbc=False, seq=0) == ["b"]
    assert reports.part("CP1", 2, items=["c"], tbc=False, seq=0) == ["c"]
    assert reports.part("CP1", 1, items=["d"], tbc=False, seq=1) == ["a", "d"]


def test_a_number_below_zero_is_of_no_part(reports):
    assert reports.part("CP1", 1, items=["a"], tbc=True, seq=-1) is None
    assert reports.part("CP1", 1, items=["b"], tbc=False, seq=0) == ["b"]


def test_a_report_has_so_many_items_at_most(reports):
    reports.part("CP1", 1, items=list(range(15_000)), tbc=True, seq=0)
    assert len(reports.part("CP1", 1, items=list(range(15_000)), tbc=False, seq=1)) == 20_000


def test_of_too_many_the_oldest_is_forgotten(reports):
    for number in range(201):
        reports.part(f"CP{number}", 1, items=["a"], tbc=True, seq=0)
    assert reports.part("CP0", 1, items=["b"], tbc=False, seq=1) is None
    assert reports.part("CP200", 1, items=["b"], tbc=False, seq=1) == ["a", "b"]


async def test_a_station_that_begins_report_after_report_takes_the_place_of_its_own_alone(reports):
    reports.part("CP1", 1, items=["a"], tbc=True, seq=0)
    reports.open("EVIL", 0)
    for number in range(1, 400):
        reports.part("EVIL", number, items=["x"], tbc=True, seq=0)
    assert reports.part("CP1", 1, items=["b"], tbc=False, seq=1) == ["a", "b"]
    assert reports.part("EVIL", 1, items=["y"], tbc=False, seq=1) is None
    reports.part("EVIL", 0, items=["z"], tbc=False, seq=0)
    assert await reports.collect("EVIL", 0, 1.0) == (["z"], True), "one that somebody waits for"


async def test_a_report_has_so_many_parts_at_most(reports):
    for number in range(10_001):
        assert reports.part("CP1", 1, items=[], tbc=True, seq=number) is None
    assert reports.part("CP1", 1, items=["a"], tbc=False, seq=10_001) is None


async def test_a_report_is_so_long_at_most_and_is_not_complete_then(reports):
    reports.open("CP1", 1)
    long = [{"value": "x" * 1_000_000}]
    for number in range(20):
        reports.part("CP1", 1, items=long, tbc=number < 19, seq=number)
    items, complete = await reports.collect("CP1", 1, 1.0)
    assert (len(items), complete) == (16, False)


async def test_who_collects_gets_all_of_it(reports):
    reports.open("CP1", 1)
    waiting = asyncio.ensure_future(reports.collect("CP1", 1, 5.0))
    await asyncio.sleep(0)
    reports.part("CP1", 1, items=["a"], tbc=True, seq=0)
    reports.part("CP1", 1, items=["b"], tbc=False, seq=1)
    assert await waiting == (["a", "b"], True)


async def test_a_report_that_was_there_first_is_collected_too(reports):
    reports.open("CP1", 1)
    assert reports.part("CP1", 1, items=["a"], tbc=False, seq=0) == ["a"]
    assert await reports.collect("CP1", 1, 5.0) == (["a"], True)
    assert await reports.collect("CP1", 1, 5.0) == ([], False), "once"


async def test_who_collects_goes_on_when_it_is_written_down(reports):
    reports.open("CP1", 1)
    waiting = asyncio.ensure_future(reports.collect("CP1", 1, 5.0))
    with reports.keeping("CP1", 1, items=["a"], tbc=False, seq=0) as whole:
        for _ in range(5):
            await asyncio.sleep(0)
        assert (whole, waiting.done()) == (["a"], False)
    assert await waiting == (["a"], True)


async def test_who_collects_goes_on_when_it_could_not_be_written_down(reports):
    reports.open("CP1", 1)
    with pytest.raises(RuntimeError), reports.keeping("CP1", 1, items=["a"], tbc=False, seq=0):
        raise RuntimeError
    assert await reports.collect("CP1", 1, 5.0) == (["a"], True)


async def test_who_has_waited_long_enough_gets_what_is_there(reports):
    reports.open("CP1", 1)
    reports.part("CP1", 1, items=["a"], tbc=True, seq=0)
    assert await reports.collect("CP1", 1, 0.01) == (["a"], False)


async def test_what_was_not_opened_is_not_waited_for(reports):
    assert await reports.collect("CP1", 1, 60.0) == ([], False)


async def test_what_was_closed_is_not_waited_for(reports):
    reports.open("CP1", 1)
    reports.close("CP1", 1)
    assert await reports.collect("CP1", 1, 60.0) == ([], False)
