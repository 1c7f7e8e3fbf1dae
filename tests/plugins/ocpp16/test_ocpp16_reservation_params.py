import pydantic
import pytest

from plugins.ocpp16.reservation_params import Cancel, Reserve


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "idTag"),
        ({"idTag": "A" * 21}, "idTag"),
        ({"idTag": "A", "parentIdTag": "A" * 21}, "parentIdTag"),
        ({"idTag": "A", "connectorId": "one"}, "connectorId"),
        ({"idTag": "A", "reservationId": 2**31}, "reservationId"),
        ({"idTag": "A", "expiryDate": "tomorrow"}, "expiryDate"),
        ({"idTag": "A", "expiresIn": "an hour"}, "expiresIn"),
        ({"idTag": "A", "id": 5}, "id"),
    ],
)
def test_what_cannot_be_sent_is_named(params, path):
    with pytest.raises(pydantic.ValidationError) as caught:
        Reserve.model_validate(params)
    assert [error["loc"] for error in caught.value.errors()] == [(path,)]


@pytest.mark.parametrize("expiry", ["2026-01-31T12:00:00Z", "2020-01-01T00:00:00.5+02:00", "2026-01-31T12:00:00"])
def test_any_moment_can_be_sent_as_it_was_written(expiry):
    assert Reserve(idTag="A", expiryDate=expiry).expiryDate == expiry


@pytest.mark.parametrize("number", [-(2**31), -1, 0, 1, 2**31 - 1])
def test_any_number_of_32_bits_can_be_sent(number):
    reserve = Reserve(idTag="A", reservationId=number, connectorId=number)
    assert (reserve.reservationId, reserve.connectorId) == (number, number)
    assert Cancel(reservationId=number).reservationId == number


@pytest.mark.parametrize("params", [{"reservationId": 2**31}, {"reservationId": "x"}, {"reservation": 1}])
def test_a_cancellation_that_cannot_be_sent_is_refused(params):
    with pytest.raises(pydantic.ValidationError):
        Cancel.model_validate(params)
