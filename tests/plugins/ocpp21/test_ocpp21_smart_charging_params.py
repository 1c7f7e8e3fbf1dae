"""What operators can say of priority and dynamic charging."""

import json
from pathlib import Path

import ocpp
import pytest
from pydantic import ValidationError

from plugins.ocpp21.smart_charging.params import RATES, PriorityParams, UpdateParams

SCHEMA = Path(ocpp.__file__).parent / "v21/schemas/UpdateDynamicScheduleRequest.json"


def test_every_member_of_an_update_can_be_said() -> None:
    schema = json.loads(SCHEMA.read_text())
    assert set(RATES) == set(schema["definitions"]["ChargingScheduleUpdateType"]["properties"]) - {"customData"}


def test_the_number_by_either_name() -> None:
    assert UpdateParams.model_validate({"id": 7}).chargingProfileId == 7
    assert UpdateParams.model_validate({"chargingProfileId": 7}).send


def test_a_transaction_that_looks_like_a_number() -> None:
    assert PriorityParams.model_validate({"transactionId": 12}).transactionId == "12"
    assert PriorityParams().activate


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(ValidationError):
        UpdateParams.model_validate({"numberPhases": 3})
