"""What operators can say of charging profiles."""

import json
from pathlib import Path

import ocpp
import pytest
from pydantic import ValidationError

from plugins.ocpp201.smart_charging.params import (
    ClearParams,
    CompositeParams,
    PeriodWanted,
    ProfileWanted,
    RenegotiateParams,
    ReportParams,
    ScheduleWanted,
    SetParams,
)

SCHEMA = Path(ocpp.__file__).parent / "v21/schemas/SetChargingProfileRequest.json"


def members_of(kind: str) -> set[str]:
    """Of a type in the schema of SetChargingProfile of 2.1."""
    schema = json.loads(SCHEMA.read_text())
    return set(schema["definitions"][kind]["properties"]) - {"customData"}


def test_every_member_of_2_1_can_be_said() -> None:
    assert members_of("ChargingSchedulePeriodType") == set(PeriodWanted.model_fields)
    schedule = set(ScheduleWanted.model_fields) - set(PeriodWanted.model_fields) - {"periods"}
    assert members_of("ChargingScheduleType") == schedule | {"id", "chargingSchedulePeriod"}
    profile = set(ProfileWanted.model_fields) - set(ScheduleWanted.model_fields) - {"purpose", "kind"}
    assert members_of("ChargingProfileType") == profile | {"chargingProfilePurpose", "chargingProfileKind"}


def test_the_names_of_ocpp_are_taken_too() -> None:
    told = {"chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative", "chargingProfileId": 7}
    read = SetParams.model_validate(told | {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]})
    assert (read.purpose, read.kind, read.id) == ("TxProfile", "Relative", 7)
    assert read.periods is not None
    assert ClearParams.model_validate({"chargingProfileId": 7}).id == 7
    assert ReportParams.model_validate({"chargingProfilePurpose": "TxProfile"}).purpose == "TxProfile"


def test_what_a_command_line_makes_of_values_is_read() -> None:
    read = SetParams.model_validate({"transactionId": 12, "limit": 6})
    assert read.transactionId == "12"
    assert ReportParams.model_validate({"chargingProfileId": 7, "chargingLimitSource": "EMS"}).chargingProfileId == [7]
    assert RenegotiateParams.model_validate({"transactionId": 12}).transactionId == "12"


def test_a_default_profile_in_amperes_unless_said() -> None:
    read = SetParams()
    assert (read.purpose, read.chargingRateUnit, read.stackLevel, read.force) == ("TxDefaultProfile", "A", 0, False)
    assert CompositeParams().evseId == 0
    assert ReportParams().wait


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (SetParams, {"unknown": 1}),
        (SetParams, {"purpose": "Mine"}),
        (SetParams, {"periods": [{"limit": 6}]}),
        (SetParams, {"operationMode": "Mine"}),
        (ReportParams, {"timeout": 0}),
        (RenegotiateParams, {"limit": -1}),
    ],
)
def test_what_nobody_could_mean_is_refused(model, told) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(told)
