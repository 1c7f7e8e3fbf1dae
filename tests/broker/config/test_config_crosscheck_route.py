"""One route against the upstreams that there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.config.crosscheck_route import route_faults


def found(route, upstreams=("a", "b", "c")) -> list[tuple[tuple[str | int, ...], str]]:
    return [(fault.loc, fault.expected) for fault in route_faults(route, upstreams)]


def secondaries(*names: str) -> list[dict[str, str]]:
    return [{"upstream": name} for name in names]


@pytest.mark.parametrize(
    "route",
    [
        {"primary": "a"},
        {"primary": "local", "secondaries": secondaries("a", "b")},
        {"primary": "a", "secondaries": secondaries("b", "c"), "when_primary_down": "stand_in"},
        {"primary": "a", "when_primary_down": {"failover": ["b", "c", "local"]}},
        {"primary": "a", "when_primary_down": {"failover": "local"}},
        {"primary": "a", "secondaries": secondaries("b"), "when_primary_down": {"failover": "b"}},
        {"primary": "local", "when_primary_down": "hold"},
    ],
)
def test_a_route_without_fault(route):
    assert found(route) == []


@pytest.mark.parametrize(
    ("route", "loc", "expected"),
    [
        ({"primary": "x"}, ("primary",), "one of: local, a, b, c"),
        ({"primary": "a", "secondaries": secondaries("x")}, ("secondaries", 0, "upstream"), "one of: b, c"),
        ({"primary": "a", "secondaries": secondaries("b", "local")}, ("secondaries", 1, "upstream"), "one of: b, c"),
        (
            {"primary": "a", "secondaries": secondaries("b", "a")},
            ("secondaries", 1, "upstream"),
            "another one than the primary",
        ),
        (
            {"primary": "a", "secondaries": secondaries("b", "c", "b")},
            ("secondaries", 2, "upstream"),
            "each upstream once",
        ),
        (
            {"primary": "a", "when_primary_down": {"failover": ["b", "x"]}},
            ("when_primary_down", "failover", 1),
            "one of: local, b, c",
        ),
        (
            {"primary": "a", "when_primary_down": {"failover": "x"}},
            ("when_primary_down", "failover", 0),
            "one of: local, b, c",
        ),
        (
            {"primary": "a", "when_primary_down": {"failover": ["a"]}},
            ("when_primary_down", "failover", 0),
            "another one than the primary",
        ),
        (
            {"primary": "a", "when_primary_down": {"failover": ["b", "b"]}},
            ("when_primary_down", "failover", 1),
            "each upstream once",
        ),
    ],
)
def test_a_fault_is_found_at_its_place(route, loc, expected):
    assert found(route) == [(loc, expected)]


@pytest.mark.parametrize("when_down", ["stand_in", {"failover": ["a"]}])
def test_the_broker_s_own_csms_is_never_down(when_down):
    ((loc, expected),) = found({"primary": "local", "when_primary_down": when_down})
    assert loc == ("when_primary_down",)
    assert expected.startswith("close or hold")


def test_where_no_upstream_is_left_it_says_so():
    ((_, expected),) = found({"primary": "a", "secondaries": secondaries("x")}, upstreams=["a"])
    assert expected == "the name of an upstream, and there is none that it could be"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "b", "local", "stand_in", "x"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["upstream", "failover", "x"]), inner),
)
KEYS = st.sampled_from(["primary", "secondaries", "when_primary_down"])


@given(st.dictionaries(KEYS, VALUES) | VALUES)
def test_a_document_of_any_shape_is_read_without_an_exception(document):
    assert all(expected for _, expected in found(document))


@given(st.sampled_from("abcx"), st.lists(st.sampled_from(["a", "b", "c", "local", "x"]), max_size=5))
def test_what_passes_names_each_upstream_once_and_only_those_that_there_are(primary, names):
    passes = found({"primary": primary, "secondaries": secondaries(*names)}) == []
    everybody = [primary, *names]
    assert passes == (len(set(everybody)) == len(everybody) and {*everybody} <= {"a", "b", "c"})
