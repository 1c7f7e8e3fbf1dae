"""Known stations and their terms."""

import pytest
from pydantic import ValidationError

from broker.config.stations import Station, Stations


def test_unknown_stations_are_rejected_unless_it_says_otherwise():
    assert Stations().unknown == "reject"
    assert Stations(unknown="accept").unknown == "accept"


def test_a_station_needs_no_more_than_its_identity():
    station = Station(identity="CP1")
    assert (station.password, station.security_profile, station.tags, station.liveness) == (None, None, {}, None)
    assert (station.half_duplex, station.compress) == (False, None)


def test_boots_are_accepted_unless_it_says_otherwise():
    assert (Stations().unknown_boot, Station(identity="a").boot) == ("accepted", "accepted")
    assert Stations(unknown_boot="rejected").unknown_boot == "rejected"
    assert Station(identity="a", boot="pending").boot == "pending"


def test_a_profile_is_sticky_unless_it_says_otherwise():
    assert Stations().sticky_profile
    assert not Stations(sticky_profile=False).sticky_profile


@pytest.mark.parametrize("wrong", [{"unknown_boot": "Accepted"}, {"known": [{"identity": "a", "boot": "maybe"}]}])
def test_a_wrong_boot_is_refused(wrong):
    with pytest.raises(ValidationError):
        Stations.model_validate(wrong)


def test_tags_are_text():
    tags = Station(identity="a", tags={"floor": 3, "new": True, "site": "x", "v": 1.5}).tags
    assert tags == {"floor": "3", "new": "true", "site": "x", "v": "1.5"}


@pytest.mark.parametrize("written", ["off", 0])
def test_its_liveness_may_be_off(written):
    station = Station(identity="a", liveness=written)
    assert station.liveness is not None
    assert station.liveness.ping_interval == 0


@pytest.mark.parametrize("profile", [1, 2])
def test_basic_authentication_needs_a_password(profile):
    with pytest.raises(ValidationError, match=f"profile {profile} is Basic"):
        Station(identity="a", security_profile=profile)
    assert Station(identity="a", security_profile=profile, password="x" * 16).security_profile == profile


@pytest.mark.parametrize("profile", [0, 3])
def test_profiles_0_and_3_need_none(profile):
    assert Station(identity="a", security_profile=profile).password is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": ""},
        {"identity": 1},
        {"security_profile": 4},
        {"tags": {"": "x"}},
        {"tags": {"a": []}},
        {"serial_number": ""},
        {"unknown": "maybe"},
    ],
)
def test_a_wrong_station_is_refused(wrong):
    with pytest.raises(ValidationError):
        Station(**{"identity": "a", **wrong})
