import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Version
from broker.server.subprotocol import offered_in, pick

ALL = tuple(Version)
ALIASES = {"ocpp1.6j": Version.V16, "ocpp201": Version.V201}


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        ([], ()),
        ([""], ()),
        ([" , ,"], ()),
        (["ocpp1.6"], ("ocpp1.6",)),
        (["ocpp2.0.1,ocpp1.6"], ("ocpp2.0.1", "ocpp1.6")),
        (["ocpp2.0.1 ,  ocpp1.6", "ocpp2.1"], ("ocpp2.0.1", "ocpp1.6", "ocpp2.1")),
    ],
)
def test_all_headers_are_one_list(headers, names):
    assert offered_in(headers) == names


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (["ocpp1.6"], (Version.V16, "ocpp1.6")),
        (["ocpp1.6", "ocpp2.0.1"], (Version.V16, "ocpp1.6")),
        (["ocpp2.1", "ocpp2.0.1", "ocpp1.6"], (Version.V21, "ocpp2.1")),
        (["OCPP2.0.1"], (Version.V201, "OCPP2.0.1")),
        (["OCPP1.6J"], (Version.V16, "OCPP1.6J")),
        (["ocpp201", "ocpp1.6j"], (Version.V201, "ocpp201")),
        (["ocpp1.6j", "ocpp2.1"], (Version.V21, "ocpp2.1")),
        (["mqtt"], None),
        (["ocpp1.5"], None),
    ],
)
def test_the_stations_order_decides_and_exact_names_go_before_others(offered, expected):
    assert pick(offered, ALL, ALIASES, None) == expected


def test_the_default_is_for_a_station_that_offers_nothing():
    assert pick([], ALL, ALIASES, Version.V16) == (Version.V16, "")
    assert pick([], ALL, ALIASES, None) is None
    assert pick(["mqtt"], ALL, ALIASES, Version.V16) is None


def test_an_alias_of_a_version_that_is_not_allowed_is_nothing():
    assert pick(["ocpp201"], (Version.V16,), ALIASES, None) is None


@given(st.lists(st.sampled_from([*Version, "OCPP1.6", "ocpp201", "mqtt", "x"])), st.sampled_from([None, *Version]))
def test_only_what_was_offered_is_echoed(offered, default):
    names = [str(name) for name in offered]
    chosen = pick(names, ALL, ALIASES, default)
    assert chosen is None or chosen[1] in names or (chosen[1] == "" and not names)
