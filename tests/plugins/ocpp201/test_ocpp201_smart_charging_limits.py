"""Limits from outside: what is kept, and what it means."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.smart_charging.limits import cleared, described, noted, schedules_of

T0 = 1_767_225_600.0


def told(source: str = "EMS", evse: int | None = None, limit: float = 10.0, **more: Any) -> dict[str, Any]:
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    return {
        "chargingLimit": {"chargingLimitSource": source, **more},
        "chargingSchedule": [schedule],
        **({} if evse is None else {"evseId": evse}),
    }


def values_of(rows: list[dict[str, Any]], evse: int) -> list[tuple[int, float]]:
    found = [(each.evse, each.at(int(T0) + 5, int(T0))) for each in schedules_of(rows, evse)]
    return [(place, limit.value) for place, limit in found if limit is not None]


def test_each_source_has_its_limits_by_evse() -> None:
    rows = noted([], told("EMS", limit=10.0), T0)
    rows = noted(rows, told("SO", limit=20.0), T0)
    rows = noted(rows, told("SO", 2, limit=30.0), T0)
    assert values_of(rows, 1) == [(0, 10.0), (0, 20.0)]
    assert values_of(rows, 2) == [(0, 10.0), (0, 20.0), (2, 30.0)]


def test_a_source_takes_back_what_it_said() -> None:
    rows = noted(noted([], told(limit=10.0), T0), told(limit=12.0), T0 + 5)
    assert values_of(rows, 1) == [(0, 12.0)]


def test_evse_0_is_the_whole_station() -> None:
    assert values_of(noted([], told("EMS", 0), T0), 3) == [(0, 10.0)]


def test_without_a_start_it_begins_when_it_is_told() -> None:
    (schedule,) = schedules_of(noted([], told(), T0 + 5), 1)
    assert schedule.anchor == T0 + 5


def test_its_own_start_and_duration_count() -> None:
    limit = told()
    limit["chargingSchedule"][0] |= {"startSchedule": "2026-01-01T00:01:00Z", "duration": 60}
    (schedule,) = schedules_of(noted([], limit, T0), 1)
    start = int(T0) + 60
    assert [schedule.at(moment, 0) is None for moment in (start - 1, start, start + 59, start + 60)] == [
        True,
        False,
        False,
        True,
    ]


def test_local_generation_limits_nothing() -> None:
    assert values_of(noted([], told(isLocalGeneration=True), T0), 1) == []


def test_a_limit_without_a_schedule_is_known_all_the_same() -> None:
    rows = noted([], {"chargingLimit": {"chargingLimitSource": "EMS", "isGridCritical": True}}, T0)
    assert schedules_of(rows, 1) == []
    assert described(rows[0]) == {
        "source": "EMS",
        "isGridCritical": True,
        "isLocalGeneration": False,
        "chargingSchedule": [],
        "since": "2026-01-01T00:00:00Z",
    }


def test_a_clear_takes_all_of_its_source_or_those_of_an_evse() -> None:
    rows = noted(noted(noted([], told("EMS"), T0), told("EMS", 1), T0), told("SO"), T0)
    assert [(row["source"], row["evseId"]) for row in cleared(rows, {"chargingLimitSource": "EMS"})] == [("SO", None)]
    left = cleared(rows, {"chargingLimitSource": "EMS", "evseId": 1})
    assert [(row["source"], row["evseId"]) for row in left] == [("EMS", None), ("SO", None)]


def test_a_station_can_fill_ten_rows_and_no_more() -> None:
    rows: list[dict[str, Any]] = []
    for number in range(30):
        rows = noted(rows, told(f"S{number}"), T0)
    assert [row["source"] for row in rows] == [f"S{number}" for number in range(20, 30)]


def test_what_nobody_reads_is_not_kept() -> None:
    limit = told()
    limit["chargingSchedule"][0] |= {"salesTariff": {"id": 1}, "customData": {"vendorId": "x" * 1000}}
    (row,) = noted([], limit, T0)
    assert row["chargingSchedule"] == [
        {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}]}
    ]


def test_too_long_a_schedule_is_not_kept() -> None:
    limit = told()
    limit["chargingSchedule"][0]["chargingSchedulePeriod"] *= 1025
    assert noted([], limit, T0)[0]["chargingSchedule"] == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
period = st.fixed_dictionaries({}, optional={"startPeriod": anything, "limit": anything}) | anything
schedule = st.fixed_dictionaries(
    {},
    optional={
        "chargingRateUnit": st.sampled_from(["A", "W"]) | anything,
        "startSchedule": anything,
        "duration": anything,
        "chargingSchedulePeriod": st.lists(period, max_size=3) | anything,
    },
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "evseId": anything,
            "chargingLimit": anything,
            "chargingSchedule": st.lists(schedule | anything, max_size=3) | anything,
        },
    )
)
def test_whatever_is_told_is_read(payload: dict[str, Any]) -> None:
    rows = noted([], payload, T0)
    assert len(rows) == 1
    assert all(each.evse in (0, 1) for each in schedules_of(rows, 1))
    assert described(rows[0])["since"] == "2026-01-01T00:00:00Z"
    cleared(rows, payload)


@pytest.mark.parametrize("source", [None, 7, ["EMS"]])
def test_a_source_that_is_none_is_one_too(source: Any) -> None:
    rows = noted([], {"chargingLimit": {"chargingLimitSource": source}}, T0)
    assert cleared(rows, {"chargingLimitSource": source}) == []
