import pytest

from plugins.ocpp16 import remote_start
from plugins.ocpp16.charging_checks import Capabilities
from plugins.ocpp16.remote_start import WrongProfile, composed, fresh_id, of_limit

SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}


def compose(given, *, connector=1, capable=None, taken=()):
    return composed(given, connector=connector, capable=capable or Capabilities(), taken=taken)


def test_what_is_left_out_is_chosen():
    sent = compose({"chargingSchedule": SCHEDULE})
    assert 1 <= sent.pop("chargingProfileId") < 2**31
    assert sent == {
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": SCHEDULE,
    }


def test_what_is_said_is_sent():
    given = {
        "chargingProfileId": 9,
        "stackLevel": 2,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "validFrom": "2026-01-01T00:00:00Z",
        "chargingSchedule": {**SCHEDULE, "duration": 60, "startSchedule": "2026-01-01T00:00:00Z"},
    }
    assert compose(given) == given


def test_a_limit_makes_one_period_from_the_beginning():
    assert of_limit(6.5, "W", None)["chargingSchedule"] == {
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.5}],
    }
    (period,) = of_limit(6, "A", 1)["chargingSchedule"]["chargingSchedulePeriod"]
    assert period == {"startPeriod": 0, "limit": 6, "numberPhases": 1}


def test_a_fresh_id_is_none_that_the_station_has(monkeypatch):
    monkeypatch.setattr(remote_start, "_LARGEST", 3)
    assert fresh_id({1, 3}) == 2
    assert compose({"chargingSchedule": SCHEDULE}, taken={1, 3})["chargingProfileId"] == 2


def periods(*starts: int) -> dict:
    return {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": at, "limit": 1} for at in starts]}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"transactionId": 5}, "transactionId"),
        ({"chargingProfilePurpose": "TxDefaultProfile"}, "chargingProfilePurpose"),
        ({"chargingSchedule": periods(1, 2)}, "startPeriod"),
        ({"chargingSchedule": periods(0, 5, 4)}, "startPeriod"),
        ({"chargingSchedule": None}, "chargingSchedule"),
        ({"chargingSchedule": {**SCHEDULE, "startSchedule": "2026-01-01T00:00:00Z"}}, "startSchedule"),
    ],
)
def test_what_a_station_could_not_follow_is_refused(wrong, says):
    with pytest.raises(WrongProfile, match=says):
        compose({"chargingSchedule": SCHEDULE, **wrong})


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(WrongProfile, match=r"transactionId.*; .*startPeriod"):
        compose({"transactionId": 5, "chargingSchedule": periods(1)})


def test_what_the_station_cannot_do_is_refused():
    with pytest.raises(WrongProfile, match="stackLevel"):
        compose({"stackLevel": 5, "chargingSchedule": SCHEDULE}, capable=Capabilities(max_stack_level=3))
