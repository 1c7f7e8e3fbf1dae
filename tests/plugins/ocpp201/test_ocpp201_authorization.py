from types import SimpleNamespace

import pytest
from ocpp201_neighbour_kit import beside

from broker.api import Direction, Reply, StationRefused, Token, Version
from broker.hooks import PluginError
from broker.testing import harness
from broker.testing.fakes import START
from plugins.ocpp201.authorization.plugin import Authorization
from plugins.ocpp201.id_tokens import TYPES
from plugins.ocpp201.versions import V2

pytestmark = pytest.mark.parametrize("version", V2)

CARD = {"idToken": "card1", "type": "ISO14443"}
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a",
    "issuerKeyHash": "b",
    "serialNumber": "1",
    "responderURL": "http://ocsp.example",
}


@pytest.fixture
async def h():
    made, shared = beside(Authorization)
    made.shared = shared
    made.records.tokens.configure(
        {
            "CARD1": Token(id="CARD1", parent="FAMILY"),
            "MASTER": Token(id="MASTER", parent="MASTERPASS"),
            "LATER": Token(id="LATER", expires=START + 10),
            "POOR": Token(id="POOR", credit=0.0),
            "BLOCKED": Token(id="BLOCKED", status="Blocked"),
            "PIN": Token(id="PIN", type="KeyCode"),
            "ELSEWHERE": Token(id="ELSEWHERE", evses={"CP001": []}),
        }
    )
    yield made
    await made.stop()


async def told(h, version, token, **more):
    return (await h.call(version, "Authorize", {"idToken": token, **more})).payload


async def status(h, version, token):
    return (await told(h, version, token))["idTokenInfo"]["status"]


def test_the_block_owns_its_actions(version):
    found = {(a.name, a.direction) for a in harness(Authorization).plugins.actions() if a.version == Version(version)}
    assert found == {("Authorize", Direction.FROM_STATION), ("ClearCache", Direction.TO_STATION)}


async def test_a_token_is_compared_without_regard_to_case_and_names_its_group(version, h):
    assert await told(h, version, CARD) == {
        "idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FAMILY", "type": "Central"}}
    }


async def test_a_master_pass_is_of_the_group_that_the_station_knows(version, h):
    info = (await told(h, version, {"idToken": "MASTER", "type": "ISO14443"}))["idTokenInfo"]
    assert info == {"status": "Accepted", "groupIdToken": {"idToken": "MASTERPASS", "type": "Central"}}


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ({"idToken": "NOBODY", "type": "ISO14443"}, "Unknown"),
        ({"idToken": "POOR", "type": "ISO14443"}, "NoCredit"),
        ({"idToken": "BLOCKED", "type": "ISO14443"}, "Blocked"),
        ({"idToken": "ELSEWHERE", "type": "ISO14443"}, "NotAtThisLocation"),
        ({"idToken": "", "type": "NoAuthorization"}, "Accepted"),
        ({"idToken": "PIN", "type": "KeyCode"}, "Accepted"),
        ({"idToken": "PIN", "type": "ISO14443"}, "Invalid"),
        ({"idToken": "PIN"}, "Invalid"),
        ({"idToken": 5}, "Unknown"),
        ({"idToken": "\ud800", "type": "Central"}, "Unknown"),
        ({"idToken": None, "type": []}, "Unknown"),
        ({}, "Unknown"),
        ("text", "Invalid"),
        (None, "Invalid"),
    ],
)
async def test_what_is_known_of_a_token(version, h, token, said):
    assert await status(h, version, token) == said


@pytest.mark.parametrize("kind", sorted(TYPES | {"Vendor"}))
async def test_a_token_without_a_type_may_come_as_any(version, h, kind):
    assert await status(h, version, {"idToken": "CARD1", "type": kind}) == "Accepted"


async def test_a_token_expires(version, h):
    later = {"idToken": "LATER", "type": "ISO14443"}
    assert await status(h, version, later) == "Accepted"
    h.clock.advance(10)
    assert await told(h, version, later) == {
        "idTokenInfo": {"status": "Expired", "cacheExpiryDateTime": "2026-01-01T00:00:10Z"}
    }


async def test_unknown_tokens_are_accepted_only_when_asked_for(version):
    h = harness(Authorization, accept_unknown=True)
    assert await told(h, version, {"idToken": "NOBODY", "type": "ISO14443"}) == {"idTokenInfo": {"status": "Accepted"}}
    assert await status(h, version, {"type": "ISO14443"}) == "Unknown"
    await h.stop()


async def test_an_answer_may_be_cached_as_long_as_the_options_say(version):
    h = harness(Authorization, cache_seconds=60)
    h.records.tokens.configure({"CARD1": Token(id="CARD1")})
    assert await told(h, version, CARD) == {
        "idTokenInfo": {"status": "Accepted", "cacheExpiryDateTime": "2026-01-01T00:01:00Z"}
    }
    await h.stop()


@pytest.mark.parametrize("option", ["cache_seconds", "central_seconds"])
def test_times_are_above_0(version, option):
    with pytest.raises(PluginError, match=option):
        harness(Authorization, **{option: 0})


async def test_what_the_upstream_has_said_counts_while_the_broker_stands_in_for_it(version, h):
    h.session(version).stands_in_for = {"card1": {"status": "Blocked"}}
    assert await status(h, version, CARD) == "Blocked"
    assert await status(h, version, {"idToken": "", "type": "NoAuthorization"}) == "Accepted"


async def test_a_token_made_for_a_remote_start_is_accepted_at_its_station(version, h):
    await h.ready()
    made = await h.shared["ocpp201.authorization.central"].issue("CP001", 7)
    assert await told(h, version, made) == {"idTokenInfo": {"status": "Accepted"}}
    assert await status(h, version, {**made, "type": "ISO14443"}) == "Unknown"
    h.clock.advance(86_400)
    assert await status(h, version, made) == "Unknown"


async def test_other_plugins_ask_the_same(version, h):
    await h.ready()
    info = await h.shared["ocpp201.authorization"](h.session(version), CARD)
    assert info["groupIdToken"]["idToken"] == "FAMILY"


# --- contract certificates --------------------------------------------------------------------------------------------


class Ocsp:
    def __init__(self, word):
        self.word = word

    async def status(self, hash_data):
        return [SimpleNamespace(status=self.word) for _ in hash_data]

    async def chain(self, pem):
        return self.word


@pytest.mark.parametrize(
    ("word", "said", "certificate"),
    [("good", "Accepted", "Accepted"), ("revoked", "Invalid", "CertificateRevoked")],
)
async def test_c07_hashes_are_checked_at_the_responder(version, h, word, said, certificate):
    h.shared["ocpp201.ocsp"] = Ocsp(word)
    answer = await told(h, version, {"idToken": "CARD1", "type": "eMAID"}, iso15118CertificateHashData=[HASH])
    assert (answer["idTokenInfo"]["status"], answer["certificateStatus"]) == (said, certificate)


async def test_c07_a_chain_is_checked_by_the_csms(version, h):
    h.shared["ocpp201.ocsp"] = Ocsp("Accepted")
    answer = await told(h, version, {"idToken": "CARD1", "type": "eMAID"}, certificate="PEM")
    assert (answer["idTokenInfo"]["status"], answer["certificateStatus"]) == ("Accepted", "Accepted")
    h.shared["ocpp201.ocsp"] = Ocsp("CertificateExpired")
    answer = await told(h, version, {"idToken": "CARD1", "type": "eMAID"}, certificate="PEM")
    assert answer == {"idTokenInfo": {"status": "Expired"}, "certificateStatus": "CertificateExpired"}


async def test_c07_a_good_certificate_of_no_contract_is_cancelled(version, h):
    h.shared["ocpp201.ocsp"] = Ocsp("good")
    answer = await told(h, version, {"idToken": "NOBODY", "type": "eMAID"}, iso15118CertificateHashData=[HASH])
    assert answer == {"idTokenInfo": {"status": "Unknown"}, "certificateStatus": "ContractCancelled"}


async def test_c07_a_certificate_that_nobody_checks_charges_nobody(version, h):
    answer = await told(h, version, {"idToken": "CARD1", "type": "eMAID"}, certificate="PEM")
    assert answer == {"idTokenInfo": {"status": "Invalid"}, "certificateStatus": "CertChainError"}


# --- the cache --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Accepted", "Rejected"])
async def test_the_cache_is_cleared_or_not(version, h, word):
    h.session(version).replies["ClearCache"] = Reply.result({"status": word})
    assert await h.operate(version, "clear-cache") == {"status": word}
    assert h.session(version).sent == [("ClearCache", {})]


async def test_a_station_that_cannot_clear_its_cache_says_so(version, h):
    h.session(version).replies["ClearCache"] = Reply.error("NotSupported")
    with pytest.raises(StationRefused):
        await h.operate(version, "clear-cache")


async def test_no_id_token_is_logged(version, h, caplog):
    caplog.set_level("DEBUG")
    await told(h, version, {"idToken": "SECRETPIN", "type": "KeyCode"})
    await told(h, version, CARD)
    assert "SECRETPIN" not in caplog.text
    assert "card1" not in caplog.text.lower()
