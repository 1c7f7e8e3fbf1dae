"""Messages of the store as answers."""

import json
from typing import Any

import pytest
from backends_kit import message as row
from hypothesis import given
from hypothesis import strategies as st

from broker.server.admin.messages import message, page, shown
from broker.server.admin.redaction import MASK


def _read(response: Any) -> Any:
    return json.loads(response.body)


def test_a_payload_keeps_its_own_text() -> None:
    assert b'"payload":{"meterStart": 1.50, "x":1e3}}' in message(row(1, b'{"meterStart": 1.50, "x":1e3}'))


def test_secrets_are_masked_as_in_the_event_stream() -> None:
    told = message(row(1, b'{"idToken":{"idToken":"4711","type":"KeyCode"}}'))
    assert b"4711" not in told
    assert json.loads(told)["payload"]["idToken"]["idToken"] == MASK


def test_what_an_upstream_said_is_shown_without_the_user_of_a_url() -> None:
    told = json.loads(message(row(1, error="InternalError: see https://user:S3CRET@csms.example/")))
    assert told["error"] == f"InternalError: see https://{MASK}@csms.example/"


@pytest.mark.parametrize("nothing", ["", None])
def test_no_error_stays_none(nothing: str | None) -> None:
    assert json.loads(message(row(1, error=nothing)))["error"] == nothing


def test_a_payload_may_be_text_or_its_bytes() -> None:
    text = '{"tariff": "Größe", "x":1.50}'
    assert message(row(1, text)) == message(row(1, text.encode()))
    assert json.loads(message(row(1, text)))["payload"]["tariff"] == "Größe"


@pytest.mark.parametrize("raw", [b"{broken", b'{"a":NaN}', b'{"a":"\xff"}', b"", b'{"a":"' + b"x" * 5000])
def test_what_is_no_json_is_a_text_and_breaks_nothing(raw: bytes) -> None:
    told = json.loads(message(row(1, raw)))["payload"]
    assert isinstance(told, str)
    assert len(told) <= 1024


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_was_kept_the_answer_is_json(raw: bytes) -> None:
    json.loads(shown(raw).decode("utf-8"))


def test_a_page_names_the_next_where_there_is_one() -> None:
    rows = [row(3), row(5), row(9)]
    told = _read(page(rows, 2, {"identity": "CP1"}))
    assert [each["id"] for each in told.pop("messages")] == [3, 5]
    assert told == {"identity": "CP1", "next": 5}
    assert "next" not in _read(page(rows, 3, {}))


def test_an_empty_page() -> None:
    assert _read(page([], 10, {})) == {"messages": []}
