"""What is wrong with a charging profile: every fault, each with its field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Call, Schemas, Version
from plugins.ocpp16.charging_checks import Capabilities, capabilities, faults

START = "2026-01-01T00:00:00Z"
SCHEDULE = "chargingSchedule"
PERIODS = "chargingSchedule.chargingSchedulePeriod"


def profile(**changes: Any) -> dict[str, Any]:
    """A TxDefaultProfile; a member of None is left out."""
    schedule = {
        "duration": changes.pop("duration", 3600),
        "startSchedule": changes.pop("startSchedule", START),
        "chargingRateUnit": changes.pop("chargingRateUnit", "A"),
        "chargingSchedulePeriod": changes.pop("periods", [{"startPeriod": 0, "limit": 6.0}]),
        "minChargingRate": changes.pop("minChargingRate", None),
    }
    whole = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        SCHEDULE: {name: value for name, value in schedule.items() if value is not None},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def relative(**changes: Any) -> dict[str, Any]:
    return profile(chargingProfileKind="Relative", startSchedule=None, **changes)


def recurring(**changes: Any) -> dict[str, Any]:
    return profile(**{"chargingProfileKind": "Recurring", "recurrencyKind": "Daily"} | changes)


def tx(**changes: Any) -> dict[str, Any]:
    return profile(**{"chargingProfilePurpose": "TxProfile", "transactionId": 7} | changes)


GOOD = [
    (profile(), 0),
    (profile(), 2),
    (profile(validFrom=START, validTo="2026-01-02T00:00:00+01:00"), 1),
    (profile(periods=[{"startPeriod": 0, "limit": 8.1, "numberPhases": 1}, {"startPeriod": 60, "limit": 0}]), 1),
    (profile(minChargingRate=0.5, duration=None), 1),
    (profile(chargingProfilePurpose="ChargePointMaxProfile"), 0),
    (recurring(), 1),
    (recurring(recurrencyKind="Weekly", duration=700_000), 1),
    (relative(), 1),
    (tx(), 1),
    (tx(transactionId=-1), 3),
]


@pytest.mark.parametrize(("given_profile", "connector"), GOOD)
def test_a_good_profile_has_no_fault_and_fits_the_schema(given_profile: dict[str, Any], connector: int) -> None:
    assert faults(given_profile, connector) == []
    payload = {"connectorId": connector, "csChargingProfiles": given_profile}
    assert Schemas().check_call(Call.of("SetChargingProfile", payload, version=Version.V16)) is None


FAULTS = [
    (profile(chargingProfileId=None), 1, "chargingProfileId", "missing"),
    (profile(chargingProfileId="1"), 1, "chargingProfileId", "whole number"),
    (profile(chargingProfileId=True), 1, "chargingProfileId", "whole number"),
    (profile(stackLevel=None), 1, "stackLevel", "missing"),
    (profile(stackLevel=-1), 1, "stackLevel", "below 0"),
    (profile(chargingProfilePurpose="Other"), 1, "chargingProfilePurpose", "one of"),
    (profile(chargingProfilePurpose=["TxProfile"]), 1, "chargingProfilePurpose", "one of"),
    (profile(chargingProfileKind="Never"), 1, "chargingProfileKind", "one of"),
    (recurring(recurrencyKind="Hourly"), 1, "recurrencyKind", "one of"),
    (profile(validFrom="yesterday"), 1, "validFrom", "a time"),
    (profile(validFrom="2026-01-01"), 1, "validFrom", "a time"),
    (profile(validTo="2026-01-01T00:00:00"), 1, "validTo", "a time"),
    (profile(validTo="2026-13-01T00:00:00Z"), 1, "validTo", "a time"),
    (profile(validTo=5), 1, "validTo", "a time"),
    (profile(validFrom=START, validTo=START), 1, "validTo", "after validFrom"),
    (profile(validFrom=START, validTo="2026-01-01T00:30:00+01:00"), 1, "validTo", "after validFrom"),
    (profile(**{SCHEDULE: []}), 1, SCHEDULE, "not an object"),
    (profile(mine=1), 1, "mine", "not allowed"),
    (profile(duration=0), 1, f"{SCHEDULE}.duration", "above 0"),
    (profile(duration=1.5), 1, f"{SCHEDULE}.duration", "whole number"),
    (profile(chargingRateUnit=None), 1, f"{SCHEDULE}.chargingRateUnit", "missing"),
    (profile(chargingRateUnit="kW"), 1, f"{SCHEDULE}.chargingRateUnit", "one of"),
    (profile(startSchedule="now"), 1, f"{SCHEDULE}.startSchedule", "a time"),
    (profile(minChargingRate=0.25), 1, f"{SCHEDULE}.minChargingRate", "one digit"),
    (profile(periods=[]), 1, PERIODS, "no period"),
    (profile(periods={}), 1, PERIODS, "not a list"),
    (profile(periods=[5]), 1, f"{PERIODS}[0]", "not an object"),
    (profile(periods=[{"limit": 6}]), 1, f"{PERIODS}[0].startPeriod", "missing"),
    (profile(periods=[{"startPeriod": 0}]), 1, f"{PERIODS}[0].limit", "missing"),
    (profile(periods=[{"startPeriod": 0, "limit": 6.05}]), 1, f"{PERIODS}[0].limit", "one digit"),
    (profile(periods=[{"startPeriod": 0, "limit": -1}]), 1, f"{PERIODS}[0].limit", "below 0"),
    (profile(periods=[{"startPeriod": 0, "limit": True}]), 1, f"{PERIODS}[0].limit", "a number"),
    (profile(periods=[{"startPeriod": 0, "limit": float("nan")}]), 1, f"{PERIODS}[0].limit", "a number"),
    (profile(periods=[{"startPeriod": 0, "limit": 6, "x": 1}]), 1, f"{PERIODS}[0].x", "not allowed"),
    (profile(periods=[{"startPeriod": 0, "limit": 6, "numberPhases": 4}]), 1, f"{PERIODS}[0].numberPhases", "1, 2 or"),
    (profile(periods=[{"startPeriod": 0, "limit": 6, "numberPhases": 0}]), 1, f"{PERIODS}[0].numberPhases", "1, 2 or"),
    (profile(periods=[{"startPeriod": 60, "limit": 6}]), 1, f"{PERIODS}[0].startPeriod", "0 in the first"),
    (
        profile(periods=[{"startPeriod": 0, "limit": 6}, {"startPeriod": 0, "limit": 7}]),
        1,
        f"{PERIODS}[1].startPeriod",
        "after the period before",
    ),
    (profile(), None, "connectorId", "whole number"),
    (profile(), -1, "connectorId", "below 0"),
    (profile(chargingProfilePurpose="ChargePointMaxProfile"), 1, "connectorId", "0 for a ChargePointMaxProfile"),
    (tx(), 0, "connectorId", "above 0 for a TxProfile"),
    (tx(transactionId=None), 1, "transactionId", "missing"),
    (profile(transactionId=7), 1, "transactionId", "TxProfile alone"),
    (profile(chargingProfilePurpose="ChargePointMaxProfile", transactionId=7), 0, "transactionId", "TxProfile alone"),
    (profile(startSchedule=None), 1, f"{SCHEDULE}.startSchedule", "missing"),
    (recurring(startSchedule=None), 1, f"{SCHEDULE}.startSchedule", "missing"),
    (recurring(recurrencyKind=None), 1, "recurrencyKind", "missing"),
    (profile(recurrencyKind="Daily"), 1, "recurrencyKind", "no place"),
    (profile(chargingProfileKind="Relative"), 1, f"{SCHEDULE}.startSchedule", "no place"),
]


@pytest.mark.parametrize(("wrong", "connector", "field", "text"), FAULTS)
def test_a_fault_is_named_with_its_field(wrong: dict[str, Any], connector: Any, field: str, text: str) -> None:
    (fault,) = faults(wrong, connector)
    assert fault.field == field
    assert text in fault.text
    assert str(fault) == f"{field}: {fault.text}"


def test_all_faults_are_told_at_once() -> None:
    wrong = recurring(
        stackLevel=-1,
        recurrencyKind=None,
        validFrom="2026-01-02T00:00:00Z",
        validTo=START,
        periods=[{"startPeriod": 5, "limit": 6.05}, {"startPeriod": 5, "limit": 6, "numberPhases": 9}],
        transactionId=1,
    )
    assert sorted(fault.field for fault in faults(wrong, -1)) == sorted(
        [
            "connectorId",
            "stackLevel",
            "recurrencyKind",
            "validTo",
            "transactionId",
            f"{PERIODS}[0].startPeriod",
            f"{PERIODS}[0].limit",
            f"{PERIODS}[1].startPeriod",
            f"{PERIODS}[1].numberPhases",
        ]
    )


@pytest.mark.parametrize("nothing", [None, 5, "TxProfile", [profile()]])
def test_what_is_no_object_is_one_fault(nothing: Any) -> None:
    assert [fault.field for fault in faults(nothing, 1)] == ["csChargingProfiles"]


def test_a_remote_start_wants_a_tx_profile_without_a_transaction() -> None:
    good = relative(chargingProfilePurpose="TxProfile")
    assert faults(good, None, remote_start=True) == []
    assert faults(good, 1, remote_start=True) == []
    assert [fault.field for fault in faults(good, 0, remote_start=True)] == ["connectorId"]
    assert [fault.field for fault in faults(tx(), 1, remote_start=True)] == ["transactionId"]
    assert [fault.field for fault in faults(profile(), 1, remote_start=True)] == ["chargingProfilePurpose"]


def test_what_the_station_can_do_counts_where_it_is_known() -> None:
    two = [{"startPeriod": 0, "limit": 6}, {"startPeriod": 60, "limit": 7}]
    able = Capabilities(max_stack_level=2, max_periods=2, units=frozenset("A"))
    assert faults(profile(stackLevel=2, periods=two), 1, able) == []
    beyond = profile(stackLevel=3, periods=[*two, {"startPeriod": 90, "limit": 8}], chargingRateUnit="W")
    assert [fault.field for fault in faults(beyond, 1, able)] == [
        "stackLevel",
        PERIODS,
        f"{SCHEDULE}.chargingRateUnit",
    ]
    assert faults(beyond, 1) == []


@pytest.mark.parametrize("unit", ["kW", [], None])
def test_a_unit_that_does_not_exist_is_no_question_of_what_the_station_can_do(unit: Any) -> None:
    wrong = profile(chargingRateUnit="A")
    wrong[SCHEDULE]["chargingRateUnit"] = unit
    (fault,) = faults(wrong, 1, Capabilities(units=frozenset("A")))
    assert "one of" in fault.text


def test_the_capabilities_are_read_from_the_configuration_keys() -> None:
    keys = {
        "ChargeProfileMaxStackLevel": "8",
        "chargingschedulemaxperiods": "24",
        "ChargingScheduleAllowedChargingRateUnit": "Current, power",
    }
    assert capabilities(keys) == Capabilities(8, 24, frozenset("AW"))
    assert capabilities({"ChargingScheduleAllowedChargingRateUnit": "Power"}).units == frozenset("W")


def test_keys_without_a_meaning_allow_everything() -> None:
    keys = {"ChargeProfileMaxStackLevel": "many", "ChargingScheduleAllowedChargingRateUnit": "Horses"}
    assert capabilities(keys) == Capabilities()
    assert capabilities({"ChargeProfileMaxStackLevel": None}) == Capabilities()


starts = st.lists(st.integers(1, 10**6), max_size=8, unique=True).map(lambda rest: [0, *sorted(rest)])


@given(starts, st.integers(0, 10**6))
def test_ascending_periods_with_one_digit_have_no_fault(begins: list[int], tenths: int) -> None:
    """Whatever the tenth: 0.1 has no exact float, and 6.3 / 0.1 is not 63."""
    periods = [{"startPeriod": begin, "limit": tenths / 10} for begin in begins]
    assert faults(profile(periods=periods), 1) == []


@given(starts.filter(lambda begins: len(begins) > 1), st.randoms())
def test_any_other_order_has_a_fault(begins: list[int], random: Any) -> None:
    mixed = begins[:]
    random.shuffle(mixed)
    periods = [{"startPeriod": begin, "limit": 6} for begin in mixed]
    assert bool(faults(profile(periods=periods), 1)) == (mixed != begins)


@given(st.integers(0, 10**4), st.integers(1, 9), st.integers(1, 9))
def test_a_second_digit_is_a_fault(whole: int, first: int, second: int) -> None:
    (fault,) = faults(profile(periods=[{"startPeriod": 0, "limit": float(f"{whole}.{first}{second}")}]), 1)
    assert "one digit" in fault.text


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*profile(), *profile()[SCHEDULE]]), inner)
    ),
    max_leaves=10,
)


@given(odd, odd)
def test_whatever_is_given_is_judged_and_never_an_exception(anything: Any, connector: Any) -> None:
    assert all(fault.field and fault.text for fault in faults(anything, connector))


@given(
    st.dictionaries(st.sampled_from([*profile(), "transactionId", "recurrencyKind", "validTo"]), odd), st.integers(0, 2)
)
def test_without_a_fault_the_schema_is_met(changes: dict[str, Any], connector: int) -> None:
    candidate = profile(**changes)
    payload = {"connectorId": connector, "csChargingProfiles": candidate}
    if not faults(candidate, connector):
        assert Schemas().check_call(Call.of("SetChargingProfile", payload, version=Version.V16)) is None
