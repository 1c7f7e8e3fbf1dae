"""What a station must be like."""

import pytest
from pydantic import ValidationError

from broker.config.match import Match
from broker.ocpp import Version


def test_one_pattern_and_one_version_stand_for_lists():
    match = Match(identity="DE-*", version="ocpp1.6", vendor="V", model="M*", firmware="1.*")
    assert match.identity == ["DE-*"]
    assert match.version == [Version.V16]
    assert (match.vendor, match.model, match.firmware) == (["V"], ["M*"], ["1.*"])


@pytest.mark.parametrize("match", [{}, {"identity": "*"}, {"identity": ["a", "*"], "listener": "*"}, {"tags": {}}])
def test_a_match_that_takes_every_station(match):
    assert Match(**match).everything


@pytest.mark.parametrize(
    "match",
    [
        {"identity": "a*"},
        {"tags": {"a": "*"}},
        {"version": ["ocpp1.6"]},
        {"listener": "a"},
        {"vendor": "*"},
        {"model": ["*"]},
        {"firmware": "*"},
    ],
)
def test_a_match_that_does_not(match):
    assert not Match(**match).everything


@pytest.mark.parametrize(
    ("match", "asks"),
    [({}, False), ({"identity": "a", "tags": {"vendor": "x"}}, False)]
    + [({key: "x"}, True) for key in ("vendor", "model", "firmware")],
)
def test_it_tells_whether_it_asks_for_the_boot(match, asks):
    assert Match(**match).of_boot is asks


@pytest.mark.parametrize(
    "wrong", [{"identity": []}, {"version": "ocpp3"}, {"tags": {"a": ""}}, {"vendor": ""}, {"firmware": 1.5}, {"x": 1}]
)
def test_a_wrong_match_is_refused(wrong):
    with pytest.raises(ValidationError):
        Match(**wrong)
