from types import SimpleNamespace

import pytest

from plugins.ocpp201.authorization.contract import applied, checked, is_presented

HASH = {"serialNumber": "1"}


class Checks:
    """What the security block would say."""

    def __init__(self, *statuses, chain="Accepted"):
        self.statuses = statuses
        self.word = chain
        self.asked = []

    async def status(self, hash_data):
        self.asked.append(hash_data)
        return [SimpleNamespace(status=status) for status in self.statuses]

    async def chain(self, pem):
        self.asked.append(pem)
        return self.word


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        (["good"], "Accepted"),
        (["good", "good"], "Accepted"),
        (["good", "revoked"], "CertificateRevoked"),
        (["failed", "revoked"], "CertificateRevoked"),
        (["good", "unknown"], "CertChainError"),
        (["failed"], "CertChainError"),
        ([], "CertChainError"),
    ],
)
async def test_every_certificate_of_the_hashes_has_to_be_good(statuses, word):
    checks = Checks(*statuses)
    assert await checked({"iso15118CertificateHashData": [HASH]}, checks) == word
    assert checks.asked == [[HASH]]


async def test_a_chain_is_checked_where_there_are_no_hashes():
    checks = Checks(chain="CertificateExpired")
    assert await checked({"certificate": "PEM"}, checks) == "CertificateExpired"
    assert checks.asked == ["PEM"]


async def test_hashes_say_that_the_station_has_checked_the_chain():
    checks = Checks("good", chain="CertChainError")
    assert await checked({"certificate": "PEM", "iso15118CertificateHashData": [HASH]}, checks) == "Accepted"
    assert checks.asked == [[HASH]]


@pytest.mark.parametrize(
    "payload", [{"iso15118CertificateHashData": odd} for odd in (None, [], [5], "x", {})] + [{"certificate": 5}]
)
async def test_what_cannot_be_read_is_not_accepted(payload):
    assert await checked(payload, Checks("good")) == "CertChainError"


async def test_what_nobody_can_check_is_not_accepted():
    assert await checked({"certificate": "PEM"}, None) == "CertChainError"


@pytest.mark.parametrize(
    ("payload", "presented"),
    [({}, False), ({"idToken": {}}, False), ({"certificate": ""}, True), ({"iso15118CertificateHashData": []}, True)],
)
def test_a_contract_is_presented_with_its_chain_or_its_hashes(payload, presented):
    assert is_presented(payload) is presented


@pytest.mark.parametrize("status", ["Accepted", "ConcurrentTx", "NotAtThisLocation", "NoCredit"])
def test_a_good_certificate_leaves_the_token_to_speak(status):
    info = {"status": status, "language1": "de"}
    assert applied(info, "Accepted") == {"idTokenInfo": info, "certificateStatus": "Accepted"}


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid", "Unknown"])
def test_a_contract_that_is_none_any_more_is_cancelled(status):
    answer = applied({"status": status}, "Accepted")
    assert answer == {"idTokenInfo": {"status": status}, "certificateStatus": "ContractCancelled"}


@pytest.mark.parametrize(
    ("certificate", "status"),
    [
        ("CertificateRevoked", "Invalid"),
        ("CertificateExpired", "Expired"),
        ("CertChainError", "Invalid"),
        ("SignatureError", "Invalid"),
        ("NoCertificateAvailable", "Invalid"),
    ],
)
def test_a_certificate_that_is_not_accepted_accepts_nobody_and_tells_nothing(certificate, status):
    answer = applied({"status": "Accepted", "language1": "de"}, certificate)
    assert answer == {"idTokenInfo": {"status": status}, "certificateStatus": certificate}
