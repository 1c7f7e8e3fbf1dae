"""Meter values that are left out."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.session.shadow.thinning import Thinner

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
HERE = (1, 7)


def at(seconds, *contexts, measurand=None, stamp=None):
    """A reading so many seconds after the beginning, with a sampled value for each context."""
    values = [{"value": "1", **({"context": context} if context else {})} for context in contexts or (None,)]
    for value in values:
        if measurand:
            value["measurand"] = measurand
    return {"timestamp": stamp or (BEGAN + timedelta(seconds=seconds)).isoformat(), "sampledValue": values}


def passed(thinner, readings, place=HERE):
    """Which of the readings pass, each in a message of its own that comes when it is taken."""
    return [index for index, (seconds, reading) in enumerate(readings) if thinner.thin([reading], place, seconds) != []]


def test_without_rules_everything_passes_untouched():
    thinner = Thinner(None, None)
    readings = [at(0), at(1), "nonsense"]
    assert thinner.idle
    assert thinner.thin(readings, HERE, 0.0) is readings


@pytest.mark.parametrize("rules", [(["Power*"], None), (None, 60.0)])
def test_with_a_rule_it_is_not_idle(rules):
    assert not Thinner(*rules).idle


# --- measurands -----------------------------------------------------------------------------------------------------


def test_other_measurands_are_taken_out_of_a_reading():
    power = {"value": "2", "measurand": "Power.Active.Import"}
    energy = {"value": "3", "measurand": "Energy.Active.Import.Register"}
    reading = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [power, energy], "vendor": 1}
    assert Thinner(["Power.*", "SoC"], None).thin([reading], HERE, 0.0) == [{**reading, "sampledValue": [power]}]
    assert reading["sampledValue"] == [power, energy]


def test_without_a_measurand_it_is_the_imported_energy():
    assert Thinner(["Energy.Active.Import.Register"], None).thin([at(0)], HERE, 0.0) == [at(0)]
    assert Thinner(["Power.*"], None).thin([at(0)], HERE, 0.0) == []


def test_patterns_are_compared_with_the_whole_name_and_its_case():
    reading = [at(0, measurand="Power.Active.Import")]
    assert Thinner(["power.*", "Power", "Active"], None).thin(reading, HERE, 0.0) == []


def test_what_stays_whole_stays_the_same_object():
    readings = [at(0, measurand="SoC"), at(9, measurand="SoC")]
    assert Thinner(["SoC"], None).thin(readings, HERE, 0.0) is readings


@pytest.mark.parametrize(
    "reading",
    ["x", 3, None, [], {}, {"sampledValue": 3}, {"sampledValue": []}, {"sampledValue": ["x", {"measurand": 4}]}],
)
def test_what_does_not_look_like_a_meter_value_stays(reading):
    thinner = Thinner(["SoC"], 60.0)
    readings = [reading]
    assert thinner.thin(readings, HERE, 0.0) is readings
    assert thinner.thin(readings, HERE, 1.0) is readings


# --- every ----------------------------------------------------------------------------------------------------------


def test_readings_too_close_are_left_out():
    assert passed(Thinner(None, 60.0), [(s, at(s)) for s in range(0, 200, 20)]) == [0, 3, 6, 9]


def test_a_second_of_jitter_makes_no_gap():
    assert passed(Thinner(None, 60.0), [(s, at(s)) for s in (0, 59, 119, 178)]) == [0, 1, 2, 3]
    assert passed(Thinner(None, 60.0), [(s, at(s)) for s in (0, 58)]) == [0]


def test_a_short_interval_allows_a_tenth_of_itself():
    assert passed(Thinner(None, 2.0), [(s, at(s)) for s in (0, 1.7)]) == [0]
    assert passed(Thinner(None, 2.0), [(s, at(s)) for s in (0, 1.85)]) == [0, 1]


def test_a_queue_of_an_hour_that_comes_at_once_is_told_apart_by_its_own_time():
    readings = [(5.0, at(minute * 60)) for minute in range(60)]
    assert passed(Thinner(None, 300.0), readings) == list(range(0, 60, 5))


def test_several_readings_in_one_message():
    readings = [at(0), at(10), at(60)]
    assert Thinner(None, 60.0).thin(readings, HERE, 0.0) == [at(0), at(60)]


@pytest.mark.parametrize("stamp", ["1970-01-01T00:00:00Z", "no time", "9999-12-31T23:59:59-23:59", ""])
def test_a_dead_clock_does_not_silence_the_meter(stamp):
    assert passed(Thinner(None, 60.0), [(s, at(s, stamp=stamp)) for s in range(0, 200, 20)]) == [0, 3, 6, 9]


def test_no_timestamp_at_all_counts_by_arrival():
    reading = {"sampledValue": [{"value": "1"}]}
    assert passed(Thinner(None, 60.0), [(s, reading) for s in range(0, 130, 20)]) == [0, 3, 6]


def test_late_arrival_does_not_make_readings_farther_apart():
    assert passed(Thinner(None, 60.0), [(0, at(0)), (100, at(10)), (200, at(20))]) == [0]


def test_a_clock_that_was_set_back_begins_anew():
    assert passed(Thinner(None, 60.0), [(0, at(7200)), (20, at(0)), (40, at(20)), (80, at(60))]) == [0, 1, 3]


def test_a_reading_in_parts_stays_together():
    """Some stations send each measurand in a message of its own, with one timestamp."""
    readings = [(s + part / 10, at(s, measurand=f"M{part}")) for s in (0, 20, 60) for part in range(3)]
    assert passed(Thinner(None, 60.0), readings) == [0, 1, 2, 6, 7, 8]


@pytest.mark.parametrize(
    "context", ["Transaction.Begin", "Transaction.End", "Interruption.Begin", "Interruption.End", "Trigger", "Other", 5]
)
def test_readings_with_an_occasion_pass_and_do_not_count(context):
    readings = [(0, at(0)), (1, at(1, context)), (2, at(2, "Sample.Periodic", context)), (60, at(60))]
    assert passed(Thinner(None, 60.0), readings) == [0, 1, 2, 3]


def test_clock_aligned_values_have_a_rhythm_of_their_own():
    readings = [(0, at(0)), (10, at(10, "Sample.Clock")), (20, at(20, "Sample.Clock")), (30, at(30))]
    assert passed(Thinner(None, 60.0), readings) == [0, 1]


def test_connectors_and_transactions_do_not_thin_one_another():
    thinner = Thinner(None, 60.0)
    places = [(1, 7), (2, 7), (1, 8), (1, None), (None, None)]
    assert [passed(thinner, [(0, at(0)), (10, at(10))], place) for place in places] == [[0]] * 5


def test_a_transaction_that_has_ended_leaves_nothing_behind():
    thinner = Thinner(None, 60.0)
    assert passed(thinner, [(0, at(0))], (1, 7)) == passed(thinner, [(0, at(0))], (1, 8)) == [0]
    thinner.forget(7)
    assert passed(thinner, [(5, at(5))], (1, 7)) == [0]
    assert passed(thinner, [(5, at(5))], (1, 8)) == []


def test_invented_transactions_do_not_fill_the_memory():
    thinner = Thinner(None, 60.0)
    for transaction in range(1000):
        thinner.thin([at(0)], (1, transaction), 0.0)
    assert len(thinner._last) == 64
    assert passed(thinner, [(5, at(5))], (1, 999)) == []


def test_one_that_goes_on_is_not_the_oldest():
    thinner = Thinner(None, 60.0)
    for transaction in range(200):
        assert passed(thinner, [(transaction * 60, at(transaction * 60))], (1, "mine")) == [0]
        thinner.thin([at(0)], (1, transaction), 0.0)
        assert passed(thinner, [(transaction * 60 + 5, at(transaction * 60 + 5))], (1, "mine")) == []


@pytest.fixture
def far_from_utc(monkeypatch):
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
def test_a_time_without_a_zone_is_utc():
    thinner = Thinner(None, 60.0)
    readings = [(0, at(0)), (1, at(0, stamp="2026-01-01T00:00:30")), (2, at(0, stamp="2026-01-01t00:01:00z"))]
    assert passed(thinner, readings) == [0, 2]


@given(st.lists(st.integers(0, 100), max_size=60), st.integers(3, 90))
def test_what_passes_is_as_far_apart_as_it_should_be_and_no_gap_is_longer_than_need_be(gaps, every):
    thinner, seconds, times = Thinner(None, float(every)), 0, []
    for gap in gaps:
        seconds += gap + 1
        times.append(seconds)
    kept = [times[index] for index in passed(thinner, [(float(s), at(s)) for s in times])]
    slack = min(1.0, every / 10)
    assert all(later - earlier >= every - slack for earlier, later in pairwise(kept))
    for when in times:  # whatever was left out had one that passed less than `every` before it
        assert any(0 <= when - before < every for before in kept)
