"""The route of one station, as the API takes it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.config.load import loads
from broker.config.one_route import route_document, route_from
from broker.config.problems import ConfigError
from broker.config.routes import Route

UPSTREAMS = ("a", "b", "c")


def problems(document) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        route_from(document, UPSTREAMS)
    return {problem.path: problem.expected for problem in caught.value.problems}


def test_a_document_without_a_match_becomes_a_route_that_takes_every_station():
    route = route_from({"primary": "a", "secondaries": [{"upstream": "b"}], "when_primary_down": "stand_in"}, UPSTREAMS)
    assert route.match.everything
    assert (route.primary, route.secondaries[0].upstream) == ("a", "b")
    assert route.when_primary_down_mode == "stand_in"


def test_every_fault_is_told_at_once_with_the_path_below_the_route():
    found = problems(
        {
            "match": {"identity": "x"},
            "primary": "x",
            "grce": 5,
            "secondaries": [{"upstream": "b", "commands": ["a b"]}, {"upstream": "b", "grants": "most"}],
            "when_primary_down": {"failover": ["c", "y"], "fail_bck": 1},
        }
    )
    assert found["match"] == "no match: this is the route of one station"
    assert found["primary"] == "one of: local, a, b, c"
    assert found["grce"] == "a known key; did you mean grace?"
    assert found["secondaries[1].upstream"] == "each upstream once"
    assert found["when_primary_down.failover[1]"] == "one of: local, a, b, c"
    assert found["when_primary_down.fail_bck"] == "a known key; did you mean fail_back?"
    assert set(found) == {
        "match",
        "primary",
        "grce",
        "secondaries[0].commands[0]",
        "secondaries[1].upstream",
        "secondaries[1].grants[0]",
        "when_primary_down.failover[1]",
        "when_primary_down.fail_bck",
    }


def test_a_fault_of_one_kind_alone_is_enough():
    assert list(problems({"primary": "x"})) == ["primary"]
    assert list(problems({"primary": "a", "queue": 0})) == ["queue"]
    assert list(problems({"primary": "a", "match": {}})) == ["match"]
    assert list(problems({})) == ["primary"]


@pytest.mark.parametrize("document", [None, [], "a", 5])
def test_something_else_is_no_route(document):
    assert list(problems(document)) == [""]


LISTS = st.lists(st.sampled_from(["boot", "status"]), unique=True)
GRANTS = st.lists(st.sampled_from(["network", "certificates", "firmware", "logs"]), unique=True) | st.just("all")
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "actions": st.just("Meter*"),
        "measurands": st.just(["SoC", "Energy.*"]),
        "every": st.floats(min_value=0.1, max_value=86400),
        "pseudonymise": st.just(["idTag"]),
    },
)
SECONDARIES = st.fixed_dictionaries(
    {"upstream": st.just("b")},
    optional={
        "commands": st.sampled_from(["none", "all", [], ["Reset"]]),
        "grants": GRANTS,
        "compare": st.booleans(),
        "replay": LISTS,
        "filter": FILTERS | st.none(),
    },
)
FAILOVERS = st.fixed_dictionaries(
    {"failover": st.sampled_from(["b", ["c", "local"]])},
    optional={"fail_back": st.booleans() | st.just("off") | st.floats(min_value=0, max_value=86400)},
)
ROUTES = st.fixed_dictionaries(
    {"primary": st.just("a")},
    optional={
        "name": st.text("xyz", min_size=1, max_size=3) | st.none(),
        "secondaries": st.lists(SECONDARIES, max_size=1),
        "when_primary_down": st.sampled_from(["close", "hold", "stand_in"]) | FAILOVERS,
        "stand_in": st.just({"unknown_tokens": "accept", "replay_per_second": 0.5}),
        "validation": st.sampled_from([None, "off", {"to_station": "strict"}]),
        "credentials": st.sampled_from(["deny", "adopt"]),
        "grants": GRANTS,
        "replay": LISTS,
        "boot_grace": st.floats(min_value=0, max_value=86400),
        "queue": st.integers(1, 1000),
    },
)


@given(ROUTES)
def test_a_route_survives_being_written_as_json_and_read_again(document):
    route = route_from(document, UPSTREAMS)
    assert route_from(json.loads(json.dumps(route_document(route))), UPSTREAMS) == route


def test_a_route_of_the_file_can_be_given_to_one_station():
    text = "upstreams: {a: {url: 'ws://h/{identity}'}}\nroutes: [{match: {identity: x}, primary: a, queue: 3}]"
    (configured,) = loads(text, environ={}).routes
    assert route_from(route_document(configured), UPSTREAMS) == Route(match={}, primary="a", queue=3)
