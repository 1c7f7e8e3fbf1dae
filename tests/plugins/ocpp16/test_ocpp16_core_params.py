import pytest
from pydantic import ValidationError

from plugins.ocpp16 import core_params as p


def test_a_number_or_a_truth_of_a_command_line_becomes_text():
    values = [p.ChangeConfiguration.model_validate({"key": "K", "value": v}).value for v in (60, True, "60", "-1", 1.5)]
    assert values == ["60", "true", "60", "-1", "1.5"]


def test_data_that_is_no_text_is_sent_as_json():
    assert p.DataTransfer.model_validate({"vendorId": "V", "data": {"ä": [1]}}).data == '{"ä":[1]}'
    assert p.DataTransfer.model_validate({"vendorId": "V", "data": "plain"}).data == "plain"


@pytest.mark.parametrize("name", ["key", "keys"])
def test_keys_are_one_or_several_under_either_name(name):
    assert p.GetConfiguration.model_validate({name: "A"}).key == ["A"]
    assert p.GetConfiguration.model_validate({name: ["A", "B"]}).key == ["A", "B"]
    assert p.GetConfiguration.model_validate({}).key == []


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (p.RemoteStart, {}),
        (p.RemoteStart, {"idTag": "x" * 21}),
        (p.RemoteStart, {"idTag": ""}),
        (p.RemoteStart, {"idTag": "A", "connectorId": 0}),
        (p.RemoteStart, {"idTag": "A", "unit": "W"}),
        (p.RemoteStart, {"idTag": "A", "numberPhases": 1}),
        (p.RemoteStart, {"idTag": "A", "limit": 6, "chargingProfile": {}}),
        (p.RemoteStart, {"idTag": "A", "limit": -1}),
        (p.RemoteStart, {"idTag": "A", "limit": "inf"}),
        (p.RemoteStop, {"transactionId": 1, "connectorId": 1}),
        (p.Reset, {"type": "Warm"}),
        (p.Unlock, {}),
        (p.ChangeAvailability, {"type": "Off"}),
        (p.GetConfiguration, {"key": ["x" * 51]}),
        (p.ChangeConfiguration, {"key": "x" * 51, "value": ""}),
        (p.ChangeConfiguration, {"key": "x", "value": "x" * 501}),
        (p.ChangeConfiguration, {"key": "x"}),
        (p.ChangeConfiguration, {"key": "x", "value": None}),
        (p.Nothing, {"connectorId": 1}),
        (p.DataTransfer, {"vendorId": "x" * 256}),
        (p.DataTransfer, {"vendorId": "x", "messageId": "x" * 51}),
    ],
)
def test_what_no_station_can_take_is_refused(model, wrong):
    with pytest.raises(ValidationError):
        model.model_validate(wrong)


def test_a_wrong_secret_is_not_repeated_to_whoever_reads_the_error():
    with pytest.raises(ValidationError) as caught:
        p.ChangeConfiguration.model_validate({"key": "AuthorizationKey", "value": "s3cret" * 100})
    assert "s3cret" not in str(caught.value)
