"""What the door hands over."""

from dataclasses import FrozenInstanceError, fields

import pytest

from broker.ocpp import Version
from broker.session import Admission

REQUIRED = {
    "identity": "CP001",
    "version": Version.V16,
    "subprotocol": "ocpp1.6",
    "security_profile": 1,
    "listener": "plain",
    "remote": "127.0.0.1",
    "tags": {},
    "known": True,
}


def test_who_a_station_is_does_not_change_while_it_is_connected():
    admission = Admission(**REQUIRED)
    with pytest.raises(FrozenInstanceError):
        admission.identity = "CP002"


@pytest.mark.parametrize("missing", REQUIRED)
def test_the_door_must_say_all_that_it_decided(missing):
    with pytest.raises(TypeError):
        Admission(**{name: value for name, value in REQUIRED.items() if name != missing})


def test_no_secret_is_handed_on():
    assert {field.name for field in fields(Admission)}.isdisjoint({"password", "authorization", "credentials"})
    assert "password" not in repr(Admission(**REQUIRED)).lower()
