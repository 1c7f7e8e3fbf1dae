"""idTokens that an operator gives."""

import pytest
from pydantic import BaseModel, ValidationError

from broker.api import Token
from broker.testing import harness
from plugins.ocpp201.availability.plugin import Availability
from plugins.ocpp201.id_tokens import IdTokenParam, resolved


class Given(BaseModel):
    idToken: IdTokenParam


def read(value):
    return Given(idToken=value).idToken.model_dump(exclude_none=True)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("TAG", {"idToken": "TAG"}),
        (4711, {"idToken": "4711"}),
        ("TAG/ISO14443", {"idToken": "TAG", "type": "ISO14443"}),
        ("A/B/eMAID", {"idToken": "A/B", "type": "eMAID"}),
        ("A/B", {"idToken": "A/B"}),
        ("/NoAuthorization", {"idToken": "", "type": "NoAuthorization"}),
        ({"idToken": "TAG", "type": "VendorsOwn"}, {"idToken": "TAG", "type": "VendorsOwn"}),
        (
            {"idToken": "X", "type": "DirectPayment", "additionalInfo": [{"additionalIdToken": "1", "type": "Card"}]},
            {"idToken": "X", "type": "DirectPayment", "additionalInfo": [{"additionalIdToken": "1", "type": "Card"}]},
        ),
    ],
)
def test_an_id_token_in_every_form(value, found):
    assert read(value) == found


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, {"type": "Central"}, {"idToken": "x", "kind": "y"}])
def test_anything_else_is_an_error_that_does_not_repeat_it(value):
    with pytest.raises(ValidationError):
        Given(idToken=value)


async def test_the_type_is_that_of_the_token_as_it_is_known():
    h = harness(Availability)
    await h.ready()
    await h.records.tokens.put(Token(id="TAG", type="ISO14443"))
    await h.records.tokens.put(Token(id="OTHER"))

    async def of(value):
        return await resolved(h.records, Given(idToken=value).idToken)

    assert await of("tag") == {"idToken": "tag", "type": "ISO14443"}
    assert await of("TAG/KeyCode") == {"idToken": "TAG", "type": "KeyCode"}
    assert await of("OTHER") == {"idToken": "OTHER", "type": "Central"}
    assert await of("nobody") == {"idToken": "nobody", "type": "Central"}
    await h.stop()


async def test_what_is_not_there_is_left_out():
    h = harness(Availability)
    await h.ready()
    info = [{"additionalIdToken": "1234", "type": "CardLast4Digits"}]
    given = Given(idToken={"idToken": "X", "type": "DirectPayment", "additionalInfo": info}).idToken
    assert (await resolved(h.records, given))["additionalInfo"] == info
    empty = Given(idToken={"idToken": "X", "type": "DirectPayment", "additionalInfo": []}).idToken
    assert "additionalInfo" not in await resolved(h.records, empty)
    await h.stop()
