import pytest
from pydantic import ValidationError

from plugins.ocpp201.availability.params import ChangeAvailability


def test_the_word_of_1_6_and_that_of_2_x_are_both_taken():
    assert ChangeAvailability(type="Operative").type == ChangeAvailability(operationalStatus="Operative").type


def test_a_connector_is_one_of_an_evse():
    assert ChangeAvailability(type="Operative", evseId=1, connectorId=2).connectorId == 2
    with pytest.raises(ValidationError, match="evseId"):
        ChangeAvailability(type="Operative", connectorId=2)


@pytest.mark.parametrize("wrong", [{"evseId": -1}, {"evseId": "x"}, {"evse": {"id": 1}}])
def test_wrong_places_are_refused(wrong):
    with pytest.raises(ValidationError):
        ChangeAvailability(type="Operative", **wrong)
