"""What an EV needs, as it tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.smart_charging.ev_needs import Needs, needs_of

T0 = 1_767_225_600


def read(tuples=None, **needs) -> Needs:
    payload = {"evseId": 1, "chargingNeeds": needs} | ({} if tuples is None else {"maxScheduleTuples": tuples})
    found = needs_of(payload)
    assert found is not None
    return found


def test_of_ac() -> None:
    ac = {"energyAmount": 20_000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 400}
    found = read(
        tuples=12,
        requestedEnergyTransfer="AC_three_phase",
        departureTime="2026-01-01T08:00:00Z",
        acChargingParameters=ac,
    )
    assert found == Needs(
        mode="AC_three_phase",
        phases=3,
        energy=20_000,
        departure=T0 + 8 * 3600,
        max_current=32,
        min_current=6,
        tuples=12,
    )


@pytest.mark.parametrize(("mode", "phases"), [("AC_single_phase", 1), ("AC_two_phase", 2), ("AC_three_phase", 3)])
def test_the_phases_are_those_of_the_mode(mode: str, phases: int) -> None:
    assert read(requestedEnergyTransfer=mode).phases == phases


def test_of_dc_the_least_of_power_and_current_times_voltage() -> None:
    dc = {"evMaxCurrent": 200, "evMaxVoltage": 400, "evMaxPower": 50_000, "energyAmount": 30_000}
    found = read(requestedEnergyTransfer="DC", dcChargingParameters=dc)
    assert (found.phases, found.max_power, found.energy, found.max_current) == (None, 50_000, 30_000, None)
    assert read(requestedEnergyTransfer="DC", dcChargingParameters=dc | {"evMaxPower": 90_000}).max_power == 80_000


def test_of_dc_without_an_amount_what_is_missing_in_the_battery() -> None:
    dc = {"evMaxCurrent": 1, "evMaxVoltage": 1, "stateOfCharge": 20, "evEnergyCapacity": 60_000}
    assert read(requestedEnergyTransfer="DC", dcChargingParameters=dc).energy == 48_000
    assert read(requestedEnergyTransfer="DC", dcChargingParameters=dc | {"fullSoC": 80}).energy == 36_000
    assert read(requestedEnergyTransfer="DC", dcChargingParameters=dc | {"fullSoC": 10}).energy == 0
    assert read(requestedEnergyTransfer="DC", dcChargingParameters=dc | {"stateOfCharge": None}).energy is None


def test_dc_is_seen_from_its_parameters_where_the_mode_is_missing() -> None:
    assert read(dcChargingParameters={"evMaxPower": 10_000}).phases is None
    assert read(acChargingParameters={"evMaxCurrent": 10}).phases == 3


def test_of_15118_20_the_powers_of_all_phases() -> None:
    v2x = {
        "maxChargePower": 3680,
        "maxChargePower_L2": 3680,
        "minChargePower": 1380,
        "minChargePower_L2": 1380,
        "evTargetEnergyRequest": 25_000,
    }
    found = read(requestedEnergyTransfer="AC_BPT", v2xChargingParameters=v2x)
    assert (found.phases, found.max_power, found.min_power, found.energy) == (2, 7360, 2760, 25_000)
    assert found.bidirectional


def test_of_15118_20_dc() -> None:
    v2x = {"maxChargePower": 11_000, "maxChargeCurrent": 30}
    found = read(requestedEnergyTransfer="DC_BPT", v2xChargingParameters=v2x)
    assert (found.phases, found.max_power, found.max_current) == (None, 11_000, None)
    assert not read(requestedEnergyTransfer="DC").bidirectional


@pytest.mark.parametrize(("told", "most"), [(0, 1), (-3, 1), (5, 5), (None, None), ("x", None)])
def test_at_least_one_period_is_taken(told, most) -> None:
    assert read(tuples=told, requestedEnergyTransfer="DC").tuples == most


@pytest.mark.parametrize("payload", [{}, {"chargingNeeds": None}, {"chargingNeeds": []}, {"chargingNeeds": {}}])
def test_nothing_told_is_no_needs(payload) -> None:
    assert needs_of(payload) is None


@pytest.mark.parametrize("value", [0, -1, True, "32", None, float("nan"), float("inf"), []])
def test_what_is_no_amount_is_not_known(value) -> None:
    ac = {"energyAmount": value, "evMinCurrent": value, "evMaxCurrent": value}
    found = read(requestedEnergyTransfer="AC_three_phase", acChargingParameters=ac)
    assert (found.energy, found.min_current, found.max_current) == (None, 0, None)


def test_nothing_is_larger_than_a_gigawatt() -> None:
    dc = {"evMaxCurrent": 1e300, "evMaxVoltage": 1e300}
    assert read(requestedEnergyTransfer="DC", dcChargingParameters=dc).max_power == 1e9


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    [
        *("energyAmount", "evMaxCurrent", "evMinCurrent", "evMaxPower", "evMaxVoltage", "stateOfCharge", "fullSoC"),
        *("evEnergyCapacity", "maxChargePower", "maxChargePower_L2", "evTargetEnergyRequest"),
    ]
)
parts = st.dictionaries(names, anything, max_size=5) | anything
told_needs = st.fixed_dictionaries(
    {},
    optional={
        "requestedEnergyTransfer": anything | st.sampled_from(["AC_three_phase", "DC", "AC_BPT"]),
        "departureTime": anything,
        "acChargingParameters": parts,
        "dcChargingParameters": parts,
        "v2xChargingParameters": parts,
    },
)


@given(st.fixed_dictionaries({}, optional={"chargingNeeds": told_needs | anything, "maxScheduleTuples": anything}))
def test_whatever_is_told_is_read(payload) -> None:
    found = needs_of(payload)
    assert found is None or (found.energy is None or found.energy >= 0)
