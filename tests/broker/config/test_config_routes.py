"""Routes: what they match and what they default to."""

import pytest
from pydantic import ValidationError

from broker.config.routes import Match, Route
from broker.ocpp import Validation, Version


def route(**keys):
    return Route(**{"match": {}, "primary": "main", **keys})


def test_the_defaults():
    made = route()
    assert (made.when_primary_down, made.grace, made.queue) == ("close", 30, 64)


def test_one_pattern_and_one_version_stand_for_lists():
    match = Match(identity="DE-*", version="ocpp1.6")
    assert match.identity == ["DE-*"]
    assert match.version == [Version.V16]


@pytest.mark.parametrize("match", [{}, {"identity": "*"}, {"identity": ["a", "*"], "listener": "*"}, {"tags": {}}])
def test_a_match_that_takes_every_station(match):
    assert Match(**match).everything


@pytest.mark.parametrize(
    "match", [{"identity": "a*"}, {"tags": {"a": "*"}}, {"version": ["ocpp1.6"]}, {"listener": "a"}]
)
def test_a_match_that_does_not(match):
    assert not Match(**match).everything


@pytest.mark.parametrize(("primary", "level"), [("local", Validation.STRICT), ("main", Validation.LENIENT)])
def test_validation_follows_the_primary_unless_it_is_set(primary, level):
    made = route(primary=primary)
    assert (made.validation_from_station, made.validation_to_station) == (level, level)
    assert made.local == (primary == "local")


def test_validation_in_one_word():
    made = route(validation="off")
    assert (made.validation_from_station, made.validation_to_station) == (Validation.OFF, Validation.OFF)


def test_validation_of_one_direction_leaves_the_other_at_its_default():
    made = route(validation={"to_station": "strict"})
    assert (made.validation_from_station, made.validation_to_station) == (Validation.LENIENT, Validation.STRICT)


@pytest.mark.parametrize(("value", "name"), [("stand_in", "stand_in"), ({"failover": ["b"]}, "failover")])
def test_what_comes_later_is_refused_and_says_so(value, name):
    with pytest.raises(ValidationError, match=f"{name} is not supported yet by this version"):
        route(when_primary_down=value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"when_primary_down": "drop"},
        {"grace": -1},
        {"queue": 0},
        {"validation": "hard"},
        {"validation": 1},
        {"primary": ""},
        {"match": {"identity": []}},
        {"match": None},
        {"match": {"version": "ocpp3"}},
        {"match": {"tags": {"a": ""}}},
    ],
)
def test_a_wrong_route_is_refused(wrong):
    with pytest.raises(ValidationError):
        route(**wrong)
