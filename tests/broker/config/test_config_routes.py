"""Routes: what they match and what they default to."""

import pytest
from pydantic import ValidationError

from broker.config.routes import Route
from broker.config.secondaries import Grant
from broker.ocpp import Validation


def route(**keys):
    return Route(**{"match": {}, "primary": "main", **keys})


def test_the_defaults():
    made = route()
    assert (made.when_primary_down, made.grace, made.queue) == ("close", 30, 64)
    assert (made.name, made.secondaries, made.stand_in.unknown_tokens) == (None, [], "reject")
    assert (made.credentials, made.grants) == ("deny", [])
    assert (made.replay, made.boot_grace) == (["boot", "status"], 15)


def test_the_primary_s_grants_and_replay_have_short_forms():
    made = route(grants="all", replay="none")
    assert (made.grants, made.replay) == (list(Grant), [])


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


@pytest.mark.parametrize(
    ("written", "mode", "failover", "fail_back"),
    [
        ("close", "close", (), None),
        ("hold", "hold", (), None),
        ("stand_in", "stand_in", (), None),
        ({"failover": "b"}, "failover", ("b",), 30),
        ({"failover": ["b", "local"], "fail_back": 5}, "failover", ("b", "local"), 5),
        ({"failover": ["b"], "fail_back": False}, "failover", ("b",), None),
        ({"failover": ["b"], "fail_back": "off"}, "failover", ("b",), None),
    ],
)
def test_what_happens_while_the_primary_is_down(written, mode, failover, fail_back):
    made = route(when_primary_down=written)
    assert (made.when_primary_down_mode, made.failover, made.fail_back) == (mode, failover, fail_back)


@pytest.mark.parametrize(
    ("keys", "needs"),
    [
        ({}, False),
        ({"when_primary_down": "hold"}, False),
        ({"when_primary_down": "stand_in"}, True),
        ({"when_primary_down": {"failover": "local"}}, True),
        ({"secondaries": [{"upstream": "b"}]}, True),
        ({"primary": "local", "secondaries": [{"upstream": "b"}]}, True),
    ],
)
def test_a_store_is_needed_where_messages_may_have_to_be_kept(keys, needs):
    assert route(**keys).needs_store is needs


def test_every_upstream_that_it_may_connect_to():
    many = route(secondaries=[{"upstream": "b"}], when_primary_down={"failover": ["c", "local"]})
    assert many.upstreams == {"main", "b", "c"}
    assert route(primary="local").upstreams == frozenset()


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
        {"name": ""},
        {"secondaries": {"upstream": "b"}},
        {"secondaries": ["b"]},
        {"stand_in": True},
        {"credentials": "allow"},
        {"grants": "most"},
        {"replay": "all"},
        {"boot_grace": -1},
    ],
)
def test_a_wrong_route_is_refused(wrong):
    with pytest.raises(ValidationError):
        route(**wrong)
