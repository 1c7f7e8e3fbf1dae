"""What operators can say of DER controls."""

import json
from pathlib import Path

import ocpp
import pytest
from pydantic import BaseModel, ValidationError

from plugins.ocpp21.der_control.params import ClearParams, GetParams, SetParams

SCHEMAS = Path(ocpp.__file__).parent / "v21/schemas"


@pytest.mark.parametrize(
    ("action", "model", "ours"),
    [
        ("SetDERControl", SetParams, {"force"}),
        ("GetDERControl", GetParams, {"wait", "timeout"}),
        ("ClearDERControl", ClearParams, set()),
    ],
)
def test_every_member_can_be_said(action: str, model: type[BaseModel], ours: set[str]) -> None:
    schema = json.loads((SCHEMAS / f"{action}Request.json").read_text())
    assert set(schema["properties"]) - {"customData"} == set(model.model_fields) - ours


def test_an_id_that_looks_like_a_number() -> None:
    assert SetParams.model_validate({"controlType": "VoltVar", "controlId": 12}).controlId == "12"
    assert GetParams.model_validate({"controlId": 12}).controlId == "12"
    assert not ClearParams.model_validate({"controlId": 12}).isDefault


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(ValidationError):
        SetParams.model_validate({"controlType": "VoltVar", "curves": {}})
