"""What operators give to the operations on how a station connects."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.provisioning.network_params import SetNetworkProfile, SetPassword, UpgradeSecurityProfile

CANARY = "canary-canary-16"


@pytest.mark.parametrize("password", ["a" * 16, "Z9*-_=:+|@." + "0" * 53, None])
def test_a_password_is_16_to_64_characters(password):
    given = SetPassword(password=password).password
    assert (None if given is None else given.get_secret_value()) == password


@pytest.mark.parametrize("password", ["a" * 15, "a" * 65, "a" * 15 + " ", "ä" * 16, "a" * 16 + "\n", 5, ""])
def test_another_one_is_refused(password):
    with pytest.raises(ValidationError):
        SetPassword(password=password)


def test_no_repr_and_no_error_shows_a_secret():
    apn, vpn = {"apnPassword": CANARY}, {"key": CANARY}
    params = SetNetworkProfile(configurationSlot=1, basicAuthPassword=CANARY, apn=apn, vpn=vpn)
    whole = SetNetworkProfile(configurationSlot=1, connectionData={"basicAuthPassword": CANARY})
    assert CANARY not in repr([params, whole, SetPassword(password=CANARY)])
    for wrong in ({"basicAuthPassword": CANARY + "!"}, {"apn": CANARY}, {"connectionData": CANARY}):
        with pytest.raises(ValidationError) as error:
            SetNetworkProfile(configurationSlot=1, **wrong)
        assert CANARY not in str(error.value)


def test_all_of_it_or_its_members():
    SetNetworkProfile(configurationSlot=1, connectionData={"x": 1})
    with pytest.raises(ValidationError, match="not both"):
        SetNetworkProfile(configurationSlot=1, connectionData={"x": 1}, messageTimeout=30)


@pytest.mark.parametrize(
    "wrong",
    [
        {"profile": 0}, {"profile": 4}, {"type": "Soft"}, {"priority": ""}, {"ocppInterface": "Wired4"},
        {"ocppVersion": "OCPP30"}, {"identity": "x" * 49}, {"ocppCsmsUrl": ""}, {"unheardOf": 1},
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(wrong):
    with pytest.raises(ValidationError):
        UpgradeSecurityProfile(**wrong)
