import pytest
from pydantic import ValidationError

from plugins.ocpp201.local_auth_list.params import Send

ENTRY = {"idToken": {"idToken": "A", "type": "Central"}, "idTokenInfo": {"status": "Accepted"}}


def order(**params):
    return Send.model_validate(params).order


def test_nothing_has_to_be_said():
    assert (order().type, order().version, order().given, order().named, order().force) == (
        None,
        None,
        None,
        None,
        False,
    )


def test_given_entries_are_as_they_were_given():
    bare = {"idToken": ENTRY["idToken"]}
    assert order(localAuthorizationList=[ENTRY, bare]).given == [ENTRY, bare]
    assert order(localAuthorizationList=[]).given == []


def test_given_entries_are_a_full_list_unless_they_are_said_to_be_none():
    assert order(localAuthorizationList=[]).type == "Full"
    assert order(localAuthorizationList=[ENTRY], updateType="Differential").type == "Differential"
    assert order(updateType="Full").type == "Full"


def test_one_token_is_a_list_of_one_and_its_name_may_be_that_of_1_6():
    assert order(idTokens="A/eMAID").named == ["A"]
    assert order(tags=["A", {"idToken": "B"}]).named == ["A", "B"]
    assert (order(listVersion=3).version, order(versionNumber=4).version) == (3, 4)


@pytest.mark.parametrize(
    ("params", "asks"),
    [
        ({}, True),
        ({"updateType": "Differential"}, True),
        ({"updateType": "Differential", "versionNumber": 3}, False),
        ({"updateType": "Full"}, False),
        ({"localAuthorizationList": []}, False),
    ],
)
def test_a_full_list_needs_no_version_of_the_station(params, asks):
    assert order(**params).asks is asks


@pytest.mark.parametrize(
    "wrong",
    [
        {"localAuthorizationList": [ENTRY], "idTokens": ["A"]},
        {"localAuthorizationList": [{"idToken": {"idToken": "SECRET"}}]},
        {"localAuthorizationList": [{**ENTRY, "idTokenInfo": {"status": "SECRET"}}]},
        {"updateType": "Both"},
        {"versionNumber": 2**31},
        {"idTag": "SECRET"},
    ],
)
def test_what_is_wrong_is_refused_and_not_repeated(wrong):
    with pytest.raises(ValidationError) as caught:
        Send.model_validate(wrong)
    assert "SECRET" not in str(caught.value)
