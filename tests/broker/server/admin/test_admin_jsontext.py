"""Strict in, safe out."""

import json
from typing import Any

import pytest

from broker.ocpp import JsonFloat
from broker.server.admin.jsontext import MAX_DEPTH, NotJson, read, respond, write


@pytest.mark.parametrize("value", [{}, [], "é", 1, -1.25, True, None, {"a": [{"b": "\u2028\U0001f50c"}]}, 10**99])
def test_json_is_read(value: Any) -> None:
    assert read(json.dumps(value).encode()) == value


def test_pairs_of_surrogates_are_fine() -> None:
    assert read(b'"\\ud83d\\udd0c"') == "\U0001f50c"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf1",
        b"\xff",
        b'{"a":1,"a":2}',
        b"NaN",
        b"1e400",
        b"9" * 200,
        b'"\\udc00"',
        b'{"\\ud800":1}',
        b"01",
        b"1 2",
    ],
)
def test_the_rest_is_refused(data: bytes) -> None:
    with pytest.raises(NotJson):
        read(data)


def test_depth() -> None:
    assert read(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 500, 200_000):
        with pytest.raises(NotJson):
            read(b"[" * depth + b"]" * depth)


def test_a_refusal_does_not_repeat_the_body() -> None:
    with pytest.raises(NotJson) as caught:
        read(b'{"password": hunter2}')
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, "é"]}, '{"a":[1,"é"]}'),
        ({"a": "\udcff"}, '{"a":"\\udcff"}'),
        ({"a": JsonFloat("1.50")}, '{"a":1.5}'),
        ({"a": [float("inf"), "\udcff", float("nan")]}, '{"a":[null,"\\udcff",null]}'),
    ],
)
def test_anything_can_be_written(value: Any, text: str) -> None:
    assert write(value).decode() == text


def test_an_answer_is_json() -> None:
    assert respond({"a": 1}).content_type == "application/json"
