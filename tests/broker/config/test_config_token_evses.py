"""EVSEs of tokens, as a mapping and in one cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from broker.config.token_evses import MAX_STATIONS, EvseMap, as_text

ADAPTER = TypeAdapter(EvseMap)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"CP001": [2, 1, 2]}, {"CP001": [1, 2]}),
        ({"CP001": 3}, {"CP001": [3]}),
        ({"CP001": []}, {"CP001": []}),
        ("CP001:1,2;CP002:3", {"CP001": [1, 2], "CP002": [3]}),
        (" CP001 : 1 , 2 ; ", {"CP001": [1, 2]}),
        ("CP001:", {"CP001": []}),
        ("urn:cp:1:2", {"urn:cp:1": [2]}),
        ("a%3Bb%25:1", {"a;b%": [1]}),
        ("", {}),
        ({}, {}),
    ],
)
def test_where_a_token_is_valid(written, meant):
    assert ADAPTER.validate_python(written) == meant


@pytest.mark.parametrize(
    "wrong",
    [
        *("CP001", "CP001:x", "CP001:-1", "CP001:0", "CP001:1.5", "CP001:1;CP001:2", ":1", "CP001:9999999999"),
        *({"CP001": "1"}, {"CP001": [True]}, {"CP001": True}, {"CP001": [0]}, {"CP001": [2**31]}, {"CP001": None}),
        *({"": [1]}, {"x" * 256: [1]}, {"CP001": list(range(1, 102))}, [], 5, None),
        {f"CP{number}": [1] for number in range(MAX_STATIONS + 1)},
    ],
)
def test_what_names_no_evses_is_refused(wrong):
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(wrong)


def test_a_cell_that_cannot_be_read_says_how_it_looks():
    with pytest.raises(ValidationError, match="CP001:1,2;CP002:3"):
        ADAPTER.validate_python("CP001=1")


def test_what_means_something_in_a_cell_is_escaped():
    assert as_text({"a%3Bb": [1], "c;d": [], "e:f": [2, 3]}) == "a%253Bb:1;c%3Bd:;e:f:2,3"


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=10).filter(lambda one: one == one.strip()),
        st.lists(st.integers(1, 2**29), max_size=4, unique=True).map(sorted),
        max_size=4,
    )
)
def test_a_cell_says_what_the_mapping_does(evses):
    assert ADAPTER.validate_python(as_text(evses)) == evses


def test_the_schema_for_editors_has_both_forms():
    assert {"type": "string"} in ADAPTER.json_schema()["anyOf"]
