"""Contract certificates for vehicles: what a provider is asked, and what its answers become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.iso15118.ev_certificates import ProviderFailed, asked, refused, result

V201, V21 = "ocpp2.0.1", "ocpp2.1"
ASKED = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install", "exiRequest": "gJgCAQ=="}


def test_it_is_asked_with_the_members_of_the_message():
    payload = {**ASKED, "maximumContractCertificateChains": 3, "prioritizedEMAIDs": ["DEEXA1"]}
    assert asked({**payload, "customData": {"vendorId": "x"}}) == payload
    assert asked({}) == {}


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "longest"), [(V201, 7500), (V21, 17_000)])
def test_exi_passes_as_it_is_as_long_as_the_version_takes_it(version, longest):
    exi = "Z" * longest
    assert result({"status": "Accepted", "exiResponse": exi}, version) == {"status": "Accepted", "exiResponse": exi}
    with pytest.raises(ProviderFailed, match="exiResponse"):
        result({"status": "Accepted", "exiResponse": exi + "Z"}, version)


def test_a_refusal_has_its_exi_too():
    assert result({"status": "Failed", "exiResponse": "gJg="}, V201) == {"status": "Failed", "exiResponse": "gJg="}
    assert result({"status": "Failed"}, V201) == {"status": "Failed", "exiResponse": ""}


def test_remaining_contracts_are_2_1_s():
    answer = {"status": "Accepted", "exiResponse": "gJg=", "remainingContracts": 2}
    assert result(answer, V21)["remainingContracts"] == 2
    assert "remainingContracts" not in result(answer, V201)
    assert "remainingContracts" not in result({**answer, "remainingContracts": -1}, V21)


def test_a_reason_is_passed_on_within_its_measure():
    info = {"reasonCode": "R" * 30, "additionalInfo": "x" * 600, "more": 1}
    told = result({"status": "Failed", "statusInfo": info}, V201)["statusInfo"]
    assert told == {"reasonCode": "R" * 20, "additionalInfo": "x" * 512}
    assert "statusInfo" not in result({"status": "Failed", "statusInfo": {"additionalInfo": "x"}}, V201)


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "Accepted",
        {},
        {"status": "Maybe", "exiResponse": "x"},
        {"status": "Accepted"},
        {"status": "Accepted", "exiResponse": ""},
        {"status": "Accepted", "exiResponse": 5},
        {"status": "Failed", "exiResponse": None},
    ],
)
def test_what_says_nothing_that_can_be_sent_is_a_failure(found):
    with pytest.raises(ProviderFailed):
        result(found, V21)


@given(st.text(max_size=1000))
def test_without_an_answer_the_vehicle_is_refused(why):
    told = refused(why)
    assert (told["status"], told["exiResponse"]) == ("Failed", "")
    assert len(told["statusInfo"]["additionalInfo"]) <= 512
