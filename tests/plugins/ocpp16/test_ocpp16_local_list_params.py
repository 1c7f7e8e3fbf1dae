import pydantic
import pytest

from plugins.ocpp16.local_list_params import AskVersion, Send

ENTRY = {"idTag": "A", "idTagInfo": {"status": "Accepted"}}


def test_asking_for_a_version_takes_nothing():
    with pytest.raises(pydantic.ValidationError):
        AskVersion.model_validate({"listVersion": 1})


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"updateType": "full"}, ("updateType",)),
        ({"listVersion": "one"}, ("listVersion",)),
        ({"listVersion": 2**31}, ("listVersion",)),
        ({"version": 1}, ("version",)),
        ({"tags": ["A" * 21]}, ("tags", 0)),
        ({"tags": [""]}, ("tags", 0)),
        ({"localAuthorizationList": [{"idTag": "A" * 21}]}, ("localAuthorizationList", 0, "idTag")),
        (
            {"localAuthorizationList": [{"idTag": "A", "idTagInfo": {"status": "NoCredit"}}]},
            ("localAuthorizationList", 0, "idTagInfo", "status"),
        ),
        ({"localAuthorizationList": [ENTRY], "tags": ["A"]}, ()),
    ],
)
def test_what_cannot_be_sent_is_named(params, path):
    with pytest.raises(pydantic.ValidationError) as caught:
        Send.model_validate(params)
    assert [error["loc"] for error in caught.value.errors()] == [path]


@pytest.mark.parametrize("version", [-1, 0, 1, 2**31 - 1, -(2**31)])
def test_any_version_of_32_bits_can_be_sent(version):
    assert Send(listVersion=version).listVersion == version


def test_given_entries_are_as_they_were_given():
    info = {"status": "Accepted", "expiryDate": "2026-02-01T00:00:00+01:00", "parentIdTag": "G"}
    entries = [{"idTag": "A", "idTagInfo": info}, {"idTag": "B"}]
    assert Send(localAuthorizationList=entries).order.given == entries
    assert Send().order.given is None


def test_given_entries_are_a_full_list_unless_somebody_says_otherwise():
    assert Send().order.type is None
    assert Send(localAuthorizationList=[]).order.type == "Full"
    assert Send(localAuthorizationList=[ENTRY], updateType="Differential").order.type == "Differential"
    assert Send(updateType="Full").order.type == "Full"


@pytest.mark.parametrize(
    ("params", "asks"),
    [
        ({}, True),
        ({"listVersion": 4}, True),
        ({"updateType": "Full"}, False),
        ({"localAuthorizationList": [ENTRY]}, False),
        ({"updateType": "Differential"}, True),
        ({"updateType": "Differential", "listVersion": 0}, False),
    ],
)
def test_the_station_is_asked_only_where_its_version_matters(params, asks):
    assert Send.model_validate(params).order.asks is asks
