"""What goes into a slot of the network profiles, and into which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.provisioning.network_params import SetNetworkProfile
from plugins.ocpp201.provisioning.network_profile import NoProfile, composed, fits, free_slot, slots, with_slot_first
from plugins.ocpp201.versions import V21, V201

NUMBERS = st.lists(st.integers(0, 9), unique=True, max_size=5)


def params(**given):
    return SetNetworkProfile(configurationSlot=2, **given)


@pytest.mark.parametrize(("version", "ocpp"), [(V201, "OCPP20"), (V21, "OCPP21")])
def test_what_was_left_out_is_chosen(version, ocpp):
    assert composed(params(), version=version, profile=2, url="wss://csms") == {
        "ocppVersion": ocpp, "ocppTransport": "JSON", "ocppCsmsUrl": "wss://csms", "messageTimeout": 30,
        "securityProfile": 2, "ocppInterface": "Wired0",
    }  # fmt: skip


def test_what_was_given_is_sent():
    given = {
        "ocppVersion": "OCPP16", "ocppTransport": "SOAP", "ocppCsmsUrl": "ws://other", "messageTimeout": 5,
        "ocppInterface": "Wireless1", "identity": "CP1", "basicAuthPassword": "0123456789abcdef",
        "apn": {"apn": "x"}, "vpn": {"server": "y"},
    }  # fmt: skip
    assert composed(params(**given), version=V21, profile=3, url="wss://csms") == {**given, "securityProfile": 3}


def test_without_an_address_there_is_none():
    with pytest.raises(NoProfile, match="security profile 2"):
        composed(params(), version=V201, profile=2, url=None)


@pytest.mark.parametrize(
    ("profile", "url", "fit"),
    [(0, "ws://a", True), (1, "ws://a", True), (1, "wss://a", False), (2, "WSS://a", True), (3, "ws://a", False)],
)
def test_the_higher_profiles_are_tls(profile, url, fit):
    assert fits(profile, url) is fit


@pytest.mark.parametrize(("text", "found"), [("2,1", [2, 1]), (" 0 , 3", [0, 3]), ("", []), (None, []), ("a,,5", [5])])
def test_a_list_of_slots_is_read(text, found):
    assert slots(text) == found


@pytest.mark.parametrize(
    ("priority", "active", "allowed", "slot"),
    [
        ([1], 1, [1, 2, 3], 2),
        ([], 1, [1, 2], 2),
        ([1, 2], 1, [1, 2], 2),
        ([2, 1], None, [1, 2], 1),
        ([1, 2], 2, [1, 2], 1),
        ([0], 0, [], 1),
        ([1, 3], 3, [], 4),
        ([], 5, [], 6),
        ([], None, [], 1),
        ([], None, [7], 7),
    ],
)
def test_the_slot_is_one_that_the_station_does_not_live_by(priority, active, allowed, slot):
    assert free_slot(priority, active, allowed) == slot


@pytest.mark.parametrize("active", [1, None])
def test_the_only_slot_is_not_taken(active):
    with pytest.raises(NoProfile, match="configurationSlot"):
        free_slot([1], active, [1])


@given(NUMBERS.filter(bool), NUMBERS)
def test_the_slot_in_use_is_never_taken(priority, allowed):
    try:
        assert free_slot(priority, priority[0], allowed) != priority[0]
    except NoProfile:
        assert set(allowed) <= {priority[0]}


@given(st.integers(0, 9), NUMBERS)
def test_the_others_stay_behind_the_new_one(slot, priority):
    found = slots(with_slot_first(slot, priority))
    assert found[0] == slot
    assert found[1:] == [one for one in priority if one != slot]
