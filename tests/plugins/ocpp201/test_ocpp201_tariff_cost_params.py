import pytest
from pydantic import ValidationError

from plugins.ocpp201.tariff_cost.params import CostUpdated


def test_everything_may_be_left_out():
    assert CostUpdated().model_dump() == {"transactionId": None, "totalCost": None}


def test_a_transaction_id_of_a_command_line_is_text():
    assert CostUpdated.model_validate({"transactionId": 12, "totalCost": 1.5}).transactionId == "12"


@pytest.mark.parametrize(
    "given", [{"transactionId": "x" * 37}, {"transactionId": ""}, {"totalCost": "nan"}, {"cost": 1}]
)
def test_what_does_not_fit_is_refused(given):
    with pytest.raises(ValidationError):
        CostUpdated.model_validate(given)
