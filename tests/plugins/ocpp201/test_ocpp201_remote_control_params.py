import pytest
from pydantic import ValidationError

from plugins.ocpp201.remote_control.params import RemoteStart, RemoteStop, Trigger, Unlock


def test_an_id_token_is_given_as_text_or_whole():
    assert RemoteStart(idToken="CARD1/ISO14443").idToken.type == "ISO14443"
    assert RemoteStart(idToken={"idToken": "", "type": "NoAuthorization"}).idToken.idToken == ""
    assert RemoteStart().idToken is None


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (RemoteStart, {"evseId": 0}),
        (RemoteStart, {"limit": -1}),
        (RemoteStart, {"limit": 5, "chargingProfile": {}}),
        (RemoteStart, {"unit": "W"}),
        (RemoteStart, {"numberPhases": 1}),
        (RemoteStart, {"limit": 5, "unit": "kW"}),
        (RemoteStart, {"idTag": "CARD1"}),
        (RemoteStop, {"transactionId": "t", "evseId": 1}),
        (RemoteStop, {"transactionId": ""}),
        (Trigger, {}),
        (Trigger, {"requestedMessage": "Everything"}),
        (Trigger, {"requestedMessage": "MeterValues", "connectorId": 1}),
        (Trigger, {"requestedMessage": "MeterValues", "customTrigger": "x"}),
        (Trigger, {"requestedMessage": "CustomTrigger"}),
        (Unlock, {}),
        (Unlock, {"evseId": -1}),
    ],
)
def test_wrong_parameters_are_refused(model, wrong):
    with pytest.raises(ValidationError):
        model(**wrong)


def test_the_first_connector_is_unlocked_unless_another_is_named():
    assert Unlock(evseId=1).connectorId == 1
