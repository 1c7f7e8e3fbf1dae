"""Whether an EV's schedule stays within the one that it was given."""

from typing import Any

import pytest

from plugins.ocpp201.smart_charging.answering import ev_schedule, within
from plugins.shared.charging.schedule import Schedule, schedule_of

NOW = "2026-01-01T00:00:00Z"
T0 = 1_767_225_600.0


def periods(*rows: tuple[int, float], phases: int | None = None) -> list[dict[str, Any]]:
    more = {} if phases is None else {"numberPhases": phases}
    return [{"startPeriod": start, "limit": limit, **more} for start, limit in rows]


def of_ev(*rows: tuple[int, float], unit: str = "A", base: str = NOW, **more: Any) -> Schedule:
    schedule = {"id": 1, "chargingRateUnit": unit, "chargingSchedulePeriod": periods(*rows), **more}
    found = ev_schedule({"evseId": 1, "timeBase": base, "chargingSchedule": schedule}, T0)
    assert found is not None
    return found


def of_ours(*rows: tuple[int, float], unit: str = "A", phases: int | None = None, **more: Any) -> Schedule:
    schedule = {
        "startSchedule": NOW,
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": periods(*rows, phases=phases),
        **more,
    }
    found = schedule_of({"id": 1, "stackLevel": 1, "chargingSchedule": [schedule]}, 1, "tx")
    assert found is not None
    return found


def fits(theirs: Schedule, ours: Schedule) -> bool:
    return within(theirs, ours, 230.0, 3)


def test_the_same_is_within() -> None:
    assert fits(of_ev((0, 16.0), (600, 6.0)), of_ours((0, 16.0), (600, 6.0)))


def test_above_it_anywhere_is_not() -> None:
    assert not fits(of_ev((0, 16.1)), of_ours((0, 16.0)))
    assert not fits(of_ev((0, 16.0), (300, 17.0), duration=900), of_ours((0, 16.0)))


def test_our_limit_may_fall_in_the_middle_of_a_period_of_the_ev() -> None:
    ours = of_ours((0, 16.0), (600, 6.0))
    assert not fits(of_ev((0, 10.0), duration=601), ours)
    assert fits(of_ev((0, 10.0), duration=600), ours)


def test_without_a_duration_the_begin_of_its_last_period_counts() -> None:
    ours = of_ours((0, 16.0), (600, 6.0))
    assert fits(of_ev((0, 10.0)), ours)
    assert not fits(of_ev((0, 10.0), (600, 10.0)), ours)


def test_its_periods_count_from_the_time_base() -> None:
    ours = of_ours((0, 16.0), (600, 6.0))
    assert not fits(of_ev((0, 10.0), base="2026-01-01T00:10:00Z"), ours)
    assert fits(of_ev((0, 10.0), base="2026-01-01T00:09:59Z"), ours)


def test_what_comes_before_ours_begins_is_compared_with_its_begin() -> None:
    ours = of_ours((0, 16.0), (600, 32.0))
    assert not fits(of_ev((0, 17.0), base="2025-12-31T23:59:50Z"), ours)
    assert fits(of_ev((0, 16.0), (620, 32.0), base="2025-12-31T23:59:50Z"), ours)


def test_its_own_start_is_not_that_of_its_periods() -> None:
    assert fits(of_ev((0, 10.0), startSchedule="2026-01-01T00:10:00Z"), of_ours((0, 16.0), (600, 6.0)))


def test_where_ours_sets_no_limit_all_is_within() -> None:
    assert fits(of_ev((0, 16.0), (600, 100.0), duration=900), of_ours((0, 16.0), duration=600))


def test_watts_and_amperes_are_compared() -> None:
    assert fits(of_ev((0, 11_040.0), unit="W"), of_ours((0, 16.0)))
    assert not fits(of_ev((0, 11_400.0), unit="W"), of_ours((0, 16.0)))
    assert not fits(of_ev((0, 11_040.0), unit="W"), of_ours((0, 16.0), phases=1))
    assert fits(of_ev((0, 16.0)), of_ours((0, 11_040.0), unit="W"))
    assert not fits(of_ev((0, 17.0)), of_ours((0, 11_040.0), unit="W"))


@pytest.mark.parametrize("told", [None, [], {}, {"chargingRateUnit": "A"}, {"chargingSchedulePeriod": "x"}])
def test_what_cannot_be_read_is_no_schedule(told: Any) -> None:
    assert ev_schedule({"evseId": 1, "timeBase": NOW, "chargingSchedule": told}, T0) is None


def test_without_a_time_base_it_is_from_now_on() -> None:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods((0, 6.0))}
    found = ev_schedule({"timeBase": "soon", "chargingSchedule": schedule}, T0)
    assert found is not None
    assert found.anchor == T0
