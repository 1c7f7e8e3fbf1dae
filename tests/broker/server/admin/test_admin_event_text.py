"""A message as a server-sent event."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from broker.hooks import Direction, Event, SessionView
from broker.ocpp import Reply, Version
from broker.server.admin.event_text import frame

SESSION = cast("SessionView", SimpleNamespace(identity="CP\n1", version=Version.V201))


def shown(raw: bytes, kind: str = "call", outcome: str = "") -> Any:
    event = Event(kind, 0.25, Direction.TO_STATION, "main", "A\r\nB", "1", raw, outcome)
    text = frame(3, SESSION, event)
    assert text.endswith(b"\n\n")
    lines = text[:-2].split(b"\n")
    assert lines[:2] == [b"id: 3", b"event: message"]
    assert len(lines) == 3
    assert b"\r" not in text
    return json.loads(lines[2].removeprefix(b"data: "))


@pytest.mark.parametrize("raw", [b"{}", b'{\r\n "a" :\n [1.50, "\\n"]\r}', '{"é":"充电\u2028"}'.encode(), b"  {}"])
def test_a_payload_stands_on_one_line(raw: bytes) -> None:
    event = shown(raw)
    assert event["payload"] == json.loads(raw)
    assert (event["identity"], event["action"], event["version"]) == ("CP\n1", "A\r\nB", "ocpp2.0.1")


def test_an_error_is_a_list_of_three() -> None:
    raw = Reply.error("NotSupported", "a, b", {"x": 1}).raw
    assert shown(raw, "reply", "error")["payload"] == ["NotSupported", "a, b", {"x": 1}]


def test_a_malformed_frame_is_a_text() -> None:
    assert shown(b'[2,"1"\xff\n', "malformed")["payload"] == '[2,"1"\ufffd\n'
    assert len(shown(b"x" * 5000, "malformed")["payload"]) == 1024
    assert "hunter2" not in shown(b'[2,"1",{"password":"hunter2"', "malformed")["payload"]
