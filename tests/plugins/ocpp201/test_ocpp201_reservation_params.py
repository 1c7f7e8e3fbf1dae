import pytest
from pydantic import ValidationError

from plugins.ocpp201.reservation.params import Cancel, Reserve


def test_only_the_id_token_has_to_be_said():
    params = Reserve.model_validate({"idToken": "A/eMAID"})
    assert (params.idToken.idToken, params.idToken.type) == ("A", "eMAID")
    assert (params.evseId, params.connectorType, params.expiryDateTime, params.expiresIn, params.id) == (None,) * 5


def test_a_number_may_be_named_as_the_message_does_or_as_1_6_does():
    assert [Reserve.model_validate({"idToken": "A", name: 5}).id for name in ("id", "reservationId")] == [5, 5]
    assert [Cancel.model_validate({name: 5}).reservationId for name in ("id", "reservationId")] == [5, 5]


def test_a_token_of_digits_is_a_token():
    assert Reserve.model_validate({"idToken": 4711}).idToken.idToken == "4711"
    assert Cancel.model_validate({"idToken": 4711}).idToken == "4711"


def test_wrong_numbers_can_be_sent():
    params = Reserve.model_validate({"idToken": "A", "evseId": -1, "expiryDateTime": "2020-01-01T00:00:00Z"})
    assert (params.evseId, params.expiryDateTime) == (-1, "2020-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"idToken": "A", "expiryDateTime": "SECRET"},
        {"idToken": "A", "id": 2**31},
        {"idToken": "A", "connectorType": "x" * 21},
        {"idTag": "SECRET"},
    ],
)
def test_what_is_wrong_is_refused_and_not_repeated(wrong):
    with pytest.raises(ValidationError) as caught:
        Reserve.model_validate(wrong)
    assert "SECRET" not in str(caught.value)
