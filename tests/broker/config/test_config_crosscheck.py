"""Checks across sections, on plain documents of any shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.config.crosscheck import faults


def places(document) -> list[tuple[str | int, ...]]:
    return [fault.loc for fault in faults(document)]


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"listeners": [{"name": "a"}, {"name": "a"}]}, ("listeners", 1, "name")),
        ({"stations": {"known": [{"identity": "a"}, {}, {"identity": "a"}]}}, ("stations", "known", 2, "identity")),
        (
            {"stations": {"known": [{"serial_number": "s"}, {"serial_number": "s"}]}},
            ("stations", "known", 1, "serial_number"),
        ),
        ({"admin": {"tokens": [{"name": "a"}, {"name": "a"}]}}, ("admin", "tokens", 1, "name")),
        ({"listeners": [{"bind": "h:1"}, {"bind": "h:1"}]}, ("listeners", 1, "bind")),
        ({"listeners": [{"bind": "h:1"}], "admin": {"bind": "h:1"}}, ("admin", "bind")),
        ({"upstreams": {"local": {}}}, ("upstreams", "local")),
        ({"upstreams": {"a": {}}, "routes": [{"primary": "b"}]}, ("routes", 0, "primary")),
        ({"routes": [{"name": "n"}, {"name": None}, {"name": "n"}]}, ("routes", 2, "name")),
        (
            {"upstreams": {"a": {}}, "routes": [{}, {"primary": "a", "secondaries": [{"upstream": "b"}]}]},
            ("routes", 1, "secondaries", 0, "upstream"),
        ),
        (
            {"upstreams": {"a": {}}, "routes": [{"primary": "a", "when_primary_down": {"failover": ["a"]}}]},
            ("routes", 0, "when_primary_down", "failover", 0),
        ),
    ],
)
def test_a_fault_is_found_at_its_place(document, place):
    assert places(document) == [place]


def test_nothing_is_found_where_nothing_is_wrong():
    document = {
        "listeners": [{"name": "a", "bind": "h:0"}, {"name": "b", "bind": "h:0"}],
        "upstreams": {"u": {}},
        "routes": [{"primary": "u"}, {"primary": "local"}],
    }
    assert places(document) == []


def test_the_names_that_would_do_are_listed():
    found = list(faults({"upstreams": {"b": {}, "a": {}}, "routes": [{"primary": "x"}]}))
    assert found[0].expected == "one of: local, a, b"


KEYS = ["name", "bind", "known", "identity", "primary", "secondaries", "upstream", "tokens", "x"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["name", "bind", "known", "identity", "primary", "secondaries", "upstream", "tokens", "x"])
            | st.integers(),
            inner,
        )
    ),
)
SECTIONS = st.sampled_from(["listeners", "stations", "admin", "upstreams", "routes"])


@given(st.dictionaries(SECTIONS, VALUES) | VALUES)
def test_a_document_of_any_shape_is_read_without_an_exception(document):
    assert all(fault.expected for fault in faults(document))


@pytest.mark.parametrize("name", ["local", "station", "api", "plugin"])
def test_an_upstream_cannot_have_a_name_that_stands_for_somebody_else(name):
    found = list(faults({"upstreams": {name: {"url": "ws://a/{identity}"}}}))
    assert [fault.loc for fault in found] == [("upstreams", name)]
    assert f"{name} stands for" in found[0].expected
