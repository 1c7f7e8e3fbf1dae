import pytest

from plugins.ocpp201.remote_control import profile
from plugins.ocpp201.remote_control.profile import WrongProfile, composed, fresh_id, of_limit

SCHEDULE = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}


def test_what_is_left_out_is_chosen():
    sent = composed({"chargingSchedule": [SCHEDULE]}, ())
    assert 1 <= sent.pop("id") < 2**31
    assert sent == {
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [SCHEDULE],
    }


def test_what_is_said_is_sent():
    given = {
        "id": 9,
        "stackLevel": 2,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "validFrom": "2026-01-01T00:00:00Z",
        "chargingSchedule": [{**SCHEDULE, "startSchedule": "2026-01-01T00:00:00Z"}],
    }
    assert composed(given, {9}) == given


def test_one_schedule_is_a_list_of_one():
    assert composed({"chargingSchedule": SCHEDULE}, ())["chargingSchedule"] == [SCHEDULE]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"transactionId": "t"}, "transactionId"),
        ({"chargingProfilePurpose": "TxDefaultProfile"}, "chargingProfilePurpose"),
        ({"chargingSchedule": []}, "chargingSchedule"),
        ({"chargingSchedule": None}, "chargingSchedule"),
    ],
)
def test_what_a_start_cannot_take_is_said(wrong, says):
    with pytest.raises(WrongProfile, match=says):
        composed({"chargingSchedule": [SCHEDULE], **wrong}, ())


def test_a_limit_makes_one_period_from_the_beginning():
    assert of_limit(6.5, "W", None)["chargingSchedule"] == [
        {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.5}]}
    ]
    (schedule,) = of_limit(6, "A", 1)["chargingSchedule"]
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 6, "numberPhases": 1}]


def test_a_fresh_id_is_none_that_the_station_has(monkeypatch):
    monkeypatch.setattr(profile, "_LARGEST", 3)
    assert fresh_id({1, 3}) == 2
    assert composed({"chargingSchedule": [SCHEDULE]}, {1, 3})["id"] == 2
