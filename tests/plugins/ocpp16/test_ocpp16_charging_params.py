"""What operators can say of charging profiles."""

from typing import Any

import pytest
from pydantic import ValidationError

from plugins.ocpp16.charging_params import ClearParams, CompositeParams, NoParams, SetParams


def test_members_have_a_short_name_and_that_of_the_message() -> None:
    short = SetParams.model_validate({"purpose": "TxProfile", "kind": "Relative", "periods": []})
    long = {"chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative", "chargingSchedulePeriod": []}
    assert SetParams.model_validate(long) == short


def test_what_is_left_out_of_a_profile() -> None:
    params = SetParams.model_validate({"limit": 6})
    assert (params.purpose, params.chargingRateUnit, params.stackLevel) == ("TxDefaultProfile", "A", 0)
    assert params.force is False


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (SetParams, {"limits": 6}),
        (SetParams, {"purpose": "Other"}),
        (SetParams, {"limit": "much"}),
        (SetParams, {"periods": [{"startPeriod": 0, "limit": 6, "x": 1}]}),
        (ClearParams, {"chargingProfileId": 1}),
        (CompositeParams, {"chargingRateUnit": "kW"}),
        (NoParams, {"connectorId": 1}),
    ],
)
def test_an_unknown_member_and_a_wrong_value_are_refused(model: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(params)
