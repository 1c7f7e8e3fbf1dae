"""JSON in, value out, JSON in again: what a plain decoder loses is kept (field-notes Q-24)."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import JsonFloat
from broker.ocpp.jsontext import decode, decode_plain, encode, encode_own

LITERALS = ["1.50", "1E5", "1e+05", "-0", "-0.0", "1e999", "0.1000", "100000000000000000000000000000001", "-1.0E-400"]


@pytest.mark.parametrize("literal", [*LITERALS, "9" * 4_301, "-" + "9" * 5_000])
def test_a_number_literal_survives_decode_and_encode(literal):
    raw = b'{"a":[%b,"2026-01-02"]}' % literal.encode()
    assert encode(decode(raw)) == raw


def test_a_float_is_a_number_that_knows_its_text():
    value = decode(b"[1.50]")[0]
    assert value == 1.5
    assert isinstance(value, JsonFloat)
    assert value.text == "1.50"
    assert type(value + 1) is float


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copied_float_still_knows_its_text(clone):
    assert clone(JsonFloat("2.500")).text == "2.500"


@pytest.mark.parametrize("raw", [b"[NaN]", b"[Infinity]", b'["\xff"]', b"[", b"", b'["\x00"]'])
def test_what_is_no_json_raises_value_error(raw):
    with pytest.raises(ValueError):
        decode(raw)


def test_plain_decoding_gives_ordinary_floats_and_says_so():
    value, floats = decode_plain(b'{"a":1.50,"b":1}')
    assert (type(value["a"]), floats) == (float, True)
    assert decode_plain(b'{"b":1}') == ({"b": 1}, False)
    assert decode_plain(b'["\\ud800"]') == (["\ud800"], True)
    assert decode_plain(b"[" + b"9" * 5_000 + b"]") == ([float("inf")], True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, b"{}"),
        ({"a": 1, "b": [True, None, "x"]}, b'{"a":1,"b":[true,null,"x"]}'),
        ({"a": "\ud800", "b": [JsonFloat("1.0"), "\u00e9"]}, b'{"a":"\\ud800","b":[1.0,"\\u00e9"]}'),
        ({"\udc00": 1}, b'{"\\udc00":1}'),
        (type("Text", (str,), {})("x"), b'"x"'),
        (type("Real", (float,), {})(1.5), b"1.5"),
        (type("Number", (int,), {})(7), b"7"),
    ],
)
def test_q25_what_we_write_is_compact(value, text):
    assert encode(value) == text


def test_what_json_cannot_hold_raises_type_error():
    with pytest.raises(TypeError, match="object cannot be written"):
        encode({"a": object()})


def test_q19_a_payload_of_our_own_has_no_null():
    assert (
        encode_own({"a": None, "b": {"c": None, "d": [{"e": None}, 1]}, "f": "null"})
        == b'{"b":{"d":[{},1]},"f":"null"}'
    )


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_q24_decode_and_encode_change_no_value_and_no_number_literal(value):
    text = json.dumps(value)
    again = encode(decode(text.encode())).decode()

    def pieces(source):
        return json.loads(source, parse_float=lambda literal: ("f", literal), parse_int=lambda literal: ("i", literal))

    assert pieces(again) == pieces(text)
