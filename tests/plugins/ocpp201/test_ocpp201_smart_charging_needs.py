"""The schedule for an EV that has told its needs: above no limit, enough where that can be, cheap (K15)."""

from hypothesis import example, given
from hypothesis import strategies as st

from plugins.ocpp201.smart_charging.ev_needs import Needs
from plugins.ocpp201.smart_charging.needs import Period, Situation, ceiling_of, schedule_for
from plugins.ocpp201.smart_charging.prices import Prices, Rule, hourly
from plugins.shared.charging.schedule import Schedule, schedule_of

T0 = 1_767_225_600  # 2026-01-01T00:00:00Z
HOUR = 3600
DAY = 86_400
AC = Needs(mode="AC_three_phase", phases=3, max_current=32, min_current=6)


def limited(periods, *, evse=1, unit="A", start="2026-01-01T00:00:00Z", phases=None, **more) -> Schedule:
    rows = [
        {"startPeriod": at, "limit": limit} | ({} if phases is None else {"numberPhases": phases})
        for at, limit in periods
    ]
    schedule = {"startSchedule": start, "chargingRateUnit": unit, "chargingSchedulePeriod": rows, **more}
    kind = {"chargingProfileKind": more.pop("kind", "Absolute"), "recurrencyKind": "Daily"}
    found = schedule_of({"id": 1, "stackLevel": 0, "chargingSchedule": schedule, **kind}, evse)
    assert found is not None
    return found


def situation(needs=AC, **more) -> Situation:
    return Situation(**{"start": T0, "unit": "A", "voltage": 230.0, "needs": needs, **more})


def told(needs=AC, **more) -> list[tuple[int, float]]:
    found = schedule_for(situation(needs, **more))
    assert found is not None
    return [(each.start, each.limit) for each in found]


def wants(energy, hours, **more) -> Needs:
    named = {"mode": "AC_three_phase", "phases": 3, "max_current": 32.0} | more
    return Needs(energy=energy, departure=T0 + int(hours * HOUR), **named)


def test_without_any_limit_there_is_nothing_to_say() -> None:
    assert schedule_for(situation(Needs(mode="DC", phases=None), unit="W")) is None


def test_an_ev_gets_what_it_takes_at_most() -> None:
    assert told() == [(0, 32.0)]


def test_the_lowest_of_ev_site_and_limits_counts() -> None:
    assert told(ceiling=16.04) == [(0, 16.0)]
    assert told(ceiling=16.04, limits=(limited([(0, 10.0)]),)) == [(0, 10.0)]
    assert told(ceiling=40.0, limits=(limited([(0, 50.0)]),)) == [(0, 32.0)]


def test_a_limit_of_the_whole_station_is_shared_and_one_of_the_evse_is_not() -> None:
    assert told(sharers=4, limits=(limited([(0, 40.0)], evse=0),)) == [(0, 10.0)]
    assert told(sharers=4, limits=(limited([(0, 20.0)], evse=1),)) == [(0, 20.0)]


def test_the_schedule_follows_a_limit_as_it_changes() -> None:
    steps = limited([(0, 10.0), (600, 20.0), (1200, 64.0)])
    assert told(limits=(steps,)) == [(0, 10.0), (600, 20.0), (1200, 32.0)]


def test_a_limit_that_ends_is_none_afterwards() -> None:
    assert told(limits=(limited([(0, 10.0)], duration=900),)) == [(0, 10.0), (900, 32.0)]


def test_what_changes_for_ever_ends_in_its_lowest() -> None:
    daily = limited([(0, 30.0), (12 * HOUR, 10.0)], kind="Recurring")
    assert told(limits=(daily,)) == [(0, 30.0), (12 * HOUR, 10.0)]


def test_below_its_least_current_an_ev_waits() -> None:
    assert told(limits=(limited([(0, 5.9), (600, 6.0)]),)) == [(0, 0.0), (600, 6.0)]


def test_watts_of_a_site_become_amperes_of_the_phases_that_the_ev_uses() -> None:
    limit = limited([(0, 6900.0)], unit="W")
    assert told(limits=(limit,)) == [(0, 10.0)]
    assert told(Needs(mode="AC_single_phase", phases=1, max_current=32.0), limits=(limit,)) == [(0, 30.0)]


def test_amperes_become_watts_of_the_phases_of_both() -> None:
    dc = Needs(mode="DC", phases=None, max_power=50_000.0)
    limit = limited([(0, 10.0)])
    assert told(dc, unit="W", limits=(limit,)) == [(0, 6900.0)]
    assert told(dc, unit="W", limits=(limited([(0, 10.0)], phases=1),)) == [(0, 2300.0)]
    one = Needs(mode="AC_single_phase", phases=1, max_current=32.0)
    assert told(one, unit="W", limits=(limit,)) == [(0, 2300.0)]


def test_the_energy_is_taken_when_it_is_cheap() -> None:
    prices = hourly([0.3] * 4 + [0.1] * 2 + [0.2] * 18)
    # 22.08 kW: two cheap hours are enough for 40 kWh, and what is behind them is there for an EV that is slower.
    assert told(wants(40_000, 8), prices=prices) == [(0, 0.0), (4 * HOUR, 32.0)]


def test_of_the_same_price_the_earlier_hour_is_taken() -> None:
    prices = hourly([0.1, 0.3] * 12)
    assert told(wants(20_000, 8), prices=prices) == [(0, 32.0)]


def test_dear_hours_between_cheap_ones_are_left_out() -> None:
    prices = hourly([0.1, 0.3, 0.1, 0.3, 0.1] + [0.5] * 19)
    assert told(wants(60_000, 5), prices=prices) == [
        (0, 32.0),
        (HOUR, 0.0),
        (2 * HOUR, 32.0),
        (3 * HOUR, 0.0),
        (4 * HOUR, 32.0),
    ]


def test_where_no_price_is_known_is_the_last_choice() -> None:
    prices = Prices((Rule(0.9, 60, 1440),))
    assert told(wants(20_000, 4), prices=prices) == [(0, 0.0), (HOUR, 32.0)]


def test_without_energy_or_departure_it_charges_at_once() -> None:
    prices = hourly([0.3] * 12 + [0.1] * 12)
    assert told(prices=prices) == [(0, 32.0)]
    assert told(Needs(mode="", phases=3, max_current=32.0, energy=1000.0), prices=prices) == [(0, 32.0)]
    assert told(wants(1000, -1), prices=prices) == [(0, 32.0)]


def test_what_cannot_be_had_is_tried_all_the_same() -> None:
    prices = hourly([0.1, 0.3] * 12)
    assert told(wants(1e6, 8), prices=prices) == [(0, 32.0)]


def test_with_one_period_it_charges_with_what_is_always_allowed() -> None:
    steps = limited([(0, 10.0), (600, 20.0), (1200, 6.0)])
    assert told(limits=(steps,), most_periods=1) == [(0, 6.0)]


def test_with_few_periods_the_energy_comes_first() -> None:
    prices = hourly([0.1, 0.3, 0.1, 0.3, 0.1] + [0.5] * 19)
    assert told(wants(60_000, 5), prices=prices, most_periods=3) == [(0, 32.0), (3 * HOUR, 0.0), (4 * HOUR, 32.0)]


def test_of_two_periods_those_become_one_that_take_no_energy_away() -> None:
    steps = limited([(0, 32.0), (2 * HOUR, 16.0)])
    prices = hourly([0.3] + [0.1] * 23)
    needs = wants(48 * 690, 3)
    assert told(needs, limits=(steps,), prices=prices) == [(0, 0.0), (HOUR, 32.0), (2 * HOUR, 16.0)]
    assert told(needs, limits=(steps,), prices=prices, most_periods=2) == [(0, 32.0), (2 * HOUR, 16.0)]


def test_what_few_periods_take_away_is_had_when_it_is_dear() -> None:
    steps = limited([(0, 10.0), (HOUR, 30.0), (2 * HOUR, 10.0), (3 * HOUR, 30.0)])
    prices = hourly([0.3, 0.1] * 12)
    needs = wants(60 * 690, 4)
    cheap = [(0, 0.0), (HOUR, 30.0), (2 * HOUR, 0.0), (3 * HOUR, 30.0)]
    assert told(needs, limits=(steps,), prices=prices) == cheap
    assert told(needs, limits=(steps,), prices=prices, most_periods=3) == [(0, 10.0), (3 * HOUR, 30.0)]


def test_the_most_of_an_ev_in_either_unit() -> None:
    both = Needs(mode="AC_three_phase", phases=3, max_current=32.0, max_power=6900.0)
    assert ceiling_of(both, "A", 230.0) == 10.0
    assert ceiling_of(both, "W", 230.0) == 6900.0
    assert ceiling_of(Needs(mode="AC_single_phase", phases=1, max_current=10.0), "W", 230.0) == 2300.0
    assert ceiling_of(Needs(mode="DC", phases=None), "W", 230.0) is None


def test_what_changes_too_often_ends_in_its_lowest_too() -> None:
    often = limited([(60 * number, 20.0 + number % 2 - number / 100) for number in range(600)])
    later = limited([(0, 32.0), (6 * HOUR, 7.0), (7 * HOUR, 32.0)])
    found = situation(limits=(often, later))
    periods = schedule_for(found)
    assert periods is not None
    assert len(periods) == 200
    assert periods[-1].limit == 7.0
    for moment in moments(found, periods):
        lowest = min(limit.value for each in found.limits if (limit := each.at(moment, T0)) is not None)
        assert at(periods, moment - T0) <= lowest


# For every station, EV, site and price.

rates = st.floats(min_value=0, max_value=100, allow_nan=False)
steps = st.lists(st.tuples(st.integers(1, 3 * DAY), rates), max_size=6)


@st.composite
def schedules(draw) -> Schedule:
    periods = [(0, draw(rates)), *sorted(dict(draw(steps)).items())]
    more = {"duration": draw(st.integers(1, 2 * DAY))} if draw(st.booleans()) else {}
    kind = draw(st.sampled_from(["Absolute", "Recurring"]))
    unit = draw(st.sampled_from(["A", "W"]))
    factor = 690 if unit == "W" else 1
    scaled = [(at, limit * factor) for at, limit in periods]
    return limited(scaled, evse=draw(st.integers(0, 1)), unit=unit, kind=kind, **more)


@st.composite
def situations(draw) -> Situation:
    phases = draw(st.sampled_from([1, 2, 3, None]))
    departure = draw(st.none() | st.integers(T0 - HOUR, T0 + 3 * DAY))
    needs = Needs(
        mode="DC" if phases is None else "AC",
        phases=phases,
        energy=draw(st.none() | st.floats(1, 200_000)),
        departure=departure,
        max_current=draw(st.none() | rates),
        max_power=draw(st.none() | st.floats(1, 300_000)),
        min_current=draw(st.floats(0, 10)),
    )
    prices = hourly(draw(st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=24, max_size=24)))
    return Situation(
        start=T0 + draw(st.integers(0, DAY)),
        unit=draw(st.sampled_from(["A", "W"])),
        voltage=230.0,
        needs=needs,
        ceiling=draw(st.none() | rates),
        limits=tuple(draw(st.lists(schedules(), max_size=3))),
        sharers=draw(st.integers(1, 3)),
        prices=prices if draw(st.booleans()) else None,
        most_periods=draw(st.none() | st.integers(1, 6)),
    )


def at(periods: list[Period], seconds: int) -> float:
    return next(each.limit for each in reversed(periods) if each.start <= seconds)


def moments(found: Situation, periods: list[Period]) -> list[int]:
    """Where anything could change within ten days, and just before that."""
    points = {found.start, *(found.start + each.start for each in periods)}
    for limit in found.limits:
        moment: int | None = found.start
        while (moment := limit.next_change(moment, found.start)) is not None and moment < found.start + 10 * DAY:
            points.add(moment)
    return sorted({each for point in points for each in (point, point - 1) if each >= found.start})


@given(situations())
def test_it_is_never_above_any_limit(found: Situation) -> None:
    periods = schedule_for(found)
    if periods is None:
        return
    ceiling = ceiling_of(found.needs, found.unit, found.voltage)
    for moment in moments(found, periods):
        level = at(periods, moment - found.start)
        for limit in (found.ceiling, ceiling):
            assert limit is None or level <= limit + 1e-6
        for schedule in found.limits:
            limit = schedule.at(moment, found.start)
            share = found.sharers if schedule.evse == 0 else 1
            assert limit is None or level <= found.value_of(limit, schedule.unit) / share + 1e-6


@given(situations())
def test_its_periods_are_such_that_station_and_ev_take_them(found: Situation) -> None:
    periods = schedule_for(found)
    if periods is None:
        return
    starts = [each.start for each in periods]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert found.most_periods is None or len(periods) <= found.most_periods
    for each in periods:
        assert each.limit >= 0
        assert round(each.limit, 1) == each.limit


@st.composite
def simple(draw) -> tuple[Situation, list[tuple[int, int]]]:
    """Absolute limits by the minute, in amperes that an ampere's tenth divides; the caps as (seconds, tenths)."""
    lengths = draw(st.lists(st.integers(1, 300), min_size=1, max_size=8))
    caps = draw(st.lists(st.integers(0, 320), min_size=len(lengths), max_size=len(lengths)))
    begins = [sum(lengths[:number]) * 60 for number in range(len(lengths))]
    end = sum(lengths) * 60
    limit = limited([(begin, cap / 10) for begin, cap in zip(begins, caps, strict=True)])
    needs = Needs(mode="AC_three_phase", phases=3, energy=draw(st.floats(1, 400_000)), departure=T0 + end)
    prices = hourly(draw(st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=24, max_size=24)))
    found = situation(needs, limits=(limit,), prices=prices)
    return found, [(length * 60, cap) for length, cap in zip(lengths, caps, strict=True)]


def delivered(periods: list[Period], end: int) -> float:
    """Wh of three phases until `end`."""
    ends = [*(each.start for each in periods[1:]), end]
    return sum(
        each.limit * 690 * max(0, min(until, end) - each.start) / HOUR
        for each, until in zip(periods, ends, strict=True)
    )


@given(simple())
@example((situation(Needs("", 3, 2300.0, T0 + HOUR), limits=(limited([(0, 10.0)]),)), [(HOUR, 100)]))
def test_the_energy_is_there_when_the_ev_leaves_if_the_limits_allow_it(case) -> None:
    found, caps = case
    end = sum(seconds for seconds, _ in caps)
    possible = sum(seconds * cap for seconds, cap in caps) / 10 * 690 / HOUR
    periods = schedule_for(found)
    assert periods is not None
    assert delivered(periods, end) >= min(found.needs.energy, possible) - 1e-3


@given(simple(), st.integers(1, 4))
def test_with_few_periods_it_gets_at_least_what_is_always_allowed(case, most: int) -> None:
    found, caps = case
    end, least = sum(seconds for seconds, _ in caps), min(cap for _, cap in caps) / 10
    periods = schedule_for(situation(found.needs, limits=found.limits, prices=found.prices, most_periods=most))
    assert periods is not None
    assert len(periods) <= most
    assert delivered(periods, end) >= min(found.needs.energy, least * 690 * end / HOUR) - 1e-3


@given(simple())
def test_nothing_dear_is_taken_while_something_cheaper_is_left_that_would_do(case) -> None:
    """The cost of what it takes, when it takes all it may until it is full, is not above that of charging at once."""
    found, caps = case
    periods = schedule_for(found)
    at_once = schedule_for(situation(found.needs, limits=found.limits))
    assert periods is not None
    assert at_once is not None
    end = sum(seconds for seconds, _ in caps)
    assert cost(found, periods, end) <= cost(found, at_once, end) + 1e-6


def cost(found: Situation, periods: list[Period], end: int) -> float:
    """Of an EV that takes all that it may until it is full: minute by minute."""
    left, sum_ = found.needs.energy, 0.0
    for minute in range(0, end, 60):
        taken = min(left, at(periods, minute) * 690 / 60)
        left -= taken
        sum_ += taken * found.prices.at(T0 + minute)
    return sum_ + left * 1000  # what is missing is the worst
