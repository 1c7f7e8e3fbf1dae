import pytest

from broker.api import Token
from broker.testing import harness
from broker.testing.fakes import START
from plugins.ocpp201.authorization.plugin import VERSIONS, Authorization

pytestmark = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture
async def h():
    made = harness(Authorization)
    made.records.tokens.configure(
        {
            "CARD1": Token(id="CARD1", status="Accepted", parent="FAMILY"),
            "LATER": Token(id="LATER", status="Accepted", expires=START + 10),
            "POOR": Token(id="POOR", status="NoCredit"),
        }
    )
    yield made
    await made.stop()


async def test_a_token_is_compared_without_regard_to_case_and_names_its_group(version, h):
    card = {"idToken": "card1", "type": "ISO14443"}
    reply = await h.call(version, "Authorize", {"idToken": card})
    assert reply.payload == {
        "idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FAMILY", "type": "Central"}}
    }


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ({"idToken": "NOBODY", "type": "ISO14443"}, "Unknown"),
        ({"idToken": "POOR", "type": "ISO14443"}, "NoCredit"),
        ({"idToken": "", "type": "NoAuthorization"}, "Accepted"),
        ({"idToken": 5}, "Unknown"),
        ("text", "Invalid"),
    ],
)
async def test_what_is_known_of_a_token(version, h, token, status):
    reply = await h.call(version, "Authorize", {"idToken": token})
    assert reply.payload == {"idTokenInfo": {"status": status}}


async def test_a_token_expires(version, h):
    later = {"idToken": {"idToken": "LATER", "type": "ISO14443"}}
    assert (await h.call(version, "Authorize", later)).payload["idTokenInfo"]["status"] == "Accepted"
    h.clock.advance(10)
    assert (await h.call(version, "Authorize", later)).payload == {
        "idTokenInfo": {"status": "Expired", "cacheExpiryDateTime": "2026-01-01T00:00:10Z"}
    }


async def test_unknown_tokens_are_accepted_only_when_asked_for(version):
    h = harness(Authorization, accept_unknown=True)
    reply = await h.call(version, "Authorize", {"idToken": {"idToken": "NOBODY", "type": "ISO14443"}})
    assert reply.payload == {"idTokenInfo": {"status": "Accepted"}}
    await h.stop()
