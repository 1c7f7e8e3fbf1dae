import pytest
from pydantic import ValidationError

from plugins.ocpp201.data_transfer.params import DataTransfer


@pytest.mark.parametrize("data", ["text", 5, {"a": [1]}, [1], False])
def test_data_is_any_json(data):
    assert DataTransfer(vendorId="com.example", data=data).data == data


@pytest.mark.parametrize("wrong", [{}, {"vendorId": ""}, {"vendorId": "v", "messageId": "x" * 51}, {"vendorId": 5}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ValidationError):
        DataTransfer(**wrong)
